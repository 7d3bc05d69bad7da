"""Prints processes and their limits by Google Play, the memory limiter and others, as tables, Markdown or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from droidanon.analysis.limits.ceilings import Ceiling
from droidanon.analysis.limits.judge import DIFFERENCE, Limits, Part, Use
from droidanon.analysis.limits.states import PlayState
from droidanon.analysis.limits.thresholds import sources
from droidanon.model import Capture
from droidanon.report.column import ALWAYS, Column
from droidanon.report.json import print_json
from droidanon.report.limit_lines import NUMBERS, TITLES, LimitLine, limit_lines, percent, state_text
from droidanon.report.narration import say, say_problems
from droidanon.report.output_format import OutputFormat
from droidanon.report.table import print_line, print_table, write_text
from droidanon.taxonomy.rules import RuleSet
from droidanon.units import format_kb, format_mib
from droidanon.wording import NO_NAME

_NONE = "none"
_BLOCKS = 4
"""Processes with tables of their own; JSON and Markdown have all."""


@dataclass(frozen=True, slots=True, eq=False)
class LimitsReport:
    """The limits of a capture, and the composition of each process's judged number."""

    source: str
    capture: Capture
    rules: RuleSet
    limits: Limits
    compositions: Sequence[tuple[Part, ...]]
    """Per use, in the order of `limits.uses`; the rest of a shortened composition is one part `(other)`."""
    ceilings: Sequence[tuple[Ceiling, ...]]
    """The other limits, per use."""


def print_limits(found: LimitsReport, output: OutputFormat) -> None:
    """Print limits as tables, Markdown or JSON."""
    if output == "json":
        print_json(
            [_record(*one) for one in zip(found.limits.uses, found.compositions, found.ceilings, strict=True)],
            problems=found.capture.problems,
            warnings=found.limits.warnings,
            notes=found.capture.notes,
            source=found.source,
            taxonomy=found.rules.identity(),
            mem_total_kb=found.limits.total_kb,
            game=found.limits.game,
            limiter=found.limits.limiter.state or None,
            thresholds=sources(),
        )
        return
    if output == "markdown":
        _print_markdown(found)
        return
    print_line(_heading(found.limits))
    if len(found.limits.uses) != 1:
        print_line()
        _print_uses(found.limits.uses)
    blocks = list(zip(found.limits.uses, found.compositions, found.ceilings, strict=True))
    for use, parts, ceilings in blocks[:_BLOCKS]:
        print_line()
        print_line(f"{_title(use)}: {state_text(use)}")
        _print_lines(limit_lines(use, ceilings, found.limits))
        if parts:
            print_line()
            print_line("Anon + swap by category and name")
            _print_parts(use, parts)
    if len(blocks) > _BLOCKS:
        say(
            f"limits and names are listed for the {_BLOCKS} largest of {len(blocks)} processes; "
            "select others with --app or --pid"
        )
    say_problems(found.capture.problems, notes=found.capture.notes, warnings=found.limits.warnings)


def _heading(limits: Limits) -> str:
    total = limits.total_kb
    ram = "an unknown amount of RAM" if total is None else f"{format_mib(total)} MiB of RAM"
    return f"Limits of a{' game' if limits.game else 'n app'} on a phone with {ram} (amounts in kB)"


def _print_uses(uses: Sequence[Use]) -> None:
    print_table(
        [
            Column("process", [use.process.name for use in uses], key="process", priority=ALWAYS),
            _right("pid", [_plain(use.process.pid) for use in uses], priority=20),
            Column("state", [use.state or "unknown" for use in uses], key="state", priority=ALWAYS, cut="never"),
            _right("anon + swap", [format_kb(use.anon_swap_kb) for use in uses], priority=ALWAYS),
            Column("kind", [use.basis or "unknown" for use in uses], key="basis", priority=60, cut="never"),
            _right("Play limit", [_limit(use, use.play_kb) for use in uses], priority=ALWAYS),
            _right("share", [percent(use.anon_swap_kb, use.play_kb) for use in uses], priority=ALWAYS),
        ]
    )


def _print_lines(lines: Sequence[LimitLine]) -> None:
    priorities = (ALWAYS, ALWAYS, ALWAYS, ALWAYS, 40, 60, 50)
    columns = []
    for place, title in enumerate(TITLES):
        cells = [line.cells[place] for line in lines]
        align: Literal["left", "right"] = "right" if place in NUMBERS else "left"
        columns.append(Column(title, cells, title, align, priorities[place], cut="never"))
    print_table(columns)


def _print_markdown(found: LimitsReport) -> None:
    from droidanon.report.markdown import MarkdownTable, code, document, plain

    app = found.capture.app
    title = f"### Limits of {code(app)}\n" if app else "### Limits\n"
    texts: list[str | MarkdownTable] = [title, f"{_heading(found.limits)}.\n"]
    rule = " | ".join("--:" if place in NUMBERS else ":--" for place in range(len(TITLES)))
    for use, parts, ceilings in zip(found.limits.uses, found.compositions, found.ceilings, strict=True):
        lines = limit_lines(use, ceilings, found.limits)
        rows = [f"| {' | '.join(plain(cell) for cell in line.cells)} |\n" for line in lines]
        texts.append(f"**{code(_title(use))}: {plain(state_text(use))}**\n")
        texts.append(MarkdownTable([f"| {' | '.join(TITLES)} |\n", f"| {rule} |\n"], rows))
        if parts:
            names = [f"| {code(part.category)} | {code(part.name)} | {format_kb(part.kb)} |\n" for part in parts]
            head = ["| category | name | anon + swap |\n", "| :-- | :-- | --: |\n"]
            texts.append(MarkdownTable(head, names, f"| **total** | | **{format_kb(use.anon_swap_kb)}** |\n"))
    write_text(document(texts))


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
            _right("share", [percent(part.kb, use.anon_swap_kb) for part in parts], priority=40),
        ],
        ["TOTAL", "", format_kb(use.anon_swap_kb), ""],
    )


def _record(use: Use, parts: Sequence[Part], ceilings: Sequence[Ceiling]) -> dict[str, Any]:
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
        "limiter_kb": use.limiter_use_kb,
        "limiter_basis": use.limiter_basis,
        "limiter_limit_kb": use.limiter_kb,
        "limiter_limit_source": use.limiter_source,
        "limiter_headroom_kb": use.limiter_headroom_kb,
        "other_limits": [
            {
                "kind": one.kind,
                "used": one.used,
                "limit": one.limit,
                "headroom": one.headroom,
                "measure": one.measure,
                "used_from": one.used_from,
                "limit_from": one.limit_from or None,
                "parts": [{"category": category, "used_kb": kb} for category, kb in one.parts.items()],
            }
            for one in ceilings
        ],
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
    """The text of a limit; distinguishes a state without a threshold from an unknown threshold."""
    return _NONE if kb is None and use.state is PlayState.CACHED else format_kb(kb)


def _plain(number: int | None) -> str:
    return "-" if number is None else str(number)
