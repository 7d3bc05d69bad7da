"""`droidanon check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from droidanon.cli import completion
from droidanon.cli.html_page import Html, OpenPage
from droidanon.cli.options import Android, Json, Markdown, Rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from droidanon.analysis.budgets.measure import Measured
    from droidanon.analysis.budgets.model import Budget
    from droidanon.cli.loading import Reader
    from droidanon.report.check.report import CheckReport
    from droidanon.report.check.write import CheckOutput
    from droidanon.sources.resolve import Resolved
    from droidanon.taxonomy.rules import RuleSet


class CheckRequest(NamedTuple):
    """The captures and budget of a check, and how to judge them."""

    sources: tuple[str, ...]
    budget: Path | None
    baseline: str | None
    paired: bool
    same_run: bool
    allow_undecided: bool
    android: int | None
    rules: RuleSet


def check(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCES...",
            help="The captures to judge: files, folders, globs, label:KEY=VALUE.",
            show_default=False,
        ),
    ],
    budget: Annotated[
        Path | None,
        typer.Option(
            "--budget",
            metavar="FILE",
            help="The budget (default: [budget] in droidanon.toml of this folder or one above it).",
            show_default=False,
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option("--baseline", metavar="SOURCE", help="What growth is measured from; overrides the budget's."),
    ] = None,
    paired: Annotated[
        bool, typer.Option("--paired", help="The captures of both sides were made in turn: compare them pair by pair.")
    ] = False,
    same_run: Annotated[
        bool, typer.Option("--same-run", help="Accept several captures of one run of the app as replicates.")
    ] = False,
    allow_undecided: Annotated[
        bool, typer.Option("--allow-undecided", help="Exit with 0 if rows are undecided and none fails.")
    ] = False,
    output: Annotated[
        list[str] | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FORMAT[=FILE]",
            autocompletion=completion.check_formats,
            help="Write text, json, markdown, junit, github, gitlab, bencher, github-action-benchmark or androidx; "
            "repeatable.",
        ),
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Write limits into the budget from these captures instead of judging them.")
    ] = False,
    headroom: Annotated[
        str | None,
        typer.Option(
            "--headroom",
            metavar="PERCENT",
            help="With --update: room between a measured value and its limit (default: 10%).",
        ),
    ] = None,
    rules: Rules = None,
    android: Android = None,
    as_markdown: Markdown = False,
    as_json: Json = False,
    html: Html = None,
    open_page: OpenPage = False,
) -> int:
    """Check captures against a budget, for CI.

    Each row of the budget passes, fails or is undecided. Exit code 0: all pass. 3: a row is above its limit. 1: a row
    is undecided, because the limit lies within the interval or the captures do not suffice. With several captures a row
    is judged by a confidence interval; the intervals of all rows hold jointly.

    \b
    Examples:
      droidanon check nightly/*.parquet --baseline label:build=1.0.0
      droidanon check label:build=main@6 -o markdown=comment.md -o junit=memory.xml
      droidanon check nightly/*.parquet --html memory.html
      droidanon check nightly/ --update --headroom 10%
    """
    from droidanon.cli.html_page import html_option
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.errors import UsageError
    from droidanon.report.check.write import parse_outputs, write_check

    flags = [name for name, wanted in (("markdown", as_markdown), ("json", as_json)) if wanted]
    outputs: tuple[CheckOutput, ...] = parse_outputs([*(output or []), *flags])
    request = CheckRequest(
        tuple(sources), budget, baseline, paired, same_run, allow_undecided, android, chosen_rules(rules)
    )
    if headroom is not None and not update:
        raise UsageError("--headroom needs --update")
    if update and html is not None:
        raise UsageError("--html needs a verdict, and --update judges nothing")
    file = html_option(html, opened=open_page)
    if update:
        return _update(request, headroom)
    report = run(request)
    write_check(report, outputs)
    if file is not None:
        from droidanon.html_report.check_page import check_page

        file.write(check_page(report))
    return report.verdict.exit_code(allow_undecided=allow_undecided)


def run(request: CheckRequest) -> CheckReport:
    """Read the captures, measure and judge them."""
    from droidanon.analysis.budgets.file import load_budget
    from droidanon.analysis.budgets.judge import judge_budget
    from droidanon.analysis.budgets.row import JudgeOptions
    from droidanon.report.check.report import CheckReport
    from droidanon.sources.resolve import SeriesOfCaptures, resolve

    budget = load_budget(_budget_path(request.budget))
    baseline = request.baseline or budget.baseline
    readers = [_reader(request, budget) for _ in range(2)]
    sides = _sides(request.sources, baseline if budget.needs_baseline else None, readers)
    new, base = (_measured(side, budget, reader) for side, reader in zip(sides, readers, strict=True))
    new_series, base_series = (
        len(side) == 1 and isinstance(resolve(side[0]), SeriesOfCaptures)
        for side in (request.sources, (baseline,) if base and baseline else ())
    )
    identity = request.rules.identity()
    taxonomy = f"{identity['version']}:{identity['digest']}"
    options = JudgeOptions(request.paired, request.same_run, new_series, base_series, taxonomy)
    return CheckReport(
        judge_budget(budget, new, base, options),
        " ".join(request.sources),
        baseline if base else None,
        request.rules,
        [problem for reader in readers for problem in reader.problems],
        [note for reader in readers for note in reader.notes],
        request.allow_undecided,
    )


def _budget_path(given: Path | None) -> Path:
    from droidanon.analysis.budgets.file import find_budget
    from droidanon.errors import InputError

    if given is not None:
        return given
    found = find_budget(Path.cwd())
    if found is None:
        raise InputError("no budget: give --budget FILE, or write [budget] into droidanon.toml")
    return Path(found.name) if found.parent == Path.cwd() else found


def _reader(request: CheckRequest, budget: Budget) -> Reader:
    from droidanon.cli.loading import Reader
    from droidanon.sources.resolve import is_live

    live = any(is_live(source) for source in request.sources)
    return Reader(request.rules, request.android, budget.only_app if live else None)


def _sides(new: tuple[str, ...], baseline: str | None, readers: Sequence[Reader]) -> list[list[Resolved]]:
    """The captures to judge, and those of the baseline. Raises UsageError if a capture is on both sides."""
    from droidanon.errors import UsageError
    from droidanon.escape import escape_text
    from droidanon.wording import counted

    sides = [
        [member for source in side for member in reader.sources(source)]
        for side, reader in zip((new, (baseline,) if baseline else ()), readers, strict=True)
    ]
    files = [{Path(member.text).resolve() for member in side if Path(member.text).exists()} for side in sides]
    both = files[0] & files[1]
    if both:
        name = escape_text(min(both).name)
        raise UsageError(
            f"{counted(len(both), 'capture')} of the baseline ({name}, ...) would be judged against itself; "
            "choose another baseline"
        )
    return sides


def _measured(members: Sequence[Resolved], budget: Budget, reader: Reader) -> list[Measured]:
    """Some captures, measured."""
    from droidanon.analysis.budgets.measure import measure
    from droidanon.cli.progress import progress

    with progress() as line:
        return measure(reader.views(members, line), budget)


def _update(request: CheckRequest, headroom: str | None) -> int:
    from droidanon.analysis.budgets.file import load_budget
    from droidanon.analysis.budgets.update import parse_headroom, updated_budget
    from droidanon.report.narration import say
    from droidanon.store.atomic_file import atomic_file

    path = _budget_path(request.budget)
    budget = load_budget(path, complete=False)
    part = parse_headroom(headroom or budget.headroom)
    reader = _reader(request, budget)
    members = [member for source in request.sources for member in reader.sources(source)]
    measured = _measured(members, budget, reader)
    identity = request.rules.identity()
    text, lines = updated_budget(budget, measured, part, f"{identity['version']}:{identity['digest']}")
    with atomic_file(path) as file:
        file.write(text.encode())
    for line in lines:
        say(line)
    return 0
