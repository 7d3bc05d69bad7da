"""Prints results as JSON; docs/json.md describes the format."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TextIO

from droidanon.model import Problem

SCHEMA = 1
"""The version of the JSON that commands print."""
_ROWS = 1024
"""Rows that are encoded at once."""
_BEFORE_ROWS, _AFTER_ROWS = '\n "": [', "\n ]"


def print_json(
    rows: Iterable[Mapping[str, Any]],
    *,
    totals: Mapping[str, Any] | None = None,
    problems: Iterable[Problem] = (),
    warnings: Iterable[Problem] = (),
    notes: Iterable[Problem] = (),
    source: str | Sequence[str] | Mapping[str, str] = "",
    out: TextIO | None = None,
    **more: Any,
) -> None:
    """Print the object of `--json`: schema, source, `more`, rows, totals, problems, warnings and notes.

    Rows are streamed, so that an iterator of many rows needs little memory.
    """
    data = json_object((), totals=totals, problems=problems, warnings=warnings, notes=notes, source=source, **more)
    write = (out or sys.stdout).write
    separator = "{"
    for key, value in data.items():
        write(separator)
        if key == "rows":
            _write_rows(_with_normal_names(rows), write)
        else:
            write(_members({key: value}))
        separator = ","
    write("\n}\n")


def _write_rows(rows: Iterable[Mapping[str, Any]], write: Callable[[str], object]) -> None:
    write('\n "rows": [')
    separator, end = "", "]"
    rows = iter(rows)
    while some := list(islice(rows, _ROWS)):
        write(separator + _members({"": some}).removeprefix(_BEFORE_ROWS).removesuffix(_AFTER_ROWS))
        separator, end = ",", _AFTER_ROWS
    write(end)


def _members(data: Mapping[str, Any]) -> str:
    """The members of an object as it is printed, without its braces."""
    # ASCII, so that device text can neither control a terminal nor break an encoding.
    return json.dumps(data, ensure_ascii=True, indent=1)[1:-2]


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
        "rows": list(_with_normal_names(rows)),
        "totals": dict(totals or {}),
        "problems": _records(problems),
        "warnings": _records(warnings),
        "notes": _records(notes),
    }


def _with_normal_names(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The rows with the normalised name that diffs match by, so that the rows of two outputs can be joined."""
    for row in rows:
        if "name" not in row or "normal_name" in row:
            yield row
            continue
        from droidanon.taxonomy.normalise import normalise_name

        yield {**row, "normal_name": None if row["name"] is None else normalise_name(str(row["name"]))}


def _records(problems: Iterable[Problem]) -> list[dict[str, str]]:
    return [{"where": one.where, "message": one.message, "kind": one.kind} for one in problems]
