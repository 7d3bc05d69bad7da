"""The folder of captures: its location, its contents, and names for new captures."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from droidanon.errors import DroidanonError, InputError
from droidanon.model import VMA_FIDELITIES, Capture
from droidanon.store.atomic_file import AlreadyExistsError
from droidanon.store.series import SUFFIX, is_series, read_series

Stored = TypeVar("Stored")
CAPTURES_VARIABLE = "DROIDANON_CAPTURES"
_UNSAFE = re.compile(r"[^A-Za-z0-9.+-]+")
_MAX_WORD = 60


@dataclass(frozen=True, slots=True)
class CaptureSummary:
    """A capture in a list. If the file cannot be opened, `error` is set and everything else is empty.

    A series has the facts of its newest capture, and its own labels if any. Its `path` is the folder; `captures` and
    `size` cover all captures.
    """

    path: Path
    created: str = ""
    device: str = ""
    android: str = ""
    app: str = ""
    access: str = ""
    labels: Mapping[str, str] | None = None
    total_pss_kb: int | None = None
    processes: int = 0
    vmas: int = 0
    size: int = 0
    """Bytes of the file."""
    problems: int = 0
    partial: bool = False
    error: str = ""
    captures: int = 1


def captures_folder(option: Path | str | None = None) -> Path:
    """The given folder, else `$DROIDANON_CAPTURES`, else `./captures`."""
    return Path(option or os.environ.get(CAPTURES_VARIABLE) or "captures")


def samples_folder() -> Path | None:
    """The folder of bundled captures, from the wheel or the checkout; None if there is none."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "samples", package.parent / "captures" / "samples"):
        if any(folder.glob(f"*{SUFFIX}")):
            return folder
    return None


def capture_files(folder: Path) -> list[Path]:
    """The capture files of a folder and its subfolders, oldest first by name."""
    found = [*folder.glob(f"*{SUFFIX}")]
    if not is_series(folder):  # whose subfolders contain samples
        found += (path for path in folder.glob(f"*/*{SUFFIX}") if not path.parent.name.startswith("."))
    return sorted((path for path in found if not path.name.startswith(".")), key=lambda path: (path.parent, path.name))


def list_captures(folder: Path) -> list[CaptureSummary]:
    """Summarise each capture (without its VMAs) and series in a folder; a file that cannot be opened has an error."""
    found: dict[Path, list[Path]] = {}
    for file in capture_files(folder):
        found.setdefault(file.parent if file.parent != folder and is_series(file.parent) else file, []).append(file)
    return [summarise(path) if files == [path] else _summarise_series(path, files) for path, files in found.items()]


def _summarise_series(path: Path, files: list[Path]) -> CaptureSummary:
    sizes = sum(file.stat().st_size for file in files if file.is_file())
    newest = summarise(files[-1])
    return replace(newest, path=path, captures=len(files), size=sizes, labels=_series_labels(path) or newest.labels)


def _series_labels(path: Path) -> Mapping[str, str]:
    try:
        return read_series(path).labels
    except InputError:
        return {}


def summarise(path: Path) -> CaptureSummary:
    """Summarise one capture."""
    import numpy as np

    from droidanon.store.metadata import processes_from_json
    from droidanon.store.parquet import open_capture

    try:
        stored = open_capture(path)
        data = stored.data
        with stored.damage():
            processes = processes_from_json(data["processes"])
        total = None
        names = [name for name in ("pss_kb", "swap_pss_kb") if name in stored.counters]
        if "pss_kb" in names and any(process.rows for process in processes):
            own = np.repeat([not p.reference for p in processes], [p.rows for p in processes])
            total = sum(int(stored.counter(name)[0][own].sum()) for name in names)
        device = data.get("device", {})
        return CaptureSummary(
            path,
            data.get("created", ""),
            str(device.get("model") or device.get("serial") or ""),
            str(device.get("android", "")),
            data.get("app", ""),
            data.get("access", ""),
            data.get("labels", {}),
            total,
            sum(not p.reference for p in processes),
            sum(p.rows for p in processes if not p.reference and p.fidelity in VMA_FIDELITIES),
            path.stat().st_size,
            len(data.get("problems", [])),
            bool(data.get("partial")),
        )
    except (InputError, OSError) as error:
        return CaptureSummary(path, error=str(error))


def safe_word(text: str) -> str:
    """Text as part of a file name that every system accepts; may be empty."""
    return _UNSAFE.sub("-", text).strip("-.")[:_MAX_WORD]


def keep_capture(folder: Path, capture: Capture) -> Path:
    """Store a capture in a folder under a unique name, even if other processes do so at the same time."""
    from droidanon.store.parquet import save_capture

    return keep_in_new_file(folder, capture, lambda path: save_capture(capture, path, new=True))


def keep_in_new_file(folder: Path, capture: Capture, save: Callable[[Path], Stored]) -> Stored:
    """Call `save` with an unused path for a capture, and again with another one if the path is in use by then."""
    while True:
        with suppress(AlreadyExistsError):
            return save(capture_path(folder, capture))


def capture_path(folder: Path, capture: Capture) -> Path:
    """An unused file name that sorts by time and contains device and app."""
    when = re.sub(r"[-:]", "", capture.created)
    device = str(capture.device.get("model") or capture.device.get("serial") or capture.source.partition(":")[0])
    label = "-".join(capture.labels.values())
    words = [when, device, capture.app or "all", label]
    stem = "_".join(word for word in map(safe_word, words) if word)
    for number in range(1, 10_000):
        path = folder / f"{stem}{'' if number == 1 else f'-{number}'}{SUFFIX}"
        if not path.exists():
            return path
    raise DroidanonError(f"{folder}: too many captures called {stem}")
