"""Background jobs of Explore: read, classify and compare captures. Heavy imports happen here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from textual.worker import get_current_worker

from droidanon.analysis.filters import fold_words
from droidanon.counters import INHERITED, OWN
from droidanon.errors import DroidanonError
from droidanon.model import Problem
from droidanon_tui.daemon_worker import whole_write
from droidanon_tui.errors import one_line
from droidanon_tui.explore.facts import DIFF_KEYS, DiffFacts, ViewFacts
from droidanon_tui.explore.headline import headline_at
from droidanon_tui.explore.messages import Compared, CompareFailed, Opened, OpenFailed, ReadProgress
from droidanon_tui.explore.read_ahead import ReadAhead, prepare_diff
from droidanon_tui.explore.regex_trial import RegexTrial
from droidanon_tui.explore.rows import ANONYMOUS, USUAL_COUNTERS
from droidanon_tui.explore.sides import Side
from droidanon_tui.explore.significance import judge

if TYPE_CHECKING:
    from droidanon.analysis.view import Computed
    from droidanon.model import Capture
    from droidanon.sources.source import Progress
    from droidanon.taxonomy.rules import RuleSet
    from droidanon_tui.background import Post

MEANS = Problem("replicates", "base and new are means over the captures of a side; `sure` is the result of a test")
_SOME_NAME = "[anon:scudo:primary]"
"""The first explanation of a name prepares those of all."""
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class SideReader:
    """How sources are read: which app of them, and by which rules their names are classified."""

    app: str | None
    rules: RuleSet | None
    clock: Clock
    trial: RegexTrial = field(default_factory=lambda: RegexTrial(None))
    ahead: ReadAhead | None = None
    """The process that has begun with the base."""

    def close(self) -> None:
        """Ends the processes that are running: the app ends."""
        self.trial.close()
        if self.ahead is not None:
            self.ahead.stop()

    def try_rules(self, capture: Capture) -> None:
        """Ends with an error if a rule takes too long on the names of a capture; call it before a View of it is used.

        Raises:
            InputError: A rule takes too long, or the job was cancelled.
        """
        from droidanon.taxonomy.normalise import normalise_name

        names = capture.vmas.name.values
        # The details of a row match its name as it is shown, or the app or process, which can begin as names do.
        owners = (text for process in capture.processes for text in (process.name, process.app))
        texts = {*names, *map(normalise_name, names), *owners}
        self.trial.run(texts, lambda: get_current_worker().is_cancelled)

    def open_side(self, text: str, post: Post, *, as_base: bool = False) -> Opened | OpenFailed:
        """Reads a side of a diff as `droidanon diff` does: of a folder, all its captures as replicates."""
        from droidanon.sources.resolve import expand_side

        try:
            sources = expand_side(text)
        except (DroidanonError, OSError) as error:
            return OpenFailed(text, one_line(error), as_base=as_base)
        opened = self.open(sources, post, as_base=as_base)
        if isinstance(opened, Opened) and not opened.side.more:
            prepare_diff(opened.side.view)
        return opened

    def open(self, sources: Sequence[str], post: Post, *, as_base: bool = False) -> Opened | OpenFailed:
        """Reads a source of any kind, or several that are replicates, and classifies them."""
        from droidanon.sources.resolve import load_source

        sides = []
        for number, source in enumerate(sources):
            begin = self.clock()
            try:
                if len(sources) > 1:
                    post(ReadProgress(f"reading {number + 1} of {len(sources)} …"))
                capture = load_source(source, app=self.app, progress=report_progress(post))
                post(ReadProgress("classifying names …"))
                self.try_rules(capture)
                computed = self.ahead.take(source, len(capture.vmas)) if self.ahead is not None and as_base else None
                sides.append(open_side(source, capture, self.clock() - begin, self.rules, computed))
            except Exception as error:  # a broken file must not end the session
                return OpenFailed(source, one_line(error), as_base=as_base)
        return Opened(replace(sides[0], more=tuple(sides[1:])), as_base=as_base)

    def capture(self, source: str, folder: Path, post: Post) -> Opened | OpenFailed:
        """Reads a live source and stores the capture in the folder."""
        from droidanon.sources.resolve import load_source
        from droidanon.store.library import keep_capture

        begin = self.clock()
        try:
            capture = load_source(source, app=self.app, progress=report_progress(post))
            folder.mkdir(parents=True, exist_ok=True)
            self.try_rules(capture)
            with whole_write():
                path = keep_capture(folder, capture)
            return Opened(open_side(str(path), capture, self.clock() - begin, self.rules))
        except Exception as error:  # neither must a broken phone
            return OpenFailed(source, one_line(error))


def open_side(
    source: str, capture: Capture, seconds: float, rules: RuleSet | None = None, computed: Computed | None = None
) -> Side:
    """A capture with the data of the first picture computed: here (or elsewhere before), not while it is drawn."""
    from droidanon.analysis.view import View
    from droidanon.counters import DEFAULT_COUNTER

    view = View(capture, rules=rules)
    if computed is not None:
        view.use(computed)
    facts = ViewFacts(view)
    for key in ("category", "app", "process"):
        facts.key(key)
    if DEFAULT_COUNTER in view.counters:
        facts.number(DEFAULT_COUNTER)
    return Side(source, view, facts, seconds)


def prepare(side: Side) -> None:
    """Computes what is likely to be asked for next: other groupings, the columns of the capture alone, the filter's
    words, own and inherited pages, the order of VMAs, explanations, and what the findings of every app need.
    """
    from droidanon.analysis.insights.find import FindingsByApp
    from droidanon.taxonomy.explain import explain

    facts = side.facts
    for key in DIFF_KEYS:
        facts.key(key)
    fold_words(facts)
    _ = side.view.groups.order
    explain(_SOME_NAME)
    for counter in (*USUAL_COUNTERS, INHERITED, OWN, ANONYMOUS):
        if counter in side.view.counters:
            facts.number(counter)
    findings = FindingsByApp(side.view)
    for app in islice(findings, 1):
        # The first app fills the columns that all share; each other app then takes milliseconds.
        findings[app]
    facts.findings = findings
    facts.is_prepared = True


def compare(base: Side, new: Side, counter: str) -> Compared | CompareFailed:
    """The diff by every key at once; with replicates its numbers are means, and top rows are tested."""
    from droidanon.analysis.diff.comparison import diff
    from droidanon.analysis.diff.means import mean_rows

    try:
        if not base.more and not new.more:
            change = diff(base.view, new.view, by=DIFF_KEYS, counter=counter, all_rows=True)
            for side in (base, new):
                headline_at(side.view, ())  # kept for the first picture
            return Compared(base, new, DiffFacts(change, base.view, new.view))
        change = diff(base.views, new.views, by=("category",), counter=counter, depth=1, all_rows=True)
        means = replace(
            change,
            by=DIFF_KEYS,
            rows=mean_rows(base.views, new.views, DIFF_KEYS, counter),
            warnings=(*change.warnings, MEANS),
        )
        significances = judge(base.views, new.views, counter)
        return Compared(base, new, DiffFacts(means, base.view, new.view), significances)
    except DroidanonError as error:
        return CompareFailed(one_line(error))


def compare_again(last: Compared, counter: str) -> Compared | CompareFailed:
    """The diff of the same sides by another counter: its rows stay, unless they are means."""
    base, new = last.base, last.new
    is_known = all(counter in side.view.counters and not side.more for side in (base, new))
    facts = last.facts.by_counter(counter) if is_known else None
    return compare(base, new, counter) if facts is None else Compared(base, new, facts)


def report_progress(post: Post) -> Progress:
    """A callback for the library that posts its progress."""

    def report(done: int, total: int | None, text: str) -> None:
        counted = f"{done:,} of {total:,} processes" if total else f"{done:,} processes"
        post(ReadProgress(f"{counted} · {text}" if text else counted))

    return report
