"""A capture's metadata and processes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from droidanon.report.csv import print_csv
from droidanon.report.json import print_json
from droidanon.report.output_format import OutputFormat
from droidanon.report.table import print_table
from droidanon.report.titles import text_column

if TYPE_CHECKING:
    from droidanon.model import Capture

_CSV = ("process", "pid", "app", "package", "uid", "oom_score_adj", "fidelity", "companion", "vmas")


def print_info(capture: Capture, source: str, output: OutputFormat) -> None:
    """Print the facts of a capture with its notes and problems; as CSV, its processes."""
    if output == "csv":
        print_csv(_processes(capture), _CSV)
    elif output == "json":
        print_json(
            _processes(capture), problems=capture.problems, notes=capture.notes, source=source, info=_facts(capture)
        )
    else:
        _print_tables(capture)


def _print_tables(capture: Capture) -> None:
    facts = {key: str(value) for key, value in _facts(capture).items() if value not in ("", None)}
    if len(capture.counted) == 1 and (space := _address_space(capture, capture.processes.index(capture.counted[0]))):
        facts |= {f"address_space.{key}": _address_space_text(key, value) for key, value in space.items()}
    print_table([text_column("fact", list(facts)), text_column("value", list(facts.values()))])
    if capture.notes:
        print_table([text_column("note", [str(note) for note in capture.notes])])
    if capture.problems:
        print_table(
            [
                text_column("problem in", [problem.where for problem in capture.problems]),
                text_column("description", [problem.message for problem in capture.problems]),
            ]
        )


def _facts(capture: Capture) -> dict[str, object]:
    fidelity = Counter(process.fidelity for process in capture.counted)
    return {
        "source": capture.source,
        "created": capture.created,
        "tool_version": capture.tool_version,
        "app": capture.app or "all",
        "access": capture.access,
        "partial": capture.partial,
        **{f"prepared.{one.kind}": one.answer for one in capture.preparations},
        **{f"device.{key}": value for key, value in capture.device.items()},
        **{f"label.{key}": value for key, value in capture.labels.items()},
        **{f"system.{key}": value for key, value in capture.system.items()},
        "processes": sum(fidelity.values()),
        **{f"fidelity.{key}": count for key, count in sorted(fidelity.items())},
        "vmas": capture.counted_vmas,
        "companions": len(capture.processes) - len(capture.counted),
        "names": len(capture.vmas.name.values),
        "counters": ", ".join(capture.vmas.counters),
        "problems": len(capture.problems),
    }


def _processes(capture: Capture) -> list[dict[str, object]]:
    return [
        {
            "process": process.name,
            "pid": process.pid,
            "app": process.app,
            "package": process.package,
            "uid": process.uid,
            "oom_score_adj": process.oom_score_adj,
            "state": process.state,
            "fidelity": process.fidelity,
            "companion": process.reference,
            "vmas": process.rows,
            "address_space": _address_space(capture, index),
        }
        for index, process in enumerate(capture.processes)
    ]


def _address_space(capture: Capture, index: int) -> dict[str, int] | None:
    """The address space of a 32-bit process; None for any other."""
    from dataclasses import asdict

    from droidanon.analysis.address_space import address_space

    found = address_space(capture, index)
    return None if found is None else asdict(found)


def _address_space_text(key: str, value: int) -> str:
    return f"{value:#x}" if key == "largest_hole_at" else f"{value:,}"
