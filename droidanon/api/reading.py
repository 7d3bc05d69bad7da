"""The functions of `import droidanon` that read and write captures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon import model
from droidanon.api.captures import CaptureList, OpenedCapture, OpenedSeries

if TYPE_CHECKING:
    from droidanon.sources.source import Progress


def open(source: str | Path) -> OpenedCapture | CaptureList:
    """Open anything that droidanon reads.

    Args:
        source: a capture or series, a folder, an smaps file, an archive, a bug report, a Perfetto trace, `adb:`,
            `adb:SERIAL` or `local:`.

    Returns:
        A capture, an `OpenedSeries` for a series, or a `CaptureList` for a folder or glob of captures. The last two are
        sequences that read a capture when you access it.

    Raises:
        InputError: the source does not exist or cannot be read.
        DeviceError: no phone, or the phone does not answer.
    """
    from droidanon.sources.resolve import Replicates, SeriesOfCaptures, resolve

    found = resolve(str(source))
    if isinstance(found, SeriesOfCaptures):
        return OpenedSeries(found)
    if isinstance(found, Replicates):
        return CaptureList(found.members, found.text)
    return OpenedCapture.of(found.read())


def capture(
    source: str | Path = "adb:",
    *,
    app: str | None = None,
    pid: int | None = None,
    process: str | None = None,
    user: int | None = None,
    access: str = "",
    transfer: str = "auto",
    freeze: bool = False,
    gc: bool = False,
    trim: str = "",
    settle: int = 0,
    labels: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> OpenedCapture:
    """Read the processes of a phone, or of any other source, now.

    Args:
        source: `adb:` for the connected phone, `adb:SERIAL`, or any other source.
        app, pid, process, user: which processes to read, by default all; `process` is a regular expression.
        access: how to read a phone: `auto`, `root`, `su`, `run-as`, `shell` or `reporter`.
        transfer: whether the phone compresses its output: `auto`, `raw` or `gzip`.
        freeze, gc, trim, settle: what to do before reading; see the options of `droidanon capture`.
        labels: labels to store with the capture.
        progress: called with (done, total, text) while processes are read.

    Returns:
        The capture. Its `problems` list processes that could not be read.

    Raises:
        DeviceError: no phone, or the phone does not answer.
        AccessError: the phone refuses the way that `access` names.
        ProcessError: no process matches.
        UsageError: an invalid argument.
    """
    from droidanon.sources.phone.options import PhoneOptions, Prepare
    from droidanon.sources.resolve import load_source
    from droidanon.sources.selection import Selection

    prepare = Prepare(freeze, gc, trim, settle)
    options = PhoneOptions(access=access, transfer=transfer, prepare=prepare)
    found = load_source(str(source), Selection(app, pid, process, user), options=options, progress=progress)
    return OpenedCapture.of(replace(found, labels={**found.labels, **labels}) if labels else found)


def load(source: str | Path, *, app: str | None = None, pid: int | None = None) -> OpenedCapture:
    """Read one capture from a file or any other source; for a series, the newest complete one.

    Args:
        source: as for `open`.
        app, pid: only these processes.

    Raises:
        InputError: the source does not exist, cannot be read, or has several captures without an order.
        ProcessError: no process matches.
    """
    return capture(source, app=app, pid=pid)


def save(capture: model.Capture, path: str | Path) -> Path:
    """Write a capture to one Parquet file, atomically.

    Returns:
        The path.

    Raises:
        InputError: the file cannot be written.
    """
    from droidanon.store.parquet import save_capture

    return save_capture(capture, path)


def parse_smaps(data: bytes | Iterable[bytes]) -> OpenedCapture:
    """Parse the smaps, maps or smaps_rollup of one process.

    Args:
        data: the text as bytes, whole or in chunks of any size.

    Returns:
        A capture with one unnamed process. `problems` lists the lines that could not be parsed.
    """
    from droidanon.model import Problem, Process
    from droidanon.smaps.parse import parse_texts

    text = data if isinstance(data, bytes) else b"".join(data)
    parsed = parse_texts([text])
    problems = tuple(Problem(f"line {line}", message) for _, line, message in parsed.problems)
    process = Process("", rows=len(parsed.vmas))
    return OpenedCapture((process,), parsed.vmas, "parse_smaps", problems=problems)
