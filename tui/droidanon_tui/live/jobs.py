"""Background jobs of Live: watch a source, and read an app in full. Heavy imports happen here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.errors import AccessError, DroidanonError
from droidanon_tui.daemon_worker import whole_write
from droidanon_tui.errors import one_line
from droidanon_tui.live.messages import MomentFailed, MomentRead, Purpose, Sampled, WatchFailed
from droidanon_tui.live.moments import Moment
from droidanon_tui.live.wording import clock_text

if TYPE_CHECKING:
    from droidanon.analysis.sums import Sums
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
            with whole_write():
                path = keep_capture(folder, capture)
            moment = Moment(now, app, path, by_category(capture), note, took, is_kept)
            return MomentRead(source, moment, purpose)
        except Exception as error:  # neither must a broken capture
            final = isinstance(error, AccessError) or not isinstance(error, (DroidanonError, OSError))
            return MomentFailed(source, app, one_line(error), purpose, is_final=final)


def by_category(capture: Capture) -> tuple[tuple[str, int], ...]:
    """Total PSS of each top category, in kB, over the captured processes."""
    from droidanon.analysis.sums import sum_groups
    from droidanon.analysis.view import View
    from droidanon.counters import DEFAULT_COUNTER

    sums = sum_groups(View(capture), ("category",), DEFAULT_COUNTER, 1)
    category = sums.keys["category"]
    return tuple(
        sorted(zip(map(category.values.__getitem__, category.codes.tolist()), sums.values.tolist(), strict=True))
    )


def by_app(sums: Sums) -> dict[str, tuple[tuple[str, int], ...]]:
    """The sums of each app by top category, in kB, from sums by `app` and `category` at depth 1."""
    app, category = sums.keys["app"], sums.keys["category"]
    found: dict[str, dict[str, int]] = {}
    for code, top, kb in zip(app.codes.tolist(), category.codes.tolist(), sums.values.tolist(), strict=True):
        parts, name = found.setdefault(app.values[code], {}), category.values[top]
        parts[name] = parts.get(name, 0) + kb
    return {name: tuple(sorted(parts.items())) for name, parts in found.items()}


def write_note(moment: Moment, note: str) -> None:
    """Stores a note in the moment's capture, as a label."""
    from droidanon.store.parquet import load_capture
    from droidanon.store.rewrite import replace_capture

    capture = load_capture(moment.path)
    replace_capture(replace(capture, labels={**capture.labels, "note": note}), moment.path)
