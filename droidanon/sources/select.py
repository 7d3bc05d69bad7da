"""Some processes of a capture that was already made."""

from __future__ import annotations

from dataclasses import replace

from droidanon.model import Capture
from droidanon.platform.readers.procfs import is_zygote
from droidanon.smaps.filtering import rows_of
from droidanon.sources.selection import Choice


def select(capture: Capture, choice: Choice) -> Capture:
    """The processes that are wanted, with the zygotes as companions. ProcessError where there is none."""
    if choice.everything:
        return capture
    chosen = {index: process for index, process in enumerate(capture.processes) if choice.takes(process)}
    if not any(not process.reference for process in chosen.values()):
        raise choice.none_of(capture.counted, live=False)
    for index, process in enumerate(capture.processes):
        if index not in chosen and (process.reference or is_zygote(process.name)):
            chosen[index] = replace(process, reference=True)
    order = sorted(chosen)
    return replace(
        capture,
        processes=tuple(chosen[index] for index in order),
        vmas=rows_of(capture.vmas, order),
        app=choice.app or capture.app,
    )
