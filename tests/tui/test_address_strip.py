from __future__ import annotations

import numpy as np
from droidanon_tui.explore.address_strip import address_strip

from tests.builders import capture, entry

GB = 1 << 30
BASE = 0x1000_0000


def strip(chosen: list[int], width: int = 20) -> str:
    """A process with VMAs of 4, 0, 8 kB, a hole of two gigabytes, and one of 2 kB."""
    starts = (BASE, BASE + 8192, BASE + 16384, BASE + 2 * GB)
    text = "".join(
        entry("[anon:a]", start=start, size_kb=8, Pss=pss) for start, pss in zip(starts, (4, 0, 8, 2), strict=True)
    )
    vmas = capture({"a": text}).vmas
    return address_strip(vmas, np.arange(len(vmas)), np.array(chosen), width)


def test_bars_are_resident_memory_and_holes_are_marked() -> None:
    assert strip([0, 1, 2, 3]) == "▄·█┊▂"
    assert strip([2]) == "··█┊·"


def test_a_narrow_strip_puts_vmas_together() -> None:
    assert len(strip([0, 1, 2, 3], 3)) == 3
    assert strip([0, 1, 2, 3], 0) == ""
