"""The functions of `import droidanon` that analyse captures. Options are keyword-only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from droidanon import model
from droidanon.api.captures import captures_of
from droidanon.api.reading import capture
from droidanon.counters import DEFAULT_COUNTER

if TYPE_CHECKING:
    import pandas as pd

    from droidanon.analysis.view import View
    from droidanon.api.limits import AppLimits
    from droidanon.api.results import Comparison, Growth, Insights
    from droidanon.api.whole_app import AppMemory
    from droidanon.taxonomy.rules import RuleSet

Source = str | Path | model.Capture
"""Anything that can be read as a capture: a path, a source such as `adb:`, or a capture."""
Sources = Source | Iterable[Source]
"""One side: a source (a folder of captures, a series or a quoted glob has several captures), or any number of
sources."""


def breakdown(
    source: Source,
    *,
    by: str | Sequence[str] = ("app", "category"),
    counters: str | Sequence[str] | None = None,
    app: str | None = None,
    top: int | None = None,
    sort: str | None = None,
    android: int | None = None,
    rules: Sequence[str | Path] = (),
) -> pd.DataFrame:
    """Sum counters by group; every VMA is in exactly one row.

    Args:
        source: a capture, path or source.
        by: app, process, pid, heap, sub_heap, category, `category:DEPTH`, name, normal_name, origin or rule, or several
            of them, as a list or a comma-separated string (`"app,category:2"`).
        counters: counters such as `"pss"` or `["rss", "swap"]`; by default all.
        app: only the processes of this app.
        top: keep this many of the largest rows; the rest become one row `(other)`.
        sort: the counter to sort by; by default the first of `counters`, or total PSS.
        android: count heaps as this Android release; by default the device's.
        rules: your own rule files.

    Returns:
        A DataFrame with the keys as categoricals, the counters in kB (`<NA>` if unknown) and `vmas`, largest first.

    Raises:
        UsageError: an unknown key or counter.
    """
    from droidanon.analysis.breakdown import breakdown as sums
    from droidanon.analysis.breakdown import parse_by
    from droidanon.counters import choose_counters

    view = _view(_one(source, app), android, _rules(rules))
    keys, depth = parse_by(by)
    names = None if counters is None else choose_counters(counters, view.counters)
    if sort is not None:
        (sort,) = choose_counters(sort, view.counters)
    elif names is not None:
        sort = names[0]
    return sums(view, keys, counters=names, depth=depth, top=top, sort=sort).rows.to_pandas()


def diff(
    base: Sources,
    new: Sources,
    *,
    by: str | Sequence[str] = ("app", "category"),
    counter: str = DEFAULT_COUNTER,
    app: str | None = None,
    all_rows: bool = False,
    paired: bool = False,
    min_effect: str | None = None,
    android: int | None = None,
    rules: Sequence[str | Path] = (),
) -> Comparison:
    """Compare one counter between two sides.

    Args:
        base, new: a side is a capture, path or source, or several of them as replicates. A folder or series has
            several.
        by: keys as for `breakdown`, or `"vma"` to compare two captures VMA by VMA.
        counter: the counter to compare, such as `"rss"`.
        app: only the processes of this app.
        all_rows: include rows that did not change.
        paired: pair the n-th captures of the two sides, in order of time.
        min_effect: ignore smaller changes, such as `"2%"` or `"500kB"`.
        android: count heaps as this Android release; by default the device's.
        rules: your own rule files.

    Returns:
        A `Comparison`: DataFrames `rows`, `headline`, `warnings`, and the `total`.

    Raises:
        UsageError: an unknown key or counter, or sides that cannot be compared this way.
    """
    from droidanon.analysis.diff.comparison import diff as compare
    from droidanon.analysis.stats.power import Effect
    from droidanon.api.results import Comparison

    known = _rules(rules)
    sides = [_views(side, app, android, known) for side in (base, new)]
    if by in ("vma", ["vma"], ("vma",)):
        from droidanon.analysis.diff.vmas import diff_vmas

        first, second = (_only(side) for side in sides)
        return Comparison.of(diff_vmas(first, second, counter=counter, all_rows=all_rows))
    effect = None if min_effect is None else Effect.parse(min_effect)
    return Comparison.of(compare(*sides, by=by, counter=counter, all_rows=all_rows, paired=paired, min_effect=effect))


def trend(
    series: Sources,
    *,
    by: str | Sequence[str] = ("app", "category"),
    counter: str = DEFAULT_COUNTER,
    app: str | None = None,
    per: Literal["minute", "capture"] | None = None,
    android: int | None = None,
    rules: Sequence[str | Path] = (),
) -> Growth:
    """Find growth of one counter over a series of captures.

    Args:
        series: a series, a folder or quoted glob of captures, or any number of captures.
        by: keys as for `breakdown`.
        counter: the counter to follow, such as `"rss"`.
        app: only the processes of this app.
        per: report slopes per `"minute"` or per `"capture"`; by default per minute if the times of the captures are
            known.
        android: count heaps as this Android release; by default the device's.
        rules: your own rule files.

    Returns:
        A `Growth`: DataFrames `rows`, `values`, `steps`, `headline`, `warnings`, and the `total`.

    Raises:
        UsageError: fewer than 3 captures, or an unknown key or counter.
    """
    from droidanon.analysis.trend import trend as follow
    from droidanon.api.results import Growth

    return Growth.of(follow(_views(series, app, android, _rules(rules)), by=by, counter=counter, per=per))


def whole_app(source: Source, *, app: str | None = None, user: int | None = None) -> AppMemory:
    """Sum the memory of an app's processes, and bound the memory that killing them all would free.

    Args:
        source: a capture, path or source.
        app: the app; optional if the source has only one.
        user: the Android user, if the app runs for several.

    Returns:
        An `AppMemory`: the DataFrame `processes`, `totals`, `freed_ram_kb`, `freed_swap_kb` and `inherited_pss_kb`.

    Raises:
        UsageError: the source has several apps, or several users of the app, and none is named.
    """
    from droidanon.analysis.whole_app import whole_app as sum_up
    from droidanon.api.whole_app import AppMemory

    return AppMemory.of(sum_up(_view(_one(source, app), None, _rules(())), app, user))


def limits(
    source: Source,
    *,
    app: str | None = None,
    ram: str | int | None = None,
    state: str | None = None,
    game: bool = False,
    rules: Sequence[str | Path] = (),
) -> AppLimits:
    """Compare processes with the limits of Google Play, Android 17's memory limiter and others.

    Args:
        source: a capture, path or source.
        app: only the processes of this app.
        ram: judge as if the phone had this much RAM: kB, or text such as `"6GB"`; by default the capture's MemTotal.
        state: judge as if the process were in this state: `foreground`, `service`, `background` or `cached`; by default
            its actual state, if known.
        game: use the thresholds for games.
        rules: your own rule files.

    Returns:
        An `AppLimits` with the DataFrames `processes`, `limits` and `composition`.

    Raises:
        InputError: the source does not exist or cannot be read.
        ProcessError: no process matches.
        UsageError: the state is unknown, or `ram` is not a size.
    """
    from droidanon.analysis.limits.ceilings import ceilings
    from droidanon.analysis.limits.judge import compose, judge
    from droidanon.analysis.limits.states import parse_state
    from droidanon.api.limits import AppLimits
    from droidanon.api.ram import ram_in_kb

    view = _view(_one(source, app), None, _rules(rules))
    found = judge(
        view,
        total_kb=None if ram is None else ram_in_kb(ram),
        state=None if state is None else parse_state(state),
        game=game,
    )
    parts = [compose(view, use) for use in found.uses]
    return AppLimits.of(found, parts, [ceilings(view, use.process, use.state) for use in found.uses])


def insights(
    source: Source,
    *,
    app: str | None = None,
    top: int | None = None,
    android: int | None = None,
    rules: Sequence[str | Path] = (),
) -> Insights:
    """List what stands out in the memory of apps, and what to do about it.

    Args:
        source: a capture, path or source. For a series, the newest capture is used and compared with earlier ones.
        app: only the processes of this app.
        top: keep this many findings.
        android: count heaps as this Android release; by default the device's.
        rules: your own rule files.

    Returns:
        `Insights` with a DataFrame `rows`: limits first, then memory by kB, then facts that qualify the numbers.

    Raises:
        InputError: the source does not exist or cannot be read.
        ProcessError: no process matches.
    """
    from droidanon.analysis.insights.find import find_insights
    from droidanon.api.results import Insights
    from droidanon.sources.resolve import resolve
    from droidanon.sources.selection import Selection
    from droidanon.sources.series_ends import SeriesEnds, read_ends

    known = _rules(rules)
    if isinstance(source, model.Capture):
        ends = SeriesEnds(_selected(source, app))
    else:
        ends = read_ends(resolve(str(source)), Selection(app))
    previous, oldest = (None if one is None else _view(one, android, known) for one in (ends.previous, ends.oldest))
    return Insights.of(find_insights(_view(ends.newest, android, known), previous=previous, oldest=oldest, top=top))


def classify(names: Iterable[str], *, android: int | None = None, rules: Sequence[str | Path] = ()) -> pd.DataFrame:
    """Classify names of mappings.

    Args:
        names: names as in smaps.
        android: count heaps as this Android release; by default the newest.
        rules: your own rule files.

    Returns:
        One row per name in the given order: name, heap, sub_heap, category, rule.
    """
    import pandas as pd

    from droidanon.taxonomy.classify import classify_names

    columns = ("name", "heap", "sub_heap", "category", "rule")
    found = classify_names(list(names), android=android, rules=_rules(rules))
    return pd.DataFrame([[getattr(item, column) for column in columns] for item in found], columns=list(columns))


def _one(source: Source, app: str | None) -> model.Capture:
    """A capture, optionally restricted to the processes of one app."""
    if isinstance(source, model.Capture):
        return _selected(source, app)
    return capture(source, app=app)


def _selected(capture: model.Capture, app: str | None) -> model.Capture:
    if app is None:
        return capture
    from droidanon.sources.capture_file import select_processes
    from droidanon.sources.selection import Selection

    return select_processes(capture, Selection(app))


def _views(side: Sources, app: str | None, android: int | None, rules: RuleSet) -> Iterable[View]:
    """The captures of a side, read one at a time."""
    for one in captures_of(side):
        yield _view(_selected(one, app), android, rules)


def _view(capture: model.Capture, android: int | None, rules: RuleSet) -> View:
    from droidanon.analysis.view import View

    return View(capture, android, rules)


def _only(side: Iterable[View]) -> View:
    """The only capture of a side. Raises UsageError if there are several."""
    from droidanon.errors import UsageError

    views = list(side)
    if len(views) != 1:
        raise UsageError(f'by="vma" compares two captures; a side has {len(views)}')
    return views[0]


def _rules(files: Sequence[str | Path]) -> RuleSet:
    from droidanon.taxonomy.rules import load_rules

    return load_rules([Path(file) for file in files])
