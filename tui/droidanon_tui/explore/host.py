"""The app's interface for Explore."""

from __future__ import annotations

from typing import Protocol

from droidanon_tui.explore.sides import Side
from droidanon_tui.host import Host


class ExploreHost(Host, Protocol):
    """The app, as Explore sees it."""

    @property
    def base(self) -> Side | None:
        """The capture that others are compared with."""

    @property
    def current(self) -> Side | None:
        """The capture that is open."""

    @property
    def is_base_coming(self) -> bool:
        """Whether a base is being read, from a file: that takes a moment."""

    def set_base(self, side: Side | None) -> None:
        """Marks another capture as the base; None removes the mark."""

    def swap_sides(self) -> None:
        """The base becomes the open capture, and the open capture the base."""
