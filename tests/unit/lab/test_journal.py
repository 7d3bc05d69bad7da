"""The journal survives torn and foreign lines, and knows which runs are done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from droidanon.errors import InputError
from droidanon.experiment.manifest import SavedSetting
from droidanon.lab.journal import JOURNAL, Journal, LabLog, RunRecord, read_journal
from droidanon.lab.phones import PhoneFacts
from droidanon.lab.plan import LabCell, LabRun

PHONE = PhoneFacts("A", "A", "Model Phone", 16, 8_000_000, "boot")


def record(repetition: int, outcome: str = "done") -> RunRecord:
    return RunRecord("A", "shop", "1.0", "cold", repetition, "A", outcome, f"A/{repetition}.parquet", steps={"a": "b"})


def write(folder: Path, *records: RunRecord) -> LabLog:
    journal = Journal(folder)
    journal.begin({"shop 1.0 cold": "abc"}, 1)
    journal.phone(PHONE, "A")
    for one in records:
        journal.run(one)
        if one.outcome == "done":
            (folder / "A").mkdir(exist_ok=True)
            (folder / one.file).touch()
    return read_journal(folder)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    log = write(tmp_path, record(1), record(2, "failed"))
    assert log.definitions == {"shop 1.0 cold": "abc"}
    assert (log.phones, log.groups, log.sessions) == ({"A": PHONE}, {"A": "A"}, 1)
    assert [(one.outcome, one.repetition, one.steps) for one in log.runs] == [
        ("done", 1, {"a": "b"}),
        ("failed", 2, {"a": "b"}),
    ]
    assert list(log.done(tmp_path)) == [LabRun("A", LabCell("shop", "1.0", "cold"), 1)]
    (tmp_path / "A/1.parquet").unlink()
    assert log.done(tmp_path) == {}


def test_a_torn_line_costs_only_itself(tmp_path: Path) -> None:
    write(tmp_path, record(1), record(2))
    path = tmp_path / JOURNAL
    whole = path.read_bytes()
    last = whole.rstrip(b"\n").rindex(b"\n") + 1
    for length in range(last, len(whole)):
        path.write_bytes(whole[:length])
        assert len(read_journal(tmp_path).runs) == (2 if length == len(whole) - 1 else 1)
    path.write_bytes(whole[: last + 20])
    assert [one.repetition for one in write(tmp_path, record(3)).runs] == [1, 3]


def test_foreign_lines_are_skipped(tmp_path: Path) -> None:
    write(tmp_path, record(1))
    with (tmp_path / JOURNAL).open("ab") as file:
        file.write(
            b'\xff\n[]\n{"event": "run"}\n{"event": "run", "unprepared": 5}\n{"event": "phone", "name": 3}\n{}\nnull\n'
        )
        file.write(b'{"event": "begin", "definitions": 5, "at": ""}\n' + b"[" * 100_000 + b"\n")
    assert len(read_journal(tmp_path).runs) == 1


def test_phones_set_aside_get_another_chance_in_the_next_session(tmp_path: Path) -> None:
    write(tmp_path)
    journal = Journal(tmp_path)
    journal.aside("A", "too hot")
    journal.settings("A", [SavedSetting("a", "0", "1", restored=True)])
    log = read_journal(tmp_path)
    assert log.aside == {"A": "too hot"}
    assert [one.restored for one in log.settings["A"]] == [True]
    assert write(tmp_path).aside == {}


def test_a_newer_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_text(json.dumps({"event": "begin", "journal_version": 99}) + "\n")
    with pytest.raises(InputError, match="newer"):
        read_journal(tmp_path)


def test_no_journal_is_an_empty_one(tmp_path: Path) -> None:
    log = read_journal(tmp_path)
    assert (log.sessions, list(log.runs), log.phones) == (0, [], {})
