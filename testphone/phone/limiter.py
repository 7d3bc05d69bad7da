"""The memory limiter of Android 17 and the cgroups of apps on the modelled phone."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from testphone.phone.model import Process
from testphone.phone.smaps_text import Vma

HIGH_MB, SWAP_MB = (1948, 974), (974, 487)
"""memory.high and memory.swap.max of a visible process, and of one that is not visible."""
STATUS = f"""\
Memory limiter
  enabled                  limits=true              monitoring=true          killing=true             ignored=none
  visibleMem={HIGH_MB[0]}MB        visibleSwap={SWAP_MB[0]}MB        notVisibleMem={HIGH_MB[1]}MB       notVisibleSwap={SWAP_MB[1]}MB
  started=36               watched=36               watch-failed=0           events=0                 false-events=0
"""
CONFIG = """\
<?xml version="1.0" encoding="utf-8"?>
<MemoryLimiterConfig>
  <version>1</version>
  <configList>
    <limitSet>
      <minimumRequiredMemTotal>6800</minimumRequiredMemTotal>
      <memVisible>2000</memVisible><memNotVisible>1000</memNotVisible>
      <swapVisible>900</swapVisible><swapNotVisible>450</swapNotVisible>
    </limitSet>
  </configList>
</MemoryLimiterConfig>
"""


def cgroup_of(process: Process) -> str:
    """The path in /proc/PID/cgroup."""
    return (
        f"/apps/uid_{process.uid}/pid_{process.pid}" if process.app else f"/system/uid_{process.uid}/pid_{process.pid}"
    )


@dataclass(frozen=True)
class Charged:
    """The kB charged to a process's cgroup, which include 64 kB of shared memory outside any VMA."""

    anon_kb: int
    shmem_kb: int
    swap_kb: int

    @classmethod
    def of(cls, vmas: Sequence[Vma]) -> Self:
        shmem = sum(vma.rss for vma in vmas if vma.name.startswith(("/memfd:", "/dev/ashmem", "/dmabuf")))
        return cls(sum(vma.anonymous for vma in vmas), shmem + 64, sum(vma.swap for vma in vmas))


class Cgroups:
    """The memory controller's files of app processes, below a phone's root folder."""

    def __init__(self, root: Path) -> None:
        self.root = root / "sys/fs/cgroup"
        self.limits = False
        """Whether the memory limiter has set limits."""

    def write(self, process: Process, charged: Charged) -> None:
        """Write the files of one process."""
        if process.app is None:
            return
        folder = self.root / cgroup_of(process).lstrip("/")
        folder.mkdir(parents=True, exist_ok=True)
        files = {
            "memory.stat": f"anon {charged.anon_kb * 1024}\nfile 4096000\nshmem {charged.shmem_kb * 1024}\nanon_thp 0\n",
            "memory.swap.current": f"{charged.swap_kb * 1024}\n",
            "memory.high": "max\n",
            "memory.swap.max": "max\n",
        }
        if self.limits:
            bucket = 0 if process.oom_score_adj <= 100 else 1
            files["memory.high"] = f"{HIGH_MB[bucket] << 20}\n"
            if process.oom_score_adj < 900:
                files["memory.swap.max"] = f"{SWAP_MB[bucket] << 20}\n"
        for name, text in files.items():
            (folder / name).write_text(text)

    def remove(self, process: Process) -> None:
        """Remove the files of a process that ended."""
        shutil.rmtree(self.root / cgroup_of(process).lstrip("/"), ignore_errors=True)


def write_limiter(root: Path) -> None:
    """Write the output of `am memory-limiter status`, and the vendor's file."""
    (root / "system/etc/phone/memory-limiter").write_text(STATUS)
    folder = root / "vendor/etc"
    folder.mkdir(parents=True)
    (folder / "memory-limiter-config.xml").write_text(CONFIG)
