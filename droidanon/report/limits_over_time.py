"""Prints a series and its limits as a table or JSON: percentiles by process and state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from droidanon.analysis.limits.anon_swap import Basis
from droidanon.analysis.limits.over_time import LEAK_RATIO, LimitsOverTime, UseOverTime, use_records
from droidanon.analysis.limits.states import PlayState
from droidanon.analysis.limits.thresholds import sources
from droidanon.model import Problem
from droidanon.record.series_limits import SeriesLimits
from droidanon.report.column import ALWAYS, Column
from droidanon.report.json import print_json
from droidanon.report.narration import say, say_problems
from droidanon.report.output_format import OutputFormat
from droidanon.report.table import print_line, print_table
from droidanon.store.series import Series
from droidanon.units import format_kb, format_mib

_ALL = "(all)"
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class SeriesLimitsReport:
    """The limits of a series; `problems` are problems with its files."""

    source: str
    series: Series
    found: SeriesLimits
    problems: Sequence[Problem]

    @property
    def limits(self) -> LimitsOverTime:
        return self.found.limits

    @property
    def all_problems(self) -> list[Problem]:
        """The problems of the series and its samples."""
        return [*self.problems, *self.found.problems]


def print_series_limits(found: SeriesLimitsReport, output: OutputFormat) -> None:
    """Print the limits of a series."""
    limits = found.limits
    if output == "json":
        print_json(
            use_records(limits.uses),
            problems=found.all_problems,
            warnings=limits.warnings,
            notes=found.series.notes,
            source=found.source,
            mem_total_kb=limits.total_kb,
            game=limits.game,
            basis=limits.basis,
            leak_ratio=LEAK_RATIO,
            thresholds=sources(),
        )
        return
    total = limits.total_kb
    ram = "unknown amount of RAM" if total is None else f"{format_mib(total)} MiB of RAM"
    kind = "judged" if limits.basis is Basis.JUDGED else "upper bound, from smaps"
    print_line(f"Limits of a{' game' if limits.game else 'n app'} on a phone with {ram}")
    print_line(f"Anon + swap over time ({kind}), kB")
    print_line()
    _print_uses(limits.uses)
    _say(found)


def _print_uses(uses: Sequence[UseOverTime]) -> None:
    print_table(
        [
            Column("process", [use.process for use in uses], key="process", priority=ALWAYS, cut="start"),
            Column("state", [_state(use) for use in uses], key="state", priority=ALWAYS, cut="never"),
            _right("readings", [f"{use.readings:,}" for use in uses], priority=60),
            _right("P50", [format_kb(use.p50_kb) for use in uses], priority=ALWAYS),
            _right("P90", [format_kb(use.p90_kb) for use in uses], priority=ALWAYS),
            _right("max", [format_kb(use.max_kb) for use in uses], priority=50),
            _right("P90/P50", [_ratio(use) for use in uses], priority=ALWAYS),
            _right("Play threshold", [_limit(use) for use in uses], priority=80),
            _right("P90 of it", [_percent(use.p90_share) for use in uses], priority=ALWAYS),
            _right("time over it", [_percent(use.share_over) for use in uses], priority=70),
        ]
    )


def _say(found: SeriesLimitsReport) -> None:
    limits = found.limits
    readings = sum(use.readings for use in limits.uses if use.state is not None)
    say(
        f"{readings:,} readings, {min(found.found.samples, readings):,} from samples; "
        "time over it: the share of readings above the threshold"
    )
    for use in limits.uses:
        if use.likely_leak:
            state = "" if use.state is None else f" ({_state(use)})"
            say(
                f"likely leak by Google Play's rule, P90 / P50 above {LEAK_RATIO}: "
                f"{use.process}{state}: {_plain_ratio(use)}"
            )
    if found.series.captures:
        say(f"the names that make up the number: droidanon limits {found.source}#{len(found.series.captures)}")
    say_problems(found.all_problems, notes=found.series.notes, warnings=limits.warnings)


def _state(use: UseOverTime) -> str:
    return _ALL if use.state is None else use.state or _UNKNOWN


def _ratio(use: UseOverTime) -> str:
    """The ratio, with a mark that is visible without colour."""
    return f"{_plain_ratio(use)} leak?" if use.likely_leak else _plain_ratio(use)


def _plain_ratio(use: UseOverTime) -> str:
    return "-" if use.ratio is None else f"{use.ratio:.1f}"


def _limit(use: UseOverTime) -> str:
    return "none" if use.state == PlayState.CACHED else format_kb(use.play_kb)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _right(title: str, cells: Sequence[str], *, priority: int) -> Column:
    return Column(title, cells, key=title, align="right", priority=priority, cut="never")
