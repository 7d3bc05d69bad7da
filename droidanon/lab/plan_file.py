"""Reads and validates a plan file (TOML). Reports all mistakes at once, each with its line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from droidanon.analysis.budgets.file import load_budget
from droidanon.errors import DroidanonError, InputError, UsageError
from droidanon.escape import escape_text
from droidanon.experiment.install import check_apks, check_compile_mode
from droidanon.experiment.manifest import NO_COMPILATION, Steps, Variant
from droidanon.experiment.scenario import is_package, parse_scenario
from droidanon.lab.plan import LabApp, LabBuild, LabPlan, LabScenario, Per, PhoneRules
from droidanon.lab.plan_table import PlanTable, did_you_mean, shown
from droidanon.sources.phone.options import TRIM_LEVELS, WAYS
from droidanon.store.library import safe_word
from droidanon.taxonomy.toml import Location, TomlFile

_TABLES = ("lab", "devices", "capture", "app", "scenario")
_LAB = (
    *("name", "output", "repetitions", "per", "seed", "retries", "run_timeout", "wait"),
    *("dataset", "budget", "baseline"),
)
_DEVICES = (
    *("serials", "models", "min_android", "max_android", "min_ram", "max_ram", "min_battery", "max_thermal"),
    *("failures", "screen_on", "airplane"),
)
_CAPTURE = ("access", "compile", "reinstall", "clear", "trim", "gc", "settle", "freeze")
_APP, _BUILD, _SCENARIO = ("name", "package", "builds"), ("label", "apk", "setup"), ("name", "run", "start", "apps")
_EVERY_DEVICE = "all"
_DEFAULT_SCENARIO = "start"
_MOST_REPETITIONS, _MOST_TRIES, _MOST_SEED = 10_000, 100, 1 << 31
_NEWEST_RELEASE, _MOST_THERMAL, _MOST_SETTLE = 999, 6, 60


class PlanError(InputError):
    """The plan has mistakes. `mistakes` has one line for each."""

    def __init__(self, path: Path, mistakes: Sequence[str]) -> None:
        count = f"{len(mistakes)} mistakes" if len(mistakes) > 1 else "1 mistake"
        super().__init__(f"{escape_text(str(path))}: {count} in the plan; nothing was run")
        self.mistakes = tuple(mistakes)


def load_plan(path: Path) -> LabPlan:
    """Load a plan file. Paths in it are relative to its folder.

    Raises:
        InputError: the file cannot be read or is not TOML.
        PlanError: the file has mistakes.
    """
    return _PlanReader(TomlFile(path)).read()


def _line_of(mistake: str) -> int:
    found = re.search(r":(\d+):", mistake)
    return int(found[1]) if found else 0


class _PlanReader:
    """Reads one file, and collects its mistakes."""

    def __init__(self, file: TomlFile) -> None:
        self._file = file
        self._folder = file.path.parent
        self._mistakes: list[str] = []
        self._whole = PlanTable({}, Location(file.path), (), self._mistakes)
        for key in file.table:
            if key not in _TABLES:
                place = escape_text(file.location(key).at())
                self._mistakes.append(f"{place}: unknown table {shown(key)}{did_you_mean(key, _TABLES)}")

    def read(self) -> LabPlan:
        apps = tuple(self._app(table, place) for table, place in self._entries("app"))
        if not apps:
            self._whole.mistake("app", "a plan needs an app; write [[app]] with its package")
        plan = self._plan(apps, self._scenarios([app.name for app in apps]))
        if self._mistakes:
            raise PlanError(self._file.path, sorted(self._mistakes, key=_line_of))
        return plan

    def _plan(self, apps: tuple[LabApp, ...], scenarios: tuple[LabScenario, ...]) -> LabPlan:
        lab, devices = self._table("lab", _LAB), self._table("devices", _DEVICES)
        dataset = lab.text("dataset")
        name = self._word(lab, "name", safe_word(self._file.path.stem) or "lab")
        return LabPlan(
            path=self._file.path,
            name=name,
            output=self._folder / (lab.text("output") or f"{name}-lab"),
            apps=apps,
            scenarios=scenarios,
            phones=_phone_rules(devices),
            steps=self._steps(devices),
            repetitions=lab.whole("repetitions", 6, 1, _MOST_REPETITIONS),
            per=Per(lab.choice("per", tuple(Per), Per.PHONE) or Per.PHONE),
            seed=lab.whole("seed", 1, 0, _MOST_SEED),
            retries=lab.whole("retries", 2, 0, _MOST_TRIES),
            run_s=lab.seconds("run_timeout", 1800.0),
            wait_s=lab.seconds("wait", 600.0),
            dataset=str(self._folder / dataset) if dataset and "://" not in dataset else dataset,
            budget=self._budget(lab),
            baseline=self._baseline(lab, apps),
        )

    def _steps(self, devices: PlanTable) -> Steps:
        """The steps that the runs of all apps share."""
        capture = self._table("capture", _CAPTURE)
        mode = capture.text("compile", "speed-profile")
        try:
            check_compile_mode(mode or NO_COMPILATION)
        except UsageError:
            capture.mistake("compile", f"compile must be a mode such as speed-profile, or none, not {shown(mode)}")
        return Steps(
            app="",
            compile_mode=mode or NO_COMPILATION,
            reinstall=capture.flag("reinstall"),
            clear=capture.flag("clear"),
            screen_on=devices.flag("screen_on"),
            airplane=devices.flag("airplane"),
            gc=capture.flag("gc"),
            trim=capture.choice("trim", TRIM_LEVELS),
            settle=capture.whole("settle", 3, 0, _MOST_SETTLE),
            freeze=capture.flag("freeze"),
            access=capture.choice("access", WAYS),
        )

    def _budget(self, lab: PlanTable) -> Path | None:
        text = lab.text("budget")
        if not text:
            return None
        try:
            load_budget(self._folder / text)
        except DroidanonError as error:
            lab.mistake("budget", f"budget: {error}")
        return self._folder / text

    def _baseline(self, lab: PlanTable, apps: Sequence[LabApp]) -> str:
        text = lab.text("baseline")
        labels = sorted({build.label for app in apps for build in app.builds if build.label})
        if text and text not in labels:
            lab.mistake("baseline", f"baseline must be the label of a build{did_you_mean(text, labels)}")
        if text and not lab.text("budget"):
            lab.mistake("baseline", "baseline needs a budget")
        return text

    def _app(self, table: dict[str, Any], place: Location) -> LabApp:
        app = PlanTable(table, place, _APP, self._mistakes)
        package = app.text("package", required=True)
        if package and not is_package(package):
            app.mistake("package", f"package is not the name of a package: {shown(package)}")
        name = self._word(app, "name", safe_word(package) or "app")
        builds = table.get("builds", [])
        if not _are_tables(builds):
            app.mistake("builds", "write each build as [[app.builds]], or as { label = ..., apk = ... } in a list")
            builds = []
        found = tuple(self._build(one, self._place_of_build(one, place)) for one in builds) or (LabBuild(""),)
        self._unique(app, "builds", [build.label for build in found])
        return LabApp(name, package, found)

    def _place_of_build(self, build: dict[str, Any], app: Location) -> Location:
        """The line of a `[[app.builds]]`, or for a build in a list, the line of the list."""
        lists = [table.get("builds") for table in self._file.table["app"]]
        every = [one for builds in lists if _are_tables(builds) for one in builds]
        (place,) = [
            place
            for one, place in zip(every, self._file.locations("app.builds", every, "build"), strict=True)
            if one is build
        ]
        return place if place.line is not None else Location(app.at("builds"), "build")

    def _build(self, table: dict[str, Any], place: Location) -> LabBuild:
        build = PlanTable(table, place, _BUILD, self._mistakes)
        label = self._word(build, "label", "", required=True)
        files, setup = build.texts("apk"), build.text("setup")
        if not files and not setup and table.keys() <= {"label"}:
            build.mistake("label", f"the build {shown(label)} needs an apk or a setup command")
        try:
            return LabBuild(label, Variant(check_apks([self._folder / one for one in files]), setup))
        except DroidanonError as error:
            build.mistake("apk", str(error))
            return LabBuild(label)

    def _scenarios(self, apps: Sequence[str]) -> tuple[LabScenario, ...]:
        self._unique(self._whole, "app", list(apps))
        found = tuple(self._scenario(table, place, apps) for table, place in self._entries("scenario"))
        self._unique(self._whole, "scenario", [one.name for one in found])
        return found or (LabScenario(_DEFAULT_SCENARIO),)

    def _scenario(self, table: dict[str, Any], place: Location, apps: Sequence[str]) -> LabScenario:
        scenario = PlanTable(table, place, _SCENARIO, self._mistakes)
        run, of_apps = scenario.text("run"), scenario.texts("apps")
        try:
            kind = parse_scenario(run).kind
        except UsageError:
            kind = "enter"
        if kind == "enter":
            scenario.mistake("run", f"run must be host:COMMAND or phone:COMMAND, not {shown(run)}")
        for app in of_apps:
            if app not in apps:
                scenario.mistake("apps", f"there is no app {shown(app)}{did_you_mean(app, apps)}")
        name = self._word(scenario, "name", "", required=True)
        return LabScenario(name, run, scenario.flag("start", True), of_apps)

    def _word(self, table: PlanTable, key: str, default: str, *, required: bool = False) -> str:
        """A text that serves as a label and as part of file names."""
        text = table.text(key, default, required=required)
        if text and safe_word(text) != text:
            table.mistake(key, f"{key} may have letters, digits and . + - only: {shown(text)}")
        return text

    def _unique(self, table: PlanTable, key: str, names: Sequence[str]) -> None:
        for name in sorted({one for one in names if one and names.count(one) > 1}):
            table.mistake(key, f"two are called {shown(name)}; give each its own name or label")

    def _table(self, name: str, known: Sequence[str]) -> PlanTable:
        values = self._file.table.get(name, {})
        if not isinstance(values, dict):
            self._whole.mistake(name, f"write {name} as [{name}]")
            values = {}
        return PlanTable(values, self._file.location(name), known, self._mistakes)

    def _entries(self, kind: str) -> Sequence[tuple[dict[str, Any], Location]]:
        tables = self._file.table.get(kind, [])
        if not _are_tables(tables):
            self._whole.mistake(kind, f"write each {kind} as [[{kind}]]")
            return []
        return list(zip(tables, self._file.locations(kind, tables, kind), strict=True))


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _phone_rules(devices: PlanTable) -> PhoneRules:
    serials = devices.texts("serials")
    return PhoneRules(
        serials=() if serials == (_EVERY_DEVICE,) else serials,
        models=devices.texts("models"),
        min_android=devices.whole_or_none("min_android", 1, _NEWEST_RELEASE),
        max_android=devices.whole_or_none("max_android", 1, _NEWEST_RELEASE),
        min_ram_kb=devices.size_kb("min_ram"),
        max_ram_kb=devices.size_kb("max_ram"),
        min_battery=devices.whole("min_battery", 20, 0, 100),
        max_thermal=devices.whole("max_thermal", 2, 0, _MOST_THERMAL),
        failures=devices.whole("failures", 3, 1, _MOST_TRIES),
    )
