"""Jobs that do not delay the exit of the program, except while they write a file.

Needed with Textual 8: its thread workers run in an executor, whose threads Python waits for at exit. But a large
capture takes seconds, and a call to an adb server that does not start may never return.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_WRITE_SECONDS = 2.0
_writing = threading.RLock()


@contextmanager
def whole_write() -> Iterator[None]:
    """A file written in this context is complete, without a temporary file next to it, even if the program ends."""
    with _writing:
        yield


def end_writes() -> None:
    """Waits for the file being written, unless it is huge, and prevents others from being started."""
    _writing.acquire(timeout=_WRITE_SECONDS)


async def run_in_daemon_thread(job: Callable[[], None]) -> None:
    """Runs a job that leaves no partial file if the program ends in the middle of it."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def finish(error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def run() -> None:
        error: BaseException | None = None
        try:
            job()
        except Exception as raised:
            error = raised
        with suppress(RuntimeError):  # the loop is closed: the program is ending
            loop.call_soon_threadsafe(finish, error)

    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()
    await done
