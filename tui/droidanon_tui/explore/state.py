"""The state of Explore, independent of the screen: grouping, counter, app and filter, and the rows they select."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace

import numpy as np

from droidanon.analysis.filters import SHARES, Filter, found_nowhere, matching_rows, parse_filter
from droidanon.columns import BoolArray
from droidanon.escape import escape_text
from droidanon_tui.explore.details import Details, describe
from droidanon_tui.explore.facts import DiffFacts, FactTable
from droidanon_tui.explore.grouping import app_grouping, category_grouping, heap_grouping, name_grouping
from droidanon_tui.explore.headline import diff_line, headline_line
from droidanon_tui.explore.messages import Compared
from droidanon_tui.explore.navigation import Visit
from droidanon_tui.explore.rows import (
    ANONYMOUS,
    USUAL_COUNTERS,
    app_columns,
    counter_order,
    diff_columns,
    explore_columns,
)
from droidanon_tui.explore.sides import Side
from droidanon_tui.explore.significance import Significance
from droidanon_tui.explore.tree import GroupLevel, Tree
from droidanon_tui.explore.waterfall import StepRow, steps
from droidanon_tui.formats import unit_shape
from droidanon_tui.settings import Settings
from droidanon_tui.widgets.columns import TreeColumn
from droidanon_tui.widgets.open_rows import Path, RowPlace, sorted_rows

DELTA = "delta_kb"
_GROUPINGS = {"category": category_grouping, "heap": heap_grouping, "name": name_grouping, "app": app_grouping}
_KEPT_ROOTS = 6
"""Enough for there and back: by category and by heap, changed rows and all, a filter."""


class ExploreState:
    """One capture, or a diff, as the user wants to see it."""

    def __init__(
        self, side: Side, counter: str, *, by: str = "category", unit: str = "kB", changed_only: bool = True
    ) -> None:
        self.side = side
        self.counter = counter
        self.by = by
        self.unit = unit
        self.changed_only = changed_only
        self.chosen_columns: tuple[str, ...] = ()
        """The counters next to the chosen one; empty for the default ones."""
        self.bars_of_parent = False
        self.diff: Compared | None = None
        self.app_path: tuple[str, ...] = ()
        self._filter = Filter()
        self.filter_text = ""
        self._trees: dict[tuple[FactTable, str], Tree] = {}
        self._roots: dict[Hashable, GroupLevel] = {}
        """The first levels shown last, by what selects their rows: as long as that is the same, so are the sums."""
        self._shown: tuple[Hashable, BoolArray | None] | None = None
        """The facts of the tree (None for all), and what selected them."""
        self.is_ahead = False
        """Whether first levels of the capture alone are computed, or being computed, before a key asks for them."""
        self._apps: dict[Hashable, GroupLevel] = {}
        """The rows of the Apps pane, kept in the same way."""

    @property
    def facts(self) -> FactTable:
        return self.diff.facts if self.diff is not None else self.side.facts

    @property
    def counters(self) -> tuple[str, ...]:
        return self.side.view.counters

    @property
    def main_column(self) -> str:
        """The column that rows are initially sorted by."""
        return DELTA if self.diff is not None else self.counter

    @property
    def has_apps(self) -> bool:
        """Whether there is more than one process to choose from."""
        return len(self.facts.key("process").values) > 1

    def show_diff(self, compared: Compared) -> None:
        self._forget(lambda facts: facts not in (self.side.facts, compared.facts))
        self.diff = compared
        self._facts_changed()

    def show_alone(self) -> None:
        """Shows the capture without the base; the diff is kept for the way back."""
        self.diff = None
        self._facts_changed()

    def _facts_changed(self) -> None:
        self.app_path = ()
        self.set_filter(self.filter_text)

    def _forget(self, gone: Callable[[FactTable], bool]) -> None:
        self._trees = {key: tree for key, tree in self._trees.items() if not gone(key[0])}
        self._roots = {key: root for key, root in self._roots.items() if not gone(root.tree.facts)}
        self._apps = {key: root for key, root in self._apps.items() if not gone(root.tree.facts)}
        self._shown = None

    def alone(self) -> ExploreState:
        """Another look at the same capture without the base, for a thread: its results can be adopted. It has the
        levels that are known, so what it asks of them is known here, too.
        """
        made = ExploreState(self.side, self.counter, by=self.by, unit=self.unit, changed_only=self.changed_only)
        made.chosen_columns, made.bars_of_parent = self.chosen_columns, self.bars_of_parent
        made._roots, made._apps = dict(self._roots), dict(self._apps)
        made._forget(lambda facts: facts is not self.side.facts)
        return made

    def adopt(self, other: ExploreState) -> None:
        """Takes over the first levels that another state of the same capture has computed."""
        self._trees = {**other._trees, **self._trees}
        self._roots = {**other._roots, **self._roots}
        self._apps = {**other._apps, **self._apps}

    def choose_app(self, path: tuple[str, ...]) -> None:
        """Only an app's, or a process's, memory; () for all."""
        self.app_path = path

    def set_filter(self, text: str) -> str:
        """Sets the filter; returns what is wrong with it, or ''."""
        self.filter_text = text
        self._filter = parse_filter(text, is_diff=self.diff is not None)
        return self._filter.problem or found_nowhere(self.facts, self._filter) or self._unavailable_share()

    def _unavailable_share(self) -> str:
        """Why own and inherited pages cannot be distinguished; '' if they can."""
        for counter in self._filter.shares:
            gone = self.facts.number(counter)[1] if counter in self.counters else np.ones(1, np.bool_)
            if gone is not None and gone.all():
                return "own/inherited unavailable: the capture does not contain this app's zygote"
        return ""

    def knows(self, counter: str) -> bool:
        """Whether the open capture has this counter for anything."""
        if counter not in self.counters:
            return False
        _, missing = self.side.facts.number(counter)
        return missing is None or not missing.all()

    def restore(self, visit: Visit) -> None:
        """Restores a view."""
        self.by = visit.by
        if visit.counter in self.counters:
            self.counter = visit.counter
        self.choose_app(visit.app_path)
        self.set_filter(visit.filter_text)

    # --- rows

    def _tree(self, by: str) -> Tree:
        key = self.facts, by
        if key not in self._trees:
            make = _GROUPINGS[by]
            self._trees[key] = Tree(self.facts, make(self.facts))
        return self._trees[key]

    def _in_app(self) -> BoolArray | None:
        """The facts of the chosen app or process."""
        if not self.app_path:
            return None
        mask = np.ones(len(self.facts), np.bool_)
        for key, value in zip(("app", "process"), self.app_path, strict=False):
            column = self.facts.key(key)
            code = column.values.index(value) if value in column.values else -1
            mask &= column.codes == code
        return mask

    def _shown_mask(self) -> BoolArray | None:
        """The facts of the tree; None for all."""
        wanted = self._part()
        if self._shown is None or self._shown[0] != wanted:
            self._shown = wanted, self._filtered(self._in_app())
        return self._shown[1]

    def _part(self) -> tuple[Hashable, Hashable]:
        """What selects the rows of the tree."""
        return self.app_path, self._filtered_part()

    def _filtered_part(self) -> Hashable:
        """What selects the rows of all apps; the counter matters if the filter asks for sizes."""
        return self.facts, self._filter, self.counter if self._filter.sizes else ""

    def _all(self) -> Hashable:
        """What selects the rows of all apps without a filter."""
        return self.facts, Filter(), ""

    def _filtered(self, mask: BoolArray | None) -> BoolArray | None:
        """The facts (of `mask`) that match the filter; None for all."""
        if not set(self._filter.shares) <= set(self.counters):
            return np.zeros(len(self.facts), np.bool_)
        if self._filter:
            counter, status = self.counter, None
            if isinstance(self.facts, DiffFacts):
                counter, status = "new_kb", self.facts.status
            mask = matching_rows(self.facts, self._filter, counter, mask, status)
        return mask

    def _changed(self) -> BoolArray | None:
        """The facts that make a row of a diff worth showing; None for all."""
        if self.diff is None or not self.changed_only:
            return None
        values, gone = self.facts.number(DELTA)
        changed: BoolArray = values != 0 if gone is None else (values != 0) | gone
        return changed

    def _significances(self) -> dict[str, Significance]:
        """The tests of the first level: for one app, or for all of them; there is none for a filtered part."""
        if self.diff is None or self.by == "name" or self._filter or len(self.app_path) > 1:
            return {}
        return {path[-1]: found for path, found in self.diff.significances.items() if path[:-1] == self.app_path}

    def tree_root(self) -> GroupLevel:
        """The first level of the tree; its bars are measured by its own largest row."""
        wanted = self.by, *self._part(), self.changed_only, self.bars_of_parent
        if wanted not in self._roots:
            whole = None
            if not self.app_path:
                whole = _used_again(self._roots, (self.by, (), self._all(), self.changed_only, self.bars_of_parent))
            _make_room(self._roots)
            tree = replace(
                self._tree(self.by),
                notable=self._changed(),
                significances=self._significances(),
                is_tested=self.diff is not None and bool(self.diff.significances),
                bars_of_parent=self.bars_of_parent,
                tops={},
            )
            self._roots[wanted] = _root(tree, self._shown_mask(), whole)
        root = self._roots[wanted]
        root.scale_bars((self.main_column,))
        return root

    def apps_root(self) -> GroupLevel:
        """The apps with rows that match the filter, and their sums."""
        wanted = self._filtered_part()
        if wanted not in self._apps:
            whole = _used_again(self._apps, self._all())
            _make_room(self._apps)
            shown = self._filtered(None) if self.app_path else self._shown_mask()
            self._apps[wanted] = _root(self._tree("app"), shown, whole)
        return self._apps[wanted]

    def apps_footer(self) -> str:
        """The number of apps, and whether a filter applies."""
        return f"{len(self.apps_root()):,}{' · filtered' if self._filter else ''}"

    def columns(self) -> list[TreeColumn]:
        if self.diff is not None:
            return diff_columns(self.unit, tested=bool(self.diff.significances))
        return explore_columns(self.counter, self.other_counters(), self.unit)

    def other_counters(self) -> tuple[str, ...]:
        """The counters next to the chosen one, as far as this capture has them; of a list by name first anonymous
        memory.
        """
        usual = (ANONYMOUS, *USUAL_COUNTERS) if self.by == "name" else USUAL_COUNTERS
        return tuple(name for name in self.chosen_columns or usual if name in self.counters)

    def apps_columns(self) -> list[TreeColumn]:
        return app_columns(self.main_column, self.unit, is_diff=self.diff is not None)

    def first_open(self, root: GroupLevel, count: int) -> frozenset[Path]:
        """The largest rows, which are open when a capture is first seen."""
        order = sorted_rows(root.sort_values(self.main_column), descending=True)
        return frozenset((root.key(int(row)),) for row in order[:count])

    def opened_afresh(self, root: GroupLevel, opened: frozenset[Path], count: int) -> frozenset[Path]:
        """The rows that are open when other data are shown: those of before, else some of the largest."""
        if self.by == "name" or any((root.key(row),) in opened for row in range(len(root))):
            return opened
        return opened | self.first_open(root, count)

    def describe(self, place: RowPlace) -> Details:
        view = self.side.view
        return describe(place, view.android, self.counter, self.unit, view.rules)

    # --- words around the table

    def total(self, column: str) -> int | None:
        """The sum of the shown rows; in a diff unchanged rows count, too."""
        if self.diff is None:
            sums, absent = self.tree_root().sums(column)
            return None if len(absent) and absent.all() else int(sums.sum())
        shown = self._shown_mask()
        values, gone = self.facts.number(column)
        if shown is not None:
            values, gone = values[shown], None if gone is None else gone[shown]
        return None if gone is not None and len(gone) and gone.all() else round(values.sum())

    def steps(self) -> list[StepRow]:
        """The rows of a diff as steps from base to new; empty if a total is unknown."""
        base, new = (self.total(name) for name in ("base_kb", "new_kb")) if self.diff is not None else (None, None)
        return [] if base is None or new is None else steps(self.tree_root(), base, new)

    def comparison(self) -> str:
        """The title of the capture, in a diff of both sides."""
        return self.side.title if self.diff is None else f"{self.side.title} against {self.diff.base.title}"

    def footer(self) -> str:
        """The total of the shown rows, and of the whole if a filter applies."""
        shape = unit_shape(self.unit)
        if self.diff is not None:
            signed = unit_shape(self.unit, signed=True)
            base, new = (self.total(name) for name in ("base_kb", "new_kb"))
            delta = None if base is None or new is None else new - base
            shown = " shown" if self._filter else ""
            return f"{shape(base)} → {shape(new)}  {signed(delta)} {self.unit}{shown}"
        total = shape(self.total(self.counter))
        if not self._filter:
            return f"{total} {self.unit}"
        values, _ = self.facts.number(self.counter)
        mask = self._in_app()
        whole = values if mask is None else values[mask]
        return f"shown {total} of {shape(round(whole.sum()))} {self.unit}"

    def nothing(self) -> str:
        """The text shown instead of an empty tree."""
        if self._filter:
            return "no name matches the filter; esc clears it"
        if self.diff is not None:
            return "no row changed; a shows all rows"
        return "no process could be read; `droidanon info` explains why" if self.side.capture.problems else "no VMAs"

    def scope(self) -> str:
        """The app or process that is shown."""
        if not self.app_path:
            counted = (process for process in self.side.capture.processes if process.rows and not process.reference)
            apps = list(dict.fromkeys(process.app for process in counted))
            return f"all {len(apps):,} apps" if len(apps) > 1 else escape_text(apps[0][:80]) if apps else ""
        return " ▸ ".join(escape_text(part[:80]) for part in self.app_path)

    def headline(self) -> str:
        """Anon + swap, total PSS and the share of the limit of the app or process that is shown; of all of them."""
        if self.diff is not None:
            return diff_line(self.diff.base, self.side, self.app_path, self.unit)
        return headline_line(self.side, self.app_path, self.unit)

    def warnings(self) -> list[str]:
        """The warnings about the capture or diff, one line each."""
        found = self.diff.facts.change.warnings if self.diff is not None else self.side.view.warnings
        return [escape_text(f"{warning.where}: {warning.message}") for warning in found]


def state_for(side: Side, settings: Settings, counter: str) -> ExploreState:
    """A capture as the settings want it shown. `counter`: used if the capture has it."""
    if counter not in side.view.counters:
        counter = next(iter(counter_order(side.view.counters)), "size_kb")
    state = ExploreState(side, counter, by=settings.by, unit=settings.unit, changed_only=settings.changed_only)
    state.chosen_columns = settings.columns
    state.bars_of_parent = settings.bars_of_parent
    return state


def with_next_share(filter_text: str) -> str:
    """The filter with the next of: all pages, own pages (`is:own`), inherited pages (`is:inherited`)."""
    words = filter_text.split()
    order = ("", *SHARES)
    now = next((word for word in words if word in SHARES), "")
    others = [word for word in words if word not in SHARES]
    return " ".join(filter(None, [*others, order[(order.index(now) + 1) % len(order)]]))


def _root(tree: Tree, shown: BoolArray | None, whole: GroupLevel | None) -> GroupLevel:
    """The first level over some facts. `whole`: that over all of them, if it is known."""
    if shown is None:
        return tree.root()
    if whole is not None and 2 * np.count_nonzero(shown) > len(shown):
        found = tree.level_without(whole, np.flatnonzero(~shown))
        if found is not None:
            return found
    return tree.root(np.flatnonzero(shown))


def _used_again(roots: dict[Hashable, GroupLevel], key: Hashable) -> GroupLevel | None:
    """A first level that is known, as if it was made now."""
    if key in roots:
        roots[key] = roots.pop(key)
    return roots.get(key)


def _make_room(roots: dict[Hashable, GroupLevel]) -> None:
    """For one more; the oldest go."""
    while len(roots) >= _KEPT_ROOTS:
        del roots[next(iter(roots))]
