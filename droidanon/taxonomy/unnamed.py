"""VMAs without a name, classified by their neighbours, permissions, flags, pages, shape and process.

Each condition is a mask over the VMAs without a name; android.toml states their order and how sure each one is. A VMA
that has a name is only ever looked at as a neighbour, or as evidence of what its process runs.

A condition that names an allocator needs evidence that the process has that allocator: alignment alone is shared by
many. Conditions depend on a VMA and its process, never on how many similar VMAs there are, so that memory keeps its
category from one capture to the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from droidanon.columns import BoolArray, Coded, VmaTable

if TYPE_CHECKING:
    import numpy.typing as npt

DELETED = " (deleted)"
"""The kernel appends this to the name of a file that is in no folder any more."""

_STACK_GUARD = "[anon:thread stack guard"
_NAMED_STACK = "[anon:stack_and_tls:"
"""If bionic names stacks (Android 11 and later), memory without a name is not a stack."""
_GUARD_LIMIT, _STACK_SIZES = 64 << 10, (960 << 10, 1100 << 10)
"""Bytes: the largest guard of a stack, and the sizes around the 1 MB that bionic and ART give a thread by default."""
_GLIBC_HEAP = 64 << 20
"""HEAP_MAX_SIZE on 64 bits (glibc malloc/arena.c): size and alignment of the reservation of an arena's heap."""
_UNITY_BLOCK = 256 << 20
"""Size and alignment of the reservations of Unity's allocator, seen in all of 8 tombstones with libunity.so."""
_HERMES_SEGMENT = 4 << 20
"""Size and alignment of a segment of the Hermes JS heap (hermes AlignedHeapSegment.h); neighbours merge into one
VMA."""
_GO_ARENA_HINTS = (0x4000000000, 0xC000000000)
"""Where the Go runtime maps its first heap arena on 64 bits: arm64, others (go runtime/malloc.go, mallocinit)."""

_EVIDENCE = re.compile(
    r"[/!](?:(?P<glibc>libc\.so\.6|libc-2\.\d+\.so)|(?P<unity>libunity\.so)|(?P<hermes>libhermes[\w-]*\.so))(?: |$)"
)
"""Mapped files that show which allocator a process has; `base.apk!libunity.so (offset 0x1000)` is a tombstone's
form."""
_EVIDENCE_PARTS = ("libc.so.6", "libc-2.", "libunity.so", "libhermes")
"""Each name that `_EVIDENCE` finds has one of these: most names are ruled out without the expression."""


@dataclass(frozen=True, slots=True)
class NameFacts:
    """What each distinct name of a table implies for neighbouring VMAs without a name."""

    nameless: BoolArray
    libraries: BoolArray
    """The platform counts it as a library (heap `.so mmap`)."""
    programs: BoolArray
    """A file of code: a library of any kind, or a program."""
    stack_guards: BoolArray
    named_stacks: BoolArray
    evidence: Mapping[str, BoolArray]
    """Names that show which allocator a process has, by the group of `_EVIDENCE`."""


def name_facts(names: Sequence[str], libraries: Sequence[bool]) -> NameFacts:
    """The facts of each name."""
    evidence = {group: np.zeros(len(names), np.bool_) for group in _EVIDENCE.groupindex}
    for index in [index for part in _EVIDENCE_PARTS for index, name in enumerate(names) if part in name]:
        match = _EVIDENCE.search(names[index])
        if match is not None and match.lastgroup is not None:
            evidence[match.lastgroup][index] = True
    return NameFacts(
        _mask(name in ("", DELETED) for name in names),
        _mask(libraries),
        _mask(map(_is_program, names)),
        _mask(name.startswith(_STACK_GUARD) for name in names),
        _mask(name.startswith(_NAMED_STACK) for name in names),
        evidence,
    )


def _mask(values: Iterable[bool]) -> BoolArray:
    return np.array(list(values), np.bool_)


def _is_program(name: str) -> bool:
    bare = name.removesuffix(DELETED)
    if not bare.startswith("/") or bare.startswith(("/dev/", "/memfd:", "/dmabuf", "/anon_hugepage")):
        return False
    return bare.endswith((".so", ".odex", ".oat")) or ".so." in bare or "/bin/" in bare or "/xbin/" in bare


@dataclass(frozen=True)
class UnnamedVmas:
    """The VMAs without a name of a table, as columns; `rows` are their rows in the table."""

    vmas: VmaTable
    rows: npt.NDArray[np.int64]
    names: NameFacts

    @cached_property
    def start(self) -> npt.NDArray[np.uint64]:
        return self.vmas.start[self.rows]

    @cached_property
    def end(self) -> npt.NDArray[np.uint64]:
        return self.vmas.end[self.rows]

    @cached_property
    def before(self) -> npt.NDArray[np.int64]:
        """The row before each; a neighbour only if `follows`."""
        return np.maximum(self.rows - 1, 0)

    @cached_property
    def after(self) -> npt.NDArray[np.int64]:
        """The row after each; a neighbour only if `followed`."""
        return np.minimum(self.rows + 1, len(self.vmas) - 1)

    @cached_property
    def follows(self) -> BoolArray:
        """The VMA before it, in the same process, ends where it begins. Rows that are not VMAs have no addresses."""
        same = self.vmas.process[self.rows] == self.vmas.process[self.before]
        found: BoolArray = same & (self.start == self.vmas.end[self.before]) & (self.rows > 0) & (self.end > 0)
        return found

    @cached_property
    def followed(self) -> BoolArray:
        """The VMA after it, in the same process, begins where it ends."""
        same = self.vmas.process[self.rows] == self.vmas.process[self.after]
        found: BoolArray = same & (self.end == self.vmas.start[self.after]) & (self.after > self.rows) & (self.end > 0)
        return found

    @cached_property
    def first_of_run(self) -> npt.NDArray[np.int64]:
        """For each row the place (in `rows`) where its run begins: unnamed VMAs without a gap or a name between
        them.
        """
        begins = ~(self.follows & self.names.nameless[self.vmas.name.codes[self.before]])
        places: npt.NDArray[np.int64] = np.flatnonzero(begins)[np.cumsum(begins) - 1]
        return places

    @cached_property
    def behind_code(self) -> BoolArray:
        return self.behind(self.names.programs | self.names.libraries)

    def behind(self, kind: BoolArray) -> BoolArray:
        """Rows that follow a VMA of a kind of names, directly or after other rows without a name."""
        found: BoolArray = (self.follows & kind[self.vmas.name.codes[self.before]])[self.first_of_run]
        return found

    def perms(self, test: Callable[[str], bool]) -> BoolArray:
        """Rows with permissions that pass a test."""
        return _where(self.vmas.perms, self.vmas.perms.codes[self.rows], test)

    def flag(self, *flags: str) -> BoolArray:
        """Rows with one of some VmFlags (Linux fs/proc/task_mmu.c, show_smap_vma_flags)."""
        return _where(
            self.vmas.flags, self.vmas.flags.codes[self.rows], lambda value: bool({*flags} & {*value.split(" ")})
        )

    def process_maps(self, group: str) -> BoolArray:
        """Rows of processes that map a file of one group of `_EVIDENCE`."""
        shown = self.names.evidence[group]
        if not shown.any():
            return np.zeros(len(self.rows), np.bool_)
        maps = np.zeros(int(self.vmas.process.max(initial=0)) + 1, np.bool_)
        maps[self.vmas.process[shown[self.vmas.name.codes]]] = True
        return maps[self.vmas.process[self.rows]]

    def heads_of(self, size: int) -> BoolArray:
        """Heads of reservations: from a multiple of `size` on, the rest up to the next multiple being inaccessible."""
        ends = np.where(self.followed & self._closed_after, self.vmas.end[self.after], self.end)
        found: BoolArray = (self.start % size == 0) & (ends % size == 0) & (self.end > 0)
        return found

    @cached_property
    def _closed_after(self) -> BoolArray:
        unnamed = self.names.nameless[self.vmas.name.codes[self.after]]
        return _where(self.vmas.perms, self.vmas.perms.codes[self.after], _no_access) & unnamed


def follows_library(unnamed: UnnamedVmas) -> BoolArray:
    """The platform's rule: an unnamed VMA belongs to the library that ended where it begins (androidprocheaps.cpp)."""
    return unnamed.behind(unnamed.names.libraries)


def conditions(unnamed: UnnamedVmas) -> Mapping[str, BoolArray]:
    """For each condition that a rule may have, which of the VMAs without a name meet it."""
    return {condition: test(unnamed) for condition, test in _TESTS.items()}


def _no_access(perms: str) -> bool:
    return perms.startswith("---")


def _writes(perms: str) -> bool:
    return perms[1:2] == "w"


def _where(column: Coded, codes: npt.NDArray[np.int32], test: Callable[[str], bool]) -> BoolArray:
    """The rows with a value that passes a test."""
    passes = np.array([bool(test(value)) for value in column.values], np.bool_)
    found: BoolArray = passes[codes] if len(passes) else np.zeros(len(codes), np.bool_)
    return found


def _looks_like_stack(unnamed: UnnamedVmas) -> BoolArray:
    """A stack's size behind a small guard without a name, in a table in which stacks have no names."""
    if unnamed.names.named_stacks.any():
        return np.zeros(len(unnamed.rows), np.bool_)
    vmas, before = unnamed.vmas, unnamed.before
    guard = _where(vmas.perms, vmas.perms.codes[before], _no_access) & unnamed.names.nameless[vmas.name.codes[before]]
    guard &= vmas.end[before] - vmas.start[before] <= _GUARD_LIMIT
    size = unnamed.end - unnamed.start
    found: BoolArray = unnamed.follows & guard & (size >= _STACK_SIZES[0]) & (size <= _STACK_SIZES[1])
    return found


def _go_heap(unnamed: UnnamedVmas) -> BoolArray:
    """A run of VMAs that begins exactly at an address where the Go runtime asks for its first arena."""
    found: BoolArray = np.isin(unnamed.start, np.array(_GO_ARENA_HINTS, np.uint64))[unnamed.first_of_run]
    return found


def _hermes_segments(unnamed: UnnamedVmas) -> BoolArray:
    """Whole segments, one or several, in a process that maps Hermes."""
    aligned: BoolArray = (unnamed.start % _HERMES_SEGMENT == 0) & (unnamed.end % _HERMES_SEGMENT == 0)
    return aligned & (unnamed.end > 0) & unnamed.process_maps("hermes")


def _untouched(unnamed: UnnamedVmas) -> BoolArray:
    """No page in memory or in swap; False if the source did not print RSS."""
    vmas, rows = unnamed.vmas, unnamed.rows
    rss = vmas.counters.get("rss_kb")
    if rss is None:
        return np.zeros(len(rows), np.bool_)
    empty: BoolArray = rss[rows] == 0
    if "rss_kb" in vmas.missing:
        empty &= ~vmas.missing["rss_kb"][rows]
    swap = vmas.counters.get("swap_kb")
    return empty if swap is None else empty & (swap[rows] == 0)


_TESTS: Mapping[str, Callable[[UnnamedVmas], BoolArray]] = {
    "no-access": lambda unnamed: unnamed.perms(_no_access),
    "follows-library": lambda unnamed: unnamed.behind_code & unnamed.perms(_writes),
    "read-only-behind-library": lambda unnamed: unnamed.behind_code & ~unnamed.perms(_writes),
    "follows-stack-guard": lambda unnamed: (
        unnamed.follows & unnamed.names.stack_guards[unnamed.vmas.name.codes[unnamed.before]]
    ),
    "looks-like-stack": _looks_like_stack,
    "grows-down": lambda unnamed: unnamed.flag("gd"),
    "shared": lambda unnamed: unnamed.perms(lambda perms: perms.endswith("s")),
    "executable": lambda unnamed: unnamed.perms(lambda perms: perms[2:3] == "x"),
    "huge-pages": lambda unnamed: unnamed.flag("ht"),
    "device-memory": lambda unnamed: unnamed.flag("io", "pf"),
    "wiped-on-fork": lambda unnamed: unnamed.flag("wf"),
    "file-without-path": lambda unnamed: unnamed.vmas.inode[unnamed.rows] != 0,
    "glibc-arena": lambda unnamed: unnamed.heads_of(_GLIBC_HEAP) & unnamed.process_maps("glibc"),
    "unity-block": lambda unnamed: unnamed.heads_of(_UNITY_BLOCK) & unnamed.process_maps("unity"),
    "hermes-segments": _hermes_segments,
    "go-heap": _go_heap,
    "never-touched": _untouched,
    "read-only": lambda unnamed: unnamed.perms(lambda perms: perms.startswith("r-")),
    "always": lambda unnamed: np.ones(len(unnamed.rows), np.bool_),
}

CONDITIONS = tuple(_TESTS)
"""The conditions that a rule for VMAs without a name may have."""
