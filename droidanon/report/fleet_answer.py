"""Prints the answer to a question about a dataset as a table, JSON, CSV or Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from droidanon.fleet.questions.answer import Answer
from droidanon.report.column import ALWAYS, Column
from droidanon.report.csv import print_csv
from droidanon.report.fleet_columns import SHOWN, TITLES, AnswerColumn
from droidanon.report.json import print_json
from droidanon.report.markdown import MarkdownTable, document, folded_warnings, plain
from droidanon.report.narration import say, say_problems
from droidanon.report.output_format import OutputFormat
from droidanon.report.table import print_line, print_table, write_text
from droidanon.report.titles import title

_LEAST_LEVELS = 2


def print_answer(answer: Answer, output: OutputFormat) -> None:
    """Print an answer."""
    if output == "json":
        print_json(
            answer.rows,
            warnings=answer.warnings,
            notes=answer.notes,
            source=answer.dataset,
            question=answer.question,
            **answer.facts,
        )
    elif output == "csv":
        print_csv(answer.rows, answer.columns)
    elif output == "markdown":
        _print_markdown(answer)
    else:
        _print_text(answer)


def headline(answer: Answer) -> str:
    """A one-line description of the rows."""
    facts = {key: str(value) for key, value in answer.facts.items() if isinstance(value, str)}
    counter = title(facts.get("counter", ""))
    if facts.get("category"):
        counter += f" of {facts['category']}"
    return TITLES[answer.question].format(**{**facts, "counter": counter})


def legend(answer: Answer) -> str:
    """A one-line explanation of the columns; empty if they are self-explanatory."""
    return _LEGENDS.get(answer.question, "")


def columns_of(answer: Answer) -> list[Column]:
    """The columns of an answer to show: those that are not empty in all rows."""
    shown = list(_shown(answer))
    cells = [[column.text(row) for row in answer.rows] for column in shown]
    return [
        Column(column.title, own, key=column.key, align=column.align, priority=column.priority, cut=column.cut)
        for column, own in zip(shown, cells, strict=True)
        if column.priority == ALWAYS or any(cell not in ("", "-") for cell in own)
    ]


def _shown(answer: Answer) -> Iterator[AnswerColumn]:
    columns = SHOWN[answer.question]
    yield from columns(answer.columns) if callable(columns) else columns


def _print_text(answer: Answer) -> None:
    print_line(f"{headline(answer)} (kB)")
    if answer.rows:
        print_line()
        print_table(columns_of(answer))
    else:
        print_line("no rows")
    levels = answer.facts.get("levels", ())
    if len({row["app"] for row in levels}) == 1 and len(levels) >= _LEAST_LEVELS:
        print_line()
        print_table(_level_columns(levels, answer.rows))
    say_problems(notes=answer.notes, warnings=answer.warnings)
    if answer.rows and legend(answer):
        say(legend(answer))


def _level_columns(levels: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> list[Column]:
    """The level of each build of one app, with its steps."""
    changes = {row["build"]: f"{row['change_kb']:+,}" for row in rows if row["category"] is None}
    return [
        Column("build", [row["build"] for row in levels], key="build", priority=ALWAYS),
        *(
            Column(title, [f"{row[key]:,}" for row in levels], key=key, align="right")
            for key, title in (("devices", "devices"), ("captures", "captures"), ("level_kb", "level"))
        ),
        Column("step", [changes.get(row["build"], "") for row in levels], key="step", align="right"),
    ]


def _print_markdown(answer: Answer) -> None:
    columns = columns_of(answer)
    head = f"| {' | '.join(column.title for column in columns)} |\n"
    rule = f"| {' | '.join('--:' if column.align == 'right' else ':--' for column in columns)} |\n"
    lines = [f"| {' | '.join(map(plain, cells))} |\n" for cells in zip(*(one.cells for one in columns), strict=True)]
    table = MarkdownTable([head, rule], lines)
    write_text(document([f"**{plain(headline(answer))}** (kB)\n", table, *folded_warnings(answer.warnings)]))


_LEGENDS: Mapping[str, str] = {
    "percentiles": "95 %: intervals of the percentiles, by device",
    "compare": "base, new: means over devices, as if both sides had the same mix of models; p: adjusted for all rows",
    "steps": "level: as if every build had the same mix of models; steps in categories are tested together",
    "outliers": "score: distance from comparable phones, in robust standard deviations",
    "limits": "over: the share of processes over Google Play's threshold, with its 95 % interval by device",
}
