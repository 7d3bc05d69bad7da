"""The captures of a side of a diff, or of a series, read one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from droidanon.analysis.view import View
from droidanon.cli.narration import ProgressLine, say_problems
from droidanon.errors import ProcessError
from droidanon.escape import escape_text
from droidanon.model import Problem
from droidanon.sources.phone.options import PhoneOptions
from droidanon.sources.resolve import expand_side, load_source, open_series
from droidanon.taxonomy.rules import RuleSet


@dataclass(slots=True)
class Said:
    """What the captures that were read say of themselves."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def say(self) -> None:
        """Tell it on stderr."""
        say_problems(self.notes, "note")
        say_problems(self.problems)


def side_sources(text: str, said: Said) -> list[str]:
    """The sources of a side; what a series says of itself is kept."""
    if (series := open_series(text)) is not None:
        said.problems += series.problems
        said.notes += series.notes
    return expand_side(text)


def read_views(
    sources: Sequence[str],
    app: str | None,
    android: int | None,
    rules: RuleSet,
    said: Said,
    line: ProgressLine,
    options: PhoneOptions | None = None,
) -> Iterator[View]:
    """The captures of a side, each read when the one before has been used."""

    for source in sources:
        try:
            capture = load_source(source, app=app, options=options, progress=line)
        except ProcessError as error:
            raise ProcessError(f"{escape_text(source)}: {error}") from error
        said.problems += capture.problems
        said.notes += capture.notes
        yield View(capture, android, rules)
