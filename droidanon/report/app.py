"""Prints the sums of an app's processes, and the range of memory freed by killing them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from droidanon.analysis.freed_pages import FreedPages
from droidanon.analysis.limits.anon_swap import Basis
from droidanon.analysis.whole_app import SUMS, FreedRange, Member, WholeApp
from droidanon.model import Capture, Problem
from droidanon.report.column import ALWAYS, Column
from droidanon.report.json import print_json
from droidanon.report.narration import say, say_problems
from droidanon.report.output_format import OutputFormat
from droidanon.report.table import print_line, print_table
from droidanon.report.titles import title
from droidanon.units import format_kb
from droidanon.wording import counted

_PRIORITIES = {"pss_kb": ALWAYS, "uss_kb": ALWAYS, "rss_kb": 30, "swap_kb": 20, "swap_pss_kb": 60, "inherited_kb": 40}


@dataclass(frozen=True, slots=True, eq=False)
class ExactReport:
    """The counted pages, and those that could not be counted."""

    freed: FreedPages
    problems: Sequence[Problem]


@dataclass(frozen=True, slots=True, eq=False)
class AppReport:
    """A whole app with its origin."""

    source: str
    capture: Capture
    found: WholeApp
    exact: ExactReport | None = None


def print_app(shown: AppReport, output: OutputFormat) -> None:
    """Print the app as a table or JSON."""
    found, capture = shown.found, shown.capture
    if output == "json":
        print_json(
            [_record(found, member) for member in found.members],
            totals=_totals(found),
            problems=[*capture.problems, *(() if shown.exact is None else shown.exact.problems)],
            warnings=found.warnings,
            notes=capture.notes,
            source=shown.source,
            app=found.app,
            freed=_freed(found),
            exact=_exact_record(shown.exact),
        )
        return
    user = "" if not found.user else f" of user {found.user}"
    print_line(f"{found.app}{user}: {counted(len(found.members), 'process')} (kB)")
    print_line()
    _print_members(found)
    print_line()
    for line in [*_exact_sentences(shown.exact), *_sentences(found)]:
        print_line(line)
    problems = [*capture.problems, *(() if shown.exact is None else shown.exact.problems)]
    say_problems(problems, notes=capture.notes, warnings=found.warnings)
    if found.inherited_pss_kb is None and found.freed_ram is not None:
        say("note: no zygote was captured with the app, so inherited pages are unknown")


def _print_members(found: WholeApp) -> None:
    members = found.members
    print_table(
        [
            Column("process", [member.process.name for member in members], key="process", priority=ALWAYS, cut="start"),
            _right("pid", [_plain(member.process.pid) for member in members], 20),
            Column("kind", [member.kind for member in members], key="kind", priority=50, cut="never"),
            _right("anon+swap", [format_kb(_anon_swap(member)) for member in members], ALWAYS),
            *(
                _right(title(name), [format_kb(member.kb[name]) for member in members], _PRIORITIES[name])
                for name in SUMS
            ),
        ],
        ["TOTAL", "", "", format_kb(found.anon_swap_kb), *(format_kb(found.totals[name]) for name in SUMS)],
    )


def _sentences(found: WholeApp) -> list[str]:
    if found.freed_ram is None:
        return ["Freed if the app is killed: unknown, because the source has no PSS or private pages of it"]
    lines = [f"Freed if the app is killed: {_range(found.freed_ram)} kB of RAM"]
    swap_pss = found.totals["swap_pss_kb"]
    if swap_pss:
        amount = f"at most {format_kb(swap_pss)}" if found.freed_swap is None else _range(found.freed_swap)
        lines[0] += f", and {amount} kB in swap (before compression)"
    each_other = "pages that these processes share with each other (freed) and " if len(found.members) > 1 else ""
    if found.freed_ram.low_kb != found.freed_ram.high_kb:
        lines.append(
            "The lower number is USS, pages of one process alone. The upper one is PSS, with "
            f"{each_other}parts of pages shared with other apps (kept)."
        )
    if found.inherited_pss_kb is not None:
        lines.append(
            f"{format_kb(found.inherited_pss_kb)} kB of the difference are in mappings inherited from the zygote, "
            "which keeps pages that it still has."
        )
    if found.anon_swap_kb is not None and len(found.members) > 1:
        what = "" if found.basis is Basis.JUDGED else " (an upper bound from smaps)"
        lines.append(
            f"Anon + swap of the whole app is {format_kb(found.anon_swap_kb)} kB{what}. "
            "Google Play judges each process by itself."
        )
    return lines


def _exact_sentences(exact: ExactReport | None) -> list[str]:
    if exact is None:
        return []
    freed = exact.freed
    amount = f"{format_kb(freed.ram_kb)} kB of RAM"
    if freed.sampled:
        amount += f" (95 % interval {_range(freed.ram)} kB, from a sample of page frames)"
    text = f"Freed by page frames: {amount}: {format_kb(freed.anon_kb)} kB anonymous, free at once, and "
    text += f"{format_kb(freed.file_kb)} kB of files and shared memory, which stay as cache or while a file is open"
    if freed.swap.high_kb:
        text += f". In swap: {_range(freed.swap)} kB (before compression)"
    return [f"{text}.", ""]


def _exact_record(exact: ExactReport | None) -> dict[str, Any] | None:
    if exact is None:
        return None
    freed = exact.freed
    return {
        "ram_kb": freed.ram_kb,
        "ram_low_kb": freed.ram.low_kb,
        "ram_high_kb": freed.ram.high_kb,
        "anon_kb": freed.anon_kb,
        "file_kb": freed.file_kb,
        "kept_kb": freed.kept_kb,
        "swap_low_kb": freed.swap.low_kb,
        "swap_high_kb": freed.swap.high_kb,
        "sampled": freed.sampled,
    }


def _record(found: WholeApp, member: Member) -> dict[str, Any]:
    process, number = member.process, member.anon_swap
    return {
        "app": found.app,
        "process": process.name,
        "pid": process.pid,
        "user": process.user,
        "kind": member.kind,
        "anon_swap_kb": _anon_swap(member),
        "basis": None if number is None else number.basis,
        **member.kb,
    }


def _totals(found: WholeApp) -> dict[str, Any]:
    return {"anon_swap_kb": found.anon_swap_kb, "basis": found.basis, **found.totals}


def _freed(found: WholeApp) -> dict[str, int | None]:
    ram, swap = found.freed_ram, found.freed_swap
    return {
        "ram_low_kb": None if ram is None else ram.low_kb,
        "ram_high_kb": None if ram is None else ram.high_kb,
        "swap_low_kb": None if swap is None else swap.low_kb,
        "swap_high_kb": None if swap is None else swap.high_kb,
        "inherited_pss_kb": found.inherited_pss_kb,
    }


def _anon_swap(member: Member) -> int | None:
    return None if member.anon_swap is None else member.anon_swap.kb


def _range(freed: FreedRange) -> str:
    if freed.low_kb == freed.high_kb:
        return format_kb(freed.low_kb)
    return f"{format_kb(freed.low_kb)} to {format_kb(freed.high_kb)}"


def _right(heading: str, cells: list[str], priority: int) -> Column:
    return Column(heading, cells, key=heading, align="right", priority=priority, cut="never")


def _plain(number: int | None) -> str:
    return "-" if number is None else str(number)
