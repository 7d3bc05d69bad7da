"""Reads keys from a terminal: Escape acts as soon as it cannot be the first byte of another key."""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder

from textual import constants
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

ESCAPE_SECONDS = constants.ESCAPE_DELAY if "ESCDELAY" in os.environ else 0.02
"""How long the rest of a sequence may take after its first byte; a terminal writes all bytes of a key at once.

ESCDELAY (milliseconds) is for connections that need longer.
"""
_LOOK_SECONDS = 0.1
"""From one look for the end of the app to the next."""
_MOST_BYTES = 4096


class TerminalDriver(LinuxDriver):
    """Needed with Textual 8, whose driver checks for the end of an Escape only every tenth of a second."""

    def run_input_thread(self) -> None:
        parser = XTermParser(self._debug)
        # A terminal may send anything: what is not UTF-8 must not end the app.
        decode = getincrementaldecoder("utf-8")("replace").decode
        is_escape = False
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(ESCAPE_SECONDS if is_escape else _LOOK_SECONDS):
                    read = os.read(self.fileno, _MOST_BYTES)
                    if not read:
                        return
                    # Escape after Escape: the first one has acted.
                    is_escape = read.endswith(b"\x1b")
                    messages = parser.feed(text) if (text := decode(read)) else ()
                else:
                    if is_escape:
                        parser._timeout_time = 0.0  # nothing has followed
                    is_escape = False
                    messages = parser.tick()
                for message in messages:
                    self.process_message(message)
