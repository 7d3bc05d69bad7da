"""Collapsed stacks: `app;process;heap;category;name kB` per line; a diff has two numbers per line.

Read by flamegraph.pl, inferno, speedscope and Perfetto's UI; flamegraph.pl and inferno take the second number as the
new one (github.com/brendangregg/FlameGraph, difffolded.pl).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from droidanon.escape import escape_text
from droidanon.exports.formats import ExportData
from droidanon.exports.stacks import LEVELS, STABLE_LEVELS, chosen_counter, known, merge_rows, stack_rows, weights
from droidanon.rows import Rows

if TYPE_CHECKING:
    from droidanon.analysis.view import View

_NUMBER_AT_END = re.compile(r"\s(?=[\d.]+$)")
"""flamegraph.pl would take it for the first number of a diff."""


def write(data: ExportData, file: BinaryIO) -> tuple[str, ...]:
    """Write the newest capture, or its diff against the base."""
    *_, view = data.views
    counter = chosen_counter(view, data.counter)
    lines = _capture(view, counter) if data.base is None else _difference(data.base, view, counter)
    file.writelines(f"{line}\n".encode() for line in lines)
    return ()


def _capture(view: View, counter: str) -> Iterator[str]:
    rows = merge_rows(known(stack_rows(view, counter, clean=clean_frame), counter), LEVELS)
    values = weights(rows, counter)
    for place in np.flatnonzero(values).tolist():
        yield f"{_stack(rows, place)} {values[place]}"


def _difference(base: View, new: View, counter: str) -> Iterator[str]:
    """The stacks of both sides. A stack missing on one side is 0 there; one whose counter is unknown on a side is left
    out.
    """
    sides = []
    for view in (base, new):
        rows = stack_rows(view, counter, levels=STABLE_LEVELS, clean=clean_frame)
        merged = merge_rows(rows, LEVELS)
        gone, values = merged.missing.get(counter), weights(merged, counter)
        numbers = values.tolist()
        sides.append(
            {
                _stack(merged, place): None if gone is not None and gone[place] else numbers[place]
                for place in range(len(merged))
            }
        )
    before, after = sides
    for stack in dict.fromkeys([*after, *before]):
        pair = before.get(stack, 0), after.get(stack, 0)
        if None not in pair and any(pair):
            yield f"{stack} {pair[0]} {pair[1]}"


def _stack(rows: Rows, place: int) -> str:
    return ";".join(str(rows.keys[level][place]) for level in LEVELS)


def clean_frame(text: str) -> str:
    """A frame without the characters that separate frames or lines."""
    text = escape_text(text).replace(";", ",")
    return _NUMBER_AT_END.sub("_", f"_{text}" if text.startswith("#") else text)
