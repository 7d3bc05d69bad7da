"""The plan of a lab: apps x scenarios x phones x repetitions, and how to run them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from droidanon.experiment.manifest import Steps, Variant


class Per(StrEnum):
    """What runs each repetition: every phone, one phone per model, or one phone of the lab."""

    PHONE = "phone"
    MODEL = "model"
    LAB = "lab"


@dataclass(frozen=True, slots=True)
class LabBuild:
    """A build of an app, or a setting for it. The label is empty if the app is used as installed."""

    label: str
    variant: Variant = field(default_factory=Variant)


@dataclass(frozen=True, slots=True)
class LabApp:
    """An app and its builds."""

    name: str
    package: str
    builds: tuple[LabBuild, ...]


@dataclass(frozen=True, slots=True)
class LabScenario:
    """The steps between the start of an app and its capture, for all apps or those in `apps`."""

    name: str
    run: str = ""
    start: bool = True
    apps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhoneRules:
    """Which phones take part (empty and None: any), and when a phone is set aside."""

    serials: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    """Glob patterns such as `Pixel *`."""
    min_android: int | None = None
    max_android: int | None = None
    min_ram_kb: int | None = None
    max_ram_kb: int | None = None
    min_battery: int = 20
    """In percent."""
    max_thermal: int = 2
    """A thermal status of Android: 2 is moderate, 3 severe (android.os.PowerManager.THERMAL_STATUS_*)."""
    failures: int = 3
    """The number of consecutive failures after which a phone is set aside."""


@dataclass(frozen=True, slots=True)
class LabPlan:
    """The content of a plan file. `steps` are those of every run, without app and scenario."""

    path: Path
    name: str
    output: Path
    apps: tuple[LabApp, ...]
    scenarios: tuple[LabScenario, ...]
    phones: PhoneRules
    steps: Steps
    repetitions: int = 6
    per: Per = Per.PHONE
    seed: int = 1
    retries: int = 2
    run_s: float = 1800.0
    """The time limit of one run."""
    wait_s: float = 600.0
    """The longest wait for phones while no run can continue without them."""
    dataset: str = ""
    """A folder or URL to which the captures are added at the end."""
    budget: Path | None = None
    baseline: str = ""
    """The build from which growth in the budget is measured."""

    def definitions(self) -> Mapping[LabCell, Definition]:
        """The cells, each to be run `repetitions` times, in the order of the file."""
        return {
            LabCell(app.name, build.label, scenario.name): Definition(
                replace(self.steps, app=app.package, scenario=scenario.run, start=scenario.start), build.variant
            )
            for app in self.apps
            for build in app.builds
            for scenario in self.scenarios
            if not scenario.apps or app.name in scenario.apps
        }


@dataclass(frozen=True, slots=True, order=True)
class LabCell:
    """An app in one build and scenario; the runs of a cell within a group are replicates."""

    app: str
    build: str
    scenario: str

    def __str__(self) -> str:
        return " ".join(filter(None, (self.app, self.build, self.scenario)))


@dataclass(frozen=True, slots=True)
class Definition:
    """The definition of a cell: the steps, and the build with its setup command."""

    steps: Steps
    build: Variant


@dataclass(frozen=True, slots=True, order=True)
class LabRun:
    """One run. `group`: the phone or model that repeats the cell; empty if any phone of the lab may run it."""

    group: str
    cell: LabCell
    repetition: int

    @property
    def folder(self) -> str:
        """The name of its folder within the lab's."""
        return self.group or "lab"

    @property
    def file(self) -> str:
        """The name of its capture, without suffix."""
        words = (self.cell.app, self.cell.build, self.cell.scenario, f"{self.repetition:02d}")
        return "_".join(filter(None, words))

    def __str__(self) -> str:
        return f"{self.cell} {self.repetition:02d}"
