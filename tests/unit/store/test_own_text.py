"""Captures without foreign text: nothing private is left, and nothing else is missing."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from droidanon.errors import ForeignTextWarning
from droidanon.model import Capture, Problem
from droidanon.smaps.writer import write_process
from droidanon.store.metadata import METADATA_KEY
from droidanon.store.own_text import foreign_bytes, without_foreign_text
from droidanon.store.parquet import load_capture, open_capture, save_capture
from tests.builders import VERSION_1, capture, text
from tests.captures_equal import assert_same

OLD = VERSION_1 / "with-text.parquet"


@pytest.fixture
def old() -> Capture:
    return open_capture(OLD).capture()


def exports(made: Capture) -> list[bytes]:
    return [b"".join(write_process(made, index)) for index in range(len(made.processes))]


def everything(path: Path) -> str:
    """All that a file holds, as Python shows it: columns, facts, and texts unpacked."""
    opened = open_capture(path).capture()
    facts = [getattr(opened, field.name) for field in fields(Capture) if field.name != "vmas"]
    metadata = json.loads(pq.read_metadata(path).metadata[METADATA_KEY.encode()])
    return repr((facts, metadata, pq.read_table(path).to_pydict(), opened.vmas.text))


def test_nothing_private_is_left(old: Capture, tmp_path: Path) -> None:
    assert everything(OLD).count("secret") > 20
    new = save_capture(without_foreign_text(old), tmp_path / "new.parquet")
    assert "secret" not in everything(new)
    assert "someone@example.com" not in everything(new)
    assert "com.example.app/databases" not in everything(new)


def test_nothing_else_changes(old: Capture) -> None:
    own = without_foreign_text(old)
    for name, values in old.vmas.counters.items():
        np.testing.assert_array_equal(own.vmas.counters[name], values)
    assert_same(
        replace(own, problems=(), processes=tuple(replace(one, text=None) for one in own.processes), vmas=replace(own.vmas, text={})),
        replace(old, problems=(), processes=tuple(replace(one, text=None) for one in old.processes), vmas=replace(old.vmas, text={})),
    )  # fmt: skip
    assert [problem.where for problem in own.problems] == [problem.where for problem in old.problems]
    names = [process.name for process in old.processes]
    before, after = exports(old), exports(own)
    clean = [place for place, name in enumerate(names) if name in ("zygote64", "torn", "crlf", "gone")]
    assert len(clean) == 4
    for place in clean:
        assert after[place] == before[place]
    assert all(
        after[names.index(name)].count(b"\n") > 10
        for name in ("com.example.odd", "com.example.app", "com.example.status")
    )
    assert after[names.index("junk")] == b""


def test_all_lines_that_are_left_were_there(old: Capture) -> None:
    for before, after in zip(exports(old), exports(without_foreign_text(old)), strict=True):
        lines = iter(before.splitlines())
        assert all(line in lines for line in after.splitlines())


def test_a_second_time_changes_nothing(old: Capture) -> None:
    own = without_foreign_text(old)
    assert foreign_bytes(old) > 4000
    assert foreign_bytes(own) == 0
    assert_same(without_foreign_text(own), own)


def test_only_the_parser_quotes_lines(old: Capture) -> None:
    kept = (
        Problem("p (pid 1), line 3", "torn line: 'Rss:      12'"),
        Problem("folder/x.txt", "left out: 'secret' is no process"),
        Problem("p (pid 1), line 4", "the last entry ends early: 2 of its lines are missing"),
    )
    quoted = Problem("p (pid 1), line 3", 'not a line of smaps: "it\'s secret"')
    own = without_foreign_text(replace(old, problems=(*kept, quoted)))
    assert own.problems == (*kept, Problem("p (pid 1), line 3", "not a line of smaps"))


def test_opening_an_old_capture_warns_only_if_there_is_something_to_remove(tmp_path: Path) -> None:
    with pytest.warns(ForeignTextWarning, match="droidanon rewrite") as caught:
        load_capture(OLD)
    assert [one.message.path for one in caught if isinstance(one.message, ForeignTextWarning)] == [OLD]
    new = save_capture(capture({"com.a": text(("[anon:a]", 1))}), tmp_path / "new.parquet")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_capture(VERSION_1 / "without-digest.parquet")
        load_capture(new)
