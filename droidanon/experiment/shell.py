"""Runs commands on a phone and returns their exit status; can be cancelled from another thread."""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

from droidanon.errors import DeviceError, DroidanonError
from droidanon.escape import escape_text
from droidanon.sources.adb.frames import new_marker
from droidanon.sources.adb.server import Device
from droidanon.sources.adb.stream import Exchange, SilentError

COMMAND_SECONDS = 60.0
"""The longest silence of a command that changes or queries the phone; installing and compiling get more."""
_MOST_PAUSES = 10
"""The time limit for a command that keeps printing, as a multiple of its longest allowed silence."""
_MOST_OUTPUT = 1 << 20
_MOST_SHOWN = 200
_IDLE = "cat"
"""Prints nothing, and ends with its connection."""


class StepError(DroidanonError):
    """A step of a round failed although the phone responds; repeating the round may help."""


class PhoneShell:
    """Runs commands on one phone. After `cancel`, every command raises KeyboardInterrupt."""

    def __init__(self, device: Device, say: Callable[[str], None]) -> None:
        self.device = device
        self.say = say
        self._lock = threading.Lock()
        self._running: Callable[[], None] | None = None
        self._cancelled = False

    def cancel(self) -> None:
        """End the running command. May be called from any thread."""
        with self._lock:
            self._cancelled = True
            running = self._running
        if running is not None:
            running()

    def check_cancelled(self) -> None:
        """Raise KeyboardInterrupt after `cancel`."""
        if self._cancelled:
            raise KeyboardInterrupt

    def cancelled_by(self, end: Callable[[], None] | None) -> None:
        """Register a function that `cancel` calls to end the current step."""
        with self._lock:
            self._running = end
        self.check_cancelled()

    def begin(self, command: str, idle_seconds: float | None = None) -> Exchange:
        """Start a command on the phone. Raises DeviceError, which names the phone, if that fails."""
        try:
            return Exchange(self.device, command, idle_seconds)
        except DeviceError as error:
            raise DeviceError(f"{escape_text(self.device.serial)}: {error}") from error

    @contextmanager
    def watched(self) -> Iterator[Callable[[], None]]:
        """Yield a check for a step that does not use the connection: it raises DeviceError once this broke, even
        briefly.

        Raises KeyboardInterrupt after `cancel`.
        """
        with closing(self.begin(_IDLE)) as exchange:

            def check() -> None:
                self.check_cancelled()
                if not exchange.is_quiet():
                    raise DeviceError(f"{escape_text(self.device.serial)}: the connection broke during the step")

            yield check

    def run(self, command: str, seconds: float = COMMAND_SECONDS, most_seconds: float | None = None) -> tuple[int, str]:
        """The exit status of a shell command, and the last MiB of its output, including stderr.

        Raises DeviceError if the connection breaks; StepError if the command prints nothing for `seconds`, or still
        prints after `most_seconds` (by default ten times `seconds`).
        """
        self.check_cancelled()
        most = seconds * _MOST_PAUSES if most_seconds is None else most_seconds
        marker = new_marker()
        text = f"sh -c {shlex.quote(command)} </dev/null 2>&1; r=$?; echo; echo {marker} $r"
        output = bytearray()
        end = time.monotonic() + most
        try:
            exchange = self.begin(text, seconds)
            try:
                self.cancelled_by(exchange.close)
                for piece in exchange.chunks():
                    output += piece
                    if len(output) > 2 * _MOST_OUTPUT:
                        del output[:-_MOST_OUTPUT]
                    if time.monotonic() > end:
                        raise StepError(f"no end within {most:.0f} s: {escape_text(command[:_MOST_SHOWN])}")
            finally:
                with self._lock:
                    self._running = None
                exchange.close()
        except SilentError as error:
            raise StepError(f"no output for {seconds:.0f} s: {escape_text(command[:_MOST_SHOWN])}") from error
        except OSError as error:
            self.check_cancelled()
            raise DeviceError(f"{escape_text(self.device.serial)}: the connection broke: {error}") from error
        self.check_cancelled()
        answer, found, status = output.decode("utf-8", "replace").rpartition(f"\n{marker} ")
        if not found:
            raise DeviceError(f"{escape_text(self.device.serial)}: the connection broke during a command")
        with suppress(ValueError):
            return int(status.strip()), answer.strip()
        raise DeviceError(f"{escape_text(self.device.serial)}: the exit status of a command is damaged")

    def check(
        self, command: str, purpose: str, seconds: float = COMMAND_SECONDS, most_seconds: float | None = None
    ) -> str:
        """The output of a command. Raises StepError if it fails; `purpose` names the step."""
        status, answer = self.run(command, seconds, most_seconds)
        if status:
            raise StepError(f"{purpose} failed (exit status {status}): {last_line(answer) or 'no output'}")
        return answer


def last_line(text: str) -> str:
    """The last nonempty line of an output, escaped and shortened."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return escape_text(lines[-1][:_MOST_SHOWN]) if lines else ""
