"""Exits the process without shutting down the interpreter."""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress


class QuickExit:
    """Ends the process after all registered exit handlers, if `code` is known by then.

    Must be created before anything else registers a handler. An Arrow thread may still free Python memory, for which it
    needs the interpreter. During shutdown this would abort the process with SIGABRT (PyGILState_Ensure ends the thread,
    which C++ treats as an error).
    """

    def __init__(self) -> None:
        self.code: int | None = None
        """The exit code; None lets the interpreter end, which prints the traceback of an unexpected error."""
        atexit.register(self._end)

    def _end(self) -> None:
        if self.code is None:
            return
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # the reader is gone
                stream.flush()
        os._exit(self.code)
