"""A command in tmux, as a person has it: keys go in, the screen comes out as text."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.waiting import PATIENCE_S


class Tmux:
    """One window of a server of its own."""

    def __init__(
        self, folder: Path, command: str, *, width: int = 120, height: int = 36, term: str = "", shell: bool = False
    ) -> None:
        """`shell`: the command is typed into an interactive shell, which has job control."""
        self._sockets = TemporaryDirectory(dir="/tmp")  # a socket's path has a hundred characters at most
        self._server = ["tmux", "-S", f"{self._sockets.name}/tmux", "-f", "/dev/null"]
        options = f"export TERM={term}; " if term else ""
        self._tell(
            "new-session",
            "-d",
            "-x",
            str(width),
            "-y",
            str(height),
            "-c",
            str(folder),
            "PS1='$ ' bash --norc -i" if shell else f"{options}{command}; echo EXIT $?; sleep 60",
        )
        if shell:
            self.type(f"{command}\n")

    def __enter__(self) -> Tmux:
        return self

    def __exit__(self, *_: object) -> None:
        self._tell("kill-server", check=False)
        self._sockets.cleanup()

    def _tell(self, *words: str, check: bool = True) -> str:
        return subprocess.run([*self._server, *words], check=check, capture_output=True, text=True).stdout

    def screen(self, *, colours: bool = False) -> str:
        return self._tell("capture-pane", "-p", *(["-e"] if colours else []))

    def press(self, *keys: str) -> None:
        """Keys as tmux calls them: `Enter`, `Escape`, `Down`, or a character."""
        for key in keys:
            self._tell("send-keys", key)

    def type(self, text: str) -> None:
        self._tell("send-keys", "-l", text)

    def buffer(self) -> str:
        """The newest of the server's buffers."""
        return self._tell("show-buffer")

    def resize(self, width: int, height: int) -> None:
        self._tell("resize-window", "-x", str(width), "-y", str(height))

    def shows(self, *words: str, without: str = "") -> str:
        """The screen as soon as it has all of the words; fails with the screen if it never has."""
        end = time.monotonic() + PATIENCE_S
        while True:
            screen = self.screen()
            if all(word in screen for word in words) and not (without and without in screen):
                return screen
            assert time.monotonic() < end, f"not seen: {words}\n{screen}"
            time.sleep(0.1)
