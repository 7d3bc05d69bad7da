"""The same work for several devices in parallel; the failure of one does not stop the others."""

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
    """Opens when a number of threads are done."""

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
    """Results by source, the errors of those that have none, and whether Ctrl-C ended it."""

    results: dict[str, T] = field(default_factory=dict)
    errors: dict[str, DroidanonError] = field(default_factory=dict)
    interrupted: bool = False


def chosen_sources(source: str, serials: Sequence[str], every: bool, tell: Callable[[str], None]) -> list[str]:
    """The sources of `-s A -s B` or `--all-devices`; unusable devices are reported. DeviceError if all are."""
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
    """The sources without those that are the same phone as one before: its captures would pass for replicates."""
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
    """Run each work in a thread of its own.

    Ctrl-C, SIGTERM and SIGHUP call `stop` and wait for all to end; another Ctrl-C a second later does not wait.

    After `stop` a work returns its result, or raises KeyboardInterrupt for none. Any error but a DroidanonError is a
    bug, and raised when all have ended.
    """
    outcomes: Outcomes[T] = Outcomes()
    bugs: list[BaseException] = []
    latch = _Latch(len(works))

    def run(title: str, work: Callable[[], T]) -> None:
        try:
            outcomes.results[title] = work()
        except KeyboardInterrupt:  # a work's answer to `stop`
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
    """Wait for the end of all works, and stop them at the first signal. KeyboardInterrupt if the user does not wait."""
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
