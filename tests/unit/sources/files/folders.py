"""Folders with texts of processes, and what a capture of them has."""

from __future__ import annotations

import re
from pathlib import Path

from droidanon.model import Capture
from tests.builders import text

SMALL = text(("[anon:scudo:primary]", 10))
LARGE = text(("[anon:scudo:primary]", 100), ("[heap]", 5))
PS = "USER PID PPID S NAME\nu0_a1 7 1 S com.example.app:remote\nroot 8 1 S surfaceflinger\n"
ROLLUP = f"7000000000-7100000000 ---p 00000000 00:00 0 {'':30}[rollup]\nRss:                  99 kB\nPss:                  99 kB\n"
MEMINFO = "MemTotal:        3809036 kB\nMemFree:          100000 kB\n"


def maps(smaps: str) -> str:
    return "".join(line for line in smaps.splitlines(keepends=True) if re.match(r"[0-9a-f]+-", line))


def fill(folder: Path, files: dict[str, str]) -> Path:
    for name, body in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(body)
    return folder


def note_messages(found: Capture) -> list[str]:
    return [note.message for note in found.notes]


def pss_by_process(found: Capture) -> dict[str, int]:
    pss = found.vmas.counters["pss_kb"]
    return {
        process.name: int(pss[found.vmas.process == place].sum())
        for place, process in enumerate(found.processes)
        if process.rows
    }
