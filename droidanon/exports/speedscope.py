"""speedscope's own format: one sampled profile per capture, in bytes.

The schema is https://www.speedscope.app/file-format-schema.json.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from droidanon.columns import Coded
from droidanon.counters import COUNTERS
from droidanon.escape import escape_text
from droidanon.exports.formats import ExportData
from droidanon.exports.stacks import LEVELS, chosen_counter, known, merge_rows, stack_rows, weights
from droidanon.rows import Key
from droidanon.version import __version__

if TYPE_CHECKING:
    import numpy.typing as npt

    from droidanon.analysis.view import View

_SCHEMA = "https://www.speedscope.app/file-format-schema.json"
_BYTES_PER_KB = 1024


def write(data: ExportData, file: BinaryIO) -> tuple[str, ...]:
    """Write one profile per capture; all share their frames."""
    frames: dict[str, int] = {}
    profiles = [_profile(view, data.counter, frames) for view in data.views]
    document = {
        "$schema": _SCHEMA,
        "exporter": f"droidanon {__version__}",
        "name": profiles[-1]["name"],
        "activeProfileIndex": len(profiles) - 1,
        "shared": {"frames": [{"name": name} for name in frames]},
        "profiles": profiles,
    }
    file.write(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return ()


def _profile(view: View, chosen: str | None, frames: dict[str, int]) -> dict[str, Any]:
    counter = chosen_counter(view, chosen)
    rows = merge_rows(known(stack_rows(view, counter), counter), LEVELS)
    values = weights(rows, counter)
    rows, values = rows.take(values > 0), values[values > 0]
    columns = [_frame_numbers(rows.keys[level], frames) for level in LEVELS]
    kinds = COUNTERS[counter].title if counter in COUNTERS else counter.removesuffix("_kb").replace("_", " ")
    capture = view.capture
    return {
        "type": "sampled",
        "name": escape_text(" ".join(part for part in (capture.source, capture.created, kinds) if part)),
        "unit": "bytes",
        "startValue": 0,
        "endValue": int(values.sum()) * _BYTES_PER_KB,
        "samples": np.array(columns).T.tolist(),
        "weights": (values * _BYTES_PER_KB).tolist(),
    }


def _frame_numbers(column: Key, frames: dict[str, int]) -> npt.NDArray[np.int64]:
    """The numbers of a column's frames; adds new frames."""
    assert isinstance(column, Coded)
    column = column.compact()
    numbers = np.array([frames.setdefault(value, len(frames)) for value in column.values], np.int64)
    return numbers[column.codes]
