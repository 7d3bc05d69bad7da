"""Background jobs of Live: watch a source, and read an app in full. Heavy imports happen here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from droidanon.errors import AccessError, DroidanonError
from droidanon_tui.errors import one_line
from droidanon_tui.live.messages import MomentFailed, MomentRead, Purpose, Sampled, WatchFailed
from droidanon_tui.live.moments import Moment
from droidanon_tui.live.wording import clock_text

if TYPE_CHECKING:
    from droidanon.model import Capture
    from droidanon.sources.sampling.sample import Away, Sample
    from droidanon_tui.background import Post

Clock = Callable[[], float]


def watch(source: str, sampler: Iterable[Sample | Away], post: Post) -> None:
    """Posts every sample until the sampler is closed, or why there is none at all."""
    try:
        for sample in sampler:
            post(Sampled(source, sample))
    except Exception as error:  # a phone's odd answer must not end the session
        post(WatchFailed(source, one_line(error)))


@dataclass(frozen=True, slots=True)
class MomentReader:
    """Reads apps in full. `wall`: seconds since 1970; `clock`: a monotonic clock."""

    wall: Clock
    clock: Clock

    def read(
        self, source: str, app: str, folder: Path, purpose: Purpose, *, is_kept: bool, note: str = ""
    ) -> MomentRead | MomentFailed:
        """Reads an app and stores its capture in a folder; `is_kept`: the folder is the user's, not the session's."""
        from droidanon.sources.resolve import load_source
        from droidanon.store.library import keep_capture

        begin, now = self.clock(), self.wall()
        try:
            capture = load_source(source, app=app)
            took = self.clock() - begin
            label = {"note": note} if note else {} if is_kept else {"time": clock_text(now)}
            capture = replace(capture, labels={**capture.labels, **label})
            folder.mkdir(parents=True, exist_ok=True)
            path = keep_capture(folder, capture)
            moment = Moment(now, app, path, by_category(capture), note, took, is_kept)
            return MomentRead(source, moment, purpose)
        except Exception as error:  # neither must a broken capture
            final = isinstance(error, AccessError) or not isinstance(error, (DroidanonError, OSError))
            return MomentFailed(source, app, one_line(error), purpose, is_final=final)


def by_category(capture: Capture) -> tuple[tuple[str, int], ...]:
    """Total PSS (PSS if the capture has no total PSS) of each top category, in kB, over the captured processes."""
    sums: dict[str, int] = {}
    for parts in by_app(capture).values():
        for name, total in parts:
            sums[name] = sums.get(name, 0) + total
    return tuple(sorted(sums.items()))


def by_app(capture: Capture) -> dict[str, tuple[tuple[str, int], ...]]:
    """`by_category` for each app."""
    from droidanon.analysis.view import View
    from droidanon.columns import distinct_codes
    from droidanon.counters import DEFAULT_COUNTER

    view = View(capture)
    values, _ = view.group_counter(DEFAULT_COUNTER if DEFAULT_COUNTER in view.counters else "pss_kb")
    app, category = (view.group_key(key) for key in ("app", "category"))
    tops = [value.partition(".")[0] for value in category.values]
    names = sorted(set(tops))
    code_of = np.array([names.index(top) for top in tops], np.intp)
    places = app.codes * len(names) + code_of[category.codes] if names else np.zeros(0, np.intp)
    sums = np.bincount(places, values, len(app.values) * len(names)).astype(np.int64)
    found: dict[str, tuple[tuple[str, int], ...]] = {}
    for code in distinct_codes(app.codes).tolist():
        own = sums[code * len(names) : (code + 1) * len(names)].tolist()
        found[app.values[code]] = tuple((name, total) for name, total in zip(names, own, strict=True))
    return found


def write_note(moment: Moment, note: str) -> None:
    """Stores a note in the moment's capture, as a label."""
    from droidanon.store.parquet import load_capture
    from droidanon.store.rewrite import replace_capture

    capture = load_capture(moment.path)
    replace_capture(replace(capture, labels={**capture.labels, "note": note}), moment.path)
