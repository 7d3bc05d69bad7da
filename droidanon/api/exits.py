"""The exits of processes as a DataFrame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def exits(source: str | Path, *, app: str | None = None) -> pd.DataFrame:
    """How processes ended, newest first.

    Args:
        source: a phone (`adb:`, `adb:SERIAL`), or a text, folder, archive or bug report with the output of
            `dumpsys activity exit-info`.
        app: only the exits of this package.

    Returns:
        A DataFrame with one row per exit: `time` (with the phone's zone if it is known), `app`, `process`, `pid`,
        `uid`, `user`, `memory_cause` (`limiter`, `low memory` or empty), `reason`, `subreason` and `importance` as
        Android's codes and in words (`reason_text`, ...), `status`, `pss_kb`, `rss_kb` and `description`.
        `attrs["notes"]` and `attrs["problems"]` are lists of messages.

    Raises:
        UsageError: a source that keeps no exits: this computer.
        InputError: no such file, or a file without exits.
        DeviceError: no phone, or one older than Android 11.
    """
    import pandas as pd

    from droidanon.platform.exit_words import EXIT_KEYS, exit_record
    from droidanon.sources.exits import read_exits
    from droidanon.sources.resolve import resolve

    found = read_exits(resolve(str(source)), app)
    frame = pd.DataFrame([{**exit_record(one), "time": one.time} for one in found.exits], columns=list(EXIT_KEYS))
    whole = ("pid", "uid", "user", "reason", "subreason", "status", "importance", "pss_kb", "rss_kb")
    frame = frame.astype(dict.fromkeys(whole, "Int64"))
    frame.attrs = {"notes": [one.message for one in found.notes], "problems": [one.message for one in found.problems]}
    return frame
