"""Google Play's memory vitals as a table, JSON or CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from droidanon.analysis.limits.fleet import UNIT, Fleet, FleetUse
from droidanon.analysis.limits.thresholds import sources
from droidanon.model import Problem
from droidanon.report.column import ALWAYS, Column
from droidanon.report.csv import print_csv
from droidanon.report.json import print_json
from droidanon.report.narration import say, say_problems
from droidanon.report.output_format import OutputFormat
from droidanon.report.table import print_line, print_table
from droidanon.sources.play.vitals import PlayVitals
from droidanon.units import format_kb

_FINDINGS = {"over": "! over", "tail": "! tail", "": ""}
_KEYS = (
    "process",
    "state",
    "state_label",
    "ram_mb",
    "version_code",
    "days",
    "users",
    "p50_kb",
    "p90_kb",
    "play_threshold_kb",
    "play_share",
    "p90_p50",
    "finding",
    "lab_kb",
)


@dataclass(frozen=True, slots=True, eq=False)
class VitalsReport:
    """An app's vitals; `lab` names the source of your own numbers, or is empty."""

    vitals: PlayVitals
    fleet: Fleet
    game: bool
    lab: str
    problems: Sequence[Problem]


def print_vitals(found: VitalsReport, output: OutputFormat) -> None:
    """Print the vitals of an app."""
    vitals, uses = found.vitals, found.fleet.uses
    if output == "json":
        print_json(
            [_record(use) for use in uses],
            problems=found.problems,
            warnings=found.fleet.warnings,
            notes=_notes(found),
            source=vitals.package,
            begin=None if vitals.begin is None else vitals.begin.isoformat(),
            end=None if vitals.end is None else vitals.end.isoformat(),
            unit_assumed=UNIT,
            game=found.game,
            lab=found.lab or None,
            thresholds=sources(),
        )
        return
    if output == "csv":
        print_csv([_record(use) for use in uses], _KEYS)
        return
    if uses:
        print_line(f"Anon + swap of {vitals.package} on its users' phones, {vitals.begin} to {vitals.end} (kB)")
        print_line()
        _print_uses(uses, with_lab=bool(found.lab))
    say_problems(found.problems, notes=_notes(found), warnings=found.fleet.warnings)
    if uses:
        say("P50, P90: medians of the daily percentiles; users: the largest number on one day")


def _print_uses(uses: Sequence[FleetUse], *, with_lab: bool) -> None:
    columns = [
        Column("process", [use.process or "(all)" for use in uses], key="process", priority=ALWAYS, cut="start"),
        Column("state", [use.state or use.state_label or "unknown" for use in uses], key="state", priority=ALWAYS),
        _right("RAM MB", [_plain(use.ram_mb) for use in uses], priority=95),
        _right("version", [_plain(use.version) for use in uses], priority=70),
        _right("users", [format_kb(use.users) for use in uses], priority=60),
        _right("P50", [format_kb(use.p50_kb) for use in uses], priority=90),
        _right("P90", [format_kb(use.p90_kb) for use in uses], priority=ALWAYS),
        _right("P90/P50", ["-" if use.ratio is None else f"{use.ratio:.1f}" for use in uses], priority=50),
        _right("Play threshold", [format_kb(use.play_kb) for use in uses], priority=80),
        _right("P90 of it", [_percent(use.share) for use in uses], priority=ALWAYS),
        Column("finding", [_FINDINGS[use.finding] for use in uses], key="finding", priority=ALWAYS, cut="never"),
    ]
    if with_lab:
        columns.insert(-1, _right("lab", [format_kb(use.lab_kb) for use in uses], priority=97))
    print_table(columns)


def _right(title: str, cells: Sequence[str], *, priority: int) -> Column:
    return Column(title, cells, key=title, align="right", priority=priority, cut="never")


def _plain(number: int | None) -> str:
    return "-" if number is None else str(number)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _notes(found: VitalsReport) -> list[Problem]:
    package = found.vitals.package
    if found.vitals.end is None:
        return [Problem(package, "Google Play has no memory vitals of this app yet")]
    if not found.fleet.uses:
        return [Problem(package, "no rows: too few users on these days, of this version, or on Android 13 and later")]
    return [Problem(package, f"Google does not state the unit of its numbers; droidanon assumes {UNIT}")]


def _record(use: FleetUse) -> dict[str, Any]:
    return dict(
        zip(
            _KEYS,
            (
                use.process,
                use.state,
                use.state_label,
                use.ram_mb,
                use.version,
                use.days,
                use.users,
                use.p50_kb,
                use.p90_kb,
                use.play_kb,
                None if use.share is None else round(use.share, 4),
                None if use.ratio is None else round(use.ratio, 3),
                use.finding,
                use.lab_kb,
            ),
            strict=True,
        )
    )
