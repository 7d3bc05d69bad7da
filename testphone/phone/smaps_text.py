"""Texts of VMAs, exactly as a 6.6 kernel prints them (fs/proc/task_mmu.c)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(slots=True)
class Vma:
    """One VMA and its pages, in kB. `sharers`: the number of processes that map its shared pages."""

    start: int
    end: int
    perms: str
    name: str = ""
    offset: int = 0
    device: str = "00:00"
    inode: int = 0
    shared_clean: int = 0
    shared_dirty: int = 0
    private_clean: int = 0
    private_dirty: int = 0
    anonymous: int = 0
    swap: int = 0
    swap_sharers: int = 1
    sharers: int = 2
    locked: bool = False

    @property
    def size(self) -> int:
        return (self.end - self.start) // 1024

    @property
    def rss(self) -> int:
        return self.shared_clean + self.shared_dirty + self.private_clean + self.private_dirty

    @property
    def pss(self) -> int:
        return self.private_clean + self.private_dirty + (self.shared_clean + self.shared_dirty) // self.sharers


COUNTERS = (
    "Rss",
    "Pss",
    "Pss_Dirty",
    "Shared_Clean",
    "Shared_Dirty",
    "Private_Clean",
    "Private_Dirty",
    "Referenced",
    "Anonymous",
    "KSM",
    "LazyFree",
    "AnonHugePages",
    "ShmemPmdMapped",
    "FilePmdMapped",
    "Shared_Hugetlb",
    "Private_Hugetlb",
    "Swap",
    "SwapPss",
    "Locked",
)
_LINES = "".join(f"{key + ':':<16}%8d kB\n" for key in COUNTERS)
_ENTRY = f"{'Size:':<16}%8d kB\n{'KernelPageSize:':<16}       4 kB\n{'MMUPageSize:':<16}       4 kB\n{_LINES}"
_FLAGS = {
    "rw-p": "rd wr mr mw me ac ",
    "r--p": "rd mr mw me ",
    "r-xp": "rd ex mr mw me ",
    "--xp": "ex mr mw me ",
    "---p": "mr mw me nr ",
    "r--s": "rd mr me ms ",
    "rw-s": "rd wr sh mr mw me ms ",
    "r-xs": "rd ex mr me ms ",
}


def format_header(vma: Vma) -> str:
    """The header line of a VMA in maps and smaps; the name starts at column 73 on every 64-bit kernel."""
    head = f"{vma.start:08x}-{vma.end:08x} {vma.perms} {vma.offset:08x} {vma.device} {vma.inode} "
    return f"{head:<72} {vma.name}\n" if vma.name else f"{head}\n"


def _values(vma: Vma) -> tuple[int, ...]:
    """The values of COUNTERS for one VMA."""
    rss, pss = vma.rss, vma.pss
    pss_dirty = vma.private_dirty + vma.shared_dirty // vma.sharers
    referenced = rss - rss // 8 // 4 * 4
    return (
        rss,
        pss,
        pss_dirty,
        vma.shared_clean,
        vma.shared_dirty,
        vma.private_clean,
        vma.private_dirty,
        referenced,
        vma.anonymous,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        vma.swap,
        vma.swap // vma.swap_sharers,
        pss if vma.locked else 0,
    )


def format_entry(vma: Vma) -> str:
    """A complete smaps entry."""
    flags = "rd wr sh mr mw me ms pf io de dd " if vma.name.startswith("/dev/kgsl") else _FLAGS[vma.perms]
    if vma.locked:
        flags += "lo "
    huge = int(vma.perms == "rw-p" and vma.inode == 0 and vma.size >= 2048)
    counters = _ENTRY % (vma.size, *_values(vma))
    return f"{format_header(vma)}{counters}THPeligible:    {huge:8d}\nVmFlags: {flags}\n"


def format_rollup(vmas: Iterable[Vma]) -> str:
    """The text of smaps_rollup."""
    vmas = list(vmas)
    if not vmas:
        return ""
    sums = [sum(column) for column in zip(*map(_values, vmas), strict=True)]
    head = f"{vmas[0].start:08x}-{vmas[-1].end:08x} ---p 00000000 00:00 0 "
    file_pss = sum(vma.pss for vma in vmas if not vma.anonymous)
    lines = _LINES % tuple(sums)
    split = lines.index("Shared_Clean:")
    details = (
        f"{'Pss_Anon:':<16}{sums[1] - file_pss:8d} kB\n{'Pss_File:':<16}{file_pss:8d} kB\n{'Pss_Shmem:':<16}{0:8d} kB\n"
    )
    return f"{head:<72} [rollup]\n{lines[:split]}{details}{lines[split:]}"
