"""The file that marks a folder as a dataset."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass

from droidanon.errors import InputError
from droidanon.fleet.location import DatasetLocation
from droidanon.fleet.schema import FORMAT_VERSION

MARKER = "dataset.json"


@dataclass(frozen=True, slots=True)
class Marker:
    """The format version, the salt for hashes of serials (hexadecimal), and the id of the last change."""

    format_version: int
    salt: str
    change: str = ""

    @classmethod
    def new(cls) -> Marker:
        """A marker for a new dataset."""
        return cls(FORMAT_VERSION, secrets.token_hex(16))


def read_marker(location: DatasetLocation) -> Marker:
    """The marker of a dataset. Raises InputError if it is missing or damaged, or a newer droidanon wrote it."""
    marker = find_marker(location)
    if marker is None:
        raise InputError(f"{location.shown}: not a dataset; `droidanon fleet add` creates one")
    return marker


def find_marker(location: DatasetLocation) -> Marker | None:
    """The marker, or None if there is none."""
    data = location.read(MARKER)
    if data is None:
        return None
    try:
        found = json.loads(data)
        marker = Marker(int(found["format_version"]), str(found["salt"]), str(found["change"]))
        bytes.fromhex(marker.salt)
    except (ArithmeticError, ValueError, LookupError, TypeError, RecursionError):
        raise InputError(f"{location.shown}: damaged {MARKER}") from None
    if marker.format_version > FORMAT_VERSION:
        raise InputError(
            f"{location.shown}: has format {marker.format_version}; this droidanon reads up to {FORMAT_VERSION}"
        )
    return marker


def write_marker(location: DatasetLocation, marker: Marker) -> None:
    """Write the marker atomically."""
    location.write(MARKER, json.dumps(asdict(marker)).encode())
