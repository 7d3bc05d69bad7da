"""A series that is played in Live like a phone: its worker, and what is known of where it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.errors import DroidanonError
from droidanon_tui.jobs import Clock, one_line
from droidanon_tui.live.jobs import by_app
from droidanon_tui.live.moments import Moment
from droidanon_tui.messages import Item, Replayed, WatchFailed

if TYPE_CHECKING:
    from droidanon.record.replay import Player, Taken
    from droidanon_tui.messages import Fact

SPEEDS = (1.0, 4.0, 16.0, 64.0, math.inf)
START_SPEED = 16.0
_TELL_S = 0.2
"""How often news is told while all comes at once."""


@dataclass
class Replay:
    """Where a series is played: how fast, whether it stands still, and whether all of it was."""

    name: str
    captures: int = 0
    """0 until it has been looked at."""
    speed: float = math.inf
    paused: bool = False
    ended: bool = False

    def words(self) -> str:
        """For the title."""
        if self.ended:
            return "a recording, all of it"
        pace = (
            "at once"
            if self.speed == math.inf
            else f"{self.speed:.0f} times as fast"
            if self.speed > 1
            else "as it was"
        )
        return f"a recording, {'paused' if self.paused else pace}"


def play(source: str, player: Player, tell: Callable[[Fact], None], *, clock: Clock) -> None:
    """Tells what is in a series as it comes, and that it has ended."""
    from droidanon.record.replay import Noted, Taken, has_samples, read_events
    from droidanon.sources.series import find_series

    try:
        series = find_series(source)
        if series is None:
            tell(WatchFailed(source, f"{source}: not a series; Explore opens it: droidanon tui {source}"))
            return
        count, sampled = len(series.captures), has_samples(series)
        tell(Replayed(source, (), count))
        items: list[Item] = []
        due = clock()
        for event in player.play(read_events(series)):
            match event:
                case Taken():
                    items += _of_capture(event, has_samples=sampled)
                case Noted():
                    items.append((event.time, event.note))
                case seen:
                    items.append(seen)
            if player.speed != math.inf or clock() >= due:
                tell(Replayed(source, tuple(items), count))
                items, due = [], clock() + _TELL_S
        tell(Replayed(source, tuple(items), count, ended=not player.closed))
    except Exception as error:  # a damaged file must not end the session
        tell(WatchFailed(source, one_line(error)))


def _of_capture(taken: Taken, *, has_samples: bool) -> list[Item]:
    """A capture as a moment of each of its apps; where the series has no samples, also as one. A note, if it can't be read."""
    from droidanon.record.replay import sample_of
    from droidanon.sources.resolve import load_source

    try:
        capture = load_source(taken.source)
    except (DroidanonError, OSError) as error:
        return [(taken.time, f"no capture: {one_line(error)}")]
    note = str(capture.labels.get("note", ""))
    moments: list[Item] = [
        Moment(taken.time, app, Path(taken.source), parts, note, taken.took_s, is_kept=True)
        for app, parts in by_app(capture).items()
    ]
    return moments if has_samples else [sample_of(capture, taken.time), *moments]
