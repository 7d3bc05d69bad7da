"""One phone of a lab over one connection: takes runs from the queue until none is left for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from droidanon.errors import DeviceError, DroidanonError
from droidanon.escape import escape_text
from droidanon.experiment.app_steps import AppWork, WorkRecord, run_steps
from droidanon.experiment.install import push_build
from droidanon.experiment.manifest import SavedSetting
from droidanon.experiment.phone_state import ChangedPhone, check_airplane, wait_until_booted
from droidanon.experiment.shell import PhoneShell, StepError
from droidanon.lab.journal import Journal, RunRecord
from droidanon.lab.phones import PhoneFacts, reason_to_rest
from droidanon.lab.plan import Definition, LabCell, LabPlan, LabRun
from droidanon.lab.queue import RunQueue
from droidanon.model import Capture
from droidanon.sources.adb.server import Device
from droidanon.store.lock import LockedError, lock_phone
from droidanon.store.parquet import save_capture

TURN_S = 1.0
"""How often a phone without a run checks for one, and for the end."""
LOCK_TURN_S = 1.0
REST_TURN_S = 10.0


@dataclass(frozen=True, slots=True)
class LabCallbacks:
    """A lab's interface to its user: messages about a phone, and progress (runs done, total, current step)."""

    say: Callable[[str, str], None]
    show: Callable[[str, int, int | None, str], None]


@dataclass(slots=True)
class PhoneState:
    """A phone during this session, across its connections."""

    facts: PhoneFacts
    group: str
    failures: int = 0
    """Consecutive failures since its last success."""
    aside: str = ""
    """Why it is set aside."""


@dataclass(frozen=True, slots=True)
class LabContext:
    """What all phones of a session share."""

    plan: LabPlan
    definitions: Mapping[LabCell, Definition]
    queue: RunQueue
    journal: Journal
    callbacks: LabCallbacks
    stopped: threading.Event = field(default_factory=threading.Event)


class PhoneWorker:
    """Runs on one connection to a phone. `expire_late_run` and `stop` may be called from any thread."""

    def __init__(self, context: LabContext, device: Device, state: PhoneState) -> None:
        self._context = context
        self._plan = context.plan
        self._device = device
        self.state = state
        self._name = state.facts.name
        self._shell = PhoneShell(device, self._say)
        self._remote: dict[tuple[str, str], list[str]] = {}
        self._deadline: float | None = None
        self._expired = False

    def stop(self) -> None:
        """End as soon as possible; the phone is restored."""
        self._shell.cancel()

    def expire_late_run(self) -> None:
        """End the run if it takes longer than the plan allows."""
        if self._deadline is not None and time.monotonic() > self._deadline:
            self._expired = True
            self._shell.cancel()

    def work(self) -> None:
        """Take runs until none is left for this phone, or it is lost, is set aside, or `stop` was called."""
        try:
            self._with_lock()
        except KeyboardInterrupt:
            pass  # `stop`, or a run over its time limit: the next connection continues
        except DeviceError:
            self._say("connection lost; waiting for the phone")
        except DroidanonError as error:
            self._say(str(error))
            self._count_failure(str(error))

    def _with_lock(self) -> None:
        key = self.state.facts.serialno or self._device.serial
        waiting = False
        while self._may_go_on():
            try:
                lock = lock_phone(key, f"`droidanon lab run` of {self._plan.name}")
            except LockedError as error:
                if not waiting:
                    self._say(f"in use by {error.owner}; waiting for it")
                waiting = True
                self._show(f"in use by {error.owner}")
                self._context.stopped.wait(LOCK_TURN_S)
                self._shell.run("true")  # DeviceError if the phone was lost meanwhile
                continue
            with lock:
                self._session()
            return

    def _session(self) -> None:
        """Take runs with the phone's settings changed; they are always restored at the end."""
        if self._plan.steps.airplane:
            check_airplane(self._device.serial)
        wait_until_booted(self._shell)
        with closing(ChangedPhone(self._shell, self._plan.steps, self._keep_settings)) as changed:
            self._join()
            try:
                while self._may_go_on():
                    self._turn(changed)
            finally:
                self._leave()

    def _turn(self, changed: ChangedPhone) -> None:
        """Do one run, or wait a moment for one."""
        if not self._is_fit():
            return
        run = self._context.queue.take(self._name, self.state.group)
        if run is not None:
            self._try(run, changed)
            return
        self._show("waiting for a run")
        self._context.queue.wait(TURN_S)
        changed.check()

    def _may_go_on(self) -> bool:
        if self._context.stopped.is_set():
            raise KeyboardInterrupt
        return not self.state.aside and self._context.queue.has_more(self.state.group)

    def _is_fit(self) -> bool:
        """Whether the phone is ready for a run. If not, the phone rests, but no longer than the plan's `wait`."""
        reason = reason_to_rest(self._shell, self._plan.phones)
        if not reason:
            return True
        self._say(f"rests: {reason}")
        self._leave()
        end = time.monotonic() + self._plan.wait_s
        while self._may_go_on() and (reason := reason_to_rest(self._shell, self._plan.phones)):
            if time.monotonic() > end:
                self._set_aside(reason)
                return False
            self._show(f"rests: {reason}")
            self._context.stopped.wait(min(REST_TURN_S, self._plan.wait_s))
        self._join()
        return False

    def _join(self) -> None:
        self._context.queue.join(self._name, self.state.group)

    def _leave(self) -> None:
        self._context.queue.leave(self._name, self.state.group)

    def _keep_settings(self, settings: tuple[SavedSetting, ...]) -> None:
        if settings:
            self._context.journal.settings(self._name, settings)

    def _try(self, run: LabRun, changed: ChangedPhone) -> None:
        """Make one attempt, and record it in the journal."""
        try:
            changed.check()
            record = self._run(run, changed)
            changed.check()
        except KeyboardInterrupt:
            self._deadline = None
            if not self._expired:
                self._context.queue.put_back(run, self._name)
                raise
            self._failed(run, "timeout", f"took longer than {self._plan.run_s:g} s")
            raise
        except DeviceError as error:
            self._failed(run, "lost", str(error))
            raise
        except StepError as error:
            self._failed_step(run, error)
        except DroidanonError as error:
            self._failed(run, "failed", str(error))
        except BaseException:
            self._context.queue.put_back(run, self._name)
            raise
        else:
            self._context.journal.run(record)
            self._context.queue.finish(run)
            self.state.failures = 0
            self._say(f"{run}: done in {record.took_s:.0f} s{self._progress()}")
        finally:
            self._deadline = None

    def _failed_step(self, run: LabRun, error: StepError) -> None:
        """Handle a failed step, whose cause is the phone's connection or the step itself."""
        try:
            self._shell.run("true")
        except DeviceError as lost:
            self._failed(run, "lost", str(lost))
            raise
        self._failed(run, "failed", str(error))

    def _failed(self, run: LabRun, outcome: str, reason: str) -> None:
        cell = run.cell
        self._context.journal.run(
            RunRecord(run.group, cell.app, cell.build, cell.scenario, run.repetition, self._name, outcome, error=reason)
        )
        again = self._context.queue.fail(run, self._name, reason, by_itself=outcome == "failed")
        self._say(f"{run}: {outcome}: {reason}{'; will be retried' if again else '; given up'}")
        self._count_failure(reason)

    def _count_failure(self, reason: str) -> None:
        self.state.failures += 1
        if self.state.failures >= self._plan.phones.failures:
            self._set_aside(f"{self.state.failures} failures in a row, the last: {reason}")

    def _set_aside(self, reason: str) -> None:
        self.state.aside = reason
        self._context.journal.aside(self._name, reason)
        self._say(f"set aside: {reason}")

    def _run(self, run: LabRun, changed: ChangedPhone) -> RunRecord:
        definition = self._context.definitions[run.cell]
        self._deadline = time.monotonic() + self._plan.run_s

        def show(text: str) -> None:
            self._show(f"{run}: {text}")

        file = Path(run.folder) / f"{run.file}.parquet"
        work = AppWork(
            self._shell,
            definition.steps,
            definition.build,
            self._pushed(run.cell, definition, changed.folder, show),
            self.state.facts.serialno,
            self._environment(run),
            show,
            lambda: True,
        )

        def keep(cycle: int, capture: Capture) -> None:
            del cycle
            labels = {**capture.labels, **self._labels(run)}
            save_capture(replace(capture, labels=labels), self._plan.output / file)

        return self._record(run, file, run_steps(work, keep))

    def _record(self, run: LabRun, file: Path, done: WorkRecord) -> RunRecord:
        cell = run.cell
        return RunRecord(
            run.group,
            cell.app,
            cell.build,
            cell.scenario,
            run.repetition,
            self._name,
            "done",
            file.as_posix(),
            took_s=done.took_s,
            thermal_status=done.thermal_status,
            pressure_some=done.pressure_some,
            version_code=done.version_code,
            unprepared=done.unprepared,
            steps=done.steps,
        )

    def _pushed(self, cell: LabCell, definition: Definition, folder: str, show: Callable[[str], None]) -> list[str]:
        """The files of a build on the phone, pushed once per connection."""
        key = cell.app, cell.build
        if key not in self._remote:
            prefix = f"{len(self._remote)}"
            self._remote[key] = push_build(self._shell, definition.build.apks, folder, prefix, show)
        return self._remote[key]

    def _labels(self, run: LabRun) -> dict[str, str]:
        words = {"app": run.cell.app, "build": run.cell.build, "scenario": run.cell.scenario}
        more = {"device": self._name, "repetition": str(run.repetition), "lab": self._plan.name}
        return {key: value for key, value in (words | more).items() if value}

    def _environment(self, run: LabRun) -> dict[str, str]:
        """The variables that describe a run to commands on this computer."""
        return {
            "ANDROID_SERIAL": self._device.serial,
            "DROIDANON_APP": self._context.definitions[run.cell].steps.app,
            "DROIDANON_BUILD": run.cell.build,
            "DROIDANON_SCENARIO": run.cell.scenario,
            "DROIDANON_REPETITION": str(run.repetition),
        }

    def _progress(self) -> str:
        done, total = self._context.queue.counts(self.state.group)
        return f" ({done} of {total})"

    def _say(self, text: str) -> None:
        self._context.callbacks.say(self._name, text)

    def _show(self, text: str) -> None:
        self._shell.check_cancelled()
        done, total = self._context.queue.counts(self.state.group)
        self._context.callbacks.show(self._name, done, total, escape_text(text))
