"""The remaining runs, and which phone gets the next one. All methods are thread-safe."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from droidanon.lab.order import ordered_runs
from droidanon.lab.plan import LabCell, LabRun


@dataclass(slots=True)
class _GroupRuns:
    """The runs of a group in order, and which phones failed at them."""

    waiting: list[LabRun]
    running: set[LabRun] = field(default_factory=set)
    worked: set[LabCell] = field(default_factory=set)
    tries: Counter[LabRun] = field(default_factory=Counter)
    failed_by: defaultdict[LabRun, set[str]] = field(default_factory=lambda: defaultdict(set))
    taken: Counter[tuple[str, LabCell]] = field(default_factory=Counter)
    active: set[str] = field(default_factory=set)

    def best_for(self, run: LabRun, phone: str) -> set[str]:
        """The phones that should take a run now: those that have not failed at it, otherwise all."""
        return ({*self.active, phone} - self.failed_by[run]) or {phone}


class RunQueue:
    """The runs of all groups. A phone joins a group, takes runs, and leaves."""

    def __init__(
        self, cells: Sequence[LabCell], repetitions: int, seed: int, retries: int, done: Collection[LabRun]
    ) -> None:
        """`done`: runs that need not be repeated."""
        self._cells, self._repetitions, self._seed, self._retries = cells, repetitions, seed, retries
        self._done = set(done)
        self._groups: dict[str, _GroupRuns] = {}
        self._changed = threading.Condition()
        self.given_up: dict[LabRun, str] = {}
        self.begun = 0
        """How many runs each phone has taken."""

    def add_group(self, group: str) -> None:
        """Plan the runs of a group, if not already planned."""
        with self._changed:
            if group not in self._groups:
                runs = ordered_runs(group, self._cells, self._repetitions, self._seed)
                self._groups[group] = _GroupRuns(
                    [run for run in runs if run not in self._done],
                    worked={run.cell for run in self._done if run.group == group},
                )

    def join(self, phone: str, group: str) -> None:
        """From now on the phone can take runs."""
        self.add_group(group)
        with self._changed:
            self._groups[group].active.add(phone)

    def leave(self, phone: str, group: str) -> None:
        """The phone takes no runs for now; others may repeat runs at which it failed."""
        with self._changed:
            self._groups[group].active.discard(phone)
            self._changed.notify_all()

    def take(self, phone: str, group: str) -> LabRun | None:
        """The next run for a phone; None if there is none for it now.

        A phone does not repeat a run at which it failed while another phone can. Within a repetition it takes the cell
        that it has taken least often, so that phones and cells are not confounded.
        """
        with self._changed:
            found = self._groups[group]
            choice = [run for run in found.waiting if phone in found.best_for(run, phone)]
            if not choice:
                return None
            block = [run for run in choice if run.repetition == choice[0].repetition]
            run = min(block, key=lambda one: found.taken[phone, one.cell])
            found.waiting.remove(run)
            found.running.add(run)
            self.begun += 1
            found.taken[phone, run.cell] += 1
            return run

    def finish(self, run: LabRun) -> None:
        """Record that a run succeeded."""
        with self._changed:
            found = self._groups[run.group]
            found.running.discard(run)
            found.worked.add(run.cell)
            self._done.add(run)
            self._changed.notify_all()

    def fail(self, run: LabRun, phone: str, reason: str, *, by_itself: bool) -> bool:
        """Record that a run failed; returns whether it will be retried, after all others.

        `by_itself`: the phone responded, so the build or scenario may be the cause. If such a run has no retries left,
        and its cell has never succeeded in the group, the other runs of the cell are given up too.
        """
        with self._changed:
            found = self._groups[run.group]
            found.running.discard(run)
            found.tries[run] += 1
            found.failed_by[run].add(phone)
            self._changed.notify_all()
            if found.tries[run] <= self._retries:
                found.waiting.append(run)
                return True
            self.given_up[run] = reason
            if by_itself and run.cell not in found.worked:
                for other in [one for one in found.waiting if one.cell == run.cell]:
                    found.waiting.remove(other)
                    self.given_up[other] = f"{run} has never worked: {reason}"
            return False

    def put_back(self, run: LabRun, phone: str) -> None:
        """Record that a run was cancelled; it does not count as an attempt."""
        with self._changed:
            found = self._groups[run.group]
            found.running.discard(run)
            found.taken[phone, run.cell] -= 1
            found.waiting.insert(0, run)
            self._changed.notify_all()

    def has_more(self, group: str) -> bool:
        """Whether a run of a group remains, or is running and may come back."""
        with self._changed:
            found = self._groups[group]
            return bool(found.waiting or found.running)

    def left(self) -> list[LabRun]:
        """The waiting runs of all groups."""
        with self._changed:
            return [run for found in self._groups.values() for run in found.waiting]

    def is_running(self) -> bool:
        """Whether any phone is running something."""
        with self._changed:
            return any(found.running for found in self._groups.values())

    def has_active_phone(self) -> bool:
        """Whether a waiting run has a phone that can take it."""
        with self._changed:
            return any(found.waiting and found.active for found in self._groups.values())

    def counts(self, group: str) -> tuple[int, int]:
        """How many runs of a group are done, and how many there are."""
        with self._changed:
            total = len(self._cells) * self._repetitions
            return sum(run.group == group for run in self._done), total

    def wait(self, seconds: float) -> None:
        """Wait until something changes, or for this long."""
        with self._changed:
            self._changed.wait(seconds)
