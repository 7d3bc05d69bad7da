"""`droidanon export`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, NamedTuple

import typer

from droidanon.cli import completion
from droidanon.cli.options import Access, Android, App, Pid, Rules, Serial, Source, User, not_stdout

if TYPE_CHECKING:
    from droidanon.exports.formats import ExportData
    from droidanon.model import Capture, Problem
    from droidanon.sources.resolve import Resolved
    from droidanon.sources.selection import Selection
    from droidanon.sources.source import Progress
    from droidanon.taxonomy.rules import RuleSet


class ExportRequest(NamedTuple):
    """What to export in a format other than `smaps`, and the file to write (None: stdout)."""

    source: Resolved
    base: Resolved | None
    format: str
    counter: str | None
    selection: Selection
    output: Path | None
    android: int | None
    rules: RuleSet


def export(
    source: Source,
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="smaps, collapsed, speedscope, openmetrics, perfetto, pprof, csv or arrow.",
            autocompletion=completion.export_formats,
        ),
    ] = "smaps",
    counter: Annotated[
        str | None,
        typer.Option(
            "--counter",
            "--counters",
            metavar="COUNTER",
            help="The counter to export (default: total_pss if the format has one, else all).",
            autocompletion=completion.counter,
        ),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option("--base", metavar="SOURCE", help="Export the difference to this source (collapsed, pprof)."),
    ] = None,
    app: App = None,
    pid: Pid = None,
    user: User = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="The file to write (default: stdout); a folder for smaps."),
    ] = None,
    rules: Rules = None,
    android: Android = None,
    serial: Serial = None,
    access: Access = None,
) -> None:
    """Export memory to other viewers or as text.

    The smaps text is identical to what was captured, byte for byte: one process to stdout, several to a folder. The
    other formats hold sums by app, process, heap, category and name. What a format does not hold is printed on stderr.

    \b
    Examples:
      droidanon export captures/cold.parquet -o texts/
      droidanon export cold.parquet --format speedscope -o cold.speedscope.json
      droidanon export new.parquet --base old.parquet --format collapsed | flamegraph.pl > diff.svg
    """
    from droidanon.cli.loading import load, with_serial
    from droidanon.cli.options import phone_options
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.exports.formats import SMAPS
    from droidanon.sources.resolve import resolve
    from droidanon.sources.selection import Selection

    not_stdout(output, "without -o, the output goes there")
    source = with_serial(source, serial)
    if format_ == SMAPS:
        _only_for_others(base=base, counter=counter)
        _export_smaps(load(source, access=access, app=app, user=user), source, pid, output)
        return
    _check(format_, base, counter, output)
    options = phone_options(access)
    request = ExportRequest(
        resolve(source, options),
        None if base is None else resolve(base, options),
        format_,
        counter,
        Selection(app, pid, user=user),
        output,
        android,
        chosen_rules(rules),
    )
    run(request)


def _only_for_others(**given: str | None) -> None:
    from droidanon.errors import UsageError

    for name, value in given.items():
        if value is not None:
            raise UsageError(f"--{name} needs a --format other than smaps")


def _check(name: str, base: str | None, counter: str | None, output: Path | None) -> None:
    """Raise UsageError for options that a format does not support, before reading anything."""
    from droidanon.errors import UsageError
    from droidanon.exports.formats import FORMATS, export_format
    from droidanon.store.atomic_file import writable

    chosen = export_format(name)
    if base is not None and not chosen.base:
        able = ", ".join(one for one, known in FORMATS.items() if known.base)
        raise UsageError(f"--base: {name} holds no differences; these do: {able}")
    if counter is not None and not chosen.counter:
        raise UsageError(f"--counter: {name} holds all counters that it has a place for")
    if output is not None:
        writable(output)
    elif chosen.binary and sys.stdout.isatty():
        raise UsageError(f"refusing to write {name} to a terminal: choose a file with -o, or redirect stdout")


def run(request: ExportRequest) -> None:
    """Read the source and write it."""
    from droidanon.cli.progress import progress
    from droidanon.exports.formats import FORMATS, write_export
    from droidanon.report.narration import say, say_problems

    problems: list[Problem] = []
    notes: list[Problem] = []
    warnings: list[Problem] = []
    with progress() as line:
        data = _data(request, line, problems, notes)
        if not data.series:
            warnings += [warning for view in data.views for warning in view.warnings]
        with _opened(request.output) as file:
            more = write_export(request.format, data, file)
    say_problems(problems, notes=notes, warnings=warnings)
    say(f"not in {request.format}: {FORMATS[request.format].lost}")
    for sentence in more:
        say(sentence)
    if request.output is not None:
        say(f"wrote {request.output}")


def _data(request: ExportRequest, line: Progress, problems: list[Problem], notes: list[Problem]) -> ExportData:
    from droidanon.analysis.view import View
    from droidanon.cli.loading import series_views
    from droidanon.exports.formats import FORMATS, ExportData
    from droidanon.sources.resolve import SeriesOfCaptures

    def read(source: Resolved) -> View:
        capture = source.read(request.selection, line)
        problems.extend(capture.problems)
        notes.extend(capture.notes)
        return View(capture, request.android, request.rules)

    if FORMATS[request.format].series and isinstance(request.source, SeriesOfCaptures):
        views = series_views(
            request.source,
            line,
            problems,
            selection=request.selection,
            android=request.android,
            rules=request.rules,
        )
        return ExportData(views, request.counter, series=True)
    base = None if request.base is None else read(request.base)
    return ExportData([read(request.source)], request.counter, base)


@contextmanager
def _opened(output: Path | None) -> Iterator[BinaryIO]:
    from droidanon.store.atomic_file import atomic_file

    if output is not None:
        with atomic_file(output) as file:
            yield file
        return
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


def _export_smaps(capture: Capture, source: str, pid: int | None, output: Path | None) -> None:
    from droidanon.errors import ProcessError
    from droidanon.exports.smaps_folder import write_folder
    from droidanon.report.narration import say, say_problems

    say_problems(notes=capture.notes)
    chosen = [
        index
        for index, process in enumerate(capture.processes)
        if (not process.reference if pid is None else process.pid == pid)
    ]
    if not chosen:
        raise ProcessError(f"{source}: no process" + (f" with pid {pid}" if pid is not None else ""))
    if output is None:
        _write_stdout(capture, chosen, source)
        return
    write_folder(capture, chosen, output)
    references = len(capture.processes) - len(capture.counted) if pid is None else 0
    say(
        f"{len(chosen)} file{'s' if len(chosen) != 1 else ''} in {output}"
        + (f"; reference processes (zygotes) are left out: {references}; --pid writes one" if references else "")
    )


def _write_stdout(capture: Capture, chosen: Sequence[int], source: str) -> None:
    from droidanon.errors import UsageError
    from droidanon.smaps.writer import write_process

    if len(chosen) > 1:
        raise UsageError(f"{source} has {len(chosen)} processes: choose a folder with -o, or one process with --pid")
    if sys.stdout.isatty():
        raise UsageError("refusing to write raw device text to a terminal: redirect stdout, or choose a folder with -o")
    for piece in write_process(capture, chosen[0]):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
