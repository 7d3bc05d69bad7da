"""Commands of other tools, filled in for a process."""

from __future__ import annotations

from droidanon.model import Process

_DEFAULT_BYTES = 4096
"""The sampling interval that `heap_profile` uses by default (https://perfetto.dev/docs/reference/heap_profile-cli)."""
_SAMPLES = 10_000
"""Samples of the whole heap: a call site with 1 % of it has about 100, whose number is known to about 10 %."""


def sampling_interval(heap_kb: int) -> int:
    """Bytes between samples of heapprofd for a heap of some kB: a power of two, so that the whole heap has about 10,000
    to 20,000 samples; never below heapprofd's default.
    """
    interval = max(heap_kb * 1024 // _SAMPLES, 1)
    return max(1 << (interval.bit_length() - 1), _DEFAULT_BYTES)


def shell_word(process: Process | None, app: str) -> str:
    """The name of a process for a command line, quoted if a shell needs it."""
    import shlex  # not for every `show`

    return shlex.quote(process.name if process is not None else app)
