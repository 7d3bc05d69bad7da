"""A session of a lab: detects phones as they connect and disconnect, and starts a thread for each."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

from droidanon.errors import DeviceError, DroidanonError, UsageError
from droidanon.escape import escape_text
from droidanon.lab.journal import Journal, LabLog, read_journal
from droidanon.lab.phones import PhoneFacts, ask_facts, reason_against
from droidanon.lab.plan import Definition, LabCell, LabPlan, Per
from droidanon.lab.queue import RunQueue
from droidanon.lab.worker import LabCallbacks, LabContext, PhoneState, PhoneWorker
from droidanon.sources.adb.device_list import ADVICE, CONNECT, ListedDevice
from droidanon.sources.adb.server import Device, connected, open_client
from droidanon.sources.adb.track import DeviceTracker
from droidanon.store.library import safe_word
from droidanon.store.lock import FileLock
from droidanon.wording import counted, listed

_TURN_S = 0.5
_AGAIN_S = 2.0
"""The pause before retrying a phone whose connection broke."""
_STALL_S = 300.0
"""How much longer than the plan's `wait` connected phones may go without starting a run."""
LOCK = "lab.lock"
_MOST_LISTED = 3


class LabSession:
    """Runs the remaining runs of a plan on all phones that take part. `stop` may be called from any thread."""

    def __init__(self, plan: LabPlan, callbacks: LabCallbacks) -> None:
        self._plan = plan
        self._say = callbacks.say
        self._callbacks = callbacks
        self._definitions = plan.definitions()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._context: LabContext | None = None
        self._states: dict[str, PhoneState] = {}
        self._workers: dict[str, PhoneWorker] = {}
        """By phone name."""
        self._threads: dict[str, threading.Thread] = {}
        """By device address."""
        self._met: set[str] = set()
        self._left_out: dict[str, str] = {}
        self._reported: dict[str, str] = {}
        """The last message about unusable devices."""
        self._not_before: dict[str, float] = {}
        self._wanted = set(plan.phones.serials)
        self._has_known_phones = False
        self._bugs: list[BaseException] = []
        self._alone_since: float | None = None
        self._begun = -1, 0.0
        """How many runs had started when one was last seen to start or run, and when that was."""

    def stop(self) -> None:
        """End all runs as soon as possible; `run` then restores the phones and raises KeyboardInterrupt."""
        self._stopped.set()
        with self._lock:
            for worker in self._workers.values():
                worker.stop()

    def run(self) -> LabLog:
        """Run all remaining runs, and return the journal afterwards.

        Raises:
            UsageError: the folder has runs of the same names with another meaning.
            DeviceError: no phone takes part, or the adb server does not respond.
            LockedError: another `lab run` is using the folder.
            KeyboardInterrupt: `stop` was called.
        """
        folder = self._plan.output
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DroidanonError(f"{escape_text(str(folder))}: {error.strerror or error}") from error
        with FileLock(folder / LOCK, "another `droidanon lab run`", str(folder)):
            log = read_journal(folder)
            fingerprints = fingerprints_of(self._plan, self._definitions)
            _check_unchanged(log, fingerprints)
            journal = Journal(folder)
            journal.begin(fingerprints, self._plan.seed)
            self._session(log, journal)
            return read_journal(folder)

    def _session(self, log: LabLog, journal: Journal) -> None:
        done = {run: one for run, one in log.done(self._plan.output).items() if run.cell in self._definitions}
        plan = self._plan
        queue = RunQueue(
            list(self._definitions),
            plan.repetitions,
            plan.seed,
            plan.retries,
            [run for run in done if run.repetition <= plan.repetitions],
        )
        if plan.per is Per.LAB:
            queue.add_group("")
        self._has_known_phones = bool(log.phones)
        for name, facts in log.phones.items():
            if not reason_against(facts, name, replace(plan.phones, serials=())) and name in log.groups:
                queue.add_group(log.groups[name])
        self._context = LabContext(plan, self._definitions, queue, journal, self._callbacks, self._stopped)
        try:
            devices: Sequence[ListedDevice] = connected(open_client())
            with DeviceTracker() as tracker:
                while not self._stopped.is_set() and not self._bugs:
                    changed = tracker.wait(_TURN_S)
                    devices = devices if changed is None else changed
                    self._turn(devices)
                    if self._is_over(queue):
                        break
        finally:
            interrupted = self._stopped.is_set()
            self.stop()
            for thread in list(self._threads.values()):
                thread.join()
        if self._bugs:
            raise self._bugs[0]
        if interrupted:
            raise KeyboardInterrupt

    def _turn(self, devices: Sequence[ListedDevice]) -> None:
        """Start a thread for each phone without one, and end runs that take too long."""
        self._report_unusable(devices)
        now = time.monotonic()
        for one in devices:
            usable = one.state == "device" and one.address not in self._left_out
            if usable and one.address not in self._threads and now >= self._not_before.get(one.address, 0.0):
                thread = threading.Thread(target=self._serve, args=(one,), daemon=True)
                self._threads[one.address] = thread
                thread.start()
        with self._lock:
            for worker in self._workers.values():
                worker.expire_late_run()
        for address in [address for address, thread in self._threads.items() if not thread.is_alive()]:
            del self._threads[address]

    def _report_unusable(self, devices: Sequence[ListedDevice]) -> None:
        """Report unusable devices; a phone that reconnects may be offline for a moment."""
        here = {one.address for one in devices}
        for address in [address for address in self._left_out if address not in here]:
            del self._left_out[address]  # another phone may get this address
        for one in devices:
            known = one.address in self._met or self._reported.get(one.address) == one.state
            if one.state != "device" and not known:
                self._reported[one.address] = one.state
                self._say(one.address, ADVICE.get(one.state, one.state))

    def _serve(self, one: ListedDevice) -> None:
        """Serve a phone for one connection; runs in its thread."""
        try:
            device = Device(open_client(), one.serial, one.address)
            facts = ask_facts(device)
            state = self._state_of(facts, one)
            if state is not None:
                self._work(device, state, one.address)
        except (DroidanonError, OSError) as error:
            if self._reported.get(one.address) != str(error):  # it is retried repeatedly
                self._reported[one.address] = str(error)
                self._say(one.address, str(error))
        except BaseException as error:
            self._bugs.append(error)
        finally:
            self._met.add(one.address)
            self._not_before[one.address] = time.monotonic() + _AGAIN_S

    def _work(self, device: Device, state: PhoneState, address: str) -> None:
        name = state.facts.name
        assert self._context is not None
        worker = PhoneWorker(self._context, device, state)
        with self._lock:
            self._workers[name] = worker
            if self._stopped.is_set():
                worker.stop()
        try:
            self._met.add(address)
            worker.work()
        finally:
            with self._lock:
                del self._workers[name]
        if state.aside or not self._context.queue.has_more(state.group):
            self._left_out[address] = "it is done"

    def _state_of(self, facts: PhoneFacts, one: ListedDevice) -> PhoneState | None:
        """The phone of this connection; None if it does not take part, or already does over another connection."""
        reason = reason_against(facts, one.serial, self._plan.phones)
        if reason:
            self._left_out[one.address] = reason
            self._say(facts.name, f"left out: {reason}")
            return None
        with self._lock:
            self._wanted -= {one.serial, facts.serialno, facts.name}
            worker = self._workers.get(facts.name)
            if worker is not None:
                if worker.state.facts.boot_id == facts.boot_id:
                    return None  # connected by cable and Wi-Fi; this connection is used if the other one ends
                facts = replace(facts, name=f"{facts.name}-{safe_word(one.serial)}")
            state = self._states.get(facts.name)
            if state is None:
                assert self._context is not None
                state = self._states[facts.name] = PhoneState(facts, facts.group(self._plan.per))
                self._context.journal.phone(facts, state.group)
                self._context.queue.add_group(state.group)
            else:
                self._say(facts.name, "reconnected")
            state.facts = facts
        return state

    def _is_over(self, queue: RunQueue) -> bool:
        """Whether nothing remains to be done, or no phone that can do it has come within the plan's `wait`."""
        if queue.is_running() or queue.has_active_phone():
            self._alone_since = None
            return self._is_stalled(queue)
        if any(address not in self._met for address in self._threads):
            return False
        left = queue.left()
        if not self._states and not self._wanted and not self._has_known_phones:
            raise DeviceError(
                "no connected phone takes part in the plan" if self._left_out else f"no device: {CONNECT}"
            )
        if not self._wanted and all(self._is_hopeless(group) for group in {run.group for run in left}):
            return True
        now = time.monotonic()
        if self._alone_since is None:
            self._alone_since = now
        if now - self._alone_since < self._plan.wait_s:
            return False
        waited = f"within {self._plan.wait_s:g} s"
        if self._wanted:
            self._say("", f"not connected {waited}: {listed(sorted(self._wanted), _MOST_LISTED)}")
        if left:
            self._say("", f"no phone connected {waited} for {counted(len(left), 'run')}")
        return True

    def _is_stalled(self, queue: RunQueue) -> bool:
        """Whether phones keep reconnecting or resting without ever starting a run."""
        begun, since = self._begun
        now = time.monotonic()
        if queue.is_running() or queue.begun != begun:
            self._begun = queue.begun, now
            return False
        seconds = self._plan.wait_s + _STALL_S
        if now - since < seconds:
            return False
        self._say(
            "", f"no connected phone started a run within {seconds:g} s; left: {counted(len(queue.left()), 'run')}"
        )
        return True

    def _is_hopeless(self, group: str) -> bool:
        """Whether every phone of a group is set aside. A phone that was not seen this session may still connect."""
        states = [state for state in self._states.values() if state.group == group]
        return bool(states) and all(state.aside for state in states)


def fingerprints_of(plan: LabPlan, definitions: Mapping[LabCell, Definition]) -> dict[str, str]:
    """A digest of each cell's definition. Runs of the same name with another digest are not replicates."""
    found = {}
    for cell, definition in definitions.items():
        steps = asdict(definition.steps)
        build = [[apk.sha1 for apk in definition.build.apks], definition.build.setup]
        text = json.dumps([steps, build, str(plan.per)], sort_keys=True)
        found[str(cell)] = hashlib.sha256(text.encode()).hexdigest()[:16]
    return found


def _check_unchanged(log: LabLog, fingerprints: Mapping[str, str]) -> None:
    changed = [cell for cell, digest in fingerprints.items() if log.definitions.get(cell, digest) != digest]
    if changed:
        names = listed([repr(cell) for cell in changed], _MOST_LISTED)
        raise UsageError(
            f"the plan has changed since its folder began: {names} has another build, scenario, or capture option; "
            "set `output` to a new folder, or use new labels"
        )
