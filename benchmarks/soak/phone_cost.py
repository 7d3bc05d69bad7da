"""The processor time used by a test phone: adbd and all that it runs."""

from __future__ import annotations

import os
from pathlib import Path

from testphone.phone import Phone

_TICKS = os.sysconf("SC_CLK_TCK")


class PhoneCost:
    """`measure` must be called every few seconds, because time used by a killed adbd since the last call is lost."""

    def __init__(self, phone: Phone) -> None:
        self._root = phone.root
        self._before = self._ticks()
        self.cpu_s = 0.0
        self.most_processes = 0

    def processes(self) -> list[int]:
        """The pids on the host of the phone's processes."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if (folder / "root").readlink() == self._root:
                    found.append(int(folder.name))
            except OSError:
                continue
        return found

    def measure(self) -> None:
        now = self._ticks()
        self.cpu_s += max(0, now - self._before) / _TICKS
        self._before = now

    def _ticks(self) -> int:
        """Clock ticks of the processes, including their children that have ended."""
        total, running = 0, self.processes()
        self.most_processes = max(getattr(self, "most_processes", 0), len(running))
        for pid in running:
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            total += sum(map(int, fields[11:15]))
        return total
