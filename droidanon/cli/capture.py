"""`droidanon capture`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from droidanon.cli.html_page import Html, OpenPage
from droidanon.cli.options import (
    Access,
    AllDevices,
    App,
    Captures,
    Freeze,
    Gc,
    Json,
    Labels,
    Pid,
    Serials,
    Settle,
    Source,
    Transfer,
    Trim,
    User,
    label_option,
    not_stdout,
    phone_options,
    prepare_options,
)

if TYPE_CHECKING:
    from droidanon.cli.html_page import PageFile
    from droidanon.html_report.page import Page
    from droidanon.model import Capture, Problem
    from droidanon.sources.phone.options import PhoneOptions
    from droidanon.sources.selection import Selection
    from droidanon.sources.source import Progress


class CaptureRequest(NamedTuple):
    """What to read from each source, and where to store it (`output`: the file for a single capture)."""

    sources: Sequence[str]
    selection: Selection
    options: PhoneOptions
    output: Path | None
    folder: Path
    labels: Mapping[str, str]
    page: PageFile | None
    quiet: bool
    """Print nothing about single captures, since JSON about all of them follows."""


class Stored:
    """The captures that were stored. `complete`: all processes of all sources were read, and prepared as requested."""

    def __init__(self) -> None:
        self.records: list[dict[str, object]] = []
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self.warnings: list[Problem] = []
        self.complete = True


def capture(
    source: Source = "adb:",
    app: App = None,
    pid: Pid = None,
    process: Annotated[
        str | None, typer.Option("--process", metavar="REGEX", help="Only processes with a name that matches REGEX.")
    ] = None,
    user: User = None,
    everything: Annotated[bool, typer.Option("--all", help="Every process of the phone.")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to this file.")] = None,
    captures: Captures = None,
    label: Labels = None,
    serial: Serials = None,
    all_devices: AllDevices = False,
    access: Access = None,
    transfer: Transfer = "auto",
    freeze: Freeze = False,
    gc: Gc = False,
    trim: Trim = None,
    settle: Settle = None,
    as_json: Json = False,
    html: Html = None,
    open_page: OpenPage = False,
) -> int:
    """Capture processes into a file.

    Prints the path of the capture. Without --app, --pid, --process, --user or --all, captures the app in the
    foreground. SOURCE can also be any other source, such as a folder of smaps files.

    --trim, --gc and --settle (in this order) and --freeze prepare the phone. The phone's answers are printed and stored
    in the capture; the exit code is 1 if any step failed.

    \b
    Examples:
      droidanon capture --app com.example.app --label build=1.2.3
      droidanon capture --app com.example.app --gc --settle 3 --freeze
      droidanon capture --app com.example.app --html app.html --open
      droidanon capture --all
    """
    from dataclasses import replace

    from droidanon.cli.html_page import html_option
    from droidanon.cli.parallel import chosen_sources
    from droidanon.errors import UsageError
    from droidanon.report.json import print_json
    from droidanon.report.narration import say
    from droidanon.sources.selection import Selection
    from droidanon.store.library import captures_folder

    labels = label_option(label)
    sources = chosen_sources(source, serial or (), all_devices, say)
    _check_output(output, sources)
    if html is not None and len(sources) > 1:
        raise UsageError("--html is one file, but there are several devices: use `droidanon report` for each capture")
    selection = Selection(app, pid, process, user)
    if everything and not selection.everything:
        raise UsageError("--all excludes --app, --pid, --process and --user")
    prepare = prepare_options(freeze, gc, trim, settle)
    request = CaptureRequest(
        sources,
        replace(selection, foreground=not everything and selection.everything),
        phone_options(access, transfer=transfer, prepare=prepare),
        output,
        captures_folder(captures),
        labels,
        html_option(html, opened=open_page),
        as_json,
    )
    stored = run(request)
    if as_json:
        print_json(
            stored.records,
            problems=stored.problems,
            notes=stored.notes,
            warnings=stored.warnings,
            source=sources[0] if len(sources) == 1 else sources,
        )
    return 0 if stored.complete else 1


def _check_output(output: Path | None, sources: Sequence[str]) -> None:
    from droidanon.errors import UsageError
    from droidanon.store.atomic_file import writable

    if output is None:
        return
    if len(sources) > 1:
        raise UsageError("-o is one file, but there are several devices: choose a folder with --captures")
    if output == Path():
        raise UsageError("-o: empty, or the current folder; give the name of a file")
    not_stdout(output, "give the name of a file")
    writable(output)


def run(request: CaptureRequest) -> Stored:
    """Read and store each source; several are read in parallel, and one that fails is left out."""
    from droidanon.cli.progress import progress
    from droidanon.sources.resolve import load_source

    stored = Stored()

    def load(source: str, on_progress: Progress) -> Capture:
        return load_source(source, request.selection, options=request.options, progress=on_progress)

    if len(request.sources) == 1:
        (source,) = request.sources
        with progress() as line:
            capture = load(source, line)
        _keep(request, stored, source, capture)
    else:
        _read_all(request, stored, load)
    return stored


def _read_all(request: CaptureRequest, stored: Stored, load: Callable[[str, Progress], Capture]) -> None:
    from droidanon.cli.parallel import run_at_once
    from droidanon.cli.progress import progress
    from droidanon.sources.adb.receiving import cancelled_if

    stopped, storing = threading.Event(), threading.Lock()
    with progress(request.sources) as lines:

        def reader(source: str) -> Callable[[], None]:
            def on_progress(done: int, total: int | None, text: str) -> None:
                if stopped.is_set():
                    raise KeyboardInterrupt
                lines.show(source, done, total, text)

            def read() -> None:
                with cancelled_if(stopped.is_set):
                    capture = load(source, on_progress)
                with storing:
                    lines.clear()
                    _keep(request, stored, source, capture)

            return read

        outcomes = run_at_once({source: reader(source) for source in request.sources}, lines, stopped.set)
    if outcomes.interrupted:
        raise KeyboardInterrupt
    if outcomes.errors:
        stored.complete = False


def _keep(request: CaptureRequest, stored: Stored, source: str, capture: Capture) -> None:
    """Store one capture and report it."""
    from dataclasses import replace

    from droidanon.analysis.fidelity import debuggable_warnings, fidelity_warnings
    from droidanon.report.captures import capture_record, print_capture
    from droidanon.store.library import keep_capture
    from droidanon.store.parquet import save_capture

    capture = replace(capture, labels={**capture.labels, **request.labels})
    path = save_capture(capture, request.output) if request.output else keep_capture(request.folder, capture)
    warnings = (*fidelity_warnings(capture), *debuggable_warnings(capture))
    stored.records.append(capture_record(path, source, capture))
    stored.problems += capture.problems
    stored.notes += capture.notes
    stored.warnings += warnings
    if capture.partial or not all(one.done for one in capture.preparations):
        stored.complete = False
    if not request.quiet:
        print_capture(path, capture, warnings)
    if request.page is not None:
        request.page.write(_page_of(path, capture))


def _page_of(path: Path, capture: Capture) -> Page:
    from droidanon.analysis.view import View
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.html_report.capture_page import capture_page

    rules = chosen_rules(None)
    return capture_page(View(capture, None, rules), str(path), rules)
