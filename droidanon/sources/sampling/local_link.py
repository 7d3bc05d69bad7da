"""Repeated looks at this Linux host's processes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from droidanon.errors import DeviceError
from droidanon.sources.sampling.link import Look


class LocalLink:
    """This host. `root`: the /proc folder, `system`: the /sys folder, both replaced in tests."""

    own = ""

    def __init__(self, root: Path = Path("/proc"), system: Path = Path("/sys")) -> None:
        if not (root / "meminfo").exists():
            raise DeviceError(f"local: needs Linux; this system has no {root}")
        self._root = root
        self._zram = sorted(system.glob("block/zram*/mm_stat"))
        self._cpu_s = 0.0

    def look(self) -> Look:
        begin = time.thread_time()
        folders = [path for path in self._root.iterdir() if path.name.isdecimal()]
        system = (self._root / "meminfo", self._root / "pressure" / "memory", *self._zram)
        texts = b"".join(map(_bytes, (*system, *(folder / "status" for folder in folders))))
        adjustments = b"".join(
            folder.name.encode() + b" " + _bytes(folder / "oom_score_adj").strip() + b"\n" for folder in folders
        )
        self._cpu_s += time.thread_time() - begin
        return Look(texts, adjustments.decode("utf-8", "replace"), self._cpu_s)

    def names(self, pids: Sequence[int]) -> dict[int, bytes]:
        return {pid: _bytes(self._root / str(pid) / "cmdline").split(b"\0", 1)[0] for pid in pids}

    def close(self) -> None:
        """Do nothing, because nothing is open."""


def _bytes(path: Path) -> bytes:
    with suppress(OSError):
        return path.read_bytes()
    return b""
