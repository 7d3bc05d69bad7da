"""The app's interface for screens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from droidanon_tui.background import Background
    from droidanon_tui.settings import SettingsFile


class Host(Protocol):
    """The app, as every screen sees it."""

    @property
    def background(self) -> Background: ...

    @property
    def settings_file(self) -> SettingsFile: ...

    @property
    def folder(self) -> Path:
        """The Library's folder, which new captures and exported files go to."""

    @property
    def base_sources(self) -> tuple[str, ...]:
        """The sources that are marked as the base; empty if there is no base."""

    @property
    def base_title(self) -> str:
        """The base's title; '' if there is no base."""

    @property
    def clock(self) -> Callable[[], float]:
        """A monotonic clock in seconds."""

    @property
    def wall(self) -> Callable[[], float]:
        """Seconds since 1970."""

    def list_devices(self) -> None:
        """Lists the devices again."""

    def list_captures(self) -> None:
        """Lists the Library's captures again."""

    def watch_live(self, source: str) -> None:
        """Shows Live with a phone, or plays a series in it."""

    def open_in_explore(self, *sources: str, compared: bool = True) -> None:
        """Shows Explore and opens captures there, compared with the base if there is one."""

    def open_sample(self) -> None:
        """Opens the capture bundled with droidanon."""

    def read(self, *sources: str, as_base: bool = False) -> None:
        """Reads captures and shows them in Explore, or marks them as the base."""

    def capture_now(self, source: str) -> None:
        """Captures from a phone, stores the capture and opens it."""

    def mark_base(self, *sources: str) -> None:
        """Marks captures as the base, or removes the mark if they are the base already."""

    def rename_capture(self, path: Path, name: str) -> None:
        """Renames a capture or a series of the Library's folder."""

    def label_captures(self, labels: Mapping[Path, Mapping[str, str]]) -> None:
        """Replaces the labels of captures and series."""

    def delete_captures(self, paths: Sequence[Path]) -> None:
        """Moves captures and series into the trash."""

    def restore_captures(self) -> None:
        """Restores what was deleted last."""
