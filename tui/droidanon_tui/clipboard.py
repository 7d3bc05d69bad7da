"""Copies text in every available way, and reports which ones worked.

A terminal never confirms a copy by the escape sequence OSC 52, and many ignore it: tmux with default settings, the
terminal of macOS. A tmux buffer or the platform's clipboard program do confirm.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

from textual.message import Message

from droidanon_tui.background import Post

_SECONDS = 3.0
"""How long a clipboard program may take (a display that hangs)."""
Run = Callable[[Sequence[str], str], bool]


class Copied(Message):
    """Where a text was copied to, as a status message."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


def copy_text(text: str, what: str, post: Post) -> None:
    """Copies a text to tmux and to the platform's clipboard.

    Run it in the background; the terminal has been asked already.
    """
    post(Copied(copy_status(what, confirmed_copies(text, os.environ, run_program))))


def confirmed_copies(text: str, environment: Mapping[str, str], run: Run) -> list[str]:
    """The places that confirmed the copy."""
    places = []
    if environment.get("TMUX") and (
        run(("tmux", "load-buffer", "-w", "-"), text) or run(("tmux", "load-buffer", "-"), text)
    ):
        places.append("the tmux buffer (prefix ] pastes it)")
    if any(run(program, text) for program in clipboard_programs(environment)):
        places.append("the clipboard")
    return places


def copy_status(what: str, confirmed: Sequence[str]) -> str:
    """The status message after a copy of `what`."""
    if confirmed:
        return f"copied {what} as Markdown to {' and '.join(confirmed)}"
    return f"sent {what} as Markdown to the terminal; if pasting gives nothing, e writes a file"


def clipboard_programs(environment: Mapping[str, str]) -> list[tuple[str, ...]]:
    """The programs that reach this session's clipboard, the most specific first."""
    if sys.platform == "darwin":
        return [("pbcopy",)]
    if os.name == "nt":
        return [("clip",)]
    programs: list[tuple[str, ...]] = []
    if environment.get("WAYLAND_DISPLAY"):
        programs.append(("wl-copy",))
    if environment.get("DISPLAY"):
        programs += [("xclip", "-selection", "clipboard"), ("xsel", "--clipboard", "--input")]
    if environment.get("WSL_DISTRO_NAME"):
        programs.append(("clip.exe",))
    return programs


def run_program(command: Sequence[str], text: str) -> bool:
    """Runs a program with the text as its input; returns whether it exists and succeeded."""
    if shutil.which(command[0]) is None:
        return False
    try:
        ended = subprocess.run(
            command,
            input=text.encode(),
            stdout=subprocess.DEVNULL,  # xclip keeps it open for as long as it owns the selection
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ended.returncode == 0
