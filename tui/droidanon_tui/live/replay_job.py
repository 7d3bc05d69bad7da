"""Background job of Live: play a recorded series like a phone."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon_tui.errors import one_line
from droidanon_tui.live.messages import Replayed, ReplayItem, WatchFailed
from droidanon_tui.live.moments import process_end
from droidanon_tui.live.series_moments import SeriesMoments

if TYPE_CHECKING:
    from droidanon.record.replay import Player
    from droidanon_tui.background import Post
    from droidanon_tui.live.state import LiveState

_POST_S = 0.2
"""Seconds between two messages while a series is loaded as fast as possible."""


def play(source: str, player: Player, post: Post, *, clock: Callable[[], float]) -> None:
    """Posts the items of a series at the player's speed, then that it has ended."""
    from droidanon.record.replay import CaptureEvent, ExitEvent, MarkEvent, has_samples, read_events
    from droidanon.sources.series import find_series

    try:
        series = find_series(source)
        if series is None:
            post(WatchFailed(source, f"{source}: not a series; open it in Explore with: droidanon tui {source}"))
            return
        count, sampled = len(series.captures), has_samples(series)
        post(Replayed(source, (), count))
        moments = SeriesMoments(series, has_samples=sampled)
        items: list[ReplayItem] = []
        due = clock()
        for event in player.play(read_events(series)):
            match event:
                case CaptureEvent():
                    items += moments.items(event)
                case MarkEvent():
                    items.append((event.time, event.note))
                case ExitEvent():
                    items.append(process_end(event.time, event.exit))
                case sample:
                    items.append(sample)
            if player.speed != math.inf or clock() >= due:
                post(Replayed(source, tuple(items), count))
                items, due = [], clock() + _POST_S
        post(Replayed(source, tuple(items), count, ended=not player.closed))
        moments.save(complete=not player.closed)
    except Exception as error:  # a damaged file must not end the session
        post(WatchFailed(source, one_line(error)))


def add_series_note(state: LiveState, note: str) -> None:
    """Adds a mark to a series: at the cursor, else at the newest time that was played. OSError or DroidanonError."""
    from droidanon.store.series import Mark, add_mark, iso_time

    at = state.cursor if state.cursor is not None else state.history.times[-1]
    add_mark(Path(state.source), Mark(iso_time(at), note))
    state.notes.append((at, note))
