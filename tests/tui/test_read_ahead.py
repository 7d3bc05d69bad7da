"""The base of a diff, named and summed by another process: the same numbers, and none of another file."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from droidanon_tui.explore import read_ahead
from droidanon_tui.explore.jobs import SideReader, compare, open_side
from droidanon_tui.explore.messages import Compared, Opened
from droidanon_tui.explore.read_ahead import ReadAhead, prepare_diff

from droidanon.cli.rule_files import chosen_rules
from droidanon.counters import DEFAULT_COUNTER
from droidanon.store.parquet import load_capture, save_capture
from droidanon.taxonomy.rules import load_rules
from tests.tui.builders import grown, phone, saved, side


@pytest.fixture
def path(tmp_path: Path) -> str:
    return saved(tmp_path)


def opened_with(ahead: ReadAhead, path: str) -> Opened:
    opened = SideReader(None, None, lambda: 0.0, ahead=ahead).open_side(path, lambda _: None, as_base=True)
    assert isinstance(opened, Opened)
    return opened


def test_a_diff_has_the_rows_that_one_process_finds(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual, new = side(load_capture(path)), side(grown())
    with monkeypatch.context() as patch:
        patch.setattr("droidanon.analysis.view.classify_vmas", None)  # would fail in this process
        patch.setattr("droidanon.analysis.view.group_vmas", None)
        base = opened_with(ReadAhead(path), path).side
    found, wanted = (compare(one, new, DEFAULT_COUNTER) for one in (base, usual))
    assert isinstance(found, Compared) and isinstance(wanted, Compared)
    assert found.facts.change.rows.records() == wanted.facts.change.rows.records()
    assert found.facts.change.total == wanted.facts.change.total
    cells = [one.facts.facts_of_cells[0].tolist() for one in (found, wanted)]
    assert cells[0] == cells[1]


def test_a_file_that_was_replaced_meanwhile_is_summed_anew(path: str) -> None:
    ahead = ReadAhead(path)
    save_capture(grown(), Path(path))
    total = opened_with(ahead, path).side.view.total(DEFAULT_COUNTER)
    assert total == side(grown()).view.total(DEFAULT_COUNTER) != side(phone()).view.total(DEFAULT_COUNTER)


def test_a_process_that_ended_is_not_needed(path: str) -> None:
    ahead = ReadAhead(path)
    ahead.stop()
    assert opened_with(ahead, path).side.view.total(DEFAULT_COUNTER) == side(phone()).view.total(DEFAULT_COUNTER)
    assert ahead.take(path, 0) is None
    ahead.close()


def test_only_large_capture_files_are_worth_a_process(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    monkeypatch.setattr(read_ahead, "ReadAhead", begun.append)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    read_ahead.read_ahead("new.parquet", path, None)
    monkeypatch.setattr(read_ahead, "_LEAST_BYTES", 1)
    for source, base in ((None, path), ("new.parquet", None), ("new.parquet", "adb:"), ("new.parquet", str(tmp_path))):
        read_ahead.read_ahead(source, base, None)
    read_ahead.read_ahead("new.parquet", path, replace(load_rules(), files=(Path("rules.toml"),)))
    assert begun == []
    read_ahead.read_ahead("new.parquet", path, None)
    monkeypatch.chdir(tmp_path)
    read_ahead.read_ahead("new.parquet", path, chosen_rules())  # those of the command line without a rule file
    assert begun == [path, path]
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    read_ahead.read_ahead("new.parquet", path, None)
    assert begun == [path, path]


def test_what_a_diff_needs_is_computed_before_the_other_side_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    sides = [open_side("a.parquet", made, 0.0) for made in (phone(), grown())]
    for one in sides:
        prepare_diff(one.view)
    monkeypatch.setattr("droidanon.analysis.view.View.key", None)
    monkeypatch.setattr("droidanon.analysis.view.normalise_name", None)
    monkeypatch.setattr("droidanon_tui.explore.jobs.headline_at", lambda *_: None)
    assert isinstance(compare(sides[0], sides[1], DEFAULT_COUNTER), Compared)
