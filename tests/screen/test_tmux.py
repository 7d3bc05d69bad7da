"""Whole walks through the TUI in a real terminal: tmux."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from testphone.phone.phone import Phone
from tests.screen.tmux import Tmux

Start = Callable[..., Tmux]
SAMPLES = Path(__file__).parents[2] / "captures" / "samples"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `droidanon tui` with some arguments and environment."""
    if shutil.which("tmux") is None:
        pytest.skip("no tmux: tests/screen/setup.sh installs it where it can")
    running: list[Tmux] = []

    def run(*arguments: str, environment: dict[str, str] | None = None, **options: object) -> Tmux:
        told = {"ANDROID_ADB_SERVER_PORT": "1", **(environment or {}), "XDG_STATE_HOME": str(tmp_path / "state")}
        words = [f"{key}={shlex.quote(value)}" for key, value in told.items()]
        words += [
            sys.executable,
            "-m",
            "droidanon",
            "tui",
            "--captures",
            "kept",  # short, so that the screen shows it whole
            *map(shlex.quote, arguments),
        ]
        tmux = Tmux(tmp_path, f"env -u NO_COLOR -u COLORTERM -u COLUMNS -u LINES {' '.join(words)}", **options)  # type: ignore[arg-type]
        running.append(tmux)
        return tmux

    yield run
    for tmux in running:
        tmux.__exit__()


def test_a_copy_is_in_the_tmux_buffer_and_ctrl_z_suspends(start: Start) -> None:
    tui = start("--sample", shell=True)
    tui.shows("by category", "com.example.app")
    tui.press("y")
    tui.shows("tmux")
    assert "| What |" in tui.buffer()
    tui.press("C-z")
    tui.shows("Stopped", without="by category")
    tui.type("fg\n")
    tui.shows("by category", "com.example.app")
    tui.press("q")
    tui.shows("$")


def test_from_an_empty_library_to_a_name_and_back(start: Start) -> None:
    tui = start()
    tui.shows("No captures in this folder yet", "adb connect")
    tui.press("O")
    whole = tui.shows("cold start", "by category", "165,592 kB")
    assert "com.example.app" in whole
    tui.type("/cat:native >1MB")  # at once: the word is the filter's from its first letter on
    tui.shows("cat:native >1MB", "shown ", "of 165,592 kB", without="▾ java")
    tui.press("Enter", "l", "j", "l", "j")
    tui.shows("scudo", "primary")
    tui.press("t")
    tui.shows("area: total PSS")
    tui.press("t", "[")
    tui.shows("▾ java", "165,592 kB")
    tui.press("]")
    tui.shows("shown ", without="▾ java")
    tui.press("Escape")
    tui.shows("▾ java")
    tui.press("g")
    tui.shows("Group by", "dumpsys meminfo")
    tui.type("heap")
    tui.press("Enter")
    tui.shows("by heap", "Native Heap")
    tui.press("?")
    tui.shows("Explore", "Filter as you type")
    tui.press("Escape")
    tui.shows("Native Heap")
    tui.press("q")
    tui.shows("EXIT 0")


def test_base_against_new_down_to_vmas_and_as_a_waterfall(start: Start) -> None:
    new, base = (str(SAMPLES / name) for name in ("2-example-after-use.parquet", "1-example-cold-start.parquet"))
    tui = start(new, "--base", base)
    tui.shows("after use against cold start", "165,592 → 203,801")
    tui.press("j", "l", "j", "l", "j", "l", "j", "j")
    vmas = tui.shows("base 7", "new 7", "com.ex")
    assert "rw-p" in vmas
    tui.press("w")
    tui.shows("cold start against after use", "203,801 → 165,592")
    tui.press("w")
    tui.shows("after use against cold start", "165,592 → 203,801")
    tui.press("W")
    fall = tui.shows("Waterfall", "bars begin at", "+35,755")
    assert "165,592" in fall and "203,801" in fall
    tui.press("Escape")
    tui.shows("changed rows")
    tui.press("a")
    tui.shows("by category", without="changed rows")
    tui.press("e")
    tui.shows("rows to ", ".csv")
    tui.press("q")
    tui.shows("EXIT 0")


def test_a_phone_live_then_gone_then_back(start: Start, own_phone: Phone) -> None:
    port = own_phone.env["ANDROID_ADB_SERVER_PORT"]
    tui = start("--live", environment={"ANDROID_ADB_SERVER_PORT": port})
    tui.shows("com.example.app", "costs", "root")
    tui.type("/example.app")
    tui.press("Enter")
    tui.shows("com.example.app", without="system_server")
    tui.press("m")
    tui.shows("base: ", "base at", without="marking")
    tui.press("d")
    tui.shows("against", "total PSS")
    tui.press("1")
    tui.shows("Model Phone", "ready")
    tui.press("2")
    tui.shows("Processes · base at")
    own_phone.unplug()
    gone = tui.shows("no answer since", "sampling resumes")
    assert "com.example.app" in gone, "what was seen stays"
    tui.press("1")
    tui.shows("Model Phone", "offline: unplug it and plug it in again")
    own_phone.replug()
    tui.shows("Model Phone", "ready", without="offline")
    tui.press("2")
    tui.shows("com.example.app", "costs", without="no answer since")
    tui.press("q")
    tui.shows("EXIT 0")


@pytest.mark.parametrize("size", [(80, 24), (160, 50), (400, 120)])
def test_every_size(start: Start, size: tuple[int, int]) -> None:
    tui = start("--sample", width=size[0], height=size[1])
    screen = tui.shows("java", "native", "quit")
    assert max(map(len, screen.splitlines())) <= size[0]
    tui.resize(100, 30)
    tui.shows("java", "native", "quit")
    tui.press("q")
    tui.shows("EXIT 0")


def test_without_colour_there_are_only_greys(start: Start) -> None:
    tui = start("--sample", environment={"NO_COLOR": "1", "COLORTERM": "truecolor"})
    tui.shows("java", "60,571")
    found = re.findall(r"[34]8;2;(\d+);(\d+);(\d+)", tui.screen(colours=True))
    assert found
    assert {len(set(colour)) for colour in found} == {1}


def test_with_sixteen_colours(start: Start) -> None:
    tui = start("--sample", term="screen")
    tui.shows("java", "60,571")
    screen = tui.screen(colours=True)
    assert re.search(r"\x1b\[(?:\d;)*[39][1-6]m", screen), "bars have a colour"
    assert not re.search(r"[34]8;[25];", screen)


def test_errors_are_one_line_where_they_happen(start: Start, tmp_path: Path) -> None:
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 this is none")
    tui = start("broken.parquet")
    screen = tui.shows("not a capture")
    assert "Traceback" not in screen
    tui.press("1")
    tui.shows("Captures")
    tui.press("q")
    tui.shows("EXIT 0")
