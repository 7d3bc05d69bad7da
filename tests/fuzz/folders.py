"""Loaders of folders, and small ones to begin with: series, datasets, experiments and labs."""

from __future__ import annotations

import json
import tempfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from tests.builders import add_samples, add_series_exits, make_series
from tests.fuzz.parquet_documents import NotAFile, write_document
from tests.fuzz.stored import document_from


@cache
def _series() -> dict[str, bytes]:
    """The files of a small series, with samples and exits."""
    with tempfile.TemporaryDirectory() as folder:
        made = make_series(Path(folder, "s"), (100, 120, 110, 130))
        add_series_exits(made.path)
        add_samples(made.path)
        return _files(made.path)


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _write_files(files: dict[str, bytes], folder: Path) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


_MARK = {"time": "2026-01-01T00:00:30.000Z", "note": "logged in"}


def series_seeds() -> list[bytes]:
    """The manifest, and the objects of the lines of marks and exits."""
    files = _series()
    exits = [json.loads(line) for line in files["exits.jsonl"].splitlines()]
    document = {"series.json": json.loads(files["series.json"]), "marks.jsonl": [_MARK, _MARK], "exits.jsonl": exits}
    return [json.dumps(document).encode()]


def write_series(document: Any, folder: Path) -> None:
    """A series with the files of a document, whole or as a list of lines."""
    _write_files(_series(), folder)
    if not isinstance(document, dict):
        raise NotAFile("not an object")
    for name in ("series.json", "marks.jsonl", "exits.jsonl"):
        found = document.get(name)
        lines = found if isinstance(found, list) else [found]
        (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))


def load_series(folder: Path) -> None:
    """A series with everything that is in its folder."""
    from droidanon.record.replay import read_events
    from droidanon.record.series_exits import exits_of
    from droidanon.sources.resolve import load_source, resolve
    from droidanon.store.series import read_series

    series = read_series(folder)
    for _ in read_events(series):
        pass
    exits_of(resolve(str(folder)))
    load_source(str(folder))


_SAMPLES = {"status": "status/00001.parquet", "system": "system/00001.parquet"}


def sample_seeds() -> list[bytes]:
    """The samples of a series as documents."""
    documents = {key: json.loads(document_from(name, _series())) for key, name in _SAMPLES.items()}
    return [json.dumps(documents).encode()]


def write_samples(document: Any, folder: Path) -> None:
    """A series with other samples."""
    _write_files(_series(), folder)
    _write_documents(document, {key: folder / name for key, name in _SAMPLES.items()})


def _write_documents(document: Any, paths: dict[str, Path]) -> None:
    for key, path in paths.items():
        if not isinstance(document, dict) or key not in document:
            raise NotAFile(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_document(document[key], path)


def load_samples(folder: Path) -> None:
    """A series by its samples."""
    from droidanon.record.replay import read_events
    from droidanon.record.series_exits import exits_of
    from droidanon.record.series_limits import series_limits
    from droidanon.sources.resolve import resolve
    from droidanon.store.series import read_series

    series = read_series(folder)
    for _ in read_events(series):
        pass
    exits_of(resolve(str(folder)))
    series_limits(series, ())


_KEYS = ("app", "category")


@cache
def _sums() -> dict[str, bytes]:
    """What a series keeps for a question."""
    from droidanon.analysis.sides import GroupKeys, reduce_view
    from droidanon.analysis.view import View
    from droidanon.record.kept_sums import FOLDER, KeptMoment, save_moments
    from droidanon.store.parquet import load_capture

    groups = GroupKeys.parse(_KEYS, "pss", None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_files(_series(), folder)
        loaded = {path.name: load_capture(path) for path in sorted(folder.glob("*.parquet"))}
        views = {file: View(one) for file, one in loaded.items()}
        moments = {
            file: KeptMoment.of(b"x" * 16, reduce_view(view, groups), view, ("rss_kb",)) for file, view in views.items()
        }
        save_moments(folder, "q", groups.columns, moments)
        return _files(folder / FOLDER)


def sums_seeds() -> list[bytes]:
    """The kept sums of a series as a document."""
    return [document_from("q.parquet", _sums())]


def write_sums(document: Any, folder: Path) -> None:
    """The kept sums of a series."""
    (folder / ".sums").mkdir()
    write_document(document, folder / ".sums" / "q.parquet")


def load_sums(folder: Path) -> None:
    """Kept sums, and the trend of them."""
    from droidanon.analysis.sides import GroupKeys
    from droidanon.analysis.trend import trend
    from droidanon.record.kept_sums import load_moments

    found = load_moments(folder, "q", GroupKeys.parse(_KEYS, "pss", None).columns)
    trend([one.moment for one in found.values()], by=_KEYS, counter="pss")


@cache
def _dataset() -> dict[str, bytes]:
    """A dataset of a few phones."""
    from tests.fleet.facts import write_dataset
    from tests.fleet.sample_fleet import sample_fleet

    with tempfile.TemporaryDirectory() as folder:
        return _files(write_dataset(Path(folder, "d"), sample_fleet()[::24]))


@cache
def _tables() -> dict[str, str]:
    """A file per table."""
    return {name.partition("/")[0]: name for name in sorted(_dataset(), reverse=True) if name.endswith(".parquet")}


def dataset_seeds() -> list[bytes]:
    """A file of each table as documents."""
    return [
        json.dumps({table: json.loads(document_from(name, _dataset())) for table, name in _tables().items()}).encode()
    ]


def write_dataset(document: Any, folder: Path) -> None:
    """A dataset with another file per table."""
    _write_files(_dataset(), folder)
    _write_documents(document, {table: folder / name for table, name in _tables().items()})


def load_dataset(folder: Path) -> None:
    """A question about a dataset; which one depends on the bytes of its files."""
    from droidanon.fleet.opened import open_dataset

    dataset = open_dataset(str(folder))
    questions: tuple[Callable[[], object], ...] = (
        lambda: dataset.percentiles(by="build"),
        dataset.steps,
        dataset.outliers,
        dataset.limits,
        lambda: dataset.new_names("2026-11-20"),
        lambda: dataset.compare("build=1.1", "build=1.9", by_category=True),
    )
    questions[zlib.crc32(b"".join(data for _, data in sorted(_files(folder).items()))) % len(questions)]()


def experiment_seeds() -> list[bytes]:
    """The plan of an experiment, and a phone's log."""
    from droidanon.experiment.manifest import (
        Apk,
        Experiment,
        PhoneLog,
        Plan,
        RoundRecord,
        SavedSetting,
        Variant,
        write_phone,
        write_plan,
    )

    sides = {"base": Variant((Apk("a.apk", "0" * 40, 7),), ""), "new": Variant((), "setprop a b")}
    rounds = tuple(
        RoundRecord(side, number, f"2026-01-01T00:0{number}:00Z", 1.5, files=(f"{side}{number}.parquet",))
        for side in sides
        for number in (1, 2)
    )
    log = PhoneLog("adb:S", "S", "Pixel 8", rounds, (SavedSetting("animations", "1", "0"),))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "S").mkdir()
        write_plan(Experiment(folder, Plan(app="com.a", rounds=2, sides=sides), "2026-01-01T00:00:00Z", {"S": log}))
        write_phone(folder / "S", log)
        return [json.dumps({name: json.loads(data) for name, data in _files(folder).items()}).encode()]


def write_json_files(document: Any, folder: Path) -> None:
    """JSON files: the plan, the phone's log."""
    if not isinstance(document, dict):
        raise NotAFile("not an object")
    for name in json.loads(experiment_seeds()[0]):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(document.get(name)))


def load_experiment(folder: Path) -> None:
    from droidanon.experiment.manifest import read_experiment

    found = read_experiment(folder)
    for phone in found.phones:
        found.captures(phone, "base")


def journal_seeds() -> list[bytes]:
    """The events of a lab's journal."""
    from droidanon.experiment.manifest import SavedSetting
    from droidanon.lab.journal import JOURNAL, Journal, RunRecord
    from droidanon.lab.phones import PhoneFacts

    with tempfile.TemporaryDirectory() as name:
        journal = Journal(Path(name))
        journal.begin({"shop/1.0/cold": "x"}, 7)
        journal.phone(PhoneFacts("S", "S", "Pixel 8", 16, 8_000_000), "Pixel 8")
        journal.run(RunRecord("", "shop", "1.0", "cold", 1, "S", "done", "S/a.parquet"))
        journal.aside("S", "too hot")
        journal.settings("S", [SavedSetting("animations", "1", "0")])
        lines = Path(name, JOURNAL).read_bytes().splitlines()
        return [json.dumps([json.loads(line) for line in lines]).encode()]


def write_journal(document: Any, folder: Path) -> None:
    """A journal of these events."""
    from droidanon.lab.journal import JOURNAL

    events = document if isinstance(document, list) else [document]
    (folder / JOURNAL).write_text("".join(json.dumps(event) + "\n" for event in events))


def load_journal(folder: Path) -> None:
    from droidanon.lab import journal

    journal.read_journal(folder)
