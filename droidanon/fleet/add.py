"""Adds captures to a dataset, using all cores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from droidanon.fleet.batch import add_captures
from droidanon.fleet.dataset import open_or_create, table_sizes
from droidanon.fleet.derive import DerivedCapture
from droidanon.fleet.import_worker import ImportedUnit, ImportRequest, begin, import_unit, read_unit
from droidanon.fleet.known import KnownCaptures
from droidanon.fleet.location import DatasetLocation
from droidanon.fleet.pool import WorkerPool
from droidanon.fleet.schema import CAPTURES, FACTS
from droidanon.fleet.units import ImportUnit, units_of
from droidanon.sources.source import Progress

_BATCH_ROWS, _BATCH_BYTES = 1 << 19, 256 << 20
"""A batch is written when it has this many rows of facts, or this many bytes."""
_FEW = 4
"""Up to this many sources are read in this process, because starting others takes longer."""


@dataclass(slots=True)
class AddedCaptures:
    """The result of `add`: new captures, captures that were already there, and (source, message) of failures."""

    dataset: str
    added: int = 0
    known: int = 0
    others: int = 0
    """Files next to captures that are not captures."""
    failures: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Batch:
    """Captures that are not in the dataset yet; written when there are enough."""

    location: DatasetLocation
    known: KnownCaptures
    result: AddedCaptures
    held: list[DerivedCapture] = field(default_factory=list)
    rows: int = 0
    size: int = 0

    def take(self, unit: ImportedUnit) -> None:
        for one in unit.derived:
            self.held.append(one)
            self.rows += one.tables[FACTS].num_rows
            self.size += sum(table.nbytes for table in one.tables.values())
        if self.rows >= _BATCH_ROWS or self.size >= _BATCH_BYTES:
            self.write()

    def write(self) -> None:
        if not self.held:
            return
        added = add_captures(self.location, self.held, self.known)
        self.result.added += added
        self.result.known += len(self.held) - added
        self.held, self.rows, self.size = [], 0, 0


def add(
    dataset: str,
    sources: Sequence[str],
    *,
    labels: Mapping[str, str] | None = None,
    keep: bool = False,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> AddedCaptures:
    """Add captures to a dataset, which is created if it does not exist.

    Captures are added in batches, so that little is lost if the process ends; repeating the call continues.

    Args:
        dataset: a folder, or a URL of object storage.
        sources: captures, series, bug reports, traces, archives, or folders of them.
        labels: labels for all of these captures, in addition to their own.
        keep: also store the captures in the dataset, so that facts can be derived again with newer rules.
        jobs: the number of processes; by default one per core.
        progress: called with (done, total, text).

    UsageError: a source is a device.
        UsageError: a source that is a device.
        InputError: the dataset cannot be read, or is a folder with other files.
    """
    units = units_of(sources)
    location, salt = open_or_create(dataset)
    known = KnownCaptures()
    known.read(location, table_sizes(location)[CAPTURES])
    request = ImportRequest(salt, labels or {}, keep, known.digests)
    result = AddedCaptures(location.shown)
    batch = _Batch(location, known, result)
    try:
        for done, (unit, imported) in enumerate(_imported(units, request, jobs)):
            _note(unit, imported, result)
            if imported is not None:
                batch.take(imported)
            if progress is not None:
                progress(done + 1, len(units), unit.text)
    except KeyboardInterrupt:
        batch.write()  # repeating the call continues from here
        raise
    batch.write()
    result.failures.sort()
    return result


def _imported(
    units: Sequence[ImportUnit], request: ImportRequest, jobs: int | None
) -> Iterator[tuple[ImportUnit, ImportedUnit | None]]:
    if jobs == 1 or len(units) <= _FEW:
        return ((unit, read_unit(unit, request)) for unit in units)
    return WorkerPool(import_unit, jobs, (begin, request)).results(units)


def _note(unit: ImportUnit, imported: ImportedUnit | None, result: AddedCaptures) -> None:
    if imported is None:
        result.failures.append((unit.text, "ended the process that read it (out of memory?)"))
        return
    result.failures += imported.failures
    result.known += imported.is_known
    result.others += imported.is_other
