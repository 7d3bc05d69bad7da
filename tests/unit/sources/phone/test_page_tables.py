"""Which parts of page tables are read."""

from __future__ import annotations

import numpy as np

from droidanon.sources.phone.page_tables import _joined, _windows_of
from tests.builders import capture, text


def test_windows_hold_every_page_of_the_rows() -> None:
    vmas = capture({"a": text(("x", 4096), ("y", 12))}).vmas
    windows = _windows_of(vmas, np.arange(2), 4)
    for start, end in zip(vmas.start.tolist(), vmas.end.tolist(), strict=True):
        for page in (start >> 12, (end >> 12) - 1):
            assert page // 512 in windows
    assert len(windows) == 3
    assert len(_windows_of(vmas, np.arange(0), 4)) == 0


def test_runs_join_over_small_gaps_and_end_at_the_longest() -> None:
    places = np.array([1, 2, 4, 20, 21, 22, 23])
    assert list(_joined(places, 2, 100)) == [(1, 4), (20, 4)]
    assert list(_joined(places, 2, 3)) == [(1, 2), (4, 1), (20, 3), (23, 1)]
    assert list(_joined(np.zeros(0, np.int64), 2, 3)) == []
