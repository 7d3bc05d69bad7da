"""Builds at which an app's level changes, corrected for the mix of devices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.analysis.stats.steps import NEEDED, find_steps
from droidanon.analysis.stats.strata import levels
from droidanon.fleet.questions.answer import Answer, kb, known_text, problem
from droidanon.fleet.questions.data_warnings import data_warnings
from droidanon.fleet.questions.device_means import STRATUM, Cell, DeviceMeans, category_device_sums, device_sums
from droidanon.fleet.questions.observations import DEPTH, FleetMeasure, category_sums, observations
from droidanon.fleet.questions.scope import Scope
from droidanon.wording import counted, listed

if TYPE_CHECKING:
    from droidanon.fleet.dataset import Dataset
    from droidanon.fleet.questions.engine import Engine
    from droidanon.model import Problem

    Levels = np.ndarray[Any, np.dtype[np.float64]]
    Places = np.ndarray[Any, np.dtype[np.int64]]

_KEYS = ("app", *STRATUM, "build")
_LISTED = 5
_COLUMNS = ("app", "category", "build", "previous_build", "change_kb", "before_kb", "after_kb", "devices", "captures")


@dataclass(frozen=True, slots=True)
class StepsRequest:
    """Where to search for steps."""

    scope: Scope
    measure: FleetMeasure


@dataclass(frozen=True, slots=True, eq=False)
class _AppBuilds:
    """The builds of an app in order, and its cells: their indexes, and the stratum and build of each."""

    app: str
    builds: tuple[str, ...]
    strata: tuple[Cell, ...]
    cells: Places
    stratum: Places
    build: Places

    @classmethod
    def of(cls, app: str, cells: Mapping[Cell, int], order: Mapping[str, tuple[Any, ...]]) -> _AppBuilds:
        """Make it from the indexes of the app's cells and the sort key of each build."""
        builds = sorted({cell[-1] for cell in cells}, key=lambda build: order[build])
        strata = sorted({cell[1:-1] for cell in cells})
        build = {name: place for place, name in enumerate(builds)}
        stratum = {values: place for place, values in enumerate(strata)}
        return cls(
            app,
            tuple(builds),
            tuple(strata),
            np.array(list(cells.values())),
            np.array([stratum[cell[1:-1]] for cell in cells]),
            np.array([build[cell[-1]] for cell in cells]),
        )

    def levels(self, means: Levels, devices: Levels) -> Levels:
        """The level of each build, from the mean and the number of devices of all cells."""
        return levels(self.stratum, self.build, means[self.cells], devices[self.cells])


def steps(dataset: Dataset, engine: Engine, request: StepsRequest) -> Answer:
    """The steps of each app, in the whole number and by category; the fact `levels` has the level of each build."""
    scope, measure = request.scope, request.measure
    scope.check(engine)
    found = observations(engine, scope, measure, _KEYS, per_process=False)
    with engine.kept(found) as kept:
        means = DeviceMeans.of(engine.rows(device_sums(kept, _KEYS)), _KEYS)
        parts = category_sums(engine, scope, measure, DEPTH)
        by_category = means.by_category(engine.rows(category_device_sums(kept, parts, _KEYS)))
        categories = {name: one.of_cells() for name, one in by_category}
    apps = list(_apps(means, _order(engine, scope)))
    enough = [one for one in apps if len(one.builds) >= NEEDED]
    rows = [row for one in enough for row in _steps(one, means, categories)]
    facts: dict[str, Any] = {"counter": measure.counter, "category": measure.category}
    facts["levels"] = [row for one in apps for row in _level_rows(one, means)]
    warnings = (*data_warnings(engine, scope), *_warnings(apps, means))
    return Answer("steps", dataset.location.shown, _COLUMNS, rows, facts, warnings)


def _order(engine: Engine, scope: Scope) -> dict[str, dict[str, tuple[Any, ...]]]:
    """The builds of each app with their sort keys: version codes if all builds have one, else the first days."""
    rows = scope.of(engine.processes, engine)
    named = rows.filter(rows.build.notnull(), rows.app.notnull())
    found = named.group_by("app", "build").aggregate(
        code=named.version_code.min(), coded=named.version_code.count(), day=named.day.cast("string").min()
    )
    apps: dict[str, list[dict[str, Any]]] = {}
    for row in engine.rows(found).to_pylist():
        apps.setdefault(row["app"], []).append(row)
    return {app: {row["build"]: _rank(row, builds) for row in builds} for app, builds in apps.items()}


def _rank(row: Mapping[str, Any], builds: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    code = int(row["code"]) if all(one["coded"] for one in builds) else 0
    return code, row["day"] or "", natural(row["build"])


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts 1.9 before 1.10."""
    words = re.findall(r"\d+|\D+", text)
    return tuple((0, int(word), "") if word.isdigit() else (1, 0, word) for word in words)


def _apps(means: DeviceMeans, order: Mapping[str, Mapping[str, tuple[Any, ...]]]) -> Iterator[_AppBuilds]:
    cells: dict[str, dict[Cell, int]] = {}
    for place, cell in enumerate(means.cells):
        if cell[-1]:
            cells.setdefault(cell[0], {})[cell] = place
    for app in sorted(cells):
        yield _AppBuilds.of(app, cells[app], order[app])


def _steps(
    one: _AppBuilds, means: DeviceMeans, categories: Mapping[str, tuple[Levels, Levels]]
) -> Iterator[dict[str, Any]]:
    """The steps of the whole number, then those of its categories, which are tested together."""
    counts = _counts(one, means)
    yield from _rows(one, counts, [""], [one.levels(*means.of_cells())])
    yield from _rows(one, counts, list(categories), [one.levels(*of_cells) for of_cells in categories.values()])


def _rows(
    one: _AppBuilds, counts: Sequence[tuple[int, int]], names: Sequence[str], values: Sequence[Levels]
) -> Iterator[dict[str, Any]]:
    if not names:
        return
    for name, level, found in zip(names, values, find_steps(np.array(values)), strict=True):
        edges = [0, *(step.at for step in found), len(level)]
        for place, step in enumerate(found):
            devices, captures = counts[step.at]
            yield {
                "app": known_text(one.app),
                "category": known_text(name),
                "build": one.builds[step.at],
                "previous_build": one.builds[step.at - 1],
                "change_kb": kb(step.change_kb),
                "before_kb": kb(float(level[edges[place] : step.at].mean())),
                "after_kb": kb(float(level[step.at : edges[place + 2]].mean())),
                "devices": devices,
                "captures": captures,
            }


def _counts(one: _AppBuilds, means: DeviceMeans) -> list[tuple[int, int]]:
    """The number of devices and captures of each build."""
    cells = [[(one.app, *stratum, build) for stratum in one.strata] for build in one.builds]
    return [(sum(map(means.devices, of_build)), sum(map(means.captures, of_build))) for of_build in cells]


def _level_rows(one: _AppBuilds, means: DeviceMeans) -> Iterator[dict[str, Any]]:
    values = zip(one.builds, one.levels(*means.of_cells()).tolist(), _counts(one, means), strict=True)
    for build, level, (devices, captures) in values:
        row = {"app": known_text(one.app), "build": build, "level_kb": kb(level)}
        yield {**row, "devices": devices, "captures": captures}


def _warnings(apps: Sequence[_AppBuilds], means: DeviceMeans) -> Iterator[Problem]:
    few = [one.app for one in apps if len(one.builds) < NEEDED]
    if few:
        text = f"fewer than {NEEDED} builds, so no steps can be found: {listed(few, _LISTED)}"
        yield problem("few_builds", text)
    unnamed = sum(means.captures(cell) for cell in means.cells if not cell[-1])
    if unnamed:
        yield problem("no_build", f"left out: {counted(unnamed, 'observation')} without a build")
