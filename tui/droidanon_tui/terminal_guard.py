"""Restores the terminal if the process dies without doing so: killed, out of memory, or a crash in a library.

A shell waits for the end of a pipe that this process holds open. The kernel closes it however the process ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_SCREEN = 2
"""The file descriptor that Textual draws on."""
_MODES = "".join(f"\\033[?{mode}l" for mode in (1000, 1002, 1003, 1004, 1006, 1015, 2004, 2026, 2031, 2048, 1049))
"""Off: mouse, focus, bracketed paste, synchronised output, reports of colours and sizes, the alternate screen."""
_SCRIPT = f"""
trap '' INT HUP TERM QUIT TSTP TTOU
read -r word
[ "$word" = done ] && exit
stty "$1" <&{_SCREEN}
printf '\\033[<u{_MODES}\\033[?25h\\033[0m\\r\\n' >&{_SCREEN}
"""
_SECONDS = 2.0


@contextmanager
def guarded_terminal() -> Iterator[None]:
    """Restores the terminal if the process ends within this context; does nothing without a terminal or shell."""
    shell = _waiting_shell()
    try:
        yield
    except BaseException:
        _end(shell, b"")  # whoever raised may have left the terminal as it was
        raise
    _end(shell, b"done\n")


def _waiting_shell() -> subprocess.Popen[bytes] | None:
    if os.name == "nt" or not os.isatty(_SCREEN) or not sys.stdin.isatty():
        return None
    try:
        saved = subprocess.run(
            ["stty", "-g"], stdin=_SCREEN, capture_output=True, check=True, timeout=_SECONDS
        ).stdout.strip()
        return subprocess.Popen(
            [b"/bin/sh", b"-c", _SCRIPT.encode(), b"sh", saved], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError):
        return None


def _end(shell: subprocess.Popen[bytes] | None, word: bytes) -> None:
    if shell is None:
        return
    with suppress(OSError, subprocess.SubprocessError):
        shell.communicate(word, timeout=_SECONDS)
