"""Prints the contents of datasets, and the results of changing them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from droidanon.fleet.add import AddedCaptures
from droidanon.fleet.compact import Compacted
from droidanon.fleet.contents import DatasetContents
from droidanon.fleet.forget import Forgotten
from droidanon.fleet.rederive import Rederived
from droidanon.model import Problem
from droidanon.report.csv import print_csv
from droidanon.report.json import print_json
from droidanon.report.narration import say, say_problems
from droidanon.report.output_format import OutputFormat
from droidanon.report.table import print_table
from droidanon.report.titles import number_column, text_column
from droidanon.units import format_bytes
from droidanon.wording import counted, listed

_MOST_LISTED = 6


def print_added(added: AddedCaptures, *, as_json: bool) -> None:
    """Print how many captures were added, and the failures."""
    problems = _problems(added.failures)
    record = {"added": added.added, "known": added.known, "others": added.others, "failures": len(added.failures)}
    if as_json:
        print_json([record], problems=problems, source=added.dataset)
        return
    say_problems(problems)
    parts = [f"{counted(added.added, 'capture')} added"]
    parts += [f"{added.known:,} already in the dataset"] if added.known else []
    parts += [f"{counted(added.others, 'other file')} left out"] if added.others else []
    parts += [f"{counted(len(added.failures), 'source')} unreadable"] if added.failures else []
    say(f"{added.dataset}: {', '.join(parts)}")


def print_compacted(compacted: Compacted, *, as_json: bool) -> None:
    """Print the numbers of files before and after."""
    record = {"files_before": compacted.files_before, "files_after": compacted.files_after}
    if as_json:
        print_json([record], source=compacted.dataset)
    elif compacted.files_after == compacted.files_before:
        say(f"{compacted.dataset}: {counted(compacted.files_before, 'file')}, nothing to merge")
    else:
        say(f"{compacted.dataset}: {counted(compacted.files_before, 'file')} merged into {compacted.files_after:,}")


def print_rederived(rederived: Rederived, *, as_json: bool) -> None:
    """Print how many captures have new facts, and those that keep their old ones."""
    problems = _problems(rederived.failures)
    problems += [
        Problem(one, "the dataset does not keep this capture, so its facts stay as they are", "not_kept")
        for one in rederived.not_kept
    ]
    record = {
        "rederived": rederived.rederived,
        "current": rederived.current,
        "not_kept": len(rederived.not_kept),
        "failures": len(rederived.failures),
        "taxonomy_version": rederived.taxonomy,
    }
    if as_json:
        print_json([record], problems=problems, source=rederived.dataset)
        return
    say_problems(problems)
    say(
        f"{rederived.dataset}: facts of {counted(rederived.rederived, 'capture')} derived by rules "
        f"{rederived.taxonomy}; {rederived.current:,} already had them"
    )


def print_forgotten(forgotten: Forgotten, *, as_json: bool) -> None:
    """Print how many captures were removed."""
    if as_json:
        print_json([{"removed": forgotten.captures, "left": forgotten.left}], source=forgotten.dataset)
        return
    say(f"{forgotten.dataset}: {counted(forgotten.captures, 'capture')} removed, {forgotten.left:,} left")


def print_contents(contents: DatasetContents, *, as_json: bool) -> None:
    """Print numbers about a dataset: its captures, and the files of its tables."""
    tables = [asdict(table) for table in contents.tables]
    if as_json:
        facts = {key: value for key, value in asdict(contents).items() if key not in ("dataset", "tables")}
        facts["taxonomies"] = [
            {"taxonomy": version, "captures": count} for version, count in contents.taxonomies.items()
        ]
        print_json(tables, source=contents.dataset, info=facts)
        return
    texts = dict(_facts(contents))
    print_table([text_column("fact", list(texts)), text_column("value", list(texts.values()))])
    print_table(
        [
            text_column("table", [table.table for table in contents.tables]),
            number_column("files", [f"{table.files:,}" for table in contents.tables]),
            number_column("rows", [f"{table.rows:,}" for table in contents.tables]),
            number_column("size", [format_bytes(table.size) for table in contents.tables]),
        ]
    )


def _facts(contents: DatasetContents) -> Iterable[tuple[str, str]]:
    yield "captures", f"{contents.captures:,}"
    yield "devices", f"{contents.devices:,}"
    if contents.without_device:
        yield "captures without serial", f"{contents.without_device:,}"
    yield "first", contents.first
    yield "last", contents.last
    yield "apps", listed(contents.apps, _MOST_LISTED)
    yield "builds", listed(contents.builds, _MOST_LISTED) or "-"
    old = sum(count for version, count in contents.taxonomies.items() if version != contents.taxonomy)
    yield "facts of other rules", f"{old:,}"
    yield "captures kept", f"{contents.kept:,}"


def print_dataset_captures(dataset: str, rows: Sequence[Mapping[str, Any]], output: OutputFormat) -> None:
    """Print the captures of a dataset."""
    if output == "json":
        print_json(rows, source=dataset)
    elif output == "csv":
        print_csv([{**row, "labels": _labels(row)} for row in rows], list(rows[0]) if rows else ["capture_id"])
    else:
        shown = ("capture_id", "created", "device", "device_id", "capture_app", "build")
        columns = [text_column(key, ["-" if row[key] is None else str(row[key]) for row in rows]) for key in shown]
        labels = [text_column("labels", [_labels(row) for row in rows])] if any(row["labels"] for row in rows) else []
        print_table([*columns, *labels, number_column("problems", [str(row["problems"]) for row in rows])])


def _labels(row: Mapping[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in row["labels"].items())


def _problems(failures: Iterable[tuple[str, str]]) -> list[Problem]:
    return [Problem(source, message, "unreadable") for source, message in failures]
