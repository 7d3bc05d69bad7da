"""Removes captures from all files of a dataset, for privacy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from droidanon.errors import InputError, UsageError
from droidanon.escape import escape_text
from droidanon.fleet.change import change
from droidanon.fleet.dataset import table_sizes
from droidanon.fleet.identity import device_id
from droidanon.fleet.location import DatasetLocation
from droidanon.fleet.marker import read_marker
from droidanon.fleet.rows_of_captures import remove_rows
from droidanon.fleet.schema import CAPTURES, TABLES
from droidanon.fleet.table_files import read_rows

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class ForgetQuery:
    """Selects the captures to forget: those that match every given condition.

    `devices` are serials, or hashes as in the dataset; `before` is a date (YYYY-MM-DD, UTC).
    """

    devices: Sequence[str] = ()
    captures: Sequence[str] = ()
    before: str = ""

    def __post_init__(self) -> None:
        if not self.devices and not self.captures and not self.before:
            raise UsageError("forget which captures? Give --device, --capture or --before")
        if self.before and not _DATE.fullmatch(self.before):
            raise UsageError(f"--before {escape_text(self.before)}: write a date as YYYY-MM-DD")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The result of `forget`."""

    dataset: str
    captures: int
    left: int


def forget(dataset: str, query: ForgetQuery) -> Forgotten:
    """Remove captures from all tables of a dataset, including kept captures.

    Args:
        dataset: a folder, or a URL of object storage.
        query: which captures.

    Raises:
        InputError: not a dataset, or no capture matches.
    """
    location = DatasetLocation.of(dataset)
    salt = read_marker(location).salt
    with change(location) as prepared:
        sizes = table_sizes(location)
        found, count = _matching(location, list(sizes[CAPTURES]), query, salt)
        if not found:
            raise InputError(f"{location.shown}: no capture matches; droidanon fleet ls lists them")
        for table in TABLES:
            remove_rows(prepared, table, sizes[table], found)
        prepared.commit()
    return Forgotten(location.shown, len(found), count - len(found))


def _matching(location: DatasetLocation, names: Sequence[str], query: ForgetQuery, salt: str) -> tuple[set[str], int]:
    """The ids of the captures that match, and the number of captures in total."""
    devices = {*query.devices, *(device_id(serial, salt) for serial in query.devices)}
    found, count = set(), 0
    for name in names:
        for part in read_rows(location, name, CAPTURES, ["capture_id", "device_id", "created"]):
            rows = part.to_pylist()
            count += len(rows)
            found |= {row["capture_id"] for row in rows if _matches(row, query, devices)}
    return found, count


def _matches(row: Mapping[str, str | None], query: ForgetQuery, devices: set[str]) -> bool:
    if query.devices and row["device_id"] not in devices:
        return False
    if query.captures and row["capture_id"] not in query.captures:
        return False
    return not query.before or (row["created"] or "~") < query.before
