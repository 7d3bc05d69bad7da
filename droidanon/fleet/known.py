"""The captures that a dataset already has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from droidanon.fleet.location import DatasetLocation
from droidanon.fleet.schema import CAPTURES
from droidanon.fleet.table_files import read_rows


@dataclass(slots=True)
class KnownCaptures:
    """Capture ids and source digests by file and file size; each file is read once."""

    _files: dict[tuple[str, int], tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)

    def read(self, location: DatasetLocation, sizes: Mapping[str, int]) -> None:
        """Read new or changed files, and forget deleted ones. `sizes` are in bytes."""
        found = {}
        for file in sizes.items():
            found[file] = self._files.get(file) or _read(location, file[0])
        self._files = found

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all captures."""
        return frozenset().union(*(ids for ids, _ in self._files.values()))

    @property
    def digests(self) -> frozenset[str]:
        """The digests of the sources of all captures."""
        return frozenset().union(*(digests for _, digests in self._files.values()))


def _read(location: DatasetLocation, name: str) -> tuple[frozenset[str], frozenset[str]]:
    ids: set[str] = set()
    digests: set[str] = set()
    for part in read_rows(location, name, CAPTURES, ["capture_id", "source_digest"]):
        ids.update(part["capture_id"].to_pylist())
        digests.update(digest for digest in part["source_digest"].to_pylist() if digest is not None)
    return frozenset(ids), frozenset(digests)
