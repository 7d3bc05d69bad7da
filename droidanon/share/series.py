"""Redacts a series: its captures, samples, marks, gaps and exits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from droidanon.model import Capture
from droidanon.record.samples import STATUS, SYSTEM, sample_schema
from droidanon.share.captures import Redactor
from droidanon.sources.series import capture_source
from droidanon.store.exits import SeriesExit, add_exits
from droidanon.store.parquet import save_capture
from droidanon.store.sealed import open_sealed, sealed_file
from droidanon.store.series import (
    STATUS_FOLDER,
    SYSTEM_FOLDER,
    Gap,
    Mark,
    Series,
    SeriesCapture,
    add_marks,
    write_manifest,
)

if TYPE_CHECKING:
    from droidanon.sources.source import Progress


def share_series(series: Series, folder: Path, redactor: Redactor, progress: Progress | None) -> None:
    """Write a redacted copy of a series into an empty folder. Its captures are named by number."""
    folder.mkdir(exist_ok=True)
    listed = []
    for place, one in enumerate(series.captures):
        if progress is not None:
            progress(place, len(series.captures), "captures")
        name = f"{place + 1:05}.parquet"
        save_capture(redactor.capture(_read(series, one)), folder / name)
        listed.append(replace(one, file=name, created=redactor.time(one.created), base=""))
    copy = replace(
        series,
        path=folder,
        captures=tuple(listed),
        gaps=tuple(Gap(redactor.word(gap.what), *_times(redactor, gap)) for gap in series.gaps),
        source=redactor.source(series.source),
        app=redactor.process(series.app),
        started=redactor.time(series.started),
        ended=redactor.time(series.ended),
        state=redactor.word(series.state),
        tool_version=redactor.word(series.tool_version),
        labels=redactor.labels(series.labels),
    )
    write_manifest(copy)
    add_marks(
        folder, [Mark(redactor.time(mark.time), redactor.text("notes of marks", mark.note)) for mark in series.marks]
    )
    add_exits(folder, [_exit(redactor, one) for one in series.exits])
    if series.path.is_dir():
        _share_samples(series.path, folder, redactor)


def _read(series: Series, one: SeriesCapture) -> Capture:
    return capture_source(series, one).read()


def _times(redactor: Redactor, gap: Gap) -> tuple[str, str, str]:
    return redactor.time(gap.begin), redactor.text("reasons of gaps", gap.reason), redactor.time(gap.end)


def _exit(redactor: Redactor, one: SeriesExit) -> SeriesExit:
    found = one.exit
    return replace(
        one,
        exit=replace(
            found,
            package=redactor.names.package(found.package) if found.package else "",
            process=redactor.process(found.process),
            uid=redactor.uid(found.uid),
            user=found.user if redactor.keeps("uid", "0") else None,
            reason_label=redactor.word(found.reason_label),
            subreason_label=redactor.word(found.subreason_label),
            description=redactor.text("descriptions of exits", found.description),
        ),
    )


def _share_samples(source: Path, folder: Path, redactor: Redactor) -> None:
    """Redact the samples between captures: numbers, and names of processes."""
    changes: dict[str, Callable[[str], str]] = {
        "process": redactor.process,
        "state": redactor.word,
        "app_state": redactor.word,
    }
    for kind, columns in ((STATUS_FOLDER, (*STATUS, "app_state", "anon_swap_kb")), (SYSTEM_FOLDER, SYSTEM)):
        schema = sample_schema(("time", *columns))
        for place, path in enumerate(sorted((source / kind).glob("*.parquet")), 1):
            table = open_sealed(path).read()
            arrays = [_sample_column(table, field, changes.get(field.name), redactor) for field in schema]
            _write(folder / kind / f"{place:05}.parquet", schema, arrays)


def _sample_column(table: Any, field: Any, change: Callable[[str], str] | None, redactor: Redactor) -> Any:
    import pyarrow as pa

    if field.name not in table.column_names:
        return pa.nulls(len(table), field.type)
    column = table[field.name]
    if field.name == "uid":
        uids = column.to_pylist()
        kept = {uid: redactor.uid(uid) for uid in set(uids)}
        return pa.array([kept[uid] for uid in uids], field.type)
    if change is None:
        return column.cast(field.type)
    coded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    values = pa.array([change(value) for value in coded.dictionary.to_pylist()], pa.string())
    return pa.DictionaryArray.from_arrays(coded.indices, values).cast(field.type)


def _write(path: Path, schema: Any, arrays: list[Any]) -> None:
    import pyarrow as pa

    path.parent.mkdir(exist_ok=True)
    with sealed_file(path, schema, {}) as writer:
        writer.write_table(pa.table(arrays, schema))
