"""Prints process exits as a table, JSON or CSV."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from droidanon.platform.exit_words import EXIT_KEYS, importance_text, reason_text, subreason_text
from droidanon.platform.readers.exit_info import ExitReason, ProcessExit
from droidanon.report.column import ALWAYS, Column
from droidanon.report.csv import print_csv
from droidanon.report.json import print_json
from droidanon.report.narration import say, say_problems
from droidanon.report.output_format import OutputFormat
from droidanon.report.table import print_table
from droidanon.sources.exits import SERIES_KEYS, ExitList, LastSeen, exit_records
from droidanon.store.exits import SeriesExit
from droidanon.units import format_kb
from droidanon.wording import counted

_SIGKILL = 9


def print_exits(found: ExitList, output: OutputFormat, *, hidden: int = 0) -> None:
    """Print exits, newest first. `hidden`: the number left out."""
    records = exit_records(found)
    if output == "json":
        print_json(records, problems=found.problems, notes=found.notes, source=found.source, app=found.app or None)
        return
    if output == "csv":
        print_csv(records, [*EXIT_KEYS, *(SERIES_KEYS if found.series_times else ())])
        return
    if found.exits:
        print_table(_columns(found))
    say_problems(found.problems, notes=found.notes)
    say(_summary(found, hidden))
    if any(one.reason == ExitReason.SIGNALED and one.status == _SIGKILL for one in found.exits):
        say("signal 9: phones that don't report kills for low memory show them this way")


def exit_line(one: SeriesExit) -> str:
    """An exit of a series as a one-line message."""
    sign = "! " if one.exit.memory_cause else ""
    return f"{sign}exit: {one.time} {one.exit.process} (pid {one.exit.pid}): {_reason(one.exit)}"


def series_exit_records(exits: Sequence[SeriesExit]) -> list[dict[str, Any]]:
    """The exits of a series for the JSON of other commands; `time` is on the series' clock."""
    return [
        {
            "time": one.time,
            "process": one.exit.process,
            "pid": one.exit.pid,
            "memory_cause": one.exit.memory_cause,
            "reason_text": reason_text(one.exit),
        }
        for one in exits
    ]


def _columns(found: ExitList) -> list[Column]:
    exits = found.exits
    columns = [
        _time_column([one.time for one in exits]),
        Column("process", [one.process for one in exits], key="process", priority=ALWAYS, cut="start"),
        _right("pid", [str(one.pid) for one in exits], priority=20),
        Column("memory", [_highlight(one) for one in exits], key="memory_cause", priority=ALWAYS, cut="never"),
        Column("reason", [_reason(one) for one in exits], key="reason", priority=ALWAYS),
        _right("PSS", [format_kb(one.pss_kb) for one in exits], priority=40),
        _right("RSS", [format_kb(one.rss_kb) for one in exits], priority=50),
        Column("importance", [importance_text(one.importance) for one in exits], key="importance", priority=60),
        Column("description", [one.description for one in exits], key="description", priority=30),
    ]
    if any(one.user for one in exits):
        columns.insert(3, _right("user", ["-" if one.user is None else str(one.user) for one in exits], priority=70))
    if found.series_times:
        columns[4:4] = _last_seen(found.last_seen)
    return columns


def _last_seen(seen: Sequence[LastSeen | None]) -> list[Column]:
    return [
        _right("anon+swap", [format_kb(one.anon_swap_kb) if one else "-" for one in seen], priority=95),
        _right("last RSS", [format_kb(one.rss_kb) if one else "-" for one in seen], priority=65),
        _right("seen", [f"{one.before_s:.1f} s before ({one.kind})" if one else "-" for one in seen], priority=90),
    ]


def _right(title: str, cells: Sequence[str], *, priority: int) -> Column:
    return Column(title, cells, key=title, align="right", priority=priority, cut="never")


def _highlight(one: ProcessExit) -> str:
    """Mark kills because of memory so that they stand out without colour."""
    return f"! {one.memory_cause}" if one.memory_cause else ""


def _reason(one: ProcessExit) -> str:
    details = subreason_text(one)
    return f"{reason_text(one)} ({details})" if details else reason_text(one)


def _time_column(times: Sequence[datetime]) -> Column:
    """The column of times; their common UTC offset is in the title, which leaves room for the reason."""
    zones = {f"{time:%z}" for time in times}
    common = next(iter(zones)) if len(zones) == 1 else ""
    written = "%Y-%m-%d %H:%M:%S" if common else "%Y-%m-%d %H:%M:%S %z"
    title = f"time ({common})" if common else "time"
    cells = [time.strftime(written).rstrip() for time in times]
    return Column(title, cells, key="time", priority=ALWAYS, cut="never")


def _summary(found: ExitList, hidden: int) -> str:
    of_app = f" of {found.app}" if found.app else ""
    others = f"; {hidden} other{'s are' if hidden > 1 else ' is'} hidden by --memory" if hidden else ""
    if not found.exits:
        kind = " about memory" if hidden else ""
        return f"{found.source}: no exits{kind}{of_app} are recorded{others}"
    causes = Counter(one.memory_cause for one in found.exits)
    parts = [f"{causes['limiter']} by the memory limiter", f"{causes['low memory']} for low memory"]
    return f"{counted(len(found.exits), 'exit')}{of_app}: {', '.join(parts)}{others}"
