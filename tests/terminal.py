"""A terminal for tests: a pty, with a command behind it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.waiting import PATIENCE_S


def hear_ctrl_c() -> None:
    """For a child: a test run that a shell put into the background ignores SIGINT, and would hand that down."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A command whose terminal is a pty; what it wrote is in `seen`."""

    def __init__(self, command: list[str], environment: dict[str, str], folder: Path) -> None:
        import termios

        self.terminal, inner = os.openpty()
        termios.tcsetwinsize(inner, (36, 120))
        # Textual asks COLUMNS before it asks the terminal.
        kept = {key: value for key, value in environment.items() if key not in ("COLUMNS", "LINES")}

        def log_in() -> None:
            hear_ctrl_c()
            os.login_tty(os.dup(inner))

        self.process = subprocess.Popen(
            command,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            cwd=folder,
            env={**kept, "TERM": "xterm-256color"},
            preexec_fn=log_in,
        )
        os.close(inner)
        self.seen = b""

    def read_until(self, word: bytes) -> None:
        """Reads on; fails if the word does not come."""
        self.read_while(lambda: word not in self.seen)

    def read_while(self, waits: Callable[[], bool]) -> None:
        """Reads on as long as a condition holds; fails if it always does."""
        end = time.monotonic() + PATIENCE_S
        while waits():
            assert time.monotonic() < end, self.seen[-2000:]
            if self._is_readable():
                self.seen += self._read()

    def type(self, keys: bytes) -> None:
        os.write(self.terminal, keys)

    def exit_code(self) -> int:
        """Waits for the end, reading all that comes until then; fails if it does not end."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if self._is_readable():
                if not (piece := self._read()):
                    break
                self.seen += piece
        else:
            self.process.kill()
            raise AssertionError(self.seen[-2000:])
        os.close(self.terminal)
        return self.process.wait(PATIENCE_S)

    def _is_readable(self) -> bool:
        import select

        return bool(select.select([self.terminal], [], [], 0.2)[0])

    def _read(self) -> bytes:
        try:
            return os.read(self.terminal, 1 << 16)
        except OSError:  # Linux's answer when the other side has closed
            return b""
