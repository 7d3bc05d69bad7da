"""The facts about a capture, other than its VMAs, that comparisons need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from droidanon.analysis.view import View
from droidanon.model import Capture, Problem, Process


@dataclass(frozen=True, slots=True)
class CaptureFacts:
    """The facts about a capture apart from its VMAs."""

    created: str
    access: str
    device: Mapping[str, str | int]
    system: Mapping[str, int]
    processes: tuple[Process, ...]
    """All but reference processes."""
    warnings: tuple[Problem, ...]
    has_problems: bool
    counters: tuple[str, ...]
    app: str
    prepared: str = ""
    """The steps before the reading that change memory: `trim, gc`; settling and freezing do not."""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def read(self) -> list[Process]:
        """The processes whose memory is known."""
        return [process for process in self.processes if process.rows]


Side = Sequence[CaptureFacts]


def facts_of(view: View) -> CaptureFacts:
    """A capture's facts, without a reference to the capture."""
    return facts_from(view.capture, view.warnings, view.counters)


def facts_from(capture: Capture, warnings: tuple[Problem, ...], counters: tuple[str, ...]) -> CaptureFacts:
    """The facts of a capture with the warnings and counters of its view; does not access its VMAs."""
    return CaptureFacts(
        capture.created,
        capture.access,
        capture.device,
        capture.system,
        capture.counted,
        warnings,
        bool(capture.problems),
        counters,
        capture.app,
        _prepared(capture),
        capture.labels,
    )


def _prepared(capture: Capture) -> str:
    kinds = [one.kind for one in capture.preparations if one.kind in ("trim", "gc") and one.done]
    return ", ".join(kinds) or "none"
