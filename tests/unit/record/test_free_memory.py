"""Free memory of the C allocator goes back to the system."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import numpy as np
import pytest

from droidanon.record.free_memory import return_free_memory

_BLOCK = 1 << 16
"""Smaller than what glibc maps for itself (M_MMAP_THRESHOLD, 128 kB), which it returns at once."""


def _resident_mb() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 >> 20


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc keeps free memory"
)
def test_memory_between_blocks_that_stay_is_returned() -> None:
    blocks = [np.ones(_BLOCK, np.uint8) for _ in range(1600)]
    kept = blocks[::16]
    del blocks
    before = _resident_mb()
    return_free_memory()
    assert before - _resident_mb() > 50
    assert len(kept) == 100
