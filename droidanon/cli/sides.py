"""The captures of a side of a diff, or of a series, read one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from droidanon.analysis.view import View
from droidanon.cli.narration import ProgressLine
from droidanon.errors import ProcessError
from droidanon.escape import escape_text
from droidanon.model import Problem
from droidanon.sources.options import PhoneOptions
from droidanon.sources.resolve import load_source
from droidanon.taxonomy.rules import RuleSet


def read_views(
    sources: Sequence[str],
    app: str | None,
    android: int | None,
    rules: RuleSet,
    problems: list[Problem],
    line: ProgressLine,
    options: PhoneOptions | None = None,
) -> Iterator[View]:
    """The captures of a side, each read when the one before has been used."""

    for source in sources:
        try:
            capture = load_source(source, app=app, options=options, progress=line)
        except ProcessError as error:
            raise ProcessError(f"{escape_text(source)}: {error}") from error
        problems += capture.problems
        yield View(capture, android, rules)
