"""Prints lists of captures and series, and new ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.errors import InputError
from droidanon.report.csv import print_csv
from droidanon.report.json import print_json
from droidanon.report.narration import say, say_problems
from droidanon.report.output_format import OutputFormat
from droidanon.report.table import print_table, write_text
from droidanon.report.titles import number_column, text_column
from droidanon.store.library import CaptureSummary
from droidanon.store.metadata import FORMAT_VERSION
from droidanon.store.parquet import read_header
from droidanon.units import format_bytes, format_kb
from droidanon.wording import counted

if TYPE_CHECKING:
    from droidanon.model import Capture, Problem
    from droidanon.store.rewrite import Rewritten
    from droidanon.store.series import Series

_CSV = (
    "path",
    "created",
    "device",
    "android",
    "app",
    "access",
    "total_pss_kb",
    "processes",
    "vmas",
    "size",
    "captures",
)


def print_captures(folder: Path, found: Sequence[CaptureSummary], output: OutputFormat) -> None:
    """Print the captures and series of a folder."""
    rows = [{**asdict(item), "path": str(item.path)} for item in found]
    if output == "json":
        print_json(rows, source=str(folder))
    elif output == "csv":
        print_csv(rows, _CSV)
    elif not found:
        say(f"{folder}: no captures yet; to make one: droidanon capture")
    else:
        _print_table(folder, found)


def _print_table(folder: Path, found: Sequence[CaptureSummary]) -> None:
    labelled = any(item.labels for item in found)
    print_table(
        [
            text_column("file", [item.path.relative_to(folder).as_posix() for item in found]),
            text_column("created", [item.created or "-" for item in found]),
            text_column("device", [item.device or "-" for item in found]),
            text_column("app", [item.error or item.app or "all" for item in found]),
            *([text_column("labels", [_labels(item.labels or {}) for item in found])] if labelled else ()),
            number_column("total_pss_kb", [format_kb(item.total_pss_kb) for item in found]),
            number_column("processes", [str(item.processes) for item in found]),
            number_column("captures", [str(item.captures) for item in found]),
            number_column("size", [format_bytes(item.size) for item in found]),
            number_column("problems", [f"{item.problems}{' partial' if item.partial else ''}" for item in found]),
        ]
    )


def _labels(labels: Mapping[str, str]) -> str:
    return " ".join(f"{key}={value}" for key, value in labels.items())


def capture_record(path: Path, source: str, capture: Capture) -> dict[str, object]:
    """The output of `capture --json` for a stored capture."""
    return {
        "path": str(path),
        "source": source,
        "processes": len(capture.counted),
        "vmas": capture.counted_vmas,
        "size": path.stat().st_size,
        "partial": capture.partial,
        **{one.kind: one.answer for one in capture.preparations},
    }


def series_record(series: Series) -> dict[str, object]:
    """The output of `record --json` for a series."""
    return {
        "path": str(series.path),
        "source": series.source,
        "state": series.state,
        "captures": len(series.captures),
        "partial": sum(one.partial for one in series.captures),
        "missed": series.missed,
        "gaps": len(series.gaps),
        "started": series.started,
        "ended": series.ended,
    }


def print_capture(path: Path, capture: Capture, warnings: Sequence[Problem]) -> None:
    """Print the path of a stored capture, and the phone's replies, problems and size on stderr."""
    write_text(f"{path}\n")
    for preparation in capture.preparations:
        say(f"{preparation.kind}: {preparation.answer}")
    say_problems(capture.problems, notes=capture.notes, warnings=warnings)
    size = format_bytes(path.stat().st_size)
    say(f"{counted(len(capture.counted), 'process')}, {counted(capture.counted_vmas, 'VMA')}; file size {size}")
    if capture.partial:
        say("incomplete: the connection was lost; the data received until then is stored")


def series_summary(series: Series) -> str:
    """The captures and gaps of a series, and the command that shows it."""
    counts = {
        "incomplete": sum(one.partial for one in series.captures),
        "missed": series.missed,
    }
    parts = [
        counted(len(series.captures), "capture"),
        *(f"{count} {word}" for word, count in counts.items() if count),
        *([counted(len(series.gaps), "gap")] if series.gaps else ()),
    ]
    counter = "" if _has_pss(series) else " --counter anon_swap"
    return f"{series.state}: {', '.join(parts)}; to see it: droidanon show {series.path}{counter}"


def _has_pss(series: Series) -> bool:
    """Whether its first capture has more than sums from /proc/PID/status, which lack PSS."""
    first = next((series.path / capture.file for capture in series.captures if not capture.base), None)
    if first is None:
        return True
    try:
        fidelity = read_header(first)["processes"].get("fidelity", ())  # absent if all are smaps
    except InputError:
        return True
    return not fidelity or not {"status", "none"}.issuperset(fidelity)


def print_rewritten(rewritten: Rewritten) -> None:
    """Print the path of a rewritten capture, and what changed on stderr."""
    write_text(f"{rewritten.path}\n")
    version = f"version {rewritten.version}"
    if not rewritten.changed:
        say(f"{rewritten.path}: unchanged ({version}, nothing to remove)")
        return
    if rewritten.version != FORMAT_VERSION:
        version += f" to {FORMAT_VERSION}"
    sizes = f"{format_bytes(rewritten.size)} to {format_bytes(rewritten.new_size)}"
    removed = f", {format_bytes(rewritten.removed)} of text removed" if rewritten.removed else ""
    say(f"{rewritten.path}: {version}, {sizes}{removed}")
