"""The output of `dumpsys meminfo` for a modelled process, computed from its VMAs by independent rules.

Does not use droidanon, so that droidanon's tables can be compared with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from testphone.phone.smaps_text import Vma

ROWS = (
    "Native Heap",
    "Dalvik Heap",
    "Dalvik Other",
    "Stack",
    "Cursor",
    "Ashmem",
    "Gfx dev",
    "Other dev",
    ".so mmap",
    ".jar mmap",
    ".apk mmap",
    ".ttf mmap",
    ".dex mmap",
    ".oat mmap",
    ".art mmap",
    "Other mmap",
)
_ROW_OF_NAME = tuple(
    (re.compile(pattern), row)
    for pattern, row in (
        (r"^(\[heap\]|\[anon:libc_malloc\]|\[anon:scudo:|\[anon:GWP-ASan)", "Native Heap"),
        (r"^(\[stack|\[anon:stack_and_tls:)", "Stack"),
        (r"\.so$", ".so mmap"),
        (r"\.jar$", ".jar mmap"),
        (r"\.apk$", ".apk mmap"),
        (r"\.ttf$", ".ttf mmap"),
        (r".\.dex|\.dex.", ".dex mmap"),
        (r"\.(odex|vdex)$", ".dex mmap"),
        (r"\.oat$", ".oat mmap"),
        (r"\.art\]?$", ".art mmap"),
        (r"kgsl-3d0", "Gfx dev"),
        (r"^(/dev/ashmem|/memfd:)/?CursorWindow", "Cursor"),
        (r"^(/dev/ashmem/jit-zygote-cache|/memfd:jit-cache|/memfd:jit-zygote-cache)", "Dalvik Other"),
        (r"^/dev/ashmem", "Ashmem"),
        (r"^/dev/", "Other dev"),
        (
            r"^\[anon:dalvik-(alloc space|main space|(free list )?large object space|non moving space|zygote space)",
            "Dalvik Heap",
        ),
        (r"^\[anon:dalvik-", "Dalvik Other"),
        (r"^\[anon:", "Unknown"),
        (r"", "Other mmap"),
    )
)
"""The first pattern that a name contains decides."""


def row_of(vma: Vma, before: tuple[Vma, str] | None) -> str:
    """The row to which Android 16 assigns a VMA; `before` is the previous VMA and its row."""
    name = vma.name.removesuffix(" (deleted)")
    if name:
        return next(row for pattern, row in _ROW_OF_NAME if pattern.search(name))
    touches = before is not None and before[0].end == vma.start and before[1] == ".so mmap"
    return ".so mmap" if touches else "Unknown"


_DETAILS = {
    "main space": ".Heap",
    "alloc space": ".Heap",
    "large object space": ".LOS",
    "free list large object space": ".LOS",
    "non moving space": ".NonMoving",
    "zygote space": ".Zygote",
    "LinearAlloc": ".LinearAlloc",
    "indirect ref": ".IndirectRef",
    "jit-code-cache": ".AppJIT",
    "data-code-cache": ".AppJIT",
    "CompilerMetadata": ".CompilerMetadata",
}
DETAIL_ROWS = (
    ".Heap",
    ".LOS",
    ".Zygote",
    ".NonMoving",
    ".LinearAlloc",
    ".GC",
    ".ZygoteJIT",
    ".AppJIT",
    ".CompilerMetadata",
    ".IndirectRef",
    ".Boot vdex",
    ".App dex",
    ".App vdex",
    ".App art",
    ".Boot art",
)
_DROPPABLE = (".so mmap", ".jar mmap", ".apk mmap", ".ttf mmap", ".dex mmap", ".oat mmap", ".art mmap")
_COLUMNS = (
    "Pss Total",
    "Pss Clean",
    "Shared Dirty",
    "Private Dirty",
    "Shared Clean",
    "Private Clean",
    "SwapPss Dirty",
    "Rss Total",
    "Heap Size",
    "Heap Alloc",
    "Heap Free",
)
_BRIEF = (0, 3, 5, 6, 7)
"""The number columns without `-a`."""


def detail_of(vma: Vma, row: str) -> str:
    """The detail of a row to which a VMA belongs; empty if the row has none."""
    name = vma.name.removesuffix(" (deleted)")
    boot = any(word in name for word in ("@boot", "/boot", "/apex"))
    if row == ".dex mmap":
        return (".Boot vdex" if boot else ".App vdex") if name.endswith(".vdex") and ".dex" not in name else ".App dex"
    if row == ".art mmap":
        return ".Boot art" if boot else ".App art"
    if row not in ("Dalvik Heap", "Dalvik Other"):
        return ""
    if name.startswith(("/memfd:", "/dev/")):
        return ".ZygoteJIT" if "jit-zygote-cache" in name else ".AppJIT"
    rest = name.removeprefix("[anon:dalvik-")
    return next((detail for start, detail in _DETAILS.items() if rest.startswith(start)), ".GC")


def numbers_of(vma: Vma, row: str) -> tuple[int, ...]:
    """A VMA's columns: PSS, PSS clean (as computed by the platform), shared, private, swap PSS, RSS."""
    clean = 0
    if row in _DROPPABLE and vma.name and vma.pss:
        shared = vma.shared_clean + vma.shared_dirty
        times = (vma.pss - vma.private_clean - vma.private_dirty) // shared if shared else 0
        clean = vma.private_clean + times * vma.shared_clean
    return (
        vma.pss,
        clean,
        vma.shared_dirty,
        vma.private_dirty,
        vma.shared_clean,
        vma.private_clean,
        vma.swap // vma.swap_sharers,
        vma.rss,
    )


def sums_of(vmas: Iterable[Vma]) -> dict[str, list[int]]:
    """The sums of each row and each detail."""
    found: dict[str, list[int]] = {}
    before: tuple[Vma, str] | None = None
    for vma in vmas:
        row = row_of(vma, before)
        before = vma, row
        for key in filter(None, (row, detail_of(vma, row))):
            numbers = numbers_of(vma, row)
            found[key] = [one + two for one, two in zip(found.get(key, [0] * 8), numbers, strict=True)]
    return found


def meminfo_text(pid: int, name: str, vmas: Sequence[Vma], graphics: int, *, full: bool = False) -> str:
    """The table; `full` adds all columns and the details. `graphics`: kB of EGL memory outside smaps."""
    sums = sums_of(vmas)
    shown = range(8) if full else _BRIEF
    titles = [*(_COLUMNS[place] for place in shown), *_COLUMNS[8:]]
    lines = [f"** MEMINFO in pid {pid} [{name}] **"]
    for place in (0, 1):
        lines.append(" " * 14 + " ".join(f"{title.split()[place]:>8}" for title in titles))
    lines.append(" " * 14 + " ".join(["  ------"] * len(titles)))
    if graphics:
        sums["EGL mtrack"] = [graphics, 0, 0, graphics, 0, 0, 0, graphics]

    def line(row: str) -> str:
        numbers = sums.get(row, [0] * 8)
        return f"{row:>13} " + " ".join(f"{numbers[place]:8d}" for place in shown)

    rows = (*ROWS, "EGL mtrack", "Unknown")
    sums["TOTAL"] = [sum(column) for column in zip([0] * 8, *(sums[row] for row in rows if row in sums), strict=True)]
    sums["TOTAL"][0] += sums["TOTAL"][6]
    always = ("Native Heap", "Dalvik Heap", "Unknown")
    lines += [line(row) for row in (*rows, "TOTAL") if row in always or any(sums.get(row, [0]))]
    if full:
        lines += [" ", " Dalvik Details", *(line(row) for row in DETAIL_ROWS if any(sums.get(row, [0])[:7]))]
    lines += [
        " ",
        " Objects",
        f"{'Views:':>21} {pid % 90:8d} {'ViewRootImpl:':>21} {pid % 3:8d}",
        f"{'AppContexts:':>21} {4:8d} {'Activities:':>21} {pid % 2:8d}",
        " ",
    ]
    return "\n".join(lines) + "\n"
