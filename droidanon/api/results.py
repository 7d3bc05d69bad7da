"""The results of `droidanon.diff`, `trend` and `insights`: DataFrames to sort, join and plot."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from droidanon.rows import Rows
from droidanon.units import format_kb
from droidanon.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from droidanon.analysis.diff.comparison import Diff
    from droidanon.analysis.insights.find import RankedFindings
    from droidanon.analysis.trend import Trend
    from droidanon.model import Problem

_SHOWN = 20
_INTERVAL = ("low_kb", "high_kb", "p_value")
_FINDING = [
    "rule",
    "app",
    "process",
    "pid",
    "title",
    "kb",
    "counter",
    "certainty",
    "evidence",
    "why",
    "action",
    "commands",
    "link",
]


@dataclass(frozen=True, repr=False, eq=False)
class Comparison:
    """What changed from base to new.

    Attributes:
        rows: one row per group, largest change first: the keys, `status` (`both`, `new`, `gone`), `base_kb`, `new_kb`,
            `delta_kb` (new - base), `delta_percent`, and for replicates the interval `low_kb` to `high_kb`, `p_value`
            and `verdict`. For two single captures these columns are `<NA>`.
        total: the same numbers over all rows.
        headline: the same numbers for the headline counters, one row per counter.
        tops: rows that are always tested (top categories); None for two single captures.
        off_smaps: memory outside any VMA (`GL mtrack`, page tables), per process; not part of any total.
        objects: object counts from dumpsys meminfo, per process.
        warnings: reasons to doubt the comparison: `where`, `message`.
        by, counter: the keys and the counter.
        replicates: the numbers of captures of base and new.
    """

    rows: pd.DataFrame
    total: Mapping[str, str | int | float | None]
    headline: pd.DataFrame
    tops: pd.DataFrame | None
    off_smaps: pd.DataFrame
    objects: pd.DataFrame
    warnings: pd.DataFrame
    by: tuple[str, ...]
    counter: str
    replicates: tuple[int, int]

    @classmethod
    def of(cls, found: Diff) -> Comparison:
        return cls(
            _with_interval(found.rows),
            dict(found.total),
            _with_interval(found.headline),
            None if found.tops is None else _with_interval(found.tops),
            found.not_in_smaps.to_pandas(),
            found.objects.to_pandas(),
            problems_frame(found.warnings),
            found.by,
            found.counter,
            found.replicates,
        )

    def __repr__(self) -> str:
        return (
            f"<Comparison of {self.counter} by {', '.join(self.by)}: {_change(self.total)}, "
            f"{counted(len(self.rows), 'row')}, {counted(len(self.warnings), 'warning')}>"
        )

    def _repr_html_(self) -> str:
        return _html(repr(self), self.rows, self.warnings)


@dataclass(frozen=True, repr=False, eq=False)
class Growth:
    """How a counter developed over captures.

    Attributes:
        rows: one row per group, largest slope first: the keys, `first_kb`, `last_kb`, `slope_kb` (see `per`) with its
            interval `low_kb` to `high_kb`, `p_value`, `verdict` (`grows`, `shrinks`, `~`) and `captures_needed`.
        values: the counter in kB, one row per group (the keys are the index) and one column per capture, named by
            `when`; `growth.values.T.plot()` plots them.
        steps: lasting changes of level: the keys, `at` (number of the capture, from 1) and `change_kb`.
        total, headline, tops, warnings: as in a `Comparison`.
        when: minutes since the first capture, or the number of each capture.
        by, counter, per: the keys, the counter, and `minute` or `capture`.
    """

    rows: pd.DataFrame
    values: pd.DataFrame
    steps: pd.DataFrame
    total: Mapping[str, str | int | float | None]
    headline: pd.DataFrame
    tops: pd.DataFrame
    warnings: pd.DataFrame
    when: tuple[float, ...]
    by: tuple[str, ...]
    counter: str
    per: str

    @classmethod
    def of(cls, found: Trend) -> Growth:
        keys = {key: list(found.rows.keys[key]) for key in found.by}
        columns = list(keys.values())
        index: pd.Index[Any] = (
            pd.MultiIndex.from_arrays(columns, names=list(keys))
            if len(keys) > 1
            else pd.Index(columns[0], name=found.by[0])
        )
        return cls(
            found.rows.to_pandas(),
            pd.DataFrame(found.values, index=index, columns=pd.Index(found.when, name=found.per)),
            pd.DataFrame(_steps(found, keys), columns=[*keys, "at", "change_kb"]),
            dict(found.total),
            found.headline.to_pandas(),
            found.tops.to_pandas(),
            problems_frame(found.warnings),
            found.when,
            found.by,
            found.counter,
            found.per,
        )

    def __repr__(self) -> str:
        slope = self.total.get("slope_kb")
        text = "unknown" if slope is None else f"{slope:+,.1f} kB per {self.per} ({self.total.get('verdict', '~')})"
        return (
            f"<Growth of {self.counter} by {', '.join(self.by)} over {counted(len(self.when), 'capture')}: {text}, "
            f"{counted(len(self.rows), 'row')}, {counted(len(self.warnings), 'warning')}>"
        )

    def _repr_html_(self) -> str:
        return _html(repr(self), self.rows, self.warnings)


@dataclass(frozen=True, repr=False, eq=False)
class Insights:
    """Findings about the memory of apps.

    Attributes:
        rows: one row per finding, the most important first: `rule`, `app`, `process`, `pid`, `title`, `kb` (`<NA>` if
            it is not about an amount), `counter`, `certainty` (`certain`, `likely`, `possible`), `evidence` (tuples of
            name, kB and count), `why`, `action`, `commands` and `link`.
        left_out: the number of findings that `top` cut off.
    """

    rows: pd.DataFrame
    left_out: int

    @classmethod
    def of(cls, found: RankedFindings) -> Insights:
        rows = [
            (
                one.rule,
                one.app,
                None if one.process is None else one.process.name,
                None if one.process is None else one.process.pid,
                one.title,
                one.kb,
                one.counter,
                str(one.certainty),
                tuple((item.name, item.kb, item.number) for item in one.evidence),
                one.why,
                one.action,
                one.commands,
                one.link,
            )
            for one in found.findings
        ]
        frame = pd.DataFrame(rows, columns=_FINDING)
        return cls(frame.astype({"kb": "Int64", "pid": "Int64"}), found.left_out)

    def __repr__(self) -> str:
        more = f", {self.left_out} more" if self.left_out else ""
        return f"<Insights: {counted(len(self.rows), 'finding')}{more}>"

    def _repr_html_(self) -> str:
        shown = self.rows[["kb", "certainty", "app", "title", "action"]]
        return f"<p><code>{escape(repr(self))}</code></p>{shown.to_html(index=False)}"


def problems_frame(problems: Iterable[Problem]) -> pd.DataFrame:
    """Problems or warnings as rows: where, message."""
    return pd.DataFrame([(one.where, one.message) for one in problems], columns=["where", "message"])


def _with_interval(rows: Rows) -> pd.DataFrame:
    """The rows with all columns that replicates have, so that plots and joins work for any two sides."""
    frame = rows.to_pandas()
    for name in _INTERVAL:
        if name not in frame:
            frame[name] = float("nan")
    if "verdict" not in frame:
        frame["verdict"] = pd.Series(pd.NA, index=frame.index, dtype="string")
    return frame


def _steps(found: Trend, keys: Mapping[str, list[Any]]) -> list[tuple[Any, ...]]:
    groups = zip(*keys.values(), strict=True)
    return [
        (*group, step.at, step.change_kb) for group, steps in zip(groups, found.steps, strict=True) for step in steps
    ]


def _change(total: Mapping[str, Any]) -> str:
    numbers = (total.get("base_kb"), total.get("new_kb"))
    if any(number is None for number in numbers):
        return "unknown"
    base, new = (round(number) for number in numbers if number is not None)
    return f"{format_kb(base)} to {format_kb(new)} kB ({format_kb(new - base, signed=True)})"


def _html(title: str, rows: pd.DataFrame, warnings: pd.DataFrame) -> str:
    more = f"<p>{len(rows) - _SHOWN:,} more rows</p>" if len(rows) > _SHOWN else ""
    warning_table = warnings.to_html(index=False) if len(warnings) else ""
    return f"<p><code>{escape(title)}</code></p>{rows.head(_SHOWN).to_html(index=False)}{more}{warning_table}"
