"""What other collectors' loops print on a phone, kept in files and read from there."""

from __future__ import annotations

import re
from pathlib import Path

from droidanon.sources.adb.server import open_device
from droidanon.sources.adb.stream import ask, stream
from droidanon.sources.resolve import load_source
from testphone.phone.phone import Phone
from tests.messages import mentions

_PSS = re.compile(rb"^Pss: +([0-9]+) kB$", re.MULTILINE)
_PROC = "${PHONE_PROC:-/proc}"
_STREAM = f"""ps -A -o PID,ARGS | tail -n +2 | while read -r pid name; do
  echo ">>PID_START: $pid $name"; cat {_PROC}/$pid/smaps 2>/dev/null; echo ">>PID_END: $pid"
done"""
"""The form in which AOSP's smaps_pprof.py asks a phone."""


def plain_sum(text: bytes) -> int:
    return sum(int(number) for number in _PSS.findall(text))


def names(source: str) -> dict[int | None, str]:
    """By pid; `ps` shows a daemon without its folder."""
    return {process.pid: process.name.rpartition("/")[2] for process in load_source(source).processes if process.rows}


def test_a_stream(phone: Phone, tmp_path: Path) -> None:
    text = b"".join(stream(open_device(phone.serial), _STREAM))
    (tmp_path / "all.txt").write_bytes(text)
    taken = load_source(str(tmp_path / "all.txt"))
    assert int(taken.vmas.counters["pss_kb"].sum()) == plain_sum(text) > 0
    assert not taken.problems
    assert names(str(tmp_path / "all.txt")) == names("adb:")


def test_a_loop_over_pids_with_a_listing(phone: Phone, tmp_path: Path) -> None:
    device = open_device(phone.serial)
    (tmp_path / "ps.txt").write_text(ask(device, "ps -A -o PID,PPID,ARGS"))
    total = 0
    for process in load_source("adb:").processes:
        text = b"".join(stream(device, f"cat {_PROC}/{process.pid}/smaps"))
        (tmp_path / f"smaps_{process.pid}.txt").write_bytes(text)
        total += plain_sum(text)
    taken = load_source(str(tmp_path))
    assert int(taken.vmas.counters["pss_kb"].sum()) == total > 0
    assert names(str(tmp_path)) == names("adb:")
    texts, listed = (note.message for note in taken.notes)
    assert mentions(texts, "40 smaps")
    assert f"{tmp_path.name}/ps.txt (40)" in listed
