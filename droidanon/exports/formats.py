"""The formats of `export`: the module that writes each, and the limitations of the format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from droidanon.errors import InputError, UsageError

if TYPE_CHECKING:
    from droidanon.analysis.view import View

SMAPS = "smaps"


class ExportFormat(NamedTuple):
    """A format. `lost`: the facts of a capture that it cannot hold; `binary`: not for a terminal."""

    lost: str
    series: bool = False
    """Holds all captures of a series; other formats hold the newest."""
    base: bool = False
    """Holds a diff."""
    counter: bool = True
    """Holds one chosen counter; other formats hold all that fit."""
    binary: bool = False


FORMATS: Mapping[str, ExportFormat] = {
    "collapsed": ExportFormat(
        "one counter; no addresses, permissions or pids; stacks of 0 kB are left out; `;` in a name becomes `,`",
        base=True,
    ),
    "speedscope": ExportFormat(
        "one counter; no addresses, permissions or pids; stacks of 0 kB are left out", series=True
    ),
    "openmetrics": ExportFormat("names, addresses, permissions and pids", series=True),
    "perfetto": ExportFormat(
        "addresses, permissions, heaps, categories, and counters that Perfetto has no field for",
        series=True,
        counter=False,
        binary=True,
    ),
    "pprof": ExportFormat("addresses and permissions", base=True, binary=True),
    "csv": ExportFormat("addresses, permissions and flags", series=True),
    "arrow": ExportFormat("addresses, permissions and flags", series=True, binary=True),
}
"""The formats other than `smaps`. Each has a module of its name with a function `write`."""


class ExportData(NamedTuple):
    """Input of a writer: captures (for a series several, oldest first), the base of a diff, and the chosen counter
    (None: the format's default).
    """

    views: Iterable[View]
    counter: str | None = None
    base: View | None = None
    series: bool = False


def export_format(name: str) -> ExportFormat:
    """Find a format by name. Raises UsageError if unknown."""
    if name not in FORMATS:
        raise UsageError(f"--format {name}: unknown format; choose from {', '.join((SMAPS, *FORMATS))}")
    return FORMATS[name]


def write_export(name: str, data: ExportData, file: BinaryIO) -> tuple[str, ...]:
    """Write data in a format other than `smaps`; returns sentences about what was lost in addition to `lost`.

    Raises InputError for a capture with values outside the format's range, such as a 40-bit pid.
    """
    writer = import_module(f"droidanon.exports.{name}")
    try:
        notes: tuple[str, ...] = writer.write(data, file)
    except (ValueError, OverflowError) as error:
        raise InputError(f"a value of this capture does not fit into {name}: {error}") from error
    return notes
