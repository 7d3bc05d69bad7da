"""The exit of the process, without the end of the interpreter."""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress


class QuickExit:
    """Ends the process once everything that was registered for its end is done, if `code` is known by then.

    Made before anything else registers. A thread of Arrow may still free memory of Python, for which it needs the
    interpreter; while that ends, the thread would end the process by SIGABRT (PyGILState_Ensure ends the thread, which
    C++ takes for an error).
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
