"""The state of the Library, independent of the screen: captures, filter and selection."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.store.editing import format_labels

if TYPE_CHECKING:
    from droidanon.store.library import CaptureSummary

FIELDS = ("name", "app", "device", "label")
"""The words before a colon that search in one column."""


class LibraryState:
    """The listed captures. The selection keeps the order in which it was made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.captures: tuple[CaptureSummary, ...] = ()
        self.selected: dict[Path, None] = {}
        self._words: tuple[str, ...] = ()
        self._searched: dict[Path, dict[str, str]] = {}
        """The texts of each capture that a filter searches; '' has all of them."""

    def take(self, captures: Sequence[CaptureSummary]) -> None:
        """Replaces the captures; captures that no longer exist are deselected."""
        self.captures = tuple(captures)
        self._searched = {item.path: self._texts(item) for item in captures}
        there = {item.path for item in captures}
        self.selected = {path: None for path in self.selected if path in there}

    def set_filter(self, text: str) -> None:
        self._words = tuple(text.casefold().split())

    @property
    def is_filtered(self) -> bool:
        return bool(self._words)

    def shown(self) -> list[CaptureSummary]:
        """The captures that match the filter."""
        asked = [self._field_and_text(word) for word in self._words]
        return [
            item for item in self.captures if all(text in self._searched[item.path][field] for field, text in asked)
        ]

    @staticmethod
    def _field_and_text(word: str) -> tuple[str, str]:
        field, colon, text = word.partition(":")
        return (field, text) if colon and field in FIELDS else ("", word)

    def _texts(self, item: CaptureSummary) -> dict[str, str]:
        texts = {
            "name": self.name(item.path),
            "app": item.app or "all",
            "device": item.device,
            "label": format_labels(item.labels or {}),
        }
        folded = {field: text.casefold() for field, text in texts.items()}
        return {**folded, "": "\n".join(folded.values())}

    def name(self, path: Path) -> str:
        """A path relative to the folder, without its suffix; in another folder, including that folder's name."""
        shown = path.relative_to(self.folder) if path.is_relative_to(self.folder) else Path(*path.parts[-2:])
        return str(shown.with_suffix("") if shown.suffix == ".parquet" else shown)

    def toggle(self, path: Path) -> None:
        if path in self.selected:
            del self.selected[path]
        else:
            self.selected[path] = None

    def labels_of(self, paths: Sequence[Path]) -> dict[str, str]:
        """The labels that all of these captures have."""
        each = [dict(item.labels or {}) for item in self.captures if item.path in paths]
        return {
            key: value for key, value in (each[0] if each else {}).items() if all(one.get(key) == value for one in each)
        }

    def relabelled(self, paths: Sequence[Path], labels: dict[str, str]) -> dict[Path, dict[str, str]]:
        """The new labels of each of these captures if `labels` replace those that all of them have."""
        common = self.labels_of(paths)
        return {
            item.path: {key: value for key, value in (item.labels or {}).items() if key not in common} | labels
            for item in self.captures
            if item.path in paths
        }
