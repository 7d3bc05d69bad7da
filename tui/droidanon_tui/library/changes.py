"""Background jobs of the Library that change captures on the disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from droidanon.errors import DroidanonError
from droidanon.wording import counted
from droidanon_tui.errors import one_line
from droidanon_tui.library.messages import CapturesChanged


def rename(folder: Path, path: Path, name: str) -> CapturesChanged:
    """Renames a capture or a series."""
    from droidanon.store import editing

    def change() -> CapturesChanged:
        new = editing.rename(folder, path, name)
        return CapturesChanged(f"renamed to {new.name}", renamed=(path, new))

    return _reported(change)


def label(folder: Path, labels: Mapping[Path, Mapping[str, str]]) -> CapturesChanged:
    """Replaces the labels of captures and series."""
    from droidanon.store import editing

    def change() -> CapturesChanged:
        for path, own in labels.items():
            editing.set_labels(folder, path, own)
        return CapturesChanged(f"labels of {counted(len(labels), 'capture')} changed")

    return _reported(change)


def delete(folder: Path, paths: Sequence[Path], now: float) -> CapturesChanged:
    """Moves captures and series into the trash."""
    from droidanon.store import trash

    def change() -> CapturesChanged:
        where = trash.delete(folder, paths, now)
        return CapturesChanged(f"{counted(len(paths), 'capture')} moved to {where}; U restores")

    return _reported(change)


def restore(folder: Path) -> CapturesChanged:
    """Restores what was deleted last."""
    from droidanon.store import trash

    def change() -> CapturesChanged:
        restored = trash.restore(folder)
        names = ", ".join(path.name for path in restored[:3]) + (", …" if len(restored) > 3 else "")
        return CapturesChanged(f"restored: {names}" if restored else "the trash is empty")

    return _reported(change)


def _reported(change: Callable[[], CapturesChanged]) -> CapturesChanged:
    try:
        return change()
    except (DroidanonError, OSError) as error:
        return CapturesChanged(one_line(error), failed=True)
