"""Records one source into one series: scheduled captures, samples between them, and gaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from droidanon.analysis.limits.headline import headline
from droidanon.analysis.limits.wording import share_text
from droidanon.analysis.view import View
from droidanon.errors import AccessError, DeviceError, DroidanonError, ProcessError, UsageError
from droidanon.escape import escape_text
from droidanon.model import Capture, Process
from droidanon.record.exit_watch import ExitWatch
from droidanon.record.free_memory import return_free_memory
from droidanon.record.replay import sample_of
from droidanon.record.sampling_thread import Samples, Sampling
from droidanon.record.schedule import Clock, Schedule
from droidanon.record.series_writer import SeriesWriter
from droidanon.sources.adb.receiving import cancelled_if
from droidanon.sources.phone.exits import PhoneExits, ask_source
from droidanon.sources.phone.identity import identify_phone
from droidanon.sources.phone.options import PhoneOptions
from droidanon.sources.resolve import is_live, load_source
from droidanon.sources.sampling.sample import Sample
from droidanon.sources.sampling.sampler import open_sampler
from droidanon.sources.selection import EVERYTHING, SELECT_APP, Selection, looks_like_app
from droidanon.sources.source import Progress
from droidanon.store.library import capture_path
from droidanon.store.series import (
    DONE,
    FAILED,
    INTERRUPTED,
    RECORDING,
    Series,
    SeriesCapture,
    check_free,
    delete_parts_of_killed_recorders,
    iso_time,
    new_folder,
)
from droidanon.units import format_kb
from droidanon.version import __version__
from droidanon.wording import counted

_PASSING = (AccessError, DeviceError, ProcessError)
"""What may be otherwise soon: a cable, a phone that starts again and is not rooted yet, an app that is not running."""

_JUMP_S = 5.0
_WAIT_S = 0.25


@dataclass(frozen=True, slots=True)
class Request:
    """What to record: a source and a selection. `sample_s`: seconds between samples, 0 for none.

    `folder` is the folder of the series; by default one in `captures`, named by time, device and app.
    """

    source: str
    captures: Path
    folder: Path | None = None
    selection: Selection = EVERYTHING
    sample_s: float = 0.0
    labels: Mapping[str, str] | None = None
    options: PhoneOptions = field(default_factory=PhoneOptions)
    wait: bool = False
    """Wait until a process of the selection runs."""


class Recorder:
    """Records until its schedule ends or its clock is stopped. `report` is called with a line for each event.

    `begun` is called with the folder once it exists. The reading functions are parameters for tests.
    """

    def __init__(
        self,
        request: Request,
        schedule: Schedule,
        clock: Clock,
        *,
        report: Callable[[str], None],
        begun: Callable[[Path], None] = lambda _: None,
        progress: Progress | None = None,
        read: Callable[..., Capture] = load_source,
        sampler: Callable[..., Samples] = open_sampler,
        identify: Callable[[str], str] = identify_phone,
        exits: Callable[..., PhoneExits] = ask_source,
    ) -> None:
        self._request = request
        self._schedule = schedule
        self._clock = clock
        self._report = report
        self._begun = begun
        self._progress = progress
        self._read = read
        self._open_sampler = sampler
        self._identify = identify
        self._ask_exits = exits
        self._exit_watch: ExitWatch | None = None
        self._source = request.source
        self._start = 0.0
        self._stored = 0
        self._sampling: Sampling | None = None
        self._uptime_s = 0
        self._clock_set_s = 0.0

    def run(self) -> Series:
        """Record until the end, and return the series. A source that does not respond causes a gap, and is retried.

        Raises DroidanonError if the first capture fails or a later one cannot be stored, UsageError for a source that
        does not change, and KeyboardInterrupt if the clock is stopped before the first capture.
        """
        if not is_live(self._source):
            raise _not_recorded(self._source)
        if self._request.folder is not None:
            check_free(self._request.folder)
        first, entry = self._first_capture()
        writer = self._new_series(first)
        state = FAILED
        with _stated(writer):
            try:
                self._exit_watch = self._watch_exits(writer, first)
                self._keep(writer, first, entry)
                del first  # else it would stay in memory until the end
                if self._request.sample_s:
                    self._sampling = self._start_sampling(writer, self._request.sample_s)
                state = self._record(writer, entry.partial)
            except KeyboardInterrupt:  # the clock was stopped; an unfinished capture is dropped
                self._schedule.stopped(self._elapsed())
                state = INTERRUPTED
            finally:
                try:
                    if self._sampling is not None:
                        self._sampling.end()
                    if self._exit_watch is not None:
                        self._exit_watch.end()
                finally:
                    writer.end(state, missed=self._schedule.missed)
        return writer.series

    def _first_capture(self) -> tuple[Capture, SeriesCapture]:
        """The first capture; with `wait`, made as soon as there is something to read."""
        if self._request.wait:
            self._report(f"waiting for {self._request.selection}")
        while True:
            if self._request.wait:
                with cancelled_if(lambda: self._clock.stopped):
                    self._wait_for_start()
            self._start = self._clock.monotonic()
            self._clock_set_s = self._clock.now()
            try:
                return self._capture()
            except ProcessError:  # it has ended again
                if not self._request.wait:
                    raise

    def _wait_for_start(self) -> None:
        """Wait until a selected process runs; polls frequently, because an app's start is short."""
        with closing(self._open_sampler(self._source, every_s=_WAIT_S, cost_limit=1.0)) as sampler:
            for seen in sampler:
                if self._clock.stopped:
                    raise KeyboardInterrupt
                if isinstance(seen, Sample) and any(
                    self._request.selection.includes(Process(one.name, one.pid, uid=one.uid)) for one in seen.processes
                ):
                    return

    def _record(self, writer: SeriesWriter, partial: bool) -> str:
        """Make captures until the end. Returns the final state of the series."""
        schedule = self._schedule
        again = schedule.failed(self._elapsed()) if partial else schedule.succeeded(self._elapsed())
        while again is not None:
            if self._clock.wait(again - self._elapsed()):
                raise KeyboardInterrupt
            try:
                capture, entry = self._capture()
            except _PASSING as error:
                self._lost(writer, "captures", str(error))
                again = schedule.failed(self._elapsed())
                continue
            self._keep(writer, capture, entry)
            del capture  # else it would be in memory together with the next one
            writer.samples.flush()
            again = schedule.failed(self._elapsed()) if entry.partial else schedule.succeeded(self._elapsed())
        return DONE

    def _elapsed(self) -> float:
        return self._clock.monotonic() - self._start

    def _capture(self) -> tuple[Capture, SeriesCapture]:
        """Make the capture that is due, without storing it."""
        begun = self._elapsed()
        request = self._request
        with cancelled_if(lambda: self._clock.stopped):
            capture = self._read(self._source, request.selection, options=request.options, progress=self._on_the_way)
        capture = replace(capture, labels={**capture.labels, **(request.labels or {})})
        took = self._elapsed() - begun
        due, begun, took = (round(seconds, 3) for seconds in (self._schedule.due_s, begun, took))
        return capture, SeriesCapture("", capture.created, due, begun, took, capture.partial)

    def _on_the_way(self, done: int, total: int | None, text: str) -> None:
        if self._clock.stopped:
            raise KeyboardInterrupt
        if self._progress is not None:
            self._progress(done, total, text)

    def _new_series(self, first: Capture) -> SeriesWriter:
        """Create the series' folder and manifest; the folder is named after the first capture."""
        request = self._request
        if request.folder is not None:
            folder = new_folder(request.folder, numbered=False)
        else:
            folder = new_folder(capture_path(request.captures, first).with_suffix(""), numbered=True)
        delete_parts_of_killed_recorders(folder.parent)
        # The same phone and app from now on, even if another one is connected or comes to the foreground.
        self._source = first.source
        if serialno := self._identify(self._source):
            request = replace(request, options=replace(request.options, serialno=serialno))
        selection = request.selection
        if selection.foreground:
            users = {process.user for process in first.counted}
            selection = Selection(first.app or None, user=users.pop() if len(users) == 1 else None)
        self._request = request = replace(request, selection=selection)
        series = Series(
            folder,
            source=self._source,
            app=selection.app or "",
            pid=selection.pid,
            every_s=self._schedule.every_s,
            started=iso_time(self._clock.now() - self._elapsed()),
            state=RECORDING,
            tool_version=__version__,
            labels=request.labels or {},
        )
        writer = SeriesWriter(series, selection, self._clock.now, report=self._report)
        self._begun(folder)
        return writer

    def _keep(self, writer: SeriesWriter, capture: Capture, entry: SeriesCapture) -> None:
        """Stores a capture and lists it in the manifest."""
        writer.keep(capture, entry, missed=self._schedule.missed)
        self._stored += 1  # the series has fewer if its folder was deleted
        if capture.partial:
            self._lost(
                writer, "captures", capture.problems[0].message if capture.problems else "the capture is partial"
            )
        else:
            self._back(writer, "captures")
        if not self._request.sample_s and not capture.partial:
            self._note_running(sample_of(capture, self._clock.now()))
        self._mark_a_jump(writer)
        self._mark_a_move(writer, capture.source)
        uptime_s = capture.system.get("uptime_s", self._uptime_s)
        if uptime_s < self._uptime_s:
            writer.mark("the phone was restarted")
        self._uptime_s = uptime_s
        self._report(
            f"capture {self._stored}: {counted(len(capture.counted), 'process')}, "
            f"{counted(capture.counted_vmas, 'VMA')} in {entry.took_s:.1f} s"
            + (" (partial)" if capture.partial else "")
            + _anon_swap(capture)
        )
        return_free_memory()

    def _mark_a_jump(self, writer: SeriesWriter) -> None:
        """Add a mark if this computer's clock jumped, because captures and samples get their times from it."""
        set_s = self._clock.now() - self._elapsed()
        jump_s = set_s - self._clock_set_s
        if abs(jump_s) >= _JUMP_S:
            self._clock_set_s = set_s
            note = f"the clock of this computer jumped by {jump_s:+.0f} s (it was set, or the computer slept)"
            writer.mark(note)
            self._report(note)

    def _mark_a_move(self, writer: SeriesWriter, source: str) -> None:
        """Add a mark if the phone was found under a new serial, which is tried first from then on."""
        if source != self._source:
            note = f"the phone moved from {self._source} to {source}"
            self._source = source
            writer.mark(note)
            self._report(note)

    def _lost(self, writer: SeriesWriter, what: str, reason: str) -> None:
        """Begin a gap in captures or samples, unless one is open."""
        if writer.lost(what, reason):
            self._report(f"connection lost: {reason}; retrying")

    def _back(self, writer: SeriesWriter, what: str) -> None:
        """End a gap in captures or samples."""
        if writer.back(what):
            self._report("reconnected")

    def _start_sampling(self, writer: SeriesWriter, every_s: float) -> Sampling:
        serialno = self._request.options.serialno
        return Sampling(
            lambda: self._open_sampler(self._source, every_s=every_s, **({"serialno": serialno} if serialno else {})),
            writer.samples,
            lost=lambda reason: self._lost(writer, "samples", reason),
            back=lambda: self._back(writer, "samples"),
            seen=self._note_running,
            report=self._report,
        )

    def _watch_exits(self, writer: SeriesWriter, first: Capture) -> ExitWatch | None:
        """The watch for exits of recorded processes; None for this host, which records no exits."""
        if not self._source.startswith("adb:"):
            return None
        selection = self._request.selection
        packages = {process.package for process in first.counted}
        app = selection.app or (packages.pop() if selection.pid is not None and len(packages) == 1 else None)
        return ExitWatch(
            lambda app, *, clock: self._ask_exits(self._source, self._request.options.serialno, app, clock=clock),
            writer.add_exits,
            self._clock,
            app=app,
            wanted=lambda one: selection.pid in (None, one.pid) and selection.user in (None, one.user),
            report=self._report,
        )

    def _note_running(self, sample: Sample) -> None:
        """Note which of the recorded processes run at a time."""
        if self._exit_watch is not None:
            wanted = self._request.selection
            running = [one for one in sample.processes if wanted.includes(Process(one.name, one.pid, uid=one.uid))]
            self._exit_watch.seen(sample.time, running)


def _not_recorded(source: str) -> UsageError:
    text = f"{escape_text(source)}: only a phone or this host can be recorded (adb:, adb:SERIAL or local:)"
    return UsageError(f"{text}; {SELECT_APP}", settings=("app",)) if looks_like_app(source) else UsageError(text)


@contextmanager
def _stated(writer: SeriesWriter) -> Iterator[None]:
    """Add the series and its number of captures to an error that ends a recording."""
    try:
        yield
    except DroidanonError as error:
        series = writer.series
        kept = counted(len(series.captures), "capture")
        text = f"{escape_text(str(series.path))}: the recording stopped; {kept} before that are kept: {error}"
        raise type(error)(text, settings=error.settings) from error


def _anon_swap(capture: Capture) -> str:
    """An app's anon + swap, and the largest share of Google Play's limit; '' if unknown, or for several apps."""
    found = headline(View(capture))
    if found is None or found.anon_swap_kb is None:
        return ""
    share = "" if found.nearest is None else f", {share_text(found.nearest, alone=found.processes == 1)}"
    return f"; anon + swap {format_kb(found.anon_swap_kb)} kB{share}"
