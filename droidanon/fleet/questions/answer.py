"""The answer to a question: rows of text and numbers, with warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from droidanon.model import Problem

if TYPE_CHECKING:
    import pandas as pd

_COUNTS = frozenset({"captures", "devices", "observations", "unknown", "processes", "over", "of_captures"})


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows as dicts with the keys `columns`; None means unknown. `facts` apply to all rows."""

    question: str
    dataset: str
    columns: tuple[str, ...]
    rows: Sequence[Mapping[str, Any]]
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a DataFrame; kB and counts are nullable integers."""
        import pandas as pd

        frame = pd.DataFrame(list(self.rows), columns=list(self.columns))
        whole = [name for name in self.columns if name.endswith("_kb") or name in _COUNTS]
        return frame.astype(dict.fromkeys(whole, "Int64"))


def kb(value: float | None) -> int | None:
    """A rounded number of kB; None for NaN.

    Rounds to a thousandth first, because engines interpolate percentiles with different rounding errors.
    """
    return None if value is None or value != value else round(round(value, 3))


def known_text(text: str | None) -> str | None:
    """Text from an engine, where unknown is empty."""
    return text or None


def problem(kind: str, text: str) -> Problem:
    """A warning or note about a dataset."""
    return Problem("", text, kind)
