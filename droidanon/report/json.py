"""Results as JSON; docs/json.md describes its form."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from droidanon.model import Problem

SCHEMA = 1
"""The version of the JSON that commands print."""


def print_json(
    rows: Sequence[Mapping[str, Any]],
    *,
    totals: Mapping[str, Any] | None = None,
    problems: Iterable[Problem] = (),
    warnings: Iterable[Problem] = (),
    notes: Iterable[Problem] = (),
    source: str | Sequence[str] | Mapping[str, str] = "",
    out: TextIO | None = None,
    **more: Any,
) -> None:
    """Print the object of `--json`: schema, source, `more`, rows, totals, problems, warnings and notes."""
    data = json_object(rows, totals=totals, problems=problems, warnings=warnings, notes=notes, source=source, **more)
    # ASCII, so that no device text can act on a terminal or break an encoding.
    (out or sys.stdout).write(json.dumps(data, ensure_ascii=True, indent=1) + "\n")


def json_object(
    rows: Sequence[Mapping[str, Any]],
    *,
    totals: Mapping[str, Any] | None = None,
    problems: Iterable[Problem] = (),
    warnings: Iterable[Problem] = (),
    notes: Iterable[Problem] = (),
    source: str | Sequence[str] | Mapping[str, str] = "",
    **more: Any,
) -> dict[str, Any]:
    """The object that `--json` prints."""
    return {
        "schema": SCHEMA,
        "source": source,
        **more,
        "rows": _with_normal_names(rows),
        "totals": dict(totals or {}),
        "problems": _records(problems),
        "warnings": _records(warnings),
        "notes": _records(notes),
    }


def _with_normal_names(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows with the name by which diffs match them, so that rows of any two outputs can be joined."""
    if not any("name" in row for row in rows):
        return list(rows)
    from droidanon.taxonomy.normalise import normalise_name

    return [
        {**row, "normal_name": None if row["name"] is None else normalise_name(str(row["name"]))}
        if "name" in row and "normal_name" not in row
        else row
        for row in rows
    ]


def _records(problems: Iterable[Problem]) -> list[dict[str, str]]:
    return [{"where": one.where, "message": one.message, "kind": one.kind} for one in problems]
