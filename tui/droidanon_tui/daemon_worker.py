"""Jobs that the program does not wait for when it ends.

Needed with Textual 8: its thread workers run in an executor, and Python waits for an executor's threads at exit, but a
call to an adb server that does not start may never return.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress


async def run_in_daemon_thread(job: Callable[[], None]) -> None:
    """Runs a job that leaves nothing half-written if the program ends in the middle of it."""
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
