"""Keys as bytes of a terminal."""

from __future__ import annotations

import os
import sys
import threading

import pytest

if os.name == "nt":
    pytest.skip("a terminal of Unix", allow_module_level=True)

from droidanon_tui.app import DroidanonApp
from droidanon_tui.terminal_driver import TerminalDriver
from textual import events
from textual.app import App
from textual.message import Message

from tests.waiting import PATIENCE_S


class Listener(TerminalDriver):
    """Collects keys instead of handing them to an app."""

    def __init__(self, app: App[object]) -> None:
        super().__init__(app)
        self.keys: list[str] = []
        self.news = threading.Condition()

    def process_message(self, message: Message) -> None:
        with self.news:
            if isinstance(message, events.Key):
                self.keys.append(message.key)
            self.news.notify()

    def wait_for(self, count: int) -> None:
        with self.news:
            assert self.news.wait_for(lambda: len(self.keys) >= count, PATIENCE_S)


@pytest.mark.parametrize(
    "pieces",
    [
        [(b"\x1b", ["escape"]), (b"j", ["j"])],
        [(b"\x1b[A", ["up"])],
        [(b"\x1b\x1b", ["escape", "escape"])],
        [(b"\xff\xfej", ["replacement_character", "replacement_character", "j"]), (b"\xc3", []), (b"\xa4", ["ä"])],
    ],
)
async def test_keys_of_bytes(monkeypatch: pytest.MonkeyPatch, pieces: list[tuple[bytes, list[str]]]) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as terminal:
        monkeypatch.setattr(sys, "__stdin__", terminal)
        listener = Listener(App())
        thread = threading.Thread(target=listener.run_input_thread)
        thread.start()
        wanted: list[str] = []
        for piece, keys in pieces:
            os.write(writing, piece)
            wanted += keys
            listener.wait_for(len(wanted))
        os.close(writing)
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
    assert listener.keys == wanted


def test_the_app_reads_a_terminal_by_this_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEXTUAL_DRIVER", raising=False)
    assert DroidanonApp().get_driver_class() is TerminalDriver
