"""Background jobs, for everything too slow for a key press.

A job runs in a thread and posts messages to the object that started it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress

from textual.app import App
from textual.message import Message
from textual.message_pump import MessagePump
from textual.worker import get_current_worker

from droidanon.sources.adb.receiving import cancelled_if
from droidanon_tui.daemon_worker import run_in_daemon_thread

_LOOK_SECONDS = 0.02
Post = Callable[[Message], None]
"""Hands a message to the screen (or the app) that started the job."""
LASTING = frozenset({"watch", "follow", "devices", "plugs"})
"""Groups of jobs that go on until they are stopped."""


class Background:
    """Starts jobs. Their messages arrive in the order posted."""

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._receivers: set[MessagePump] = set()

    def start(
        self,
        job: Callable[[Post], None],
        receiver: MessagePump,
        *,
        group: str,
        exclusive: bool = False,
        writes: bool = False,
        after: Collection[str] = (),
    ) -> None:
        """Runs a job in a thread.

        `exclusive`: a newer job in the group replaces it, and its later messages are dropped. `writes`: the program
        waits for it at exit; for other jobs, it only waits for `whole_write`. `after`: the job starts when no job in
        these groups is running.
        """
        self._receivers.add(receiver)

        def run() -> None:
            worker = get_current_worker()

            def post(message: Message) -> None:
                if not worker.is_cancelled:
                    receiver.post_message(message)

            with (
                suppress(KeyboardInterrupt),
                cancelled_if(lambda: worker.is_cancelled),
            ):  # quitting does not wait for a phone
                job(post)

        if after:
            self._app.run_worker(self._run_after(run, after), group=group, exclusive=exclusive)
        elif writes:
            self._app.run_worker(run, thread=True, group=group, exclusive=exclusive)
        else:
            self._app.run_worker(run_in_daemon_thread(run), group=group, exclusive=exclusive)

    async def _run_after(self, run: Callable[[], None], groups: Collection[str]) -> None:
        while self.is_running(*groups):
            await asyncio.sleep(_LOOK_SECONDS)
        await run_in_daemon_thread(run)

    def is_running(self, *groups: str) -> bool:
        """Whether a job of one of these groups is running."""
        return any(worker.group in groups and worker.is_running for worker in self._app.workers)

    async def wait_idle(self) -> None:
        """Waits until no job runs and all messages have been handled (for tests)."""
        while self._is_busy():
            await asyncio.sleep(0.005)

    def _is_busy(self) -> bool:
        if any(not worker.is_finished for worker in self._app.workers if worker.group not in LASTING):
            return True
        return any(receiver.message_queue_size for receiver in self._receivers)
