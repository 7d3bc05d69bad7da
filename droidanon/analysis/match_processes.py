"""Matches processes without a known name by the names of their mappings.

A source may lack the names of processes that ended early or are missing from its `ps` listing. The mappings of a
process (its package's files, compiled code, fonts) identify it nearly as well as a name does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.view import View
from droidanon.columns import Coded, distinct_codes, group

if TYPE_CHECKING:
    import numpy.typing as npt

LEAST = 0.5
"""The share of the names mapped by two processes that both must map, each weighted by how few processes map it."""
APART = 0.5
"""The distance of two processes must be less than this share of the distance of either to any other process."""
_TIE = 1e-9

Mapped = tuple[Coded, Coded]
"""Processes by name, and the (normalised) names that they map: one pair per row, each once."""


def is_bare(name: str) -> bool:
    """Whether a process's name is only its pid."""
    return name.isdecimal()


def mapped_names(view: View) -> Mapped:
    """The names of each process's mappings."""
    columns = tuple(view.group_key(key) for key in ("process", "normal_name"))
    _, firsts = group(columns, len(view.groups))
    return columns[0].take(firsts), columns[1].take(firsts)


def match_by_mappings(base: Mapped, new: Mapped) -> dict[str, str]:
    """Pairs of the same process in base and new, where one of the two is known only by pid.

    Two processes with names are matched by name elsewhere. A process with several candidates matches the one with the
    same pid, or none.
    """
    names = [{column.values[code] for code in distinct_codes(column.codes).tolist()} for column in (base[0], new[0])]
    named = {name for name in names[0] & names[1] if not is_bare(name)}
    left = [sorted(some - named) for some in names]
    if not any(map(is_bare, (*left[0], *left[1]))) or not all(left):
        return {}
    apart = 1.0 - _likeness(*_maps((base, new), left))
    found = {}
    for row, one in enumerate(left[0]):
        column = int(apart[row].argmin())
        if is_bare(one) and one in left[1]:
            same = left[1].index(one)
            if apart[row, same] <= min(apart[row].min(), apart[:, same].min(), 1.0 - LEAST) + _TIE:
                found[one] = one
                continue
        two, least = left[1][column], apart[row, column]
        others = np.concatenate([np.delete(apart[row], column), np.delete(apart[:, column], row)])
        alone = least < APART * others.min(initial=1.0)
        if (is_bare(one) or is_bare(two)) and least <= 1.0 - LEAST and alone:
            found[one] = two
    return found


def _maps(
    sides: Sequence[Mapped], processes: Sequence[Sequence[str]]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The names (columns) that some processes of each side map (rows), weighted."""
    names = Coded.concat([side[1] for side in sides])
    joined = np.split(names.codes, [len(sides[0][1].codes)])
    tables = []
    for side, codes, some in zip(sides, joined, processes, strict=True):
        place: Mapping[str, int] = {name: row for row, name in enumerate(some)}
        rows = np.array([place.get(name, -1) for name in side[0].values], np.int64)[side[0].codes]
        table = np.zeros((len(some), len(names.values)))
        table[rows[rows >= 0], codes[rows >= 0]] = 1.0
        tables.append(table)
    count = np.bincount(names.codes, minlength=len(names.values))
    weight = np.log(sum(len(distinct_codes(side[0].codes)) for side in sides) / np.maximum(count, 1))
    return tables[0] * np.sqrt(weight), tables[1] * np.sqrt(weight)


def _likeness(base: npt.NDArray[np.float64], new: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The weighted share of names that each pair of processes has in common."""
    both = base @ new.T
    either = (base**2).sum(axis=1)[:, None] + (new**2).sum(axis=1)[None] - both
    likeness: npt.NDArray[np.float64] = np.divide(both, either, out=np.zeros_like(both), where=either > _TIE)
    likeness[either <= _TIE] = 1.0  # they map only what all processes map
    return likeness
