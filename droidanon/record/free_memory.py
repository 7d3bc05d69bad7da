"""Returns memory that a long recording has freed to the system."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache


def return_free_memory() -> None:
    """Return the free memory of the C allocator and of Arrow to the system, which takes a few milliseconds.

    Captures are read and stored in blocks of varying sizes. glibc accumulates free memory between the blocks that stay,
    and malloc_trim(3) returns it. Other C libraries do so by themselves.
    """
    if (trim := _malloc_trim()) is not None:
        trim(0)
    if (pyarrow := sys.modules.get("pyarrow")) is not None:
        pyarrow.default_memory_pool().release_unused()


@cache
def _malloc_trim() -> Callable[[int], object] | None:
    trim: Callable[[int], object] | None = None
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
    return trim
