"""An open capture: its title, its facts, and its replicates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.escape import escape_text
from droidanon.model import Capture
from droidanon_tui.explore.facts import ViewFacts

if TYPE_CHECKING:
    from droidanon.analysis.view import View

LIVE = ("adb:", "local:")
"""Prefixes of sources that can be captured again."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """A capture that is open. `source` opens it again; `origin` is the phone (or host) for a new capture."""

    source: str
    view: View
    facts: ViewFacts
    seconds: float = 0.0
    """How long it took to open."""
    more: tuple[Side, ...] = ()
    """Other captures of the same condition: its replicates."""

    @property
    def views(self) -> tuple[View, ...]:
        """Of all of its captures."""
        return (self.view, *(side.view for side in self.more))

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.source, *(side.source for side in self.more))

    @property
    def capture(self) -> Capture:
        return self.view.capture

    @property
    def origin(self) -> str | None:
        """The live source behind the capture."""
        return self.capture.source if self.capture.source.startswith(LIVE) else None

    @property
    def title(self) -> str:
        """Its labels (those that all its replicates have), else its file's name (its folder's if there are several),
        else its source."""
        shared = set(self.capture.labels.items())
        for side in self.more:
            shared &= set(side.capture.labels.items())
        labels = " ".join(value for key, value in self.capture.labels.items() if (key, value) in shared)
        path = Path(self.source)
        file = path.parent.name if self.more and path.parent.name else path.stem
        name = escape_text(labels or file or self.source)[:60]
        return f"{name} ({1 + len(self.more)})" if self.more else name

    @property
    def device_facts(self) -> list[str]:
        """Device, release, page size."""
        device = self.capture.device
        size = device.get("page_size")
        facts = (
            str(device.get("model") or device.get("serial") or ""),
            f"Android {device['android']}" if device.get("android") else "",
            f"{size // 1024 if size >= 1024 else size} KB pages" if isinstance(size, int) else "",
        )
        return [escape_text(fact) for fact in facts if fact]

    @property
    def provenance(self) -> list[str]:
        """Fidelity, access, and of how many processes the rows are."""
        own = [process for process in self.capture.processes if not process.reference]
        read = [process for process in own if process.rows]
        kinds = sorted({process.fidelity for process in read})
        count = f"{len(read)}" if len(read) == len(own) else f"{len(read)} of {len(own)}"
        parts = ["+".join(kinds), self.capture.access, f"{count} process{'es' if len(own) != 1 else ''}"]
        if self.capture.partial:
            parts.append("⚠ partial")
        if self.capture.problems:
            parts.append(f"⚠ {len(self.capture.problems)} problem{'s' if len(self.capture.problems) != 1 else ''}")
        return [escape_text(part) for part in parts if part]

    @property
    def least(self) -> list[str]:
        """Of these facts those that a narrow line can do without, the least useful first."""
        device, access = self.device_facts, self.capture.access
        return ["smaps", *device[:0:-1], escape_text(access), *device[:1]]
