"""Watches for process exits during a recording: reads them from the phone when a process disappears, and at the end."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Protocol

from droidanon.errors import DeviceError, DroidanonError
from droidanon.escape import escape_text
from droidanon.platform.exit_words import reason_text
from droidanon.platform.readers.exit_info import ProcessExit
from droidanon.record.schedule import Clock
from droidanon.sources.adb.receiving import cancelled_if
from droidanon.sources.phone.exits import PhoneExits
from droidanon.store.exits import SeriesExit
from droidanon.store.series import iso_time
from droidanon.units import format_kb

DELAY_S = 2.0
"""Android hears of an end, and asks lmkd and the zygote for its reason, a moment later (AppExitInfoTracker.java)."""
_SLACK_S = 2.0
"""Phones without a fine clock show whole seconds."""


_LAST_S = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
"""Later times cannot be written."""
MOST_REMEMBERED = 16
"""Exits that a phone remembers per package (config_app_exit_info_history_list_size of AOSP's config.xml)."""
_LAST_READING_S = 0.5
"""The time for the last reading if the user waits for its end."""


class AskExits(Protocol):
    """Asks a phone for the exits of one or all apps. Raises DeviceError if it does not respond."""

    def __call__(self, app: str | None, *, clock: Callable[[], float]) -> PhoneExits: ...


class SeenProcess(Protocol):
    """A process in a sample."""

    @property
    def pid(self) -> int: ...
    @property
    def anon_swap_kb(self) -> int | None: ...


class ExitWatch:
    """Finds the exits of the recorded processes. Any thread may call."""

    def __init__(
        self,
        ask: AskExits,
        keep: Callable[[list[SeriesExit]], object],
        clock: Clock,
        *,
        app: str | None,
        wanted: Callable[[ProcessExit], bool],
        report: Callable[[str], None],
        delay_s: float | None = None,
    ) -> None:
        """`keep` is called with new exits and exits with a new reason; `app` is the package to ask for (None: all, only
        at the end); `wanted` filters the answer; `report` is called with one line per exit.
        """
        self._ask, self._keep, self._clock = ask, keep, clock
        self._app, self._wanted, self._report = app, wanted, report
        self._delay_s = DELAY_S if delay_s is None else delay_s
        self._begin_s = clock.monotonic()
        self._end_s = math.inf
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._running: set[int] | None = None
        self._last: dict[int, tuple[float, int | None]] = {}
        self._known: dict[tuple[str, int, datetime], ProcessExit] = {}
        self._timer: threading.Timer | None = None

    def seen(self, time_s: float, processes: Iterable[SeenProcess]) -> None:
        """Note the recorded processes that run at a time; exits are read soon if one has disappeared."""
        if self._app is None:
            return
        now = {one.pid: one.anon_swap_kb for one in processes}
        with self._lock:
            gone = (self._running or set()) - now.keys()
            self._running = set(now)
            self._last |= {pid: (time_s, kb) for pid, kb in now.items()}
            if gone and self._timer is None:
                self._timer = threading.Timer(self._delay_s, self._read_soon)
                self._timer.daemon = True
                self._timer.start()

    def end(self) -> None:
        """Read the exits one last time. A disconnected phone is reported."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._end_s = self._clock.monotonic() + _LAST_READING_S
        try:
            self._read()
        except (DroidanonError, OSError) as error:
            self._report(f"cannot read how processes ended: {error}")

    def _read_soon(self) -> None:
        with self._lock:
            self._timer = None
        try:
            self._read()
        except (DroidanonError, OSError):
            return  # disconnected; exits are read again when the next process disappears, and at the end

    def _read(self) -> None:
        with self._reading:
            answer = self._answer()
            # Compare ages, because this computer's clock may have been set during the recording.
            now_s, recorded_s = self._clock.now(), self._clock.monotonic() - self._begin_s
            fresh, new = [], Counter[str | None]()
            for one in reversed(answer.exits):
                if self._known.get(one.identity) == one or not self._wanted(one):
                    continue
                at_s = _host_seconds(one, answer.ahead_s)
                if at_s is None or now_s - at_s > recorded_s + _SLACK_S:
                    continue
                is_new = one.identity not in self._known
                self._known[one.identity] = one
                fresh.append(SeriesExit(iso_time(at_s), one))
                if is_new:
                    new[one.package] += 1
                    self._report(self._line(one, at_s))
            for package, count in new.items():
                if count >= MOST_REMEMBERED:
                    self._report(
                        f"! {count} exits of {escape_text(package or '')} at once: the phone remembers no more, "
                        "so earlier ones may be missing"
                    )
            if fresh:
                self._keep(fresh)

    def _answer(self) -> PhoneExits:
        """The phone's answer. After Ctrl-C, do not wait long for an unresponsive phone."""
        try:
            with cancelled_if(lambda: self._clock.stopped and self._clock.monotonic() > self._end_s):
                return self._ask(self._app, clock=self._clock.now)
        except KeyboardInterrupt as error:
            raise DeviceError("the phone does not answer") from error

    def _line(self, one: ProcessExit, at_s: float) -> str:
        """An exit as a line of text, with the last number before it."""
        sign = "! " if one.memory_cause else ""
        last_s, kb = self._last.get(one.pid, (None, None))
        if last_s is None or kb is None:
            return f"{sign}exit: {escape_text(one.process)} (pid {one.pid}): {reason_text(one)}"
        seen = f"{format_kb(kb)} kB anon + swap {max(0.0, at_s - last_s):.0f} s before"
        return f"{sign}exit: {escape_text(one.process)} (pid {one.pid}): {reason_text(one)}; {seen}"


def _host_seconds(one: ProcessExit, ahead_s: float | None) -> float | None:
    """The time of an exit on this computer's clock, in seconds since 1970; None if the phone's clock is unknown."""
    if one.time.tzinfo is None or ahead_s is None:
        return None
    at_s = one.time.timestamp() - ahead_s
    return at_s if at_s < _LAST_S else None
