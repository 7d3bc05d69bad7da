"""Runs the same task for several devices in parallel; if one fails, the others continue."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from droidanon.cli.loading import with_serial
from droidanon.cli.progress import ProgressLines
from droidanon.cli.signals import CTRL_C, counted_signals
from droidanon.errors import DroidanonError

T = TypeVar("T")
_TURN_S = 0.2
"""In turns, since on Windows Ctrl-C does not wake a wait without an end."""
_PATIENCE_S = 1.0
"""A Ctrl-C so soon after the first is the same one: a key held down, or a signal to the whole process group."""


class _Latch:
    """Opens when a given number of threads have finished."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._lock = threading.Lock()
        self._open = threading.Event()

    def count_down(self) -> None:
        with self._lock:
            self._left -= 1
            if not self._left:
                self._open.set()

    def wait(self, seconds: float) -> bool:
        """Wait until it is open; False if it is not after some seconds."""
        return self._open.wait(seconds)


@dataclass(slots=True)
class Outcomes(Generic[T]):
    """Results and errors by source, and whether Ctrl-C ended the tasks."""

    results: dict[str, T] = field(default_factory=dict)
    errors: dict[str, DroidanonError] = field(default_factory=dict)
    interrupted: bool = False


def chosen_sources(source: str, serials: Sequence[str], every: bool, tell: Callable[[str], None]) -> list[str]:
    """The sources of `-s A -s B` or `--all-devices`; reports unusable devices. Raises DeviceError if all are
    unusable."""
    from droidanon.errors import DeviceError, UsageError

    if not every:
        sources = [with_serial(source, serial) for serial in dict.fromkeys(serials)] or [source]
        return sources if len(sources) < 2 else _once_each(sources, tell)
    if source != "adb:" or serials:
        raise UsageError("--all-devices excludes -s and any SOURCE but adb:")
    from droidanon.sources.adb.device_list import CONNECT
    from droidanon.sources.phone.devices import list_devices

    found = list_devices()
    for device in found:
        if device.state != "device":
            tell(f"{device.serial}: {device.advice}; left out")
        elif device.same_as:
            tell(f"{device.address} is the same phone as {device.same_as}; left out")
    usable = [f"adb:{device.address}" for device in found if device.state == "device" and not device.same_as]
    if not usable:
        raise DeviceError(f"no device can be used: {CONNECT}")
    return usable


def _once_each(sources: Sequence[str], tell: Callable[[str], None]) -> list[str]:
    """The sources without duplicates of a phone, whose captures would be mistaken for replicates."""
    from droidanon.sources.phone.devices import list_devices

    same = {f"adb:{device.address}": f"adb:{device.same_as}" for device in list_devices() if device.same_as}
    kept = []
    for source in sources:
        if same.get(source) in sources:
            tell(f"{source.partition(':')[2]} is the same phone as {same[source].partition(':')[2]}; left out")
        else:
            kept.append(source)
    return kept


def run_at_once(works: Mapping[str, Callable[[], T]], lines: ProgressLines, stop: Callable[[], None]) -> Outcomes[T]:
    """Run each task in its own thread.

    Ctrl-C, SIGTERM and SIGHUP call `stop` and wait for all tasks to end; another Ctrl-C, at least a second later, does
    not wait.

    After `stop`, a task returns its result, or raises KeyboardInterrupt if it has none. Any error other than
    DroidanonError is a bug, and is raised after all tasks have ended.
    """
    outcomes: Outcomes[T] = Outcomes()
    bugs: list[BaseException] = []
    latch = _Latch(len(works))

    def run(title: str, work: Callable[[], T]) -> None:
        try:
            outcomes.results[title] = work()
        except KeyboardInterrupt:  # a task's response to `stop`
            outcomes.interrupted = True
        except DroidanonError as error:
            outcomes.errors[title] = error
            if len(works) > 1:
                lines.say(title, str(error))
        except BaseException as error:
            bugs.append(error)
        finally:
            lines.end(title)
            latch.count_down()

    with counted_signals() as signals:
        for item in works.items():
            threading.Thread(target=run, args=item, daemon=True).start()
        _wait(latch, outcomes, signals, stop)
    if bugs:
        raise bugs[0]
    return outcomes


def _wait(latch: _Latch, outcomes: Outcomes[T], signals: Callable[[int], int], stop: Callable[[], None]) -> None:
    """Wait for all tasks, and stop them at the first signal. Raises KeyboardInterrupt if the user does not wait."""
    stopped, pressed, patient_until = False, 0, 0.0
    while not latch.wait(_TURN_S):
        if signals(0) and not stopped:
            stopped = outcomes.interrupted = True
            patient_until = time.monotonic() + _PATIENCE_S
            stop()
            pressed = signals(CTRL_C)
        elif time.monotonic() < patient_until:
            pressed = signals(CTRL_C)
        elif stopped and signals(CTRL_C) > pressed:
            raise KeyboardInterrupt
