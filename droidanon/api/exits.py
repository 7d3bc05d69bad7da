"""Process exits as a DataFrame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


_WHOLE = frozenset(
    {
        "pid",
        "uid",
        "user",
        "reason",
        "subreason",
        "status",
        "importance",
        "pss_kb",
        "rss_kb",
        "last_anon_swap_kb",
        "last_rss_kb",
    }
)


def exits(source: str | Path, *, app: str | None = None) -> pd.DataFrame:
    """List how processes ended, newest first.

    Args:
        source: a phone (`adb:`, `adb:SERIAL`), a series, or a file, folder, archive or bug report with the output of
            `dumpsys activity exit-info`.
        app: only the exits of this package.

    Returns:
        A DataFrame with one row per exit: `time` (with the phone's time zone if known), `app`, `process`, `pid`, `uid`,
        `user`, `memory_cause` (`limiter`, `low memory` or empty), `reason`, `subreason` and `importance` as Android's
        codes and in words (`reason_text`, ...), `status`, `pss_kb`, `rss_kb` and `description`. For a series also
        `series_time` (on the series' clock), `last_seen` (`sample` or `capture`), `last_seen_time`,
        `last_seen_before_s`, `last_anon_swap_kb` and `last_rss_kb`. `attrs["notes"]` and `attrs["problems"]` are lists
        of messages.

    Raises:
        UsageError: the source is this computer, which records no exits.
        InputError: the file does not exist or contains no exits.
        DeviceError: no phone, or a phone older than Android 11.
    """
    import pandas as pd

    from droidanon.platform.exit_words import EXIT_KEYS
    from droidanon.record.series_exits import exits_of
    from droidanon.sources.exits import SERIES_KEYS, exit_records
    from droidanon.sources.resolve import resolve

    found = exits_of(resolve(str(source)), app)
    records = [{**record, "time": one.time} for record, one in zip(exit_records(found), found.exits, strict=True)]
    frame = pd.DataFrame(records, columns=[*EXIT_KEYS, *(SERIES_KEYS if found.series_times else ())])
    frame = frame.astype({key: "Int64" for key in frame.columns if key in _WHOLE})
    frame.attrs = {"notes": [one.message for one in found.notes], "problems": [one.message for one in found.problems]}
    return frame
