"""Asks several phones at once, so that a silent one does not delay the others."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import copy_context
from typing import TypeVar

Answer = TypeVar("Answer")

_MOST_AT_ONCE = 32
_TURN_S = 0.2
"""In turns, since on Windows Ctrl-C does not wake a wait without an end."""


def ask_all(questions: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Runs questions in up to 32 threads, and returns the answers in the same order.

    Ctrl-C does not wait for them. `cancelled_if` also applies to the threads. An error is raised once all other
    questions are answered.
    """
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(len(questions)):
        waiting.put(number)
    answers: dict[int, Answer] = {}
    errors: list[BaseException] = []

    def work() -> None:
        with suppress(queue.Empty):
            while True:
                number = waiting.get_nowait()
                try:
                    answers[number] = questions[number]()
                except BaseException as error:
                    errors.append(error)

    threads = [
        threading.Thread(target=copy_context().run, args=(work,), daemon=True) for _ in questions[:_MOST_AT_ONCE]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(_TURN_S)
    if errors:
        raise errors[0]
    return [answers[number] for number in range(len(questions))]
