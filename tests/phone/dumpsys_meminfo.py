"""What `dumpsys meminfo` answers for a process of the model: counted here, from its VMAs, by rules of our own writing.

Nothing of droidanon is used, so that its tables can be compared with these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.phone.smaps_text import Vma

ROWS = (
    "Native Heap", "Dalvik Heap", "Dalvik Other", "Stack", "Cursor", "Ashmem", "Gfx dev", "Other dev", ".so mmap",
    ".jar mmap", ".apk mmap", ".ttf mmap", ".dex mmap", ".oat mmap", ".art mmap", "Other mmap",
)  # fmt: skip
_ENDS = ((".so", ".so mmap"), (".jar", ".jar mmap"), (".apk", ".apk mmap"), (".ttf", ".ttf mmap"))
_LATER_ENDS = ((".odex", ".dex mmap"), (".vdex", ".dex mmap"), (".oat", ".oat mmap"))
_JAVA = (
    "alloc space",
    "main space",
    "large object space",
    "free list large object space",
    "non moving space",
    "zygote space",
)


def row_of(vma: Vma, before: tuple[Vma, str] | None) -> str:
    """The row that Android 16 counts a VMA in; `before` is the one before it, and its row."""
    name = vma.name.removesuffix(" (deleted)")
    if not name:
        touches = before is not None and before[0].end == vma.start and before[1] == ".so mmap"
        return ".so mmap" if touches else "Unknown"
    if name.startswith(("[heap]", "[anon:libc_malloc]", "[anon:scudo:", "[anon:GWP-ASan")):
        return "Native Heap"
    if name.startswith(("[stack", "[anon:stack_and_tls:")):
        return "Stack"
    for end, row in _ENDS:
        if name.endswith(end):
            return row
    if ".dex" in name and len(name) > 4:
        return ".dex mmap"
    for end, row in _LATER_ENDS:
        if name.endswith(end):
            return row
    if name.endswith((".art", ".art]")):
        return ".art mmap"
    if "kgsl-3d0" in name:
        return "Gfx dev"
    if name.startswith("/dev/"):
        if name.startswith("/dev/ashmem/CursorWindow"):
            return "Cursor"
        if name.startswith("/dev/ashmem/jit-zygote-cache"):
            return "Dalvik Other"
        return "Ashmem" if name.startswith("/dev/ashmem") else "Other dev"
    if name.startswith(("/memfd:jit-cache", "/memfd:jit-zygote-cache")):
        return "Dalvik Other"
    if name.startswith("/memfd:CursorWindow"):
        return "Cursor"
    if name.startswith("[anon:dalvik-"):
        return "Dalvik Heap" if name.removeprefix("[anon:dalvik-").startswith(_JAVA) else "Dalvik Other"
    return "Unknown" if name.startswith("[anon:") else "Other mmap"


def numbers_of(vma: Vma) -> tuple[int, ...]:
    """Pss, private dirty, private clean, swap PSS, RSS."""
    return vma.pss, vma.private_dirty, vma.private_clean, vma.swap // vma.swap_sharers, vma.rss


def sums_of(vmas: Iterable[Vma]) -> dict[str, list[int]]:
    """Each row's numbers."""
    found: dict[str, list[int]] = {}
    before: tuple[Vma, str] | None = None
    for vma in vmas:
        row = row_of(vma, before)
        before = vma, row
        found[row] = [one + two for one, two in zip(found.get(row, [0] * 5), numbers_of(vma), strict=True)]
    return found


def meminfo_text(pid: int, name: str, vmas: Sequence[Vma], graphics: int) -> str:
    """The table, the objects; `graphics` kB are EGL memory that no smaps shows."""
    sums = sums_of(vmas)
    titles = (
        "Pss Total",
        "Private Dirty",
        "Private Clean",
        "SwapPss Dirty",
        "Rss Total",
        "Heap Size",
        "Heap Alloc",
        "Heap Free",
    )
    lines = [f"** MEMINFO in pid {pid} [{name}] **"]
    for place in (0, 1):
        lines.append(" " * 14 + " ".join(f"{title.split()[place]:>8}" for title in titles))
    lines.append(" " * 14 + " ".join(["  ------"] * len(titles)))
    if graphics:
        sums["EGL mtrack"] = [graphics, graphics, 0, 0, graphics]
    for row in (*ROWS, "EGL mtrack", "Unknown"):
        if row in ("Native Heap", "Dalvik Heap", "Unknown") or any(sums.get(row, [0])):
            lines.append(f"{row:>13} " + " ".join(f"{number:8d}" for number in sums.get(row, [0] * 5)))
    total = [sum(column) for column in zip(*sums.values(), strict=True)] if sums else [0] * 5
    total[0] += total[3]
    lines.append(f"{'TOTAL':>13} " + " ".join(f"{number:8d}" for number in total))
    lines += [
        " ", " Objects", f"{'Views:':>21} {pid % 90:8d} {'ViewRootImpl:':>21} {pid % 3:8d}",
        f"{'AppContexts:':>21} {4:8d} {'Activities:':>21} {pid % 2:8d}", " ",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"
