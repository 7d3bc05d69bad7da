"""The view settings, most of which are stored in a small file between sessions."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import Field, dataclass, fields, replace
from pathlib import Path
from typing import Any

from platformdirs import user_state_path

from droidanon.counters import DEFAULT_COUNTER
from droidanon.errors import DroidanonError
from droidanon.store.atomic_file import atomic_file


@dataclass(frozen=True, slots=True)
class Settings:
    """Empty `columns` are the default ones; an empty theme is the app's own.

    Grouping and counter are not stored, because they change the numbers and not just their presentation.
    """

    by: str = "category"
    counter: str = DEFAULT_COUNTER
    unit: str = "kB"
    changed_only: bool = True
    bars_of_parent: bool = False
    columns: tuple[str, ...] = ()
    theme: str = ""


_CHOICES = {"unit": ("kB", "MiB")}
_OF_THE_SESSION = frozenset({"by", "counter"})


class SettingsFile:
    """The settings and their file, which is written when a stored setting changes. Without a path, settings only last
    for the session.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.settings = load_settings(path)

    def change(self, **changes: object) -> None:
        before = _stored(self.settings)
        self.settings = replace(self.settings, **changes)  # type: ignore[arg-type]
        if _stored(self.settings) != before:
            save_settings(self.settings, self._path)

    def reset(self) -> None:
        """Goes back to the defaults, in the file as well."""
        self.settings = Settings()
        save_settings(self.settings, self._path)


def settings_path() -> Path:
    """The settings file ($XDG_STATE_HOME/droidanon/tui.json on Linux)."""
    return user_state_path("droidanon", appauthor=False) / "tui.json"


def load_settings(path: Path | None) -> Settings:
    """The stored settings. Damaged files and unknown or invalid values yield the defaults."""
    if path is None:
        return Settings()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Settings()
    kept: dict[str, Any] = {}
    for field in _stored_fields() if isinstance(data, dict) else ():
        value, default = data.get(field.name), field.default
        if isinstance(default, tuple) and isinstance(value, list) and all(isinstance(item, str) for item in value):
            kept[field.name] = tuple(value)
        elif type(value) is type(default) and value in _CHOICES.get(field.name, (value,)):
            kept[field.name] = value
    return Settings(**kept)


def _stored_fields() -> list[Field[Any]]:
    return [field for field in fields(Settings) if field.name not in _OF_THE_SESSION]


def _stored(settings: Settings) -> dict[str, Any]:
    return {field.name: getattr(settings, field.name) for field in _stored_fields()}


def save_settings(settings: Settings, path: Path | None) -> None:
    """Writes the settings. Errors are ignored, because losing a setting does no harm."""
    if path is None:
        return
    # A key waits for this.
    with suppress(DroidanonError), atomic_file(path, synced=False) as file:
        file.write(f"{json.dumps(_stored(settings), indent=1)}\n".encode())
