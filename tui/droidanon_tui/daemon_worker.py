"""Work in a thread for whose end nobody waits."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress


async def unwaited(job: Callable[[], None]) -> None:
    """Runs a job that may hang in a call which nothing ends (an adb server that does not start): a process that ends
    waits for the threads of an executor, and not for this one. For what leaves nothing half when it is cut off.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def tell(error: BaseException | None) -> None:
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
        with suppress(RuntimeError):  # the loop is closed: nobody asks any more
            loop.call_soon_threadsafe(tell, error)

    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()
    await done
