"""`droidanon info`."""

from __future__ import annotations

from droidanon.cli.options import Access, Csv, Json, Serial, Source, phone_options, with_serial


def info(
    source: Source, serial: Serial = None, access: Access = None, as_json: Json = False, as_csv: Csv = False
) -> None:
    """Show a capture's metadata.

    This includes device, access, fidelity, number of processes, and problems. --csv lists the processes instead.

    \b
    Examples:
      droidanon info captures/cold.parquet
    """
    from collections import Counter

    from droidanon.cli.narration import progress
    from droidanon.report.rows import print_csv, print_json
    from droidanon.report.table import Column, print_table
    from droidanon.sources.resolve import load_source

    source = with_serial(source, serial)
    with progress() as line:
        capture = load_source(source, options=phone_options(access), progress=line)
    fidelity = Counter(process.fidelity for process in capture.counted)
    facts: dict[str, object] = {
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
    rows = [
        {
            "process": process.name,
            "pid": process.pid,
            "app": process.app,
            "package": process.package,
            "uid": process.uid,
            "oom_score_adj": process.oom_score_adj,
            "fidelity": process.fidelity,
            "companion": process.reference,
            "vmas": process.rows,
        }
        for process in capture.processes
    ]
    if as_csv:
        print_csv(rows, ["process", "pid", "app", "package", "uid", "oom_score_adj", "fidelity", "companion", "vmas"])
        return
    if as_json:
        print_json(rows, problems=capture.problems, notes=capture.notes, source=source, info=facts)
        return
    shown = {key: value for key, value in facts.items() if value not in ("", None)}
    print_table([Column("fact", list(shown)), Column("value", [str(value) for value in shown.values()])])
    if capture.notes:
        print_table([Column("note", [str(note) for note in capture.notes])])
    if capture.problems:
        print_table(
            [
                Column("problem in", [problem.where for problem in capture.problems]),
                Column("what", [problem.message for problem in capture.problems]),
            ]
        )
