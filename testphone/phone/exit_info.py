"""The phone's record of ended processes: the text of `dumpsys activity exit-info` as Android 14 to 17 print it.

AOSP: ApplicationExitInfo.java `dump`, AppExitInfoTracker.java. The phone keeps 16 exits per package, newest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Literal

from testphone.phone.model import Process

ZONE_NAME, ZONE_RULE = "Asia/Kolkata", "IST-5:30"
"""The phone's time zone as a property and for `TZ`; it has no daylight saving time."""
ZONE = timezone(timedelta(hours=5, minutes=30))
MOST = 16

End = Literal["limiter", "low memory", "crash", "force stop", "itself"]
_ENDS = {
    "limiter": ("13 (OTHER KILLS BY SYSTEM)", "12 (KILL PID)", 0, "MemoryLimiter:AnonSwap"),
    "low memory": ("3 (LOW_MEMORY)", "0 (UNKNOWN)", 0, "null"),
    "crash": ("4 (APP CRASH(EXCEPTION))", "0 (UNKNOWN)", 0, "crash"),
    "force stop": ("10 (USER REQUESTED)", "21 (FORCE STOP)", 0, "stop {package} due to from pid 8396"),
    "itself": ("1 (EXIT_SELF)", "0 (UNKNOWN)", 0, "null"),
}


@dataclass
class ExitHistory:
    """The exits of a phone, with one file per package."""

    folder: Path

    def add(self, process: Process, end: End, rss_kb: int, *, seconds: float) -> None:
        """Record that a process of a package ended, `seconds` after 1970 by the phone's clock."""
        if not process.package:
            return
        reason, subreason, status, description = _ENDS[end]
        time = datetime.fromtimestamp(seconds, ZONE)
        entry = (
            f"          timestamp={time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 1000:03} pid={process.pid} "
            f"realUid={process.uid} packageUid={process.uid} definingUid={process.uid} user=0\n"
            f"          process={process.name} reason={reason} subreason={subreason} status={status}\n"
            f"          importance=100 pss={size_value(rss_kb * 7 // 10)} rss={size_value(rss_kb)} "
            f"description={description.format(package=process.package)} state=empty trace=null\n"
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / process.package
        head = f"  package: {process.package}\n    Historical Process Exit for uid={process.uid}\n"
        mark = "        ApplicationExitInfo #"
        known = file.read_text().split(mark)[1:] if file.exists() else []
        entries = [entry, *(text.partition("\n")[2] for text in known)][:MOST]
        file.write_text(head + "".join(f"{mark}{number}:\n{text}" for number, text in enumerate(entries)))


def size_value(kb: int) -> str:
    """A size in the format of DebugUtils.sizeValueToString."""
    number, suffix = float(kb * 1024), ""
    for unit in ("KB", "MB", "GB"):
        if number > 900:
            number, suffix = number / 1024, unit
    return f"{number:.{2 if number < 1 else 1 if number < 10 else 0}f}{suffix}"
