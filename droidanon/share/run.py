"""Makes redacted copies: writes them into a hidden folder, scans them for every secret of the sources, and only then
moves them into place.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from droidanon.errors import DroidanonError, InputError, UsageError
from droidanon.escape import escape_text
from droidanon.fleet.marker import MARKER
from droidanon.model import Capture
from droidanon.share.captures import Redactor
from droidanon.share.contents import contents
from droidanon.share.ledger import Fate
from droidanon.share.policy import Action, Policy
from droidanon.share.pseudonyms import LENGTH
from droidanon.share.scan import Scanner
from droidanon.share.series import share_series
from droidanon.share.vocabulary import platform_words
from droidanon.sources.resolve import Replicates, SeriesOfCaptures, resolve
from droidanon.store.atomic_file import OWNER_ONLY, WriteError, delete_parts_of_killed, part_of, write_error
from droidanon.store.exits import SeriesExit
from droidanon.store.parquet import save_capture
from droidanon.store.schema import CAPTURE, PROCESS
from droidanon.store.series import Series
from droidanon.wording import counted, listed

if TYPE_CHECKING:
    from droidanon.columns import VmaTable
    from droidanon.sources.resolve import Resolved
    from droidanon.sources.source import Progress

_SHOWN = 5
_PREFIXES = ("app", "dir", "file", "lib", "part", "process", "serial", "model", "build", "version", "label", "source")
"""Prefixes of pseudonyms."""


class LeakError(DroidanonError):
    """The redacted output would contain texts of the input."""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The result of scanning an output for secrets, none of which was found."""

    bytes: int
    """The number of bytes scanned, including decompressed ones."""
    secrets: int
    """The number of texts and words searched for."""
    excluded: tuple[str, ...]
    """Texts and words of the input not searched for, because a name that stays readable contains them."""


@dataclass(frozen=True, slots=True)
class SharedOutput:
    """A redacted output; `path` is None for a preview, which writes and scans nothing.

    `counts`: distinct texts by kind and action. `dropped`: what is missing from the output, with its number.
    """

    path: Path | None
    files: int
    counts: tuple[tuple[str, Action, int], ...]
    dropped: Mapping[str, int]
    fates: Mapping[str, Mapping[str, Fate]]
    scan: ScanResult | None


def preview(sources: Sequence[str], policy: Policy, salt: bytes, progress: Progress | None) -> SharedOutput:
    """Show what redaction would do, without writing an output."""
    redactor = Redactor(policy, salt)
    with tempfile.TemporaryDirectory(prefix="droidanon-") as folder:
        files = _write_all(_resolved(sources), Path(folder), redactor, progress)
    return _output(None, files, redactor, None)


def share(sources: Sequence[str], output: Path, policy: Policy, salt: bytes, progress: Progress | None) -> SharedOutput:
    """Write redacted copies: a file for one capture if `output` ends in .parquet, otherwise a folder.

    Raises:
        LeakError: the output would contain a text of the input; nothing is written.
        UsageError: the output is also a source, or a folder that is not empty.
    """
    redactor = Redactor(policy, salt)
    found = _resolved(sources)
    _check_output(output, sources)
    with _staging(output) as folder:
        files = _write_all(found, folder, redactor, progress)
        one_file = output.suffix == ".parquet"
        if one_file and files != ["capture.parquet"]:
            raise UsageError(f"{escape_text(str(output))}: only one capture fits into a file; name a folder")
        scanned = _scan(folder, files, redactor, salt)
        _publish(folder / files[0] if one_file else folder, output)
    return _output(output, files, redactor, scanned)


def is_dataset(source: str) -> bool:
    """Whether a source is a dataset: a folder with its marker, or a URL."""
    return "://" in source or (Path(source) / MARKER).is_file()


def _output(path: Path | None, files: Sequence[str], redactor: Redactor, scan: ScanResult | None) -> SharedOutput:
    ledger = redactor.ledger
    return SharedOutput(path, len(files), tuple(ledger.counts()), +ledger.losses, ledger.fates, scan)


def _resolved(sources: Sequence[str]) -> list[Resolved | str]:
    """Resolve the sources; a dataset remains text."""
    found: list[Resolved | str] = []
    for source in sources:
        if is_dataset(source):
            found.append(source)
            continue
        one = resolve(source)
        found += one.members if isinstance(one, Replicates) else [one]
    return found


def _write_all(
    items: Sequence[Resolved | str], folder: Path, redactor: Redactor, progress: Progress | None
) -> list[str]:
    """Write the copy of each source, and return the names of all files."""
    for place, item in enumerate(items, 1):
        number = f"-{place:05}" if len(items) > 1 else ""
        if isinstance(item, str):
            from droidanon.share.datasets import share_dataset

            share_dataset(item, folder / f"dataset{number}" if number else folder, redactor, progress)
        elif isinstance(item, SeriesOfCaptures):
            share_series(item.series, folder / f"series{number}" if number else folder, redactor, progress)
        else:
            if progress is not None:
                progress(place - 1, len(items), "captures")
            save_capture(redactor.capture(item.read(progress=progress)), folder / f"capture{number}.parquet")
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _check_output(output: Path, sources: Sequence[str]) -> None:
    where = escape_text(str(output))
    real = output.resolve()
    for source in sources:
        path = Path(source.partition(":")[2] if source.startswith("bugreport:") else source).resolve()
        if path.exists() and (real == path or path in real.parents):
            raise UsageError(f"{where}: is a source or inside one; choose another output")
    if output.suffix == ".parquet" and output.is_dir():
        raise UsageError(f"{where}: is a folder; name a file in it")
    if output.suffix != ".parquet" and output.exists() and not (output.is_dir() and not any(output.iterdir())):
        raise UsageError(f"{where}: exists and is not an empty folder; choose another output")


@contextmanager
def _staging(output: Path) -> Iterator[Path]:
    """A folder next to the output that only its owner can open; deleted afterwards."""
    folder = part_of(output)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        delete_parts_of_killed(output.parent)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise write_error(error, output) from error
    try:
        yield folder
    except WriteError as error:  # it names a file in the hidden folder
        if not isinstance(error.__cause__, OSError):
            raise
        raise write_error(error.__cause__, output) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _publish(staged: Path, output: Path) -> None:
    """Move the finished copy to its name; only the owner may read its files."""
    paths = [staged] if staged.is_file() else [path for path in staged.rglob("*") if path.is_file()]
    for path in paths:
        path.chmod(OWNER_ONLY)
        with path.open("rb") as file:
            os.fsync(file.fileno())
    if staged.is_dir() and output.is_dir():
        output.rmdir()
    staged.replace(output)


def _scan(folder: Path, files: Sequence[str], redactor: Redactor, salt: bytes) -> ScanResult:
    secrets = redactor.ledger.secrets()
    scanner = Scanner(secrets.whole | secrets.words, redactor.pseudonyms.made)
    platform, public = redactor.ledger.public()
    excluded = scanner.find("\n".join((platform, *_format_words())).encode("utf-8", "surrogatepass"))
    excluded |= _pseudonyms_of_copies(secrets.whole | secrets.words, redactor)
    for frame in _frames(folder, files):
        for chunk in contents(frame):
            excluded |= scanner.find(chunk.data, text=chunk.text)
    excluded |= scanner.find(public.encode("utf-8", "surrogatepass")) & (secrets.words - secrets.whole)
    names = "\n".join((*files, *map(unquote, files))).encode("utf-8", "surrogatepass")
    size, leaks = len(names), scanner.find(names)
    for name in files:
        for chunk in contents((folder / name).read_bytes()):
            size += len(chunk.data)
            leaks |= scanner.find(chunk.data, text=chunk.text)
            if salt in chunk.data or salt.hex().encode() in chunk.data.lower():
                raise LeakError("the output would contain the salt; nothing was written")
    if leaks - excluded:
        shown = listed([repr(escape_text(text)) for text in sorted(leaks - excluded)], _SHOWN)
        raise LeakError(
            f"the output would contain {counted(len(leaks - excluded), 'text')} of the input: {shown}; nothing was "
            "written. Check the rules that keep texts"
        )
    return ScanResult(size, len(secrets.whole | secrets.words) - len(excluded), tuple(sorted(excluded)))


def _pseudonyms_of_copies(secrets: Collection[str], redactor: Redactor) -> set[str]:
    """Secrets that are pseudonyms under this salt: a source is a redacted copy, and another source its original."""
    made = {word for word in redactor.pseudonyms.made if len(word) == LENGTH and word.isalpha()}
    plain = {*_PREFIXES, *redactor.pseudonyms.made, *platform_words()}
    words = {secret: set(re.findall("[A-Za-z0-9]+", secret)) for secret in secrets}
    return {
        secret
        for secret, found in words.items()
        if found & made and all(word in plain or (word.isdigit() and len(word) < 6) for word in found)
    }


def _format_words() -> Iterator[str]:
    """Words that occur in every file of droidanon."""
    yield from (*CAPTURE, *PROCESS)
    for kind in (Series, SeriesExit):
        yield from (field.name for field in fields(kind))


def _frames(folder: Path, files: Sequence[str]) -> Iterator[bytes]:
    """Captures without processes and rows, with the columns of the output's: what Parquet itself writes."""
    from droidanon.store.parquet import open_capture

    if any(Path(name).name == MARKER for name in files):
        from droidanon.share.datasets import empty_tables

        yield from empty_tables()
    seen: set[tuple[str, ...]] = set()
    for name in files:
        if not name.endswith(".parquet"):
            continue
        try:
            capture = open_capture(folder / name).capture()
        except InputError:  # samples of a series, or a table of a dataset
            continue
        columns = tuple(capture.vmas.counters)
        if columns in seen:
            continue
        seen.add(columns)
        frame = folder / ".frame.parquet"
        save_capture(_empty(capture), frame)
        yield frame.read_bytes()
        frame.unlink()


def _empty(capture: Capture) -> Capture:
    table: VmaTable = capture.vmas
    import numpy as np

    none = np.zeros(0, np.int64)
    counters = {name: values[:0] for name, values in table.counters.items()}
    return Capture(
        (),
        replace(table.take(none), counters=counters, missing={}, layouts=(), text={}),
        "",
        tool_version=capture.tool_version,
    )
