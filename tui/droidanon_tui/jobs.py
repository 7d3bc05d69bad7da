"""What workers do: calls into the library, in a thread, with a message as the answer. Heavy imports happen here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from droidanon.counters import INHERITED, OWN
from droidanon.errors import DroidanonError
from droidanon.model import Problem
from droidanon_tui.explore.facts import DIFF_KEYS, DiffFacts, ViewFacts
from droidanon_tui.explore.filters import fold_words
from droidanon_tui.explore.sides import Side
from droidanon_tui.explore.significance import judge
from droidanon_tui.messages import CapturesListed, Compared, CompareFailed, DevicesListed, Opened, OpenFailed

if TYPE_CHECKING:
    from droidanon.model import Capture
    from droidanon.sources.source import Progress
    from droidanon.taxonomy.rules import RuleSet

MEANS = Problem("replicates", "base and new are means; sure is what a test of all of them says")
PLUG_SECONDS = 1.0
"""How often adb is asked for changes."""
Say = Callable[[str], None]
Clock = Callable[[], float]


def open_sources(
    sources: Sequence[str], *, app: str | None, as_base: bool, clock: Clock, say: Say, rules: RuleSet | None = None
) -> Opened | OpenFailed:
    """Reads a source of any kind, or several that are replicates, and classifies them."""
    from droidanon.sources.resolve import load_source

    sides = []
    for number, source in enumerate(sources):
        begin = clock()
        try:
            if len(sources) > 1:
                say(f"reading {number + 1} of {len(sources)} …")
            capture = load_source(source, app=app, progress=progress_line(say))
            say("sorting out what is what …")
            sides.append(open_side(source, capture, clock() - begin, rules))
        except Exception as error:  # a broken file must not end the session
            return OpenFailed(source, one_line(error), as_base)
    return Opened(replace(sides[0], more=tuple(sides[1:])), as_base)


def take_capture(
    source: str, *, app: str | None, folder: Path, clock: Clock, say: Say, rules: RuleSet | None = None
) -> Opened | OpenFailed:
    """Reads a live source and keeps the capture in the folder."""
    from droidanon.sources.resolve import load_source
    from droidanon.store.library import keep_capture

    begin = clock()
    try:
        capture = load_source(source, app=app, progress=progress_line(say))
        folder.mkdir(parents=True, exist_ok=True)
        path = keep_capture(folder, capture)
        return Opened(open_side(str(path), capture, clock() - begin, rules))
    except Exception as error:  # nor a broken phone
        return OpenFailed(source, one_line(error))


def open_side(source: str, capture: Capture, seconds: float, rules: RuleSet | None = None) -> Side:
    """A capture made ready: what the first screen needs is computed here, not while it is drawn."""
    from droidanon.analysis.view import View
    from droidanon.counters import DEFAULT_COUNTER

    view = View(capture, rules=rules)
    facts = ViewFacts(view)
    for key in ("category", "app", "process"):
        facts.key(key)
    if DEFAULT_COUNTER in view.counters:
        facts.number(DEFAULT_COUNTER)
    return Side(source, view, facts, seconds)


def prepare(side: Side) -> None:
    """What comes after the first picture is computed while that is looked at: other groups, the filter's words, shares."""
    facts = side.facts
    for key in DIFF_KEYS:
        facts.key(key)
    fold_words(facts)
    for counter in (INHERITED, OWN):
        if counter in side.view.counters:
            facts.number(counter)
    facts.is_prepared = True


def compare(base: Side, new: Side, counter: str) -> Compared | CompareFailed:
    """The diff by every key at once."""
    from droidanon.analysis.diff.comparison import diff
    from droidanon.analysis.diff.means import mean_rows

    try:
        if not base.more and not new.more:
            change = diff(base.view, new.view, by=DIFF_KEYS, counter=counter, all_rows=True)
            return Compared(base, new, DiffFacts(change, base.view, new.view))
        change = diff(base.views, new.views, by=("category",), counter=counter, depth=1, all_rows=True)
        means = replace(
            change,
            by=DIFF_KEYS,
            rows=mean_rows(base.views, new.views, DIFF_KEYS, counter),
            warnings=(*change.warnings, MEANS),
        )
        judged = judge(base.views, new.views, counter)
        return Compared(base, new, DiffFacts(means, base.view, new.view), judged)
    except DroidanonError as error:
        return CompareFailed(one_line(error))


def look_for_devices() -> DevicesListed:
    """The phones that adb knows."""
    from droidanon.sources.phone.devices import list_devices

    try:
        return DevicesListed(tuple(list_devices()))
    except (DroidanonError, OSError) as error:
        return DevicesListed((), one_line(error))


def plug_changes(ended: Event) -> Iterator[None]:
    """Comes back each time the phones that adb knows, or their states, have changed; until it has ended."""
    from droidanon.sources.phone import devices

    known = None
    while not ended.wait(PLUG_SECONDS):
        now = devices.plugged()
        if known is not None and now != known:
            yield
        known = now


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
