"""What workers do: calls into the library, in a thread, with a message as the answer. Heavy imports happen here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.errors import DroidanonError
from droidanon_tui.facts import DIFF_KEYS, DiffFacts, ViewFacts
from droidanon_tui.messages import CapturesListed, Compared, CompareFailed, DevicesListed, Opened, OpenFailed
from droidanon_tui.sides import Side

if TYPE_CHECKING:
    from droidanon.model import Capture
    from droidanon.sources.source import Progress

Say = Callable[[str], None]
Clock = Callable[[], float]


def open_source(source: str, *, app: str | None, as_base: bool, clock: Clock, say: Say) -> Opened | OpenFailed:
    """Reads a source of any kind and classifies it."""
    from droidanon.sources.resolve import load_source

    begin = clock()
    try:
        capture = load_source(source, app=app, progress=progress_line(say))
        say("sorting out what is what …")
        return Opened(open_side(source, capture, clock() - begin), as_base)
    except Exception as error:  # a broken file must not end the session
        return OpenFailed(source, one_line(error), as_base)


def take_capture(source: str, *, app: str | None, folder: Path, clock: Clock, say: Say) -> Opened | OpenFailed:
    """Reads a live source and keeps the capture in the folder."""
    from droidanon.sources.resolve import load_source
    from droidanon.store.library import capture_path
    from droidanon.store.parquet import save_capture

    begin = clock()
    try:
        capture = load_source(source, app=app, progress=progress_line(say))
        folder.mkdir(parents=True, exist_ok=True)
        path = save_capture(capture, capture_path(folder, capture))
        return Opened(open_side(str(path), capture, clock() - begin))
    except Exception as error:  # nor a broken phone
        return OpenFailed(source, one_line(error))


def open_side(source: str, capture: Capture, seconds: float) -> Side:
    """A capture made ready: what the first screen needs is computed here, not while it is drawn."""
    from droidanon.analysis.view import View
    from droidanon.counters import DEFAULT_COUNTER

    view = View(capture)
    facts = ViewFacts(view)
    for key in ("category", "app", "process"):
        facts.key(key)
    if DEFAULT_COUNTER in view.counters:
        facts.number(DEFAULT_COUNTER)
    return Side(source, view, facts, seconds)


def compare(base: Side, new: Side, counter: str) -> Compared | CompareFailed:
    """The diff by every key at once."""
    from droidanon.analysis.diff import diff

    try:
        change = diff(base.view, new.view, by=DIFF_KEYS, counter=counter, all_rows=True)
        return Compared(base, new, DiffFacts(change, base.view, new.view))
    except DroidanonError as error:
        return CompareFailed(one_line(error))


def look_for_devices() -> DevicesListed:
    """The phones that adb knows."""
    from droidanon.sources.devices import list_devices

    try:
        return DevicesListed(tuple(list_devices()))
    except (DroidanonError, OSError) as error:
        return DevicesListed((), one_line(error))


def look_for_captures(folders: Sequence[Path]) -> CapturesListed:
    """The captures of some folders, each once, newest first."""
    from droidanon.store.library import list_captures

    try:
        found = {item.path.resolve(): item for folder in folders for item in list_captures(folder)}
        return CapturesListed(tuple(sorted(found.values(), key=lambda item: item.created, reverse=True)))
    except (DroidanonError, OSError) as error:
        return CapturesListed((), one_line(error))


def one_line(error: Exception) -> str:
    """An error as one line; one that is not ours says of what kind it is, so that it can be reported."""
    text = " ".join(str(error).split())
    if isinstance(error, (DroidanonError, OSError)):
        return text or type(error).__name__
    return f"internal error: {type(error).__name__}: {text}"


def progress_line(say: Say) -> Progress:
    """A callback for the library that says how far it is."""

    def report(done: int, total: int | None, text: str) -> None:
        counted = f"{done:,} of {total:,} processes" if total else f"{done:,} processes"
        say(f"{counted} · {text}" if text else counted)

    return report
