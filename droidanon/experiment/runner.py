"""One phone's part of an experiment: runs its rounds in order, across lost connections and restarts of the phone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from droidanon.errors import DeviceError
from droidanon.escape import escape_text
from droidanon.experiment.install import push_build
from droidanon.experiment.manifest import PhoneLog, Plan, RoundRecord, SavedSetting, complete_files, write_phone
from droidanon.experiment.phone_state import ChangedPhone, wait_until_booted
from droidanon.experiment.plan import PlannedRound, measured_rounds, remaining, warmup_rounds
from droidanon.experiment.round_steps import RoundContext, run_round
from droidanon.experiment.shell import PhoneShell, StepError
from droidanon.sources.adb.recognise import ask_serialno, open_known_device
from droidanon.sources.adb.server import Device
from droidanon.sources.adb.stream import ask
from droidanon.store.lock import lock_phone
from droidanon.store.series import iso_time

ATTEMPTS = 3
"""How often to try a round that fails although its side has worked before, or during which the phone is lost."""
_RETRY_SECONDS = 2.0
ShowRound = Callable[[int, int | None, str], None]


@dataclass(frozen=True, slots=True)
class Callbacks:
    """A run's interface to its user: messages, progress (rounds done, total, current step), and the Enter key."""

    say: Callable[[str], None]
    show: ShowRound
    wait_for_enter: Callable[[], bool]


class PhoneRun:
    """Runs the remaining rounds of an experiment on one phone. `stop` may be called from any thread."""

    def __init__(self, folder: Path, plan: Plan, log: PhoneLog, callbacks: Callbacks) -> None:
        """`folder` is the phone's own."""
        self._folder = folder
        self._plan = plan
        self._sides = plan.measured
        self._callbacks = callbacks
        self._stopped = threading.Event()
        self._shell: PhoneShell | None = None
        self._warm_boot: str | None = None
        self._worked: set[str] = set()
        self._lost: dict[str, int] = {}
        self._now = ""
        whole = tuple(one for one in log.rounds if complete_files(folder, one))
        self.log = replace(log, rounds=whole)

    def stop(self) -> None:
        """End the run as soon as possible; `run` then restores the phone and raises KeyboardInterrupt."""
        self._stopped.set()
        if self._shell is not None:
            self._shell.cancel()

    def run(self) -> PhoneLog:
        """Run the remaining rounds; waits for a lost phone.

        Raises:
            DroidanonError: a round failed, and repeating it did not or would not help.
            KeyboardInterrupt: `stop` was called.
        """
        while self._left():
            try:
                self._session()
            except DeviceError as error:
                self._wait_for_phone(str(error))
        return self.log

    def _left(self) -> list[PlannedRound]:
        return list(remaining(measured_rounds(self._plan.rounds, self._sides), self.log.results.keys()))

    def _session(self) -> None:
        """Run rounds over one connection. The phone is always restored at the end."""
        device = self._open()
        self._shell = shell = PhoneShell(device, self._callbacks.say)
        if self._stopped.is_set():
            shell.cancel()
        with lock_phone(self.log.serialno or device.serial, "another `droidanon ab`"):
            wait_until_booted(shell)
            with closing(ChangedPhone(shell, self._plan, self._keep_settings)) as changed:
                self._rounds(shell, changed)

    def _rounds(self, shell: PhoneShell, changed: ChangedPhone) -> None:
        remote = {
            side: push_build(shell, self._plan.sides[side].apks, changed.folder, side, self._show)
            for side in self._sides
        }
        context = RoundContext(
            shell,
            self._plan,
            remote,
            self._folder,
            self._folder.name,
            self.log.serialno,
            self._show,
            self._callbacks.wait_for_enter,
        )
        boot = shell.run("cat /proc/sys/kernel/random/boot_id 2>/dev/null")[1]
        if self._warm_boot != boot:
            for planned in warmup_rounds(self._plan.warmup, self._sides):
                self._round(context, planned, changed)
            self._warm_boot = boot
        for planned in self._left():
            self._round(context, planned, changed)

    def _open(self) -> Device:
        device = open_known_device(self.log.source.partition(":")[2] or None, self.log.serialno)
        if not self.log.serialno:
            with suppress(OSError):
                self.log = replace(self.log, serialno=ask_serialno(device))
        if not self.log.model:
            self.log = replace(self.log, model=ask(device, "getprop ro.product.model").strip())
        self._keep()
        return device

    def _round(self, context: RoundContext, planned: PlannedRound, changed: ChangedPhone) -> None:
        """Run one round; repeats it if it fails although its side has worked before."""
        for attempt in range(1, ATTEMPTS + 1):
            self._now = planned.name
            begun = iso_time(time.time())
            try:
                changed.check()
                record = run_round(context, planned)
                changed.check()
            except StepError as error:
                context.shell.run("true")  # DeviceError if the phone is lost, which explains the failure
                failed = RoundRecord(planned.side, planned.number, begun, warmup=planned.warmup, error=str(error))
                self._add(failed)
                if planned.side not in self._worked or attempt == ATTEMPTS:
                    raise StepError(f"{planned.name}: {error}") from error
                self._callbacks.say(f"{planned.name}: {error}; repeating the round")
                continue
            self._worked.add(planned.side)
            self._add(record)
            self._callbacks.say(f"{planned.name}: done in {record.took_s:.0f} s")
            return

    def _add(self, record: RoundRecord) -> None:
        self.log = replace(self.log, rounds=(*self.log.rounds, record))
        self._keep()

    def _keep_settings(self, settings: tuple[SavedSetting, ...]) -> None:
        self.log = replace(self.log, settings=settings)
        self._keep()

    def _keep(self) -> None:
        write_phone(self._folder, self.log)

    def _show(self, text: str) -> None:
        total = self._plan.rounds * len(self._sides)
        self._callbacks.show(total - len(self._left()), total, f"{self._now}: {text}" if self._now else text)

    def _wait_for_phone(self, reason: str) -> None:
        """Wait until the phone responds again. Raises DeviceError if it is lost repeatedly in the same round."""
        if self._stopped.is_set():
            raise KeyboardInterrupt
        if not self.log.serialno and not self.log.rounds and not self.log.model:
            raise DeviceError(reason)  # it has never responded
        self._lost[self._now] = self._lost.get(self._now, 0) + 1
        if self._lost[self._now] > ATTEMPTS:
            raise DeviceError(f"{self._now or 'start'}: the phone was lost {ATTEMPTS + 1} times: {reason}")
        self.log = replace(self.log, interruptions=(*self.log.interruptions, f"{iso_time(time.time())} {reason}"))
        self._keep()
        self._callbacks.say(f"connection lost: {reason}; waiting for the phone")
        while True:
            if self._stopped.wait(_RETRY_SECONDS):
                raise KeyboardInterrupt
            self._callbacks.show(0, None, "waiting for the phone")
            try:
                device = open_known_device(self.log.source.partition(":")[2] or None, self.log.serialno)
                if ask(device, "echo here").strip() == "here":
                    break
            except (DeviceError, OSError):
                continue
        self._callbacks.say(f"{escape_text(device.serial)}: reconnected")
