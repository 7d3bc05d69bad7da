"""The page of a diff has the numbers of `diff --json`, its figures add up, and unproven changes are dim."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from droidanon.analysis.diff.comparison import diff
from droidanon.analysis.view import View
from droidanon.html_report.figures.intervals import row_intervals
from droidanon.html_report.figures.parts import DIM
from droidanon.html_report.figures.treemap import change_tiles, change_treemap
from droidanon.html_report.page import Findings, Page
from droidanon.html_report.words import headline_numbers
from droidanon.rows import Rows
from tests.builders import capture, entry, text, write_apps, write_replicates
from tests.unit.html_report.pages import Pages, columns_of, figure, headlines, page_of, table

__all__ = ["page_of"]
ROWS = "total PSS by app, category (kB)"
NUMBERS = ("base_kb", "new_kb", "delta_kb", "delta_percent")
TESTED = (*NUMBERS, "shift_kb", "low_kb", "high_kb", "p_value", "detectable_kb", "replicates_needed", "verdict")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def pair(folder: Path, page_of: Pages) -> tuple[Page, dict[str, object]]:
    write_apps(folder)
    return page_of("diff", "a.parquet", "b.parquet")


@pytest.fixture
def replicates(folder: Path, page_of: Pages) -> tuple[Page, dict[str, object]]:
    write_replicates(folder)
    return page_of("diff", "before", "after")


def test_numbers_are_those_of_the_json(pair: tuple[Page, dict]) -> None:  # type: ignore[type-arg]
    page, data = pair
    rows = table(page, ROWS)
    keys = ("app", "category", *NUMBERS)
    assert columns_of(rows, *keys) == columns_of(data["rows"], *keys)
    assert sum(row["delta_kb"] for row in rows) == data["totals"]["delta_kb"] == 64
    heads = table(page, "Headline counters (kB)")
    assert columns_of(heads, *NUMBERS) == columns_of(data["headline"], *NUMBERS)
    assert "+64 kB" in headlines(page).verdict


def test_numbers_of_replicates_are_those_of_the_json(replicates: tuple[Page, dict]) -> None:  # type: ignore[type-arg]
    page, data = replicates
    keys = ("app", "category", *TESTED)
    assert columns_of(table(page, ROWS), *keys) == columns_of(data["rows"], *keys)
    assert headlines(page).tone == "bad"
    assert len(table(page, "Captures")) == 8


def test_steps_and_tiles_lead_from_base_to_new(pair: tuple[Page, dict]) -> None:  # type: ignore[type-arg]
    page, data = pair
    total = data["totals"]
    (bars,) = figure(page, "From base to new").data
    assert (bars["x"][0], bars["x"][-1]) == (total["base_kb"], total["new_kb"])
    assert sum(bars["x"][1:-1]) == total["delta_kb"]
    (tiles,) = figure(page, "Changes by size").data
    assert tiles["values"][0] == sum(max(row["base_kb"], row["new_kb"]) for row in data["rows"])
    children = [value for value, parent in zip(tiles["values"], tiles["parents"], strict=True) if parent == "all"]
    assert sum(children) == tiles["values"][0]


def test_small_rows_share_a_tile_and_sums_hold() -> None:
    kb = np.arange(1, 101)
    rows = Rows(
        {"category": [f"a.{place % 2}.x{place}" for place in range(100)]},
        {"base_kb": kb, "new_kb": kb[::-1].copy(), "delta_kb": kb[::-1] - kb},
    )
    root = change_tiles(rows, ["category"], 10)
    assert (root.base_kb, root.new_kb, root.delta_kb) == (5050, 5050, 0)
    (first,) = root.tiles.values()
    for one in first.tiles.values():
        assert sum(tile.size for tile in one.tiles.values()) == one.size
    labels = [tile.label for one in first.tiles.values() for tile in one.tiles.values()]
    assert [label for label in labels if "smaller" in label] == ["45 smaller rows", "45 smaller rows"]


def test_a_change_without_a_verdict_is_dim(folder: Path, page_of: Pages) -> None:
    base, new = (
        [
            View(
                capture(
                    {
                        "com.a": text(
                            ("[anon:scudo:primary]", 9000 + more + 40 * n),
                            ("[anon:dalvik-main space (region space)]", 9000 + 400 * (n % 4)),
                        )
                    }
                )
            )
            for n in range(4)
        ]
        for more in (0, 3000)
    )
    found = diff(base, new, by="category", all_rows=True)
    intervals = {one.label: one for one in row_intervals(found.rows, found.by)}
    assert intervals["java.heap.region-space"].color == DIM
    assert intervals["native.scudo.primary"].color != DIM
    tiles = change_treemap(found.rows, found.by)
    assert tiles is not None
    (trace,) = tiles["data"]
    colors = dict(zip(trace["labels"], trace["marker"]["colors"], strict=True))
    assert colors["region-space"] == 0 < colors["primary"]


def test_an_unknown_side_stays_unknown() -> None:
    rows = Rows(
        {"counter": ["total_pss_kb"]},
        {"base_kb": np.array([0]), "new_kb": np.array([7]), "delta_kb": np.array([0])},
        {"base_kb": np.array([True]), "delta_kb": np.array([True])},
    )
    (number,) = headline_numbers(rows, "delta_kb", ())
    assert (number.value, number.detail) == ("unknown", "unknown → 7 kB")
    assert change_tiles(rows, ["counter"]).size == 0


def test_names_are_text_in_figures(folder: Path, page_of: Pages) -> None:
    hostile = "[anon:<img src=x onerror=alert(1)>&lt;\u202e]"
    for place, name in enumerate(("a", "b")):
        body = text(entry(hostile, start=4096, Pss=100 + 50 * place), entry("[heap]", start=1 << 24, Pss=10))
        (folder / f"{name}.smaps").write_text(body)
    page, _ = page_of("diff", "a.smaps", "b.smaps", "--by", "name")
    for title in ("From base to new", "Changes by size"):
        shown = repr(figure(page, title).data)
        assert "&lt;img src=x" in shown and "<img" not in shown and "\u202e" not in shown and "&amp;lt;" in shown
    (changes,) = [one for one in page.sections if isinstance(one, Findings)]
    assert "<img src=x" in changes.findings[0].title


def test_by_vma(folder: Path, page_of: Pages) -> None:
    write_apps(folder)
    page, data = page_of("diff", "a.parquet", "b.parquet", "--by", "vma", "--all")
    rows = table(page, "total PSS by VMA (kB)")
    keys = ("base_range", "new_range", "delta_kb", "status")
    assert columns_of(rows, *keys) == columns_of(
        [{**row, **{key: row[key] or "" for key in keys[:2]}} for row in data["rows"]], *keys
    )
