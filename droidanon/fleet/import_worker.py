"""The work of one import process: reads a source and derives the rows of its captures."""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from droidanon.errors import DroidanonError, ForeignTextWarning
from droidanon.escape import escape_text
from droidanon.fleet.derive import DerivedCapture, SourceFacts, derive
from droidanon.fleet.identity import source_digest
from droidanon.fleet.schema import KEPT, arrow_schema
from droidanon.fleet.units import ImportUnit
from droidanon.model import Capture
from droidanon.store.series import iso_time


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """The options of an import. `digests` are those of sources that are already in the dataset."""

    salt: str
    labels: Mapping[str, str] = field(default_factory=dict)
    keep: bool = False
    digests: frozenset[str] = frozenset()


@dataclass(slots=True)
class ImportedUnit:
    """The captures of one source, and (source, message) of each failure."""

    derived: list[DerivedCapture] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)
    is_known: bool = False
    is_other: bool = False
    """Whether the source is not a capture, and need not be one."""


_request = ImportRequest("")


def begin(request: ImportRequest) -> None:
    """Initialise a process of the pool."""
    global _request
    _request = request


def import_unit(unit: ImportUnit) -> ImportedUnit:
    """Read a source with the request of `begin`. Never raises: an error becomes a failure of the source."""
    return read_unit(unit, _request)


def read_unit(unit: ImportUnit, request: ImportRequest) -> ImportedUnit:
    """Read the captures of a source and derive their rows."""
    result = ImportedUnit()
    try:
        digest = _digest(unit.text)
        if digest in request.digests:
            result.is_known = True
            return result
        begun = iso_time(time.time())
        for text, read in _captures(unit.text, result):
            capture = _with_time(read, text, begun)
            labelled = replace(capture, labels={**capture.labels, **request.labels}) if request.labels else capture
            source = SourceFacts(Path(text).name, digest, request.keep)
            result.derived.append(_derived(labelled, request.salt, source))
    except DroidanonError as error:
        if unit.optional:
            result.is_other = True
        else:
            result.failures.append((unit.text, _message(error, unit.text)))
    except OSError as error:
        result.failures.append((unit.text, error.strerror or str(error)))
    except MemoryError:
        result.failures.append((unit.text, "too large for the memory of this computer"))
    except Exception as error:  # a bug, which must not affect the other sources
        result.failures.append((unit.text, f"{type(error).__name__}: {error}"))
    return result


def _message(error: DroidanonError, text: str) -> str:
    """The message of an error without its source, which is listed next to it."""
    return str(error).removeprefix(f"{escape_text(text)}: ")


def _digest(text: str) -> str | None:
    """The digest of a source's file or folder; None for a part of a file, or if it is too large."""
    path = Path(text.removeprefix("bugreport:"))
    return source_digest(path) if path.exists() else None


def _captures(text: str, result: ImportedUnit) -> Iterator[tuple[str, Capture]]:
    """The captures of a source. If it has several, an unreadable one does not affect the others."""
    from droidanon.sources.resolve import Replicates, SeriesOfCaptures, resolve

    resolved = resolve(text)
    if not isinstance(resolved, SeriesOfCaptures | Replicates):
        yield text, _quiet(resolved)
        return
    for member in resolved.members:
        try:
            capture = _quiet(member)
        except DroidanonError as error:
            result.failures.append((member.text, _message(error, member.text)))
            continue
        yield member.text, capture


def _with_time(capture: Capture, text: str, begun: str) -> Capture:
    """The capture with the time printed in its bug report, else that of its file, instead of the time of the import."""
    if capture.created < begun:
        return capture
    reported = capture.device.get("reported")
    if isinstance(reported, str):
        return replace(capture, created=reported.replace(" ", "T"))
    path = Path(text.removeprefix("bugreport:"))
    return replace(capture, created=f"{iso_time(path.stat().st_mtime)[:19]}Z") if path.exists() else capture


def _quiet(resolved: Any) -> Capture:
    """The capture without the warning about foreign text, which enters a dataset only with a kept capture."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ForeignTextWarning)
        capture: Capture = resolved.read()
        return capture


def _derived(capture: Capture, salt: str, source: SourceFacts) -> DerivedCapture:
    found = derive(capture, salt, source)
    if not source.kept:
        return found
    return replace(found, tables={**found.tables, KEPT: _kept(found.capture_id, capture)})


def _kept(identity: str, capture: Capture) -> Any:
    import pyarrow as pa

    from droidanon.store.parquet import save_capture

    with tempfile.TemporaryDirectory(prefix="droidanon-") as folder:
        data = save_capture(capture, Path(folder) / "capture.parquet").read_bytes()
    return pa.Table.from_pylist([{"capture_id": identity, "data": data}], schema=arrow_schema(KEPT))
