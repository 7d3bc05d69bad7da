"""The exit code of `droidanon record`."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.cli.parallel import Outcomes
from droidanon.cli.record import RecordRequest, _report
from droidanon.record.schedule import Schedule
from droidanon.sources.phone.options import PhoneOptions
from droidanon.sources.selection import EVERYTHING
from droidanon.store.series import DONE, Series, SeriesCapture


@pytest.mark.parametrize(("taken", "missed", "code"), [(2, 11, 1), (1, 2, 1), (2, 2, 0), (13, 1, 0), (3, 0, 0)])
def test_most_captures_missed_is_a_failure(taken: int, missed: int, code: int) -> None:
    request = RecordRequest(
        ["adb:S"], EVERYTHING, Schedule(60.0, duration_s=780.0), 0.0, None, Path(), {}, PhoneOptions(), quiet=False
    )
    series = Series(Path("s"), tuple(SeriesCapture(str(n), "") for n in range(taken)), missed=missed, state=DONE)
    outcomes: Outcomes[Series] = Outcomes({"adb:S": series})
    assert _report(request, outcomes) == code
