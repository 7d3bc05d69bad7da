"""Reads the sources of a command, with progress on stderr."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from droidanon.cli.progress import progress
from droidanon.errors import ProcessError, UsageError
from droidanon.escape import escape_text
from droidanon.model import Problem

if TYPE_CHECKING:
    from droidanon.analysis.sides import GroupKeys, MomentSums
    from droidanon.analysis.view import View
    from droidanon.model import Capture
    from droidanon.record.series_sums import SumsQuestion
    from droidanon.sources.resolve import Resolved, SeriesOfCaptures
    from droidanon.sources.selection import Selection
    from droidanon.sources.source import Progress
    from droidanon.store.exits import SeriesExit
    from droidanon.store.series import Series
    from droidanon.taxonomy.rules import RuleSet


def with_serial(source: str, serial: str | None) -> str:
    """`adb:` with the serial of `-s`. Raises UsageError if `-s` does not apply to this source."""
    if serial == "":
        raise UsageError("-s is empty: give a serial, as in `droidanon devices`")
    if serial is None or source == f"adb:{serial}":
        return source
    if source != "adb:":
        raise UsageError(f"-s {serial} selects a device for adb:, not for {source}")
    return f"adb:{serial}"


def load(
    source: str | Resolved,
    *,
    serial: str | None = None,
    access: str | None = None,
    app: str | None = None,
    pid: int | None = None,
    user: int | None = None,
) -> Capture:
    """Read one source, or an app, process or Android user in it. `serial` and `access` only apply to strings."""
    from droidanon.cli.options import phone_options
    from droidanon.sources.resolve import resolve
    from droidanon.sources.selection import Selection

    found = resolve(with_serial(source, serial), phone_options(access)) if isinstance(source, str) else source
    with progress() as line:
        return found.read(Selection(app, pid, user=user), line)


@dataclass(slots=True)
class Reader:
    """Reads captures lazily, one at a time; collects the problems and notes of all."""

    rules: RuleSet
    android: int | None = None
    app: str | None = None
    access: str | None = None
    user: int | None = None
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    exits: list[SeriesExit] = field(default_factory=list)
    series: Series | None = None
    """The last source, if it is a series."""

    def sources(self, side: str) -> Sequence[Resolved]:
        """The captures of a side of a diff, or of a series, each resolved."""
        return self.resolved(side).members

    def resolved(self, side: str) -> Resolved:
        """Resolve a side of a diff, or a series; collects the problems, notes and exits of a series."""
        from droidanon.cli.options import phone_options
        from droidanon.sources.resolve import SeriesOfCaptures, resolve

        found = resolve(side, phone_options(self.access))
        self.series = found.series if isinstance(found, SeriesOfCaptures) else None
        if isinstance(found, SeriesOfCaptures):
            self.problems += found.series.problems
            self.notes += found.series.notes
            self.exits += found.series.exits
        return found

    def views(self, sources: Sequence[Resolved], line: Progress) -> Iterator[View]:
        """The captures of some sources."""
        from droidanon.analysis.view import View
        from droidanon.sources.selection import Selection

        selection = Selection(self.app, user=self.user)
        for source in sources:
            capture = self._read(source, selection, line)
            self.problems += capture.problems
            self.notes += capture.notes
            yield View(capture, self.android, self.rules)

    def moments(self, found: SeriesOfCaptures, groups: GroupKeys, line: Progress) -> Iterator[MomentSums]:
        """The captures of a series as sums, using the sums cached in the series."""
        from droidanon.record.series_sums import SeriesSums, SumsQuestion
        from droidanon.sources.selection import Selection

        selection = Selection(self.app, user=self.user)
        sums = SeriesSums(found.series, SumsQuestion(groups, selection, self.android, self.rules))
        for source, entry in zip(found.members, found.series.whole, strict=True):
            kept = sums.moment(entry.file, partial(self._read, source, selection, line))
            self.problems += kept.problems
            self.notes += kept.notes
            yield kept.moment
        sums.save()

    @staticmethod
    def _read(source: Resolved, selection: Selection, line: Progress) -> Capture:
        try:
            return source.read(selection, line)
        except ProcessError as error:
            raise ProcessError(f"{escape_text(source.text)}: {error}", settings=error.settings) from error


def series_moments(
    found: SeriesOfCaptures,
    line: Progress,
    left_out: list[Problem],
    question: SumsQuestion,
) -> Iterator[MomentSums]:
    """Like `series_views`, but reduced to sums, using the sums cached in the series."""
    from pathlib import Path

    from droidanon.record.series_sums import SeriesSums

    sums = SeriesSums(found.series, question)
    members = found.members
    absent = 0
    for done, (source, entry) in enumerate(zip(members, found.series.whole, strict=True)):
        line(done, len(members), Path(source.text).name)
        try:
            kept = sums.moment(entry.file, partial(source.read, question.selection))
        except ProcessError:
            absent += 1
            if absent == len(members):
                raise
            continue
        yield kept.moment
    sums.save()
    left_out += _left_out(found, absent, question.selection)


def series_views(
    found: SeriesOfCaptures,
    line: Progress,
    left_out: list[Problem],
    *,
    selection: Selection,
    android: int | None,
    rules: RuleSet,
) -> Iterator[View]:
    """The complete captures of a series that have a selected process; warnings about the others are added to
    `left_out`.
    """
    from pathlib import Path

    from droidanon.analysis.view import View

    absent = 0
    members = found.members
    for done, source in enumerate(members):
        line(done, len(members), Path(source.text).name)
        try:
            capture = source.read(selection)
        except ProcessError:
            absent += 1
            if absent == len(members):
                raise
            continue
        yield View(capture, android, rules)
    left_out += _left_out(found, absent, selection)


def _left_out(found: SeriesOfCaptures, absent: int, selection: Selection) -> Iterator[Problem]:
    whole = len(found.series.captures)
    for count, reason in ((absent, f"without {selection}"), (whole - len(found.series.whole), "incomplete")):
        if count:
            yield Problem("series", f"{count} of {whole} captures are left out: {reason}")


def sample_or(source: str | None, number: int, *, sample: bool) -> str:
    """The given source or, with --sample, a bundled capture: 0 is an app's cold start, 1 the same app after use."""
    from droidanon.errors import InputError

    if sample and source is not None:
        raise UsageError(f"--sample replaces {source}: give one of them")
    if source is not None:
        return source
    if not sample:
        raise UsageError("a source is missing: name one, or use --sample")
    from droidanon.store.library import samples_folder

    folder = samples_folder()
    if folder is None:
        raise InputError("--sample: this installation has no bundled captures")
    return str(sorted(folder.glob("*.parquet"))[number])
