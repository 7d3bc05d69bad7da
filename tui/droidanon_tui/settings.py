"""What the TUI remembers from one time to the next: how the user likes to look at memory, in one small file."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from platformdirs import user_state_path

from droidanon.counters import DEFAULT_COUNTER
from droidanon.errors import DroidanonError
from droidanon.store.atomic_file import atomic_file


@dataclass(frozen=True, slots=True)
class Remembered:
    """Empty `columns` are the usual ones; an empty theme is the app's own."""

    by: str = "category"
    counter: str = DEFAULT_COUNTER
    unit: str = "kB"
    changed_only: bool = True
    bars_of_parent: bool = False
    columns: tuple[str, ...] = ()
    theme: str = ""


_CHOICES = {"by": ("category", "heap"), "unit": ("kB", "MiB")}


def remembered_path() -> Path:
    """Where the file is ($XDG_STATE_HOME on Linux)."""
    return user_state_path("droidanon", appauthor=False) / "tui.json"


def load_remembered(path: Path | None) -> Remembered:
    """What was remembered; of a file that is damaged, or has what is not known here, the rest."""
    if path is None:
        return Remembered()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Remembered()
    kept: dict[str, Any] = {}
    for field in fields(Remembered) if isinstance(data, dict) else ():
        value, usual = data.get(field.name), field.default
        if isinstance(usual, tuple) and isinstance(value, list) and all(isinstance(item, str) for item in value):
            kept[field.name] = tuple(value)
        elif type(value) is type(usual) and value in _CHOICES.get(field.name, (value,)):
            kept[field.name] = value
    return Remembered(**kept)


def save_remembered(kept: Remembered, path: Path | None) -> None:
    """Writes it; a state folder that can't be written to is no reason to disturb anybody."""
    if path is None:
        return
    with suppress(DroidanonError), atomic_file(path) as file:
        file.write(f"{json.dumps(asdict(kept), indent=1)}\n".encode())
