"""Touched memory since a reset, on a real kernel, against a program that touches a known part of its heap."""

from __future__ import annotations

import json

import pytest

from droidanon.analysis.view import View
from droidanon.analysis.working_set import working_set
from droidanon.cli.main import run
from droidanon.errors import AccessError, ProcessError
from droidanon.sources.adb.server import open_device
from droidanon.sources.phone.access import Access
from droidanon.sources.phone.accessed_bits import clear_accessed_bits
from droidanon.sources.phone.options import PhoneOptions
from droidanon.sources.resolve import load_source
from testphone.guest import Guest
from tests.messages import mentions

APP = "com.example.app"
HEAP = "[anon:dalvik-main space (region space)]"
HEAP_KB, TOUCHED_KB = 8000, 40


def test_touched_memory_is_what_the_program_touched(guest: Guest) -> None:
    source = f"adb:{guest.root_serial}"
    before = load_source(source, app=APP)
    reset = clear_accessed_bits(open_device(guest.root_serial), Access("root"), before.counted)
    assert {pid for pid, _ in reset} == {guest.pids()[APP], guest.pids()[f"{APP}:remote"]}
    untouched = load_source(source, app=APP)
    guest.signal(APP, "WINCH")
    touched = load_source(source, app=APP)
    found = working_set([View(untouched), View(touched)], [1.0, 2.0], reset, "name")
    place = list(found.rows.keys["name"]).index(HEAP)
    assert found.touched_kb[place].tolist() == [0, TOUCHED_KB]
    assert {name: int(values[place]) for name, values in found.rows.numbers.items()} == {
        "rss_kb": HEAP_KB,
        "untouched_kb": HEAP_KB - TOUCHED_KB,
        "swap_kb": 0,
    }
    assert found.processes == 2


def test_the_command_clears_before_it_reads(guest: Guest, capsys: pytest.CaptureFixture[str]) -> None:
    guest.signal(APP, "WINCH")
    assert (
        run(["wss", f"adb:{guest.root_serial}", "--app", APP, "-n", "2", "--every", "1s", "--by", "name", "--json"])
        == 0
    )
    printed = json.loads(capsys.readouterr().out)
    (heap,) = (row for row in printed["rows"] if row["name"] == HEAP)
    assert (heap["rss_kb"], heap["untouched_kb"], heap["touched_kb"]) == (HEAP_KB, HEAP_KB, [0, 0])
    assert len(printed["seconds"]) == 2
    assert printed["seconds"][0] >= 1


def test_without_root_there_is_no_reset(guest: Guest, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["wss", f"adb:{guest.shell_serial}", "--app", APP, "--access", "shell"]) == 1
    assert mentions(capsys.readouterr().err, guest.shell_serial, "root", "su", "series", "swap")
    capture = load_source(f"adb:{guest.shell_serial}", app=APP, options=PhoneOptions(access="run-as"))
    with pytest.raises(AccessError, match="clear_refs"):
        clear_accessed_bits(open_device(guest.shell_serial), Access("shell"), capture.counted)
    ended = load_source(f"adb:{guest.root_serial}", pid=guest.pids()[APP]).counted[0]
    with pytest.raises(ProcessError):
        from dataclasses import replace

        clear_accessed_bits(open_device(guest.root_serial), Access("root"), [replace(ended, start_time=1)])
