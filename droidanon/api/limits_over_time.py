"""A series compared with Google Play's limits, as a DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from droidanon.api.ram import ram_in_kb

if TYPE_CHECKING:
    import pandas as pd

    from droidanon.sources.resolve import SeriesOfCaptures

_WHOLE = ("readings", "p50_kb", "p90_kb", "max_kb", "play_threshold_kb")


def limits_frame(
    found: SeriesOfCaptures, app: str | None, ram: str | int | None, state: str | None, *, game: bool
) -> pd.DataFrame:
    """One row per process name and state; see `OpenedSeries.limits_frame`."""
    import pandas as pd

    from droidanon.analysis.limits.over_time import use_records
    from droidanon.analysis.limits.states import parse_state
    from droidanon.analysis.view import View
    from droidanon.record.series_limits import series_limits
    from droidanon.sources.selection import Selection

    selection = Selection(app)
    views = (View(member.read(selection)) for member in found.members)
    result = series_limits(
        found.series,
        views,
        selection,
        total_kb=None if ram is None else ram_in_kb(ram),
        state=None if state is None else parse_state(state),
        game=game,
    )
    frame = pd.DataFrame(use_records(result.limits.uses)).astype(dict.fromkeys(_WHOLE, "Int64"))
    frame.attrs["ram_kb"] = result.limits.total_kb
    frame.attrs["basis"] = None if result.limits.basis is None else str(result.limits.basis)
    frame.attrs["warnings"] = [str(warning) for warning in result.limits.warnings]
    frame.attrs["problems"] = [str(problem) for problem in result.problems]
    return frame
