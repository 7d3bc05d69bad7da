"""A clock that jumps: changes CLOCK_REALTIME for the programs started with it, and for no others."""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).with_name("jumping_clock.c")


class JumpingClock:
    """`env` is the environment of programs with this clock; without a C compiler it is empty, `can_jump` false."""

    def __init__(self, folder: Path) -> None:
        self.env: dict[str, str] = {}
        self.moves: list[tuple[float, int]] = [(time.time(), 0)]
        """When the clock was set (in true time), and how many seconds it is ahead since then."""
        self.can_jump = False
        library, file = folder / "jumping_clock.so", folder / "clock"
        if (compiler := shutil.which("cc")) is None:
            return
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE)], check=True)
        file.write_bytes(bytes(mmap.PAGESIZE))
        with file.open("r+b") as opened:
            self._page = mmap.mmap(opened.fileno(), mmap.PAGESIZE)
        self.env = {"LD_PRELOAD": str(library), "SOAK_CLOCK": str(file)}
        self.can_jump = True

    @property
    def ahead_s(self) -> int:
        return self.moves[-1][1]

    def jump(self, seconds: int) -> None:
        """Set the clock forward or back."""
        ahead_s = self.ahead_s + seconds
        self._page[:8] = struct.pack("=q", ahead_s)
        self.moves.append((time.time(), ahead_s))

    def true_times(self, shown_s: float) -> Iterator[float]:
        """The true times at which this clock may have shown a time, with a second of slack around each jump."""
        ends = [moved for moved, _ in self.moves[1:]] + [float("inf")]
        for (begin, ahead_s), end in zip(self.moves, ends, strict=True):
            if begin - 1 <= shown_s - ahead_s <= end + 1:
                yield shown_s - ahead_s
