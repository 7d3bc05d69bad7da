"""Derives facts again, with this version's rules, from the captures that a dataset keeps."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from droidanon.errors import DroidanonError
from droidanon.fleet.batch import write_batch
from droidanon.fleet.change import Change, change
from droidanon.fleet.dataset import table_sizes
from droidanon.fleet.derive import DerivedCapture, SourceFacts, derive
from droidanon.fleet.location import DatasetLocation
from droidanon.fleet.marker import read_marker
from droidanon.fleet.pool import WorkerPool
from droidanon.fleet.rows_of_captures import remove_rows
from droidanon.fleet.schema import CAPTURES, FACTS, KEPT, PROCESSES
from droidanon.fleet.table_files import ROW_GROUP, read_rows
from droidanon.sources.source import Progress
from droidanon.store.parquet import load_capture
from droidanon.taxonomy.rules import load_rules


@dataclass(slots=True)
class Rederived:
    """The result of `rederive`: captures with new facts, with current ones, and those that keep old facts."""

    dataset: str
    taxonomy: int
    rederived: int = 0
    current: int = 0
    not_kept: list[str] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _KeptCapture:
    identity: str
    data: bytes
    source: SourceFacts
    salt: str


def rederive(dataset: str, *, jobs: int | None = None, progress: Progress | None = None) -> Rederived:
    """Derive facts again for captures whose heaps and categories were assigned by another version of the rules.

    Args:
        dataset: a folder, or a URL of object storage.
        jobs: the number of processes; by default one per core.
        progress: called with (done, total, text).

    Returns:
        The result. Captures that the dataset does not keep are listed; their facts do not change.

    Raises:
        InputError: not a dataset.
    """
    location = DatasetLocation.of(dataset)
    salt = read_marker(location).salt
    result = Rederived(location.shown, load_rules().version)
    with change(location) as prepared:
        sizes = table_sizes(location)
        stale = _stale(location, list(sizes[CAPTURES]), result)
        if stale:
            pieces = _kept_captures(location, list(sizes[KEPT]), stale, salt)
            pool = WorkerPool(_derived_again, jobs)
            new = _write(prepared, pool.results(pieces), result, len(stale), progress)
            for table in (FACTS, PROCESSES, CAPTURES):
                remove_rows(prepared, table, sizes[table], new)
            prepared.commit()
            result.rederived = len(new)
    return result


def _stale(location: DatasetLocation, names: Sequence[str], result: Rederived) -> dict[str, SourceFacts]:
    """The kept captures whose facts come from other rules, and the facts about their sources."""
    stale = {}
    for name in names:
        for part in read_rows(location, name, CAPTURES, ["capture_id", "taxonomy", "kept", "source", "source_digest"]):
            for row in part.to_pylist():
                if row["taxonomy"] == result.taxonomy:
                    result.current += 1
                elif not row["kept"]:
                    result.not_kept.append(row["capture_id"])
                else:
                    stale[row["capture_id"]] = SourceFacts(row["source"] or "", row["source_digest"], True)
    return stale


def _kept_captures(
    location: DatasetLocation, names: Sequence[str], stale: Mapping[str, SourceFacts], salt: str
) -> Iterator[_KeptCapture]:
    for name in names:
        for part in read_rows(location, name, KEPT):
            for identity, data in zip(part["capture_id"].to_pylist(), part["data"], strict=True):
                if identity in stale:
                    yield _KeptCapture(identity, data.as_py(), stale[identity], salt)


def _derived_again(kept: _KeptCapture) -> DerivedCapture | str:
    """The new rows of a capture, or the reason why there are none."""
    with tempfile.TemporaryDirectory(prefix="droidanon-") as folder:
        path = Path(folder) / "capture.parquet"
        path.write_bytes(kept.data)
        try:
            return derive(load_capture(path), kept.salt, kept.source, kept.identity)
        except DroidanonError as error:
            return str(error).replace(str(path), kept.source.name)


def _write(
    prepared: Change,
    results: Iterator[tuple[_KeptCapture, DerivedCapture | str | None]],
    result: Rederived,
    total: int,
    progress: Progress | None,
) -> set[str]:
    """Write the new rows, and return the ids of the captures that have them."""
    new: set[str] = set()
    held: list[DerivedCapture] = []
    rows = 0
    for done, (kept, derived) in enumerate(results):
        if progress is not None:
            progress(done + 1, total, kept.source.name)
        if isinstance(derived, DerivedCapture):
            held.append(derived)
            rows += derived.tables[FACTS].num_rows
            new.add(kept.identity)
        else:
            result.failures.append((kept.source.name, derived or "ended the process that read it (out of memory?)"))
        if rows >= ROW_GROUP:
            write_batch(prepared, held)
            held, rows = [], 0
    if held:
        write_batch(prepared, held)
    return new
