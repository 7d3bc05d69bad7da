"""A connection over which a sampler looks at all processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Look:
    """One look as it arrived: system texts, followed by every status; adjustments; the CPU seconds spent so far."""

    texts: bytes
    adjustments: str
    cpu_s: float | None


class Link(Protocol):
    """A connection for looks. Raises DeviceError or OSError if it breaks."""

    own: str
    """A text that the cmdlines of the looking processes contain; empty if there are none."""

    def look(self) -> Look: ...

    def names(self, pids: Sequence[int]) -> dict[int, bytes]:
        """The cmdlines of some processes, up to the first NUL (a shell's whole)."""

    def close(self) -> None:
        """Close the connection. A thread that is waiting for an answer gets an error."""
