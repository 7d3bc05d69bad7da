"""The same thing done for several devices at once: in parallel, and one that fails fails alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from droidanon.cli.multi_progress import Lines
from droidanon.cli.options import with_serial
from droidanon.errors import DroidanonError

T = TypeVar("T")
_TURN_S = 0.2


@dataclass(slots=True)
class Outcomes(Generic[T]):
    """Results by source, the errors of those that have none, and whether Ctrl-C ended it."""

    results: dict[str, T] = field(default_factory=dict)
    errors: dict[str, DroidanonError] = field(default_factory=dict)
    interrupted: bool = False


def chosen_sources(source: str, serials: Sequence[str], every: bool, tell: Callable[[str], None]) -> list[str]:
    """The sources of `-s A -s B` or `--all-devices`; devices that can't be used are told. DeviceError if none can."""
    from droidanon.errors import DeviceError, UsageError

    if not every:
        return [with_serial(source, serial) for serial in dict.fromkeys(serials)] or [source]
    if source != "adb:" or serials:
        raise UsageError("--all-devices stands alone: it takes neither another source nor -s")
    from droidanon.sources.phone.devices import list_devices
    from droidanon.sources.phone.server import CONNECT

    found = list_devices()
    for device in found:
        if device.state != "device":
            tell(f"{device.serial}: {device.advice}; left out")
    usable = [f"adb:{device.serial}" for device in found if device.state == "device"]
    if not usable:
        raise DeviceError(f"no device can be used: {CONNECT}")
    return usable


def run_at_once(works: Mapping[str, Callable[[], T]], lines: Lines, stop: Callable[[], None]) -> Outcomes[T]:
    """Each work in a thread of its own. Ctrl-C calls `stop` and waits for all to end; a second one does not wait.

    After `stop` a work gives its result, or raises KeyboardInterrupt for none. An error that is no DroidanonError is a bug,
    and raised when all have ended.
    """
    outcomes: Outcomes[T] = Outcomes()
    bugs: list[BaseException] = []
    left, counting, all_done = set(works), threading.Lock(), threading.Event()

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
            lines.show(title, "")
            with counting:
                left.discard(title)
                if not left:
                    all_done.set()

    for item in works.items():
        threading.Thread(target=run, args=item, daemon=True).start()
    while True:
        try:
            # Not Thread.join: one that Ctrl-C breaks takes its thread for ended (threading.py of 3.11 and 3.12). And not for
            # ever, since on Windows Ctrl-C would not wake it.
            while not all_done.wait(_TURN_S):
                pass
            break
        except KeyboardInterrupt:
            if outcomes.interrupted:
                raise
            outcomes.interrupted = True
            stop()
    if bugs:
        raise bugs[0]
    return outcomes
