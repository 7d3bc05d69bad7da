"""Reading the sources that a command names, with progress on stderr."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from droidanon.cli.progress import progress
from droidanon.errors import ProcessError, UsageError
from droidanon.escape import escape_text
from droidanon.model import Problem

if TYPE_CHECKING:
    from droidanon.analysis.view import View
    from droidanon.model import Capture
    from droidanon.sources.source import Progress
    from droidanon.store.series import Series
    from droidanon.taxonomy.rules import RuleSet


def with_serial(source: str, serial: str | None) -> str:
    """`adb:` with the serial of `-s`. UsageError if `-s` means nothing for this source."""
    if not serial or source == f"adb:{serial}":
        return source
    if source != "adb:":
        raise UsageError(f"-s {serial} selects a device for adb:, not for {source}")
    return f"adb:{serial}"


def load(
    source: str,
    *,
    serial: str | None = None,
    access: str | None = None,
    app: str | None = None,
    pid: int | None = None,
) -> Capture:
    """Read one source, or an app or process of it."""
    from droidanon.cli.options import phone_options
    from droidanon.sources.resolve import load_source

    with progress() as line:
        return load_source(with_serial(source, serial), app=app, pid=pid, options=phone_options(access), progress=line)


@dataclass(slots=True)
class Reader:
    """Reads captures one by one, each when the one before has been used; collects the problems and notes of all."""

    rules: RuleSet
    android: int | None = None
    app: str | None = None
    access: str | None = None
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def sources(self, side: str) -> list[str]:
        """The sources of a side of a diff, or of a series."""
        from droidanon.sources.resolve import expand_side, open_series

        if (series := open_series(side)) is not None:
            self.problems += series.problems
            self.notes += series.notes
        return expand_side(side)

    def views(self, sources: Sequence[str], line: Progress) -> Iterator[View]:
        """The captures of some sources."""
        from droidanon.analysis.view import View
        from droidanon.cli.options import phone_options
        from droidanon.sources.resolve import load_source

        options = phone_options(self.access)
        for source in sources:
            try:
                capture = load_source(source, app=self.app, options=options, progress=line)
            except ProcessError as error:
                raise ProcessError(f"{escape_text(source)}: {error}") from error
            self.problems += capture.problems
            self.notes += capture.notes
            yield View(capture, self.android, self.rules)


def series_views(
    series: Series,
    line: Progress,
    left_out: list[Problem],
    *,
    app: str | None,
    pid: int | None,
    android: int | None,
    rules: RuleSet,
) -> Iterator[View]:
    """The whole captures of a series that have an app or process; warnings about the others are added to `left_out`."""
    from pathlib import Path

    from droidanon.analysis.view import View
    from droidanon.sources.resolve import load_source

    absent = 0
    for done, source in enumerate(series.sources):
        line(done, len(series.sources), Path(source).name)
        try:
            capture = load_source(source, app=app, pid=pid)
        except ProcessError:
            absent += 1
            if absent == len(series.sources):
                raise
            continue
        yield View(capture, android, rules)
    whole = len(series.captures)
    for count, reason in ((absent, f"without {app or pid}"), (whole - len(series.sources), "incomplete")):
        if count:
            left_out.append(Problem("series", f"{count} of {whole} captures are left out: {reason}"))


def sample_or(source: str | None, number: int, *, sample: bool) -> str:
    """The source that was given, or with --sample a bundled capture: 0 is an app's cold start, 1 the same after use."""
    from droidanon.errors import InputError
    from droidanon.store.library import samples_folder

    if sample and source is not None:
        raise UsageError(f"--sample replaces {source}: give one of them")
    if source is not None:
        return source
    if not sample:
        raise UsageError("a source is missing: name one, or use --sample")
    folder = samples_folder()
    if folder is None:
        raise InputError("--sample: this installation has no bundled captures")
    return str(sorted(folder.glob("*.parquet"))[number])
