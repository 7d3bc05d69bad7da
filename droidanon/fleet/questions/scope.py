"""Selects the rows of a dataset that a question is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from droidanon.errors import UsageError
from droidanon.escape import escape_text
from droidanon.wording import listed

if TYPE_CHECKING:
    from droidanon.fleet.questions.engine import Engine

KEYS = ("app", "build", "device", "android", "ram_tier", "process", "state", "day", "device_id")
"""The columns for grouping and selecting."""
_LABEL = "label."
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Condition:
    """A column (one of KEYS, or `label.NAME`) and the values it may have."""

    key: str
    values: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Parse `build=1.1.0` or `device=Pixel 8,Pixel 9`. Raises UsageError for anything else."""
        key, equals, values = text.partition("=")
        key = key.strip()
        if not key.startswith(_LABEL):
            key = key.replace("-", "_")
        if not equals or not (key in KEYS or key[len(_LABEL) :]):
            raise UsageError(f"{text!r}: write a condition like build=1.1.0 or label.run=nightly")
        if key not in KEYS and not key.startswith(_LABEL):
            raise UsageError(f"{text!r}: choose from {', '.join(KEYS)} and label.NAME")
        return cls(key, tuple(value.strip() for value in values.split(",")))

    def holds(self, rows: Any, tables: Any) -> Any:
        """An expression that is true for rows of a table of facts or processes that meet the condition."""
        if self.key.startswith(_LABEL):
            label = tables.captures.labels.get(self.key[len(_LABEL) :], "")
            return rows.capture_id.isin(tables.captures.filter(label.isin(self.values)).capture_id)
        return rows[self.key].cast("string").isin(self.values).fill_null(False)

    def __str__(self) -> str:
        return f"{self.key}={','.join(self.values)}"


@dataclass(frozen=True, slots=True)
class Scope:
    """An app (None: all), conditions that must all hold, and days (the last one included)."""

    app: str | None = None
    conditions: tuple[Condition, ...] = ()
    since: date | None = None
    until: date | None = None

    def of(self, rows: Any, tables: Any) -> Any:
        """The rows of a table of facts or processes in the scope."""
        wanted = [one.holds(rows, tables) for one in self.conditions]
        if self.app is not None:
            wanted.append(rows.app == self.app)
        if self.since is not None:
            wanted.append(rows.day >= self.since)
        if self.until is not None:
            wanted.append(rows.day <= self.until)
        return rows.filter(*wanted) if wanted else rows

    def check(self, engine: Engine) -> None:
        """Raise UsageError if the dataset has nothing in the scope."""
        processes = self.of(engine.processes, engine)
        if engine.number(processes.aggregate(count=processes.count())):
            return
        if self.app is not None:
            raise UsageError(f"no capture of {self.app!r} matches; {_apps_of(engine)}")
        raise UsageError("no capture matches; `droidanon fleet info` lists what the dataset has")


def _apps_of(engine: Engine) -> str:
    """The apps with the most captures, as text."""
    named = engine.processes.filter(engine.processes.app.notnull())
    groups = named.group_by("app").aggregate(count=named.capture_id.nunique())
    rows = engine.rows(groups).to_pylist()
    apps = [row["app"] for row in sorted(rows, key=lambda row: (-row["count"], row["app"]))]
    return f"the dataset has {listed([escape_text(app) for app in apps], _LISTED)}"


def parse_keys(by: str | Sequence[str], allowed: Sequence[str] = KEYS) -> tuple[str, ...]:
    """Parse keys from `build,device` or a list. Raises UsageError for a key that is not allowed."""
    words = by.split(",") if isinstance(by, str) else by
    keys = tuple(dict.fromkeys(word.strip().replace("-", "_") for word in words if word.strip()))
    for key in keys:
        if key not in allowed:
            raise UsageError(f"can't group by {key!r}; choose from {', '.join(allowed)} (a list: build,device)")
    return keys


def parse_day(text: str) -> date:
    """Parse a day such as `2026-11-30`. Raises UsageError if it is not one."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r}: write a day like 2026-11-30") from None
