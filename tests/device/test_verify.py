"""Our numbers against those that the phone's own dumpsys counts, over adb."""

from __future__ import annotations

import json
import re

import pytest

from droidanon.cli.main import run
from droidanon.sources.adb.server import Device
from droidanon.sources.phone import source as adb
from testphone.phone.phone import Phone
from tests.messages import mentions


def test_an_apps_tables_are_the_phones(phone: Phone, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "adb:", "--app", "com.example.app", "--json", "--all"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["totals"]["different"] == 0
    assert len({row["pid"] for row in data["rows"]}) == 3
    heaps = {row["heap"] for row in data["rows"] if row["ours"]}
    details = {row["sub_heap"] for row in data["rows"] if row["ours"]}
    assert {"", ".Heap", ".LOS", ".LinearAlloc", ".GC", ".AppJIT", ".Boot art", ".App vdex"} <= details
    assert {"Native Heap", "Dalvik Heap", "Dalvik Other", ".so mmap", ".dex mmap", "Unknown", "TOTAL"} <= heaps
    assert {row["counter"] for row in data["rows"]} == {
        "pss_kb",
        "private_dirty_kb",
        "private_clean_kb",
        "shared_dirty_kb",
        "shared_clean_kb",
        "swap_pss_kb",
        "rss_kb",
        "swappable_pss_kb",
    }


def test_a_cell_that_differs_is_shown(own_phone: Phone, capsys: pytest.CaptureFixture[str]) -> None:
    answer = own_phone.tree.answers / f"{own_phone.pid('com.example.app')}-a"
    lines = answer.read_text().splitlines(keepends=True)
    words = next(line for line in lines if "Native Heap" in line).split()
    wrong = [line.replace(words[2], str(int(words[2]) + 99), 1) if "Native Heap" in line else line for line in lines]
    answer.write_text("".join(wrong))
    assert run(["verify", "--app", "com.example.app"]) == 1
    out = capsys.readouterr()
    assert "Native Heap" in out.out
    assert re.search(r"\b2 differ .*\b3 readings", out.err)  # the row, and the total


def test_what_differs_once_is_read_again(
    phone: Phone, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = adb.ask_meminfo, 0

    def moving(device: Device, app: str) -> str:
        """Other native memory around the first two reads than in them, and it is another row's the second time."""
        nonlocal asked
        asked += 1
        label = "Native Heap" if asked <= 2 else "Stack" if asked <= 4 else "nothing"
        return re.sub(rf"(?m)^( *{label} +)\d+", r"\g<1>999999", real(device, app))

    monkeypatch.setattr(adb, "ask_meminfo", moving)
    assert run(["verify", "--app", "com.example.app"]) == 0
    err = capsys.readouterr().err
    assert err.count("differ") >= 2
    assert "0 differ" in err


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["verify", "local:", "--app", "x"], 2, "local:"),
        (["verify", "adb:", "--app", "com.exmple.app"], 1, "com.example.app"),
    ],
)
def test_what_is_wrong_is_said(
    phone: Phone, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, word: str
) -> None:
    assert run(arguments) == code
    assert word in capsys.readouterr().err


def test_nothing_of_ours_to_compare(shell_phone: Phone, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "adb:", "--app", "com.example.app", "--access", "shell"]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


def test_heaps_are_the_default_if_a_source_has_nothing_finer(
    shell_phone: Phone, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["show", "adb:", "--app", "com.example.app", "--access", "shell"]) == 0
    assert any(line.startswith("heap ") for line in capsys.readouterr().out.splitlines())


def test_without_an_app_it_is_the_one_in_the_foreground(phone: Phone, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "--all", "--json"]) == 0
    said = capsys.readouterr()
    assert {row["process"].split(":")[0] for row in json.loads(said.out)["rows"]} == {"com.example.app"}
    assert mentions(said.err, "com.example.app", "--app")
