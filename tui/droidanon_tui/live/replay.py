"""The position in a recorded series that Live plays."""

from __future__ import annotations

import math
from dataclasses import dataclass

SPEEDS = (1.0, 4.0, 16.0, 64.0, math.inf)
START_SPEED = 16.0


@dataclass
class Replay:
    """The position in a series: its speed, and whether it is paused or at its end."""

    name: str
    captures: int = 0
    """0 until the series has been opened."""
    speed: float = math.inf
    paused: bool = False
    ended: bool = False

    def words(self) -> str:
        """The position as text, for the title."""
        if self.ended:
            return "recording, fully loaded"
        if self.paused:
            return "recording, paused"
        if self.speed == math.inf:
            return "recording, loading"
        return f"recording, {self.speed:.0f}x speed" if self.speed > 1 else "recording, original speed"
