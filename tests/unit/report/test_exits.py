"""The table of exits."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from droidanon.platform.readers.exit_info import ProcessExit
from droidanon.report.exits import print_exits
from droidanon.sources.exits import ExitList


@pytest.mark.parametrize(
    ("hours", "cells"),
    [
        ([2, 2], ["time (+0200)", "2026-10-25 01:00:00", "2026-10-25 01:00:00"]),
        ([2, 1], ["time", "2026-10-25 01:00:00 +0200", "2026-10-25 01:00:00 +0100"]),
        ([None, None], ["time", "2026-10-25 01:00:00", "2026-10-25 01:00:00"]),
    ],
)
def test_a_common_distance_from_utc_is_in_the_title(
    hours: list[int | None], cells: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    zones = [None if hour is None else timezone(timedelta(hours=hour)) for hour in hours]
    exits = [ProcessExit("com.a", "com.a", 7, datetime(2026, 10, 25, 1, tzinfo=zone), 1) for zone in zones]
    print_exits(ExitList("phone", tuple(exits)), "table")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines] == cells
