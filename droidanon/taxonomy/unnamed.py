"""Memory without any name: what its neighbours, permissions, flags, pages and shape tell of it.

Each condition is a mask over the VMAs without a name; the rules in android.toml say in which order they count, and how
sure each is. A VMA that has a name is never looked at but as a neighbour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from droidanon.model import BoolArray, Coded, VmaTable

if TYPE_CHECKING:
    import numpy.typing as npt

DELETED = " (deleted)"
"""What the kernel appends to the name of a file that has no name in its folder any more."""

_STACK_GUARD = "[anon:thread stack guard"
_NAMED_STACK = "[anon:stack_and_tls:"
"""Where bionic names stacks (Android 11 and later), memory without a name is none."""
_GUARD_LIMIT, _STACK_SIZES = 64 << 10, (960 << 10, 1100 << 10)
"""Bytes: the largest guard of a stack, and the sizes about the 1 MB which bionic and ART give a thread by default."""
_GLIBC_HEAP = 64 << 20
"""HEAP_MAX_SIZE on 64 bits (glibc malloc/arena.c): an arena's heap begins at a multiple and is reserved up to the next."""
_GO_ARENA_HINT = 0xC000000000
"""Where the Go runtime maps its heap first on 64 bits (go runtime/malloc.go), in arenas of 64 MB."""
_GO_SPAN = 1 << 38
_HERMES_SEGMENT = 4 << 20
"""Size and alignment of a segment of the Hermes JS heap (hermes AlignedHeapSegment.h)."""
_LEAST_BLOCK_KB, _LEAST_BLOCKS = 64, 3
"""From what size on, and how many VMAs of one size in one process are taken for blocks of one maker."""


@dataclass(frozen=True, slots=True)
class NameFacts:
    """What unnamed memory is told by of each distinct name of a table."""

    nameless: BoolArray
    libraries: BoolArray
    """The platform counts it as a library (heap `.so mmap`)."""
    programs: BoolArray
    """A file of code: a library of any kind, or a program."""
    stack_guards: BoolArray


def name_facts(names: Sequence[str], libraries: Sequence[bool]) -> NameFacts:
    """The facts of each name."""
    return NameFacts(
        np.array([name in ("", DELETED) for name in names], np.bool_),
        np.array(libraries, np.bool_),
        np.array([_is_program(name) for name in names], np.bool_),
        np.array([name.startswith(_STACK_GUARD) for name in names], np.bool_),
    )


def _is_program(name: str) -> bool:
    bare = name.removesuffix(DELETED)
    if not bare.startswith("/") or bare.startswith(("/dev/", "/memfd:", "/dmabuf", "/anon_hugepage")):
        return False
    return bare.endswith((".so", ".odex", ".oat")) or ".so." in bare or "/bin/" in bare or "/xbin/" in bare


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """The VMAs without a name, and what lies before and behind each (only where `close` and `closed_by` say so)."""

    rows: npt.NDArray[np.int64]
    before: npt.NDArray[np.int64]
    after: npt.NDArray[np.int64]
    close: BoolArray
    closed_by: BoolArray


def _neighbours(vmas: VmaTable, rows: npt.NDArray[np.int64]) -> _Rows:
    before, after = np.maximum(rows - 1, 0), np.minimum(rows + 1, len(vmas) - 1)
    addressed = vmas.end[rows] > 0  # rows that are no VMAs have no neighbours
    close = (vmas.start[rows] == vmas.end[before]) & (vmas.process[rows] == vmas.process[before]) & (rows > 0)
    closed_by = (vmas.end[rows] == vmas.start[after]) & (vmas.process[rows] == vmas.process[after]) & (after > rows)
    return _Rows(rows, before, after, close & addressed, closed_by & addressed)


def follows_library(vmas: VmaTable, rows: npt.NDArray[np.int64], names: NameFacts) -> BoolArray:
    """The platform's rule: what begins where a library ended, and so on from one to the next (androidprocheaps.cpp)."""
    return _chained(vmas, _neighbours(vmas, rows), names.nameless, names.libraries)


def _chained(vmas: VmaTable, at: _Rows, nameless: BoolArray, kind: BoolArray) -> BoolArray:
    """Rows that follow a VMA of a kind, directly or behind other rows without a name."""
    codes_before = vmas.name.codes[at.before]
    first = ~(at.close & nameless[codes_before])
    chain = np.cumsum(first) - 1
    found: BoolArray = (at.close & kind[codes_before])[first][chain]
    return found


def conditions(vmas: VmaTable, rows: npt.NDArray[np.int64], names: NameFacts) -> Mapping[str, BoolArray]:
    """Which of the VMAs without a name (their rows) meet each condition that a rule may have."""
    at = _neighbours(vmas, rows)
    perms = vmas.perms.codes[rows]
    closed, shared, runs, writes = (
        _where(vmas.perms, perms, test)
        for test in (_no_access, lambda value: value.endswith("s"), lambda value: value[2:3] == "x", _writes)
    )
    behind_code = _chained(vmas, at, names.nameless, names.programs | names.libraries)
    flags = vmas.flags.codes[rows]
    size_kb = ((vmas.end[rows] - vmas.start[rows]) >> np.uint64(10)).astype(np.int64)
    return {
        "no-access": closed,
        "follows-library": behind_code & writes,
        "read-only-behind-library": behind_code & ~writes,
        "follows-stack-guard": at.close & names.stack_guards[vmas.name.codes[at.before]],
        "looks-like-stack": _looks_like_stack(vmas, at, names.nameless),
        "grows-down": _flag(vmas.flags, flags, "gd"),
        "shared": shared,
        "executable": runs,
        "huge-pages": _flag(vmas.flags, flags, "ht"),
        "device-memory": _flag(vmas.flags, flags, "io") | _flag(vmas.flags, flags, "pf"),
        "wiped-on-fork": _flag(vmas.flags, flags, "wf"),
        "file-without-path": vmas.inode[rows] != 0,
        "glibc-arena": _glibc_arena(vmas, at),
        "go-heap": (vmas.start[rows] >= _GO_ARENA_HINT) & (vmas.start[rows] < _GO_ARENA_HINT + _GO_SPAN),
        "hermes-segments": (size_kb == _HERMES_SEGMENT >> 10) & (vmas.start[rows] % _HERMES_SEGMENT == 0),
        "never-touched": _untouched(vmas, rows),
        "blocks": _blocks(vmas, rows, size_kb, perms),
        "read-only": _where(vmas.perms, perms, lambda value: value.startswith("r-")),
        "always": np.ones(len(rows), np.bool_),
    }


CONDITIONS = (
    "no-access",
    "follows-library",
    "read-only-behind-library",
    "follows-stack-guard",
    "looks-like-stack",
    "grows-down",
    "shared",
    "executable",
    "huge-pages",
    "device-memory",
    "wiped-on-fork",
    "file-without-path",
    "glibc-arena",
    "go-heap",
    "hermes-segments",
    "never-touched",
    "blocks",
    "read-only",
    "always",
)
"""What a VMA without a name can be told by."""


def _no_access(perms: str) -> bool:
    return perms.startswith("---")


def _writes(perms: str) -> bool:
    return perms[1:2] == "w"


def _where(column: Coded, codes: npt.NDArray[np.int32], test: Callable[[str], bool]) -> BoolArray:
    """The rows whose value passes a test."""
    passes = np.array([bool(test(value)) for value in column.values], np.bool_)
    found: BoolArray = passes[codes] if len(passes) else np.zeros(len(codes), np.bool_)
    return found


def _flag(column: Coded, codes: npt.NDArray[np.int32], flag: str) -> BoolArray:
    """The rows that have a flag of VmFlags (Linux fs/proc/task_mmu.c, show_smap_vma_flags)."""
    return _where(column, codes, lambda value: flag in value.split(" "))


def _looks_like_stack(vmas: VmaTable, at: _Rows, nameless: BoolArray) -> BoolArray:
    """A stack's size behind a small guard without a name, in a table whose stacks have no names."""
    if any(name.startswith(_NAMED_STACK) for name in vmas.name.values):
        return np.zeros(len(at.rows), np.bool_)
    size = vmas.end[at.rows] - vmas.start[at.rows]
    guard_size = vmas.end[at.before] - vmas.start[at.before]
    guard = _where(vmas.perms, vmas.perms.codes[at.before], _no_access) & nameless[vmas.name.codes[at.before]]
    found: BoolArray = (
        at.close & guard & (guard_size <= _GUARD_LIMIT) & (size >= _STACK_SIZES[0]) & (size <= _STACK_SIZES[1])
    )
    return found


def _glibc_arena(vmas: VmaTable, at: _Rows) -> BoolArray:
    """A heap that begins at a multiple of 64 MB, with a closed rest that ends at the next."""
    start, end = vmas.start[at.rows], vmas.end[at.rows]
    rest_closed = _where(vmas.perms, vmas.perms.codes[at.after], _no_access)
    aligned = (start % _GLIBC_HEAP == 0) & (vmas.end[at.after] % _GLIBC_HEAP == 0)
    found: BoolArray = at.closed_by & rest_closed & aligned & (end - start < _GLIBC_HEAP)
    return found


def _untouched(vmas: VmaTable, rows: npt.NDArray[np.int64]) -> BoolArray:
    """Not one page in memory or in swap, where both were printed or swap is not counted at all."""
    rss = vmas.counters.get("rss_kb")
    if rss is None:
        return np.zeros(len(rows), np.bool_)
    empty: BoolArray = rss[rows] == 0
    if "rss_kb" in vmas.missing:
        empty &= ~vmas.missing["rss_kb"][rows]
    swap = vmas.counters.get("swap_kb")
    return empty if swap is None else empty & (swap[rows] == 0)


def _blocks(
    vmas: VmaTable, rows: npt.NDArray[np.int64], size_kb: npt.NDArray[np.int64], perms: npt.NDArray[np.int32]
) -> BoolArray:
    """VMAs of which their process has several with the same size and permissions."""
    groups, _, counts = shapes(vmas, rows, size_kb, perms)
    found: BoolArray = (counts[groups] >= _LEAST_BLOCKS) & (size_kb >= _LEAST_BLOCK_KB)
    return found


def shapes(
    vmas: VmaTable, rows: npt.NDArray[np.int64], size_kb: npt.NDArray[np.int64], perms: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """A group for each row (process, size, permissions), the first row of each group, and how many each has."""
    key = np.stack([vmas.process[rows].astype(np.int64), size_kb, perms.astype(np.int64)])
    order = np.lexsort(key)
    sorted_key = key[:, order]
    new = np.ones(len(rows), np.bool_)
    if len(rows):
        new[1:] = (sorted_key[:, 1:] != sorted_key[:, :-1]).any(axis=0)
    groups = np.empty(len(rows), np.int64)
    groups[order] = np.cumsum(new) - 1
    firsts = order[new]
    return groups, firsts, np.bincount(groups, minlength=len(firsts))
