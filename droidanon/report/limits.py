"""Processes against the limits of Google Play and the memory limiter, as tables or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from droidanon.analysis.limits.judge import DIFFERENCE, Limits, Part, Use
from droidanon.analysis.limits.states import PlayState
from droidanon.analysis.limits.thresholds import sources
from droidanon.model import Capture
from droidanon.report.column import ALWAYS, Column
from droidanon.report.json import print_json
from droidanon.report.narration import say, say_problems
from droidanon.report.output_format import OutputFormat
from droidanon.report.table import print_line, print_table
from droidanon.taxonomy.rules import RuleSet
from droidanon.units import format_kb, format_mib
from droidanon.wording import NO_NAME

_NONE = "none"
_COMPOSITIONS = 4
"""Processes whose names are listed in a table; JSON has all."""


@dataclass(frozen=True, slots=True, eq=False)
class LimitsReport:
    """Limits of a capture, and what the judged number of each process is made of."""

    source: str
    capture: Capture
    rules: RuleSet
    limits: Limits
    compositions: Sequence[tuple[Part, ...]]
    """Per use, in the order of `limits.uses`; the rest of a shortened composition is one part `(other)`."""


def print_limits(found: LimitsReport, output: OutputFormat) -> None:
    """Print limits as tables or JSON."""
    if output == "json":
        print_json(
            [_record(use, parts) for use, parts in zip(found.limits.uses, found.compositions, strict=True)],
            problems=found.capture.problems,
            warnings=found.limits.warnings,
            notes=found.capture.notes,
            source=found.source,
            taxonomy=found.rules.identity(),
            mem_total_kb=found.limits.total_kb,
            game=found.limits.game,
            thresholds=sources(),
        )
        return
    total = found.limits.total_kb
    ram = "unknown amount of RAM" if total is None else f"{format_mib(total)} MiB of RAM"
    print_line(f"Limits of a{' game' if found.limits.game else 'n app'} on a phone with {ram} (amounts in kB)")
    print_line()
    _print_uses(found.limits.uses)
    if any(use.what_if_kb for use in found.limits.uses):
        print_line()
        print_line("If it were in another state: share of Google Play's threshold, headroom")
        _print_states(found.limits.uses)
    shown = [(use, parts) for use, parts in zip(found.limits.uses, found.compositions, strict=True) if parts]
    for use, parts in shown[:_COMPOSITIONS]:
        print_line()
        print_line(f"Anon + swap of {_title(use)} by category and name")
        _print_parts(use, parts)
    if len(shown) > _COMPOSITIONS:
        say(
            f"names are listed for the {_COMPOSITIONS} largest of {len(shown)} processes; "
            "select others with --app or --pid"
        )
    say_problems(found.capture.problems, notes=found.capture.notes, warnings=found.limits.warnings)


def _print_uses(uses: Sequence[Use]) -> None:
    print_table(
        [
            Column("process", [use.process.name for use in uses], key="process", priority=ALWAYS),
            _right("pid", [_plain(use.process.pid) for use in uses], priority=20),
            Column("state", [use.state or "unknown" for use in uses], key="state", priority=ALWAYS, cut="never"),
            _right("anon + swap", [format_kb(use.anon_swap_kb) for use in uses], priority=ALWAYS),
            Column("kind", [use.basis or "unknown" for use in uses], key="basis", priority=60, cut="never"),
            _right("Play threshold", [_limit(use, use.play_kb) for use in uses], priority=ALWAYS),
            _right("of it", [_percent(use.anon_swap_kb, use.play_kb) for use in uses], priority=ALWAYS),
            _right("headroom", [format_kb(use.play_headroom_kb) for use in uses], priority=80),
            _right("limiter (estimate)", [format_kb(use.limiter_use_kb) for use in uses], priority=30),
            _right("limiter limit", [format_kb(use.limiter_kb) for use in uses], priority=30),
            _right("of its limit", [_percent(use.limiter_use_kb, use.limiter_kb) for use in uses], priority=30),
        ]
    )


def _print_states(uses: Sequence[Use]) -> None:
    states = (PlayState.FOREGROUND, PlayState.SERVICE, PlayState.BACKGROUND)
    columns = [Column("process", [use.process.name for use in uses], key="process", priority=ALWAYS)]
    for state in states:
        cells = []
        for use in uses:
            limit, used = use.what_if_kb.get(state), use.anon_swap_kb
            left = None if limit is None or used is None else limit - used
            cells.append(f"{_percent(used, limit)}, {format_kb(left)}")
        columns.append(_right(state, cells, priority=ALWAYS))
    print_table(columns)


def _print_parts(use: Use, parts: Sequence[Part]) -> None:
    print_table(
        [
            Column("category", [part.category for part in parts], key="category", priority=ALWAYS),
            Column(
                "name",
                [part.name or ("" if part.category.startswith("(") else NO_NAME) for part in parts],
                key="name",
                priority=60,
            ),
            _right("anon + swap", [format_kb(part.kb) for part in parts], priority=ALWAYS),
            _right("share", [_percent(part.kb, use.anon_swap_kb) for part in parts], priority=40),
        ],
        ["TOTAL", "", format_kb(use.anon_swap_kb), ""],
    )


def _record(use: Use, parts: Sequence[Part]) -> dict[str, Any]:
    process = use.process
    return {
        "app": process.app,
        "process": process.name,
        "pid": process.pid,
        "user": process.user,
        "state": use.state,
        "state_source": use.state_source,
        "state_given": use.state_given,
        "platform_state": process.state,
        "oom_score_adj": process.oom_score_adj,
        "anon_kb": use.anon_kb,
        "swap_kb": use.swap_kb,
        "anon_swap_kb": use.anon_swap_kb,
        "basis": use.basis,
        "play_threshold_kb": use.play_kb,
        "play_headroom_kb": use.play_headroom_kb,
        "play_thresholds_kb": dict(use.what_if_kb),
        "limiter_bucket": use.bucket,
        "limiter_estimate_kb": use.limiter_use_kb,
        "limiter_limit_kb": use.limiter_kb,
        "limiter_headroom_kb": use.limiter_headroom_kb,
        "composition": [
            {"category": part.category, "name": part.name, "anon_swap_kb": part.kb}
            for part in parts
            if part.category != DIFFERENCE
        ],
        "difference_kb": next((part.kb for part in parts if part.category == DIFFERENCE), 0 if parts else None),
    }


def _title(use: Use) -> str:
    return use.process.name if use.process.pid is None else f"{use.process.name} ({use.process.pid})"


def _right(title: str, cells: Sequence[str], *, priority: int) -> Column:
    return Column(title, cells, key=title, align="right", priority=priority, cut="never")


def _limit(use: Use, kb: int | None) -> str:
    """A state without a threshold is not the same as an unknown threshold."""
    return _NONE if kb is None and use.state is PlayState.CACHED else format_kb(kb)


def _percent(kb: int | None, of_kb: int | None) -> str:
    return "-" if kb is None or not of_kb else f"{100 * kb / of_kb:.1f} %"


def _plain(number: int | None) -> str:
    return "-" if number is None else str(number)
