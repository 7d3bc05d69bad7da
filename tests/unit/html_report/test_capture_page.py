"""The page of a capture has the numbers of `show`, down to its VMAs, and nothing that identifies a phone or a person."""

from __future__ import annotations

import base64
import json
import re
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from droidanon.analysis.breakdown import breakdown
from droidanon.analysis.limits.headline import headline
from droidanon.analysis.view import View
from droidanon.columns import Coded
from droidanon.escape import escape_text
from droidanon.html_report.capture_origin import place_text, time_text
from droidanon.html_report.capture_page import capture_page
from droidanon.html_report.capture_rows import NamedRows, explorer, named_rows, names_table, vmas_table
from droidanon.html_report.page import Explorer, FactList, Headlines, PageColumn, Prose, SortableTable
from droidanon.html_report.render import render
from droidanon.model import Problem
from droidanon.store.library import samples_folder
from droidanon.store.parquet import load_capture
from droidanon.taxonomy.rules import load_rules
from droidanon.units import format_kb
from droidanon.wording import NO_NAME
from tests.builders import capture, extreme_capture, text


def sample(number: int) -> View:
    folder = samples_folder()
    assert folder is not None
    return View(load_capture(sorted(folder.glob("*.parquet"))[number]))


@pytest.fixture(scope="module")
def app() -> View:
    return sample(1)


@pytest.fixture(scope="module")
def phone() -> View:
    return sample(2)


def sums_by(found: NamedRows, level: str, counter: str) -> dict[str, int | None]:
    """The sums of a counter by a level of the page, None where it is unknown."""
    column, numbers = found.levels[level].values, found.counters[counter]
    assert isinstance(column, Coded)
    sums: dict[str, int] = {}
    known = set()
    gone = np.zeros(len(column), np.bool_) if numbers.missing is None else numbers.missing
    for key, value, missing in zip(column.to_list(), numbers.values.tolist(), gone.tolist(), strict=True):
        sums[key] = sums.get(key, 0) + value
        known |= set() if missing else {key}
    return {key: kb if key in known else None for key, kb in sums.items()}


@pytest.mark.parametrize("which", ["app", "phone", "extreme"])
@pytest.mark.parametrize("level", ["app", "category", "name"])
def test_the_sums_are_those_of_show(which: str, level: str, request: pytest.FixtureRequest) -> None:
    view = View(extreme_capture()) if which == "extreme" else request.getfixturevalue(which)
    found = named_rows(view)
    shown = breakdown(view, level)
    for counter in view.counters:
        if counter in found.counters:
            expected = {str(row[level]) or NO_NAME: row[counter] for row in shown.rows.records()}
            assert sums_by(found, level, counter) == expected, counter
        else:
            assert not shown.totals[counter], counter
            assert (counter in found.zero) == (shown.totals[counter] == 0), counter


def test_each_part_is_a_range_of_rows(phone: View) -> None:
    found = named_rows(phone)
    before: list[tuple[str, ...]] = []
    for keys in zip(*(column.values for column in found.levels.values()), strict=True):
        if not before or before[-1] != keys:
            before.append(keys)
    for depth in range(1, len(found.levels) + 1):
        heads = [
            keys[:depth] for place, keys in enumerate(before) if not place or before[place - 1][:depth] != keys[:depth]
        ]
        assert len(heads) == len(set(heads))


def test_the_vmas_of_an_app_sum_to_its_names(app: View) -> None:
    found = named_rows(app)
    table = vmas_table(app, found)
    assert table is not None
    assert table.followed is not None
    assert (np.diff(table.followed) >= 0).all()
    (pss,) = [column.values for column in table.columns if column.key == "total_pss_kb"]
    names = np.bincount(table.followed, pss, len(found.vmas))
    assert names.tolist() == found.counters["total_pss_kb"].values.tolist()
    assert len(table.followed) == app.capture.counted_vmas


def test_several_apps_have_no_table_of_vmas(phone: View) -> None:
    assert vmas_table(phone, named_rows(phone)) is None


def test_counters_that_were_not_read_are_not_offered() -> None:
    view = View(capture({"com.example.app": text(("[anon:scudo:primary]", 100))}))
    found = explorer(named_rows(view), "com.example.app")
    assert found is not None
    assert [counter.key for counter in found.counters][:2] == ["total_pss_kb", "pss_kb"]
    assert "pss_dirty_kb" not in {counter.key for counter in found.counters}
    assert "swap" in found.note


def test_the_headline_is_that_of_show(app: View) -> None:
    page = capture_page(app, "used.parquet", load_rules())
    (numbers,) = [section.numbers for section in page.sections if isinstance(section, Headlines)]
    expected = headline(app)
    assert expected is not None
    assert [one.value for one in numbers[:2]] == [
        f"{format_kb(expected.anon_swap_kb)} kB",
        f"{format_kb(expected.total_pss_kb)} kB",
    ]
    assert expected.nearest is not None
    assert numbers[0].share == expected.nearest.play_share


@pytest.mark.parametrize("has_swap_pss", [True, False])
def test_total_pss_names_swap_pss_only_if_the_kernel_prints_it(has_swap_pss: bool) -> None:
    body = text(("[heap]", 100))
    if not has_swap_pss:
        body = "".join(line for line in body.splitlines(True) if not line.startswith("SwapPss"))
    page = capture_page(View(capture({"com.example.app": body})), "x.parquet", load_rules())
    (headlines,) = [section for section in page.sections if isinstance(section, Headlines)]
    (total,) = [one for one in headlines.numbers if one.label == "Total PSS"]
    assert ("swap PSS" in total.detail) == has_swap_pss


def test_without_memory_there_are_no_figures() -> None:
    page = capture_page(View(capture({})), "empty.parquet", load_rules())
    assert not [section for section in page.sections if isinstance(section, Explorer | SortableTable)]
    assert isinstance(page.sections[0], Headlines)
    assert page.sections[0].tone == "warning"
    render(page)


def test_one_name_has_no_table_of_names(app: View) -> None:
    assert names_table(named_rows(app)) is not None
    assert names_table(named_rows(View(capture({"com.example.app": text(("[heap]", 100))})))) is None


@pytest.mark.parametrize("name", ["com.evil.\u202eapp", "com.evil.\udc80app", "com.evil.\x1b[2Japp"])
def test_hidden_characters_of_an_app_are_in_no_piece_of_a_page(name: str) -> None:
    page = capture_page(View(capture({name: text(("[stack]", 100), ("[heap]", 50))})), name, load_rules())
    shown = render(page)
    blobs = re.findall(r'<script type="application/octet-stream" id="b\d+">([^<]+)</script>', shown)
    pieces = [zlib.decompress(base64.b64decode(blob), -zlib.MAX_WBITS).decode("utf-8", "replace") for blob in blobs]
    escaped = escape_text(name)
    assert any(json.dumps(escaped) in piece for piece in pieces)
    assert escaped in shown
    assert not [piece for piece in (shown, *pieces) if name in piece]


def test_a_problem_may_name_any_path() -> None:
    assert place_text("/" + "x" * 5000) == "x" * 5000
    assert place_text("/a\0b") == "/a\0b"


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        ("2026-01-01T02:00:00+05:00", "2025-12-31 21:00 UTC"),
        ("2026-01-01T02:00:00Z", "2026-01-01 02:00 UTC"),
        ("2026-01-01T02:00:00", "2026-01-01T02:00:00"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_times_are_utc_only_if_their_offset_is_known(created: str, expected: str) -> None:
    assert time_text(created) == expected


def test_serial_numbers_and_folders_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "used.parquet").touch()
    problems = (Problem(str(tmp_path / "used.parquet"), "not read"), Problem("adb:SERIAL1", "went away"))
    device: dict[str, str | int] = {"serial": "SERIAL1", "model": "Pixel 9", "android": "16"}
    one = replace(capture(device=device), source="adb:SERIAL1", problems=problems)
    page = capture_page(View(one), str(tmp_path / "used.parquet"), load_rules())
    text_ = repr([section for section in page.sections if isinstance(section, FactList | Prose)]) + page.title
    assert "used.parquet" in text_
    assert "Pixel 9" in text_
    assert "went away" in text_
    assert "SERIAL1" not in text_
    assert str(tmp_path) not in text_


def test_columns_of_a_table_have_equal_lengths(phone: View) -> None:
    for section in capture_page(phone, "phone.parquet", load_rules()).sections:
        columns: list[PageColumn] = []
        if isinstance(section, SortableTable):
            columns = [*section.columns]
        elif isinstance(section, Explorer):
            columns = [*section.levels, *section.counters, section.vmas]
        assert len({len(column) for column in columns}) <= 1
