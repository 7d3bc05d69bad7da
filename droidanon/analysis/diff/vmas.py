"""Compares two captures VMA by VMA: unchanged, grown, moved, split, new or gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.diff.comparison import Diff, diff
from droidanon.analysis.diff.one_to_one import exact_rows
from droidanon.analysis.diff.vma_sides import Addresses, ComparedVmas, VmaSide
from droidanon.analysis.match_processes import is_bare
from droidanon.analysis.sides import Views
from droidanon.analysis.sums import Table
from droidanon.analysis.view import View
from droidanon.columns import BoolArray, Coded, exact_sums, group, group_numbers
from droidanon.counters import DEFAULT_COUNTER
from droidanon.model import Process
from droidanon.rows import Key, Rows

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

BY_VMA = ("app", "process", "name", "perms", "base_range", "new_range")
STATUSES = ("same", "grown", "shrunk", "moved", "split", "merged", "changed", "new", "gone")
"""`same`: the same range (its memory may differ). `grown`, `shrunk`: one end is unchanged. `moved`: at another address,
matched by order among VMAs of the same name and size, or as the only one left with its name. `changed`: the ranges
overlap in another way."""


def diff_vmas(base: Views, new: Views, *, counter: str = DEFAULT_COUNTER, all_rows: bool = False) -> Diff:
    """The diff of two captures, with the rows of `compare_vmas`; only one capture is in memory at a time."""
    sides: list[VmaSide] = []

    def read(views: Views) -> Iterator[View]:
        for view in (views,) if isinstance(views, View) else views:
            yield view
            if counter in view.counters:  # otherwise `diff` raises an error
                sides.append(VmaSide.of(view, counter))

    change = diff(read(base), read(new), by=("process", "name"), counter=counter)
    return replace(change, by=BY_VMA, rows=_compared(sides, change.renamed, all_rows=all_rows))


def compare_vmas(
    base: View,
    new: View,
    *,
    counter: str = DEFAULT_COUNTER,
    renamed: Mapping[str, str] | None = None,
    all_rows: bool = False,
) -> Rows:
    """One row per VMA with its status (a VMA that was split has one row for all its parts).

    Each VMA of both sides is in one row; without `all_rows`, VMAs with unchanged memory and size are left out.

    Keys: app, process, name (normalised), perms, status, base_range, new_range; numbers: base_size_kb, new_size_kb,
    base_kb, new_kb, delta_kb, delta_percent. Processes match by app, name and user; if several have the same name, by
    pid, else in order of pid. `renamed`: processes and names of new that have another name in base. Sorted by absolute
    delta.
    """
    return _compared([VmaSide.of(view, counter) for view in (base, new)], renamed or {}, all_rows=all_rows)


def _compared(sides: list[VmaSide], renamed: Mapping[str, str], *, all_rows: bool) -> Rows:
    """The rows of a comparison, computed for a few processes at a time to save memory. Empties `sides`."""
    owners, pairs = _owners(sides[0].processes, sides[1].processes, renamed)
    both = ComparedVmas.joined(sides, owners, renamed)
    sides.clear()
    may_be_one = np.array([pairs[word].may_be_one for word in both.owner.values], np.bool_)
    parts = []
    for rows in both.batches():
        some = both.take(rows)
        groups, apart = _match(some, may_be_one)
        parts.append(_rows(some, groups, apart, pairs, all_rows=all_rows))
    return _sorted(parts)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two matching processes, or one without a match. `may_be_one`: they may be the same process (by pid and start)."""

    app: str
    process: str
    may_be_one: bool = True


def _owners(
    base: Sequence[Process], new: Sequence[Process], renamed: Mapping[str, str]
) -> tuple[tuple[list[str], list[str]], dict[str, _Pair]]:
    """A key for each process, equal for matching ones, and the pair of each key."""
    known: list[dict[tuple[object, ...], list[int]]] = [defaultdict(list), defaultdict(list)]
    counted = [[place for place, p in enumerate(side) if p.rows and not p.reference] for side in (base, new)]
    single = all(len(places) == 1 for places in counted)
    for side, places, found in zip((base, new), counted, known, strict=True):
        for place in sorted(places, key=lambda place: side[place].pid or 0):
            process = side[place]
            called = renamed.get(process.name, process.name) if side is new else process.name
            names = (process.app, called) if called == process.name else (called, called)
            found[() if single else (*names, process.user)].append(place)
    words: tuple[list[str], list[str]] = ([""] * len(base), [""] * len(new))
    pairs: dict[str, _Pair] = {"": _Pair("", "")}
    for key in dict.fromkeys((*known[0], *known[1])):
        for old, young in _paired(known[0].get(key, []), known[1].get(key, []), base, new):
            word = str(len(pairs))
            if young is not None:
                words[1][young] = word
                pairs[word] = _Pair(new[young].app, new[young].name)
            if old is not None:
                words[0][old] = word
                one = young is None or _may_be_one(base[old], new[young])
                named = young is not None and is_bare(base[old].name) and not is_bare(new[young].name)
                shown = new[young] if young is not None and named else base[old]
                pairs[word] = _Pair(shown.app, shown.name, one)
    return words, pairs


def _may_be_one(old: Process, young: Process) -> bool:
    known = (old.pid, young.pid), (old.start_time, young.start_time)
    return all(one is None or two is None or one == two for one, two in known)


def _paired(
    old: Sequence[int], young: Sequence[int], base: Sequence[Process], new: Sequence[Process]
) -> list[tuple[int | None, int | None]]:
    """Pairs of processes with the same name: those with equal pids, then the others in order."""
    at = {new[place].pid: place for place in young}
    pairs: list[tuple[int | None, int | None]] = [
        (place, at[base[place].pid]) for place in old if base[place].pid is not None and base[place].pid in at
    ]
    seen = {one for one, _ in pairs}, {two for _, two in pairs}
    rest = zip_longest([p for p in old if p not in seen[0]], [p for p in young if p not in seen[1]])
    return [*pairs, *rest]


def _match(vmas: ComparedVmas, may_be_one: BoolArray) -> tuple[Ints, BoolArray]:
    """A number for each set of VMAs that are the same memory, and which VMAs were matched without overlapping.

    Three passes, most certain first, each over the VMAs that earlier passes left unmatched. With base (1-7) and new
    (a-g):

        1 [heap]  1000-5000     a [heap]  1000-7000     overlap: 1 and a are one that has grown
        2 scudo   8000-c000     b scudo   8000-a000     overlap, over the gap between b and c: 2 was split
                                c scudo   b000-c000
        3 stack  10000-18000    d stack  30000-38000    the first stack of its size and permissions: 3 moved to d
        4 stack  20000-28000    e stack  40000-48000    the second one: 4 moved to e
        5 jit    50000-60000    f jit    70000-90000    the only jit left on each side: 5 moved to f, and has grown
        6 code   a0000-a1000    g code  c0000-c4000     6 or 7 could be g: 6 and 7 are gone, g is new
        7 code   b0000-b2000

    `may_be_one`, per owner: ranges of different processes overlap by chance, so for them the first pass only matches
    equal ranges (memory that both inherited from the zygote).
    """
    kinds, _ = group((vmas.owner, vmas.name), len(vmas))
    groups = np.zeros(len(vmas), np.int64)
    one = may_be_one[vmas.owner.codes]
    groups[one] = _overlapping(kinds[one], vmas.start[one], vmas.end[one])
    groups[~one] = group_numbers(kinds[~one], vmas.start[~one], vmas.size_kb[~one]) + int(groups.max(initial=-1)) + 1
    apart = np.zeros(len(vmas), np.bool_)
    perms = vmas.perms.codes.astype(np.int64)
    for by_size in (True, False):
        alone = np.flatnonzero(~_both_sided(groups, vmas.is_new))
        kind = group_numbers(kinds[alone], perms[alone], *((vmas.size_kb[alone],) if by_size else ()))
        place = _places(kind, vmas.is_new[alone], vmas.start[alone])
        if not by_size:
            several = np.bincount(kind[place > 0], minlength=int(kind.max(initial=-1)) + 1) > 0
            place = np.where(several[kind], np.arange(len(kind)) + 1, place)
        groups[alone] = group_numbers(kind, place) + int(groups.max(initial=-1)) + 1
        groups = group_numbers(groups)
        apart[alone] = _both_sided(groups, vmas.is_new)[alone]
    return groups, apart


def _overlapping(kinds: Ints, start: Addresses, end: Addresses) -> Ints:
    """A number for each set of VMAs of one kind whose ranges overlap, directly or through others between them."""
    ranks = np.unique(np.concatenate([start, end]), return_inverse=True)[1].astype(np.int64)
    span = int(ranks.max(initial=0)) + 1
    starts, ends = kinds * span + ranks[: len(start)], kinds * span + ranks[len(start) :]
    order = np.argsort(starts, kind="stable")
    furthest = np.maximum.accumulate(ends[order])
    begins = np.ones(len(order), np.bool_)
    begins[1:] = starts[order][1:] >= furthest[:-1]
    groups = np.empty(len(order), np.int64)
    groups[order] = np.cumsum(begins) - 1
    return groups


def _both_sided(groups: Ints, is_new: BoolArray) -> BoolArray:
    """Whether the group of each VMA has VMAs of both sides."""
    count = int(groups.max(initial=-1)) + 1
    both = (np.bincount(groups, is_new, count) > 0) & (np.bincount(groups, ~is_new, count) > 0)
    return both[groups]


def _places(kind: Ints, is_new: BoolArray, start: Addresses) -> Ints:
    """The index of each VMA, by address, among those of its kind and side."""
    order = np.lexsort((start, is_new, kind))
    run = group_numbers(kind * 2 + is_new)[order]
    first = np.searchsorted(run, run)  # the runs are sorted
    place = np.empty(len(kind), np.int64)
    place[order] = np.arange(len(kind)) - first
    return place


def _rows(
    vmas: ComparedVmas, groups: Ints, apart: BoolArray, pairs: Mapping[str, _Pair], *, all_rows: bool
) -> tuple[Rows, Addresses]:
    """The rows of some processes in the order of `_match`, and their addresses."""
    count = int(groups.max(initial=-1)) + 1
    sides = [_summed(vmas, groups, side, count) for side in (~vmas.is_new, vmas.is_new)]
    present = np.stack([side.count > 0 for side in sides], axis=1)
    values, printed = (np.stack([getattr(side, name) for side in sides], axis=1) for name in ("kb", "printed"))
    found = exact_rows(Table({}, values, present, present & ~printed), status=False)
    moved = np.zeros(count, np.bool_)
    moved[groups[apart]] = True
    statuses = _statuses(sides[0], sides[1], moved)
    address = np.where(present[:, 0], sides[0].start, sides[1].start)
    order = np.arange(count)
    if not all_rows:
        still = (statuses == "same") | ((statuses == "moved") & (sides[0].size_kb == sides[1].size_kb))
        order = np.flatnonzero(~still | (found.numbers["delta_kb"] != 0) | (present & ~printed).any(axis=1))
    first, last = np.full(count, len(vmas), np.int64), np.zeros(count, np.int64)  # base's VMAs come first
    np.minimum.at(first, groups, np.arange(len(vmas)))
    np.maximum.at(last, groups, np.arange(len(vmas)))
    owner = vmas.owner.take(first[order])
    perms = zip(*(vmas.perms.take(rows[order]) for rows in (first, last)), strict=True)
    keys: dict[str, Key] = {
        "app": owner.map(lambda word: pairs[word].app),
        "process": owner.map(lambda word: pairs[word].process),
        "name": vmas.name.take(first[order]),
        "perms": Coded.of(one if one == two else f"{one} -> {two}" for one, two in perms),
        "status": Coded.of(statuses[order].tolist()),
        "base_range": sides[0].texts(order),
        "new_range": sides[1].texts(order),
    }
    numbers = {"base_size_kb": sides[0].size_kb, "new_size_kb": sides[1].size_kb, **found.numbers}
    missing = {"base_size_kb": ~present[:, 0], "new_size_kb": ~present[:, 1], **found.missing}
    rows = Rows(
        keys,
        {name: column[order] for name, column in numbers.items()},
        {name: mask[order] for name, mask in missing.items()},
    )
    return rows, address[order]


def _sorted(parts: Sequence[tuple[Rows, Addresses]]) -> Rows:
    """Sort the rows of all parts by absolute delta, ties by address."""
    found = [rows for rows, _ in parts]
    keys: dict[str, Key] = {}
    for key in found[0].keys:
        columns = [rows.keys[key] for rows in found]
        coded = [column for column in columns if isinstance(column, Coded)]
        keys[key] = Coded.concat(coded).compact() if coded else [text for column in columns for text in column]
    numbers = {name: np.concatenate([rows.numbers[name] for rows in found]) for name in found[0].numbers}
    missing = {
        name: np.concatenate([rows.missing.get(name, np.zeros(len(rows), np.bool_)) for rows in found])
        for name in dict.fromkeys(name for rows in found for name in rows.missing)
    }
    address = np.concatenate([address for _, address in parts])
    return Rows(keys, numbers, missing).take(np.lexsort((address, -np.abs(numbers["delta_kb"]))))


@dataclass(frozen=True, slots=True, eq=False)
class _Summed:
    """One side of each group: the number, ranges, sizes and memory of its VMAs, and whether the memory was printed."""

    count: Ints
    start: Addresses
    end: Addresses
    size_kb: Ints
    kb: Ints
    printed: BoolArray

    def texts(self, rows: npt.NDArray[np.intp]) -> list[str | int | None]:
        """The ranges of some groups as printed in smaps; empty where there is none."""
        columns = zip(self.start[rows].tolist(), self.end[rows].tolist(), self.count[rows].tolist(), strict=True)
        return [f"{start:08x}-{end:08x}" if count else "" for start, end, count in columns]


def _summed(vmas: ComparedVmas, groups: Ints, side: BoolArray, count: int) -> _Summed:
    here = groups[side]
    start, end = np.full(count, np.iinfo(np.uint64).max, np.uint64), np.zeros(count, np.uint64)
    np.minimum.at(start, here, vmas.start[side])
    np.maximum.at(end, here, vmas.end[side])
    size, kb = (exact_sums(here, column[side], count) for column in (vmas.size_kb, vmas.kb))
    printed = np.bincount(here, ~vmas.missing[side], count) > 0
    return _Summed(np.bincount(here, minlength=count), start, end, size, kb, printed)


def _statuses(base: _Summed, new: _Summed, moved: BoolArray) -> npt.NDArray[np.str_]:
    one_each = (base.count == 1) & (new.count == 1)
    same_start, same_end = base.start == new.start, base.end == new.end
    one_end = one_each & (same_start ^ same_end)
    conditions = {
        "gone": new.count == 0,
        "new": base.count == 0,
        "same": one_each & same_start & same_end,
        "grown": one_end & (new.size_kb > base.size_kb),
        "shrunk": one_end & (new.size_kb < base.size_kb),
        "moved": moved,
        "split": (base.count == 1) & (new.count > 1),
        "merged": (base.count > 1) & (new.count == 1),
    }
    return np.asarray(np.select(list(conditions.values()), list(conditions), "changed"), np.str_)
