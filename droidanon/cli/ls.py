"""`droidanon ls`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from droidanon.cli.options import Captures, Csv, Json

if TYPE_CHECKING:
    from droidanon.store.library import CaptureSummary


def ls(captures: Captures = None, as_json: Json = False, as_csv: Csv = False) -> None:
    """List captures and series.

    A series is one row with the numbers of its newest capture.

    \b
    Examples:
      droidanon ls --captures results/
    """
    from dataclasses import asdict

    from droidanon.cli.narration import say
    from droidanon.errors import InputError
    from droidanon.report.rows import print_csv, print_json
    from droidanon.report.table import Column, print_table
    from droidanon.store.library import captures_folder, list_captures
    from droidanon.units import format_bytes, format_kb

    folder = captures_folder(captures)
    if captures is not None and not folder.is_dir():
        raise InputError(f"{folder}: no such folder")
    found = list_captures(folder)
    rows = [{**asdict(item), "path": str(item.path)} for item in found]
    if as_json:
        print_json(rows, source=str(folder))
    elif as_csv:
        columns = (
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
        print_csv(rows, columns)
    elif not found:
        say(f"{folder}: no captures yet; make one with: droidanon capture")
    else:
        print_table(
            [
                Column("file", [item.path.relative_to(folder).as_posix() for item in found]),
                Column("created", [item.created or "-" for item in found]),
                Column("device", [item.device or "-" for item in found]),
                Column("app", [item.error or item.app or "all" for item in found]),
                *([Column("labels", [_labels(item) for item in found])] if any(item.labels for item in found) else ()),
                Column("total PSS", [format_kb(item.total_pss_kb) for item in found], True),
                Column("processes", [str(item.processes) for item in found], True),
                Column("captures", [str(item.captures) for item in found], True),
                Column("size", [format_bytes(item.size) for item in found], True),
                Column("problems", [str(item.problems) + (" partial" if item.partial else "") for item in found], True),
            ]
        )


def _labels(item: CaptureSummary) -> str:
    return " ".join(f"{key}={value}" for key, value in (item.labels or {}).items())
