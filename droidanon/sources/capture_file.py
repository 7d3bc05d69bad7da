"""A stored capture as a source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from droidanon.model import Capture, Problem
from droidanon.sources.selection import EVERYTHING, Selection
from droidanon.sources.source import Progress


@dataclass(frozen=True, slots=True)
class CaptureFileSource:
    """A file that droidanon wrote."""

    path: Path
    notes: tuple[Problem, ...] = ()
    """Notes about how the file was chosen."""

    def describe(self) -> str:
        return f"the capture {self.path}"

    def read(self, selection: Selection = EVERYTHING, progress: Progress | None = None) -> Capture:
        """Read the capture, or its selected processes. Raises InputError if the file is damaged or not a capture."""
        from droidanon.store.parquet import load_capture

        del progress
        capture = load_capture(self.path)
        if self.notes:
            capture = replace(capture, notes=(*capture.notes, *self.notes))
        return select_processes(capture, selection)


def select_processes(capture: Capture, selection: Selection) -> Capture:
    """The selected processes of a capture, and the zygotes as reference processes. Raises ProcessError if none is
    selected."""
    if selection.everything:
        return capture
    from droidanon.smaps.filtering import rows_of

    found = selection.partition(capture.processes)
    order = sorted((*found.wanted, *found.reference))
    reference = set(found.reference)
    return replace(
        capture,
        processes=tuple(
            replace(capture.processes[place], reference=True) if place in reference else capture.processes[place]
            for place in order
        ),
        vmas=rows_of(capture.vmas, order),
        app=selection.app or capture.app,
    )
