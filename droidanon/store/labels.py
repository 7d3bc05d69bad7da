"""Lists the captures of a folder with their labels, without reading VMAs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from droidanon.errors import InputError
from droidanon.store.library import capture_files
from droidanon.store.series import is_series


@dataclass(frozen=True, slots=True)
class LabelledCapture:
    """A stored capture: its file, its time (ISO 8601; may be empty) and its labels."""

    path: Path
    created: str
    labels: Mapping[str, str]


def labelled_captures(folder: Path, unreadable: list[Path]) -> list[LabelledCapture]:
    """The captures of a folder and its subfolders, oldest first.

    Captures of a series are left out, because they come from one run of an app. Files that cannot be opened are added
    to `unreadable`: they may have any label.
    """
    from droidanon.store.parquet import open_capture

    found = []
    inside: dict[Path, bool] = {}
    for path in capture_files(folder):
        if inside.setdefault(path.parent, is_series(path.parent)):
            continue
        try:
            data = open_capture(path).data
        except (InputError, OSError):
            unreadable.append(path)
            continue
        found.append(LabelledCapture(path, data.get("created", ""), data.get("labels") or {}))
    return sorted(found, key=lambda one: (one.created, one.path))
