"""The start of the TUI: the first screen, its source, and the Library's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from droidanon.errors import DroidanonError


@dataclass(frozen=True, slots=True)
class Start:
    """The first screen and its sources. `selected`: captures to select in the Library."""

    screen: Literal["library", "live", "explore"]
    folder: Path
    source: str | None = None
    base: str | None = None
    sample: bool = False
    selected: tuple[Path, ...] = ()


def start_of(source: str | None, base: str | None, folder: Path, *, sample: bool, live: bool) -> Start:
    """From the command line.

    Without a base, several captures (a folder of them, a glob, a selection by label) are listed in the Library; those
    that a glob or a label selects are selected there. An empty folder is a Library without captures yet. A series is
    played in Live. With a base every source is a side of the diff.
    """
    from droidanon.sources.series import find_folder_series

    if live or (source and not base and find_folder_series(Path(source)) is not None):
        return Start("live", folder, source, base)
    if source and not base and (listed := _listed(source, folder)) is not None:
        return listed
    return Start("explore" if source or sample else "library", folder, source, base, sample)


def _listed(source: str, folder: Path) -> Start | None:
    """The Library, if the source is several captures."""
    from droidanon.sources.resolve import Replicates, is_live, resolve
    from droidanon.store.library import capture_files

    path = Path(source)
    try:
        if path.is_dir():
            return Start("library", path) if capture_files(path) or not any(path.iterdir()) else None
        if is_live(source) or path.is_file():
            return None
        found = resolve(source)
    except (DroidanonError, OSError, ValueError):  # reading it reports the error
        return None
    if not isinstance(found, Replicates):
        return None
    paths = tuple(map(Path, found.paths))
    return Start("library", _folder_of(paths, folder), selected=paths)


def _folder_of(paths: tuple[Path, ...], folder: Path) -> Path:
    """The folder of captures if the paths are listed in it, else the folder of the first of them."""
    return folder if all(folder in path.parents[:2] for path in paths) else paths[0].parent
