"""Tries the user's regexes in a separate process before this process applies them.

A regex can take time that is exponential in the length of a name. While Python matches, no other thread runs and no
signal is handled, so the TUI could not even be quit. A separate process can be killed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from droidanon.errors import InputError

if TYPE_CHECKING:
    from droidanon.taxonomy.rules import RuleSet

CPU_SECONDS = 5
"""CPU time for the regexes of all rules on the names of a capture: a thousand times what usual ones need."""
_MOST_SECONDS = 60.0
"""Seconds of waiting, on systems that do not limit CPU time."""
_POLL_SECONDS = 0.1
_TRIAL = """
import json, re, sys
limit, rules, names = json.load(sys.stdin)
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
except (ImportError, ValueError, OSError):
    pass
for number, texts in enumerate(rules):
    print(number, flush=True)
    for text in texts:
        match = re.compile(text, re.DOTALL).fullmatch
        for name in names:
            match(name)
print("done", flush=True)
"""


class RegexTrial:
    """Tries rules on names that were not tried before."""

    def __init__(self, rules: RuleSet | None, cpu_seconds: int = CPU_SECONDS) -> None:
        self._rules = rules
        self._cpu_seconds = cpu_seconds
        self._tried: set[str] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def close(self) -> None:
        """Ends a trial that is running: the app ends."""
        self._closed.set()

    def run(self, names: Iterable[str], is_cancelled: Callable[[], bool]) -> None:
        """Returns once the rules were applied to all names.

        Args:
            is_cancelled: Asked while it waits; a trial that is cancelled ends at once.

        Raises:
            InputError: A rule takes too long (the message names it), or the trial was cancelled.
        """
        if self._rules is None:
            return
        places = self._rules.places
        slow = [rule for rule in self._rules.rules if rule.id in places and rule.pattern.kind == "regex"]
        if not slow:
            return
        from droidanon.taxonomy.classify import category_rules

        seen = category_rules(self._rules).seen
        with self._lock:
            new = {seen(name) for name in names} - self._tried
            if not new:
                return
            asked = json.dumps([self._cpu_seconds, [rule.pattern.texts for rule in slow], sorted(new)])

            def is_over() -> bool:
                return self._closed.is_set() or is_cancelled()

            reached = _try(asked.encode(), is_over)
            if is_over():
                raise InputError("the rules were not tried: cancelled")
            if reached is not None:
                place = places[slow[reached].id]
                raise InputError(f"{place} takes too long on names of this capture; simplify its regex")
            self._tried |= new


def _try(asked: bytes, is_cancelled: Callable[[], bool]) -> int | None:
    """The rule that was being tried when time was up; None if all were tried, or no process can be started."""
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _TRIAL],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None
    try:
        answered = _answers(process, asked, is_cancelled)
    finally:
        process.kill()
        process.wait()
    words = answered.split()
    return None if not words or words[-1] == b"done" else int(words[-1])


def _answers(process: subprocess.Popen[bytes], asked: bytes, is_cancelled: Callable[[], bool]) -> bytes:
    """All output of the process until it ended, was cancelled or timed out."""
    written: list[bytes] = []

    def talk() -> None:
        assert process.stdin is not None and process.stdout is not None
        with suppress(OSError), process.stdin:
            process.stdin.write(asked)
        with process.stdout:
            written.append(process.stdout.read())

    talking = threading.Thread(target=talk, daemon=True)
    talking.start()
    for _ in range(int(_MOST_SECONDS / _POLL_SECONDS)):
        talking.join(_POLL_SECONDS)
        if not talking.is_alive() or is_cancelled():
            break
    process.kill()
    talking.join(_MOST_SECONDS)  # it reads to the end, which comes with that of the process
    return b"".join(written)
