"""Facts are the sums that breakdowns show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from droidanon.analysis.limits.anon_swap import anon_swap_of_processes
from droidanon.analysis.view import View
from droidanon.api.reading import open as open_source
from droidanon.columns import VmaTable
from droidanon.fleet.derive import SourceFacts, derive, partition_value, ram_tier
from droidanon.fleet.identity import capture_id, device_id
from droidanon.fleet.schema import COUNTERS, FACTS, PROCESSES, TABLES, arrow_schema
from droidanon.model import Capture
from droidanon.store.library import samples_folder
from droidanon.store.parquet import load_capture, save_capture
from tests.builders import capture, entry, extreme_capture, text
from tests.corpus import corpus
from tests.fleet_captures import app_capture

SALT = "5a" * 16


def samples() -> list[Path]:
    folder = samples_folder()
    assert folder is not None
    return sorted(folder.glob("*.parquet"))


@pytest.fixture(scope="module", params=range(3))
def sample(request: pytest.FixtureRequest) -> Capture:
    return open_source(samples()[request.param])  # type: ignore[return-value]


def test_facts_sum_to_the_totals_of_the_capture(sample: Capture) -> None:
    view, facts = View(sample), derive(sample, SALT, SourceFacts()).tables[FACTS]
    for name in COUNTERS:
        assert pc.sum(facts[name]).as_py() == view.total(name), name
    assert pc.sum(facts["vmas"]).as_py() == sample.counted_vmas


def test_the_counters_of_a_process_are_the_sums_of_its_facts(sample: Capture) -> None:
    tables = derive(sample, SALT, SourceFacts()).tables
    sums = tables[FACTS].group_by("process_index").aggregate([(name, "sum") for name in COUNTERS]).to_pylist()
    by_process = {row["process_index"]: row for row in sums}
    for row in tables[PROCESSES].to_pylist():
        of_facts = by_process.get(row["process_index"], {})
        assert [row[name] for name in COUNTERS] == [of_facts.get(f"{name}_sum") for name in COUNTERS]


def test_the_judged_number_is_that_of_the_status(sample: Capture) -> None:
    rows = derive(sample, SALT, SourceFacts()).tables[PROCESSES].to_pylist()
    judged = [
        None if number is None or number.basis != "judged" else number.kb
        for process, number in zip(sample.processes, anon_swap_of_processes(View(sample)), strict=True)
        if not process.reference
    ]
    assert [row["judged_anon_swap_kb"] for row in rows] == judged
    assert any(judged)


def test_each_name_has_one_row_per_process_heap_and_category(sample: Capture) -> None:
    facts = derive(sample, SALT, SourceFacts()).tables[FACTS]
    keys = list(zip(*(facts[key].to_pylist() for key in ("process_index", "heap", "category", "name")), strict=True))
    assert len(set(keys)) == len(keys) > 100


@pytest.mark.parametrize("table", [name for name in TABLES if name != "kept"])
def test_every_capture_gives_the_same_columns(table: str) -> None:
    for made in (app_capture(1), extreme_capture(), Capture((), empty_vmas(), "nothing")):
        assert derive(made, SALT, SourceFacts()).tables[table].schema == arrow_schema(table)


def empty_vmas() -> VmaTable:
    return app_capture(1).vmas.take(pa.array([], pa.int64()).to_numpy())


def test_a_counter_that_is_missing_is_null_and_never_zero() -> None:
    without = text(("[anon:a]", 16)).replace("SwapPss:               0 kB\n", "")
    derived = derive(capture({"a": without, "b": text(("[anon:a]", 16))}), SALT, SourceFacts())
    assert derived.tables[FACTS]["swap_pss_kb"].to_pylist() == [None, 0]
    assert derived.tables[PROCESSES]["swap_pss_kb"].to_pylist() == [None, 0]
    assert derived.tables[FACTS]["ksm_kb"].to_pylist() == [None, None]


def test_a_process_without_rows_has_no_numbers() -> None:
    rows = derive(capture({"a": text(("[anon:a]", 16)), "b": ""}), SALT, SourceFacts()).tables[PROCESSES].to_pylist()
    assert [row["rss_kb"] for row in rows] == [16, None]
    assert [row["vmas"] for row in rows] == [1, None]


def test_names_are_normalised() -> None:
    made = capture({"a": entry("[anon:.bss]") + entry("/data/app/~~x1==/com.a-y2==/lib/b.so", start=0x7100000000)})
    names = derive(made, SALT, SourceFacts()).tables[FACTS]["name"].to_pylist()
    assert not any("x1==" in name for name in names)


def test_facts_of_the_capture() -> None:
    made = replace(app_capture(1), labels={"build": "1.2.0", "run": "3"})
    tables = derive(made, SALT, SourceFacts("a.parquet", "d1", True)).tables
    (row,) = tables["captures"].to_pylist()
    assert row["day"] == date(2026, 11, 2)
    assert (row["device"], row["android"], row["ram_tier"], row["build"]) == ("Model A", 16, "8GB", "1.2.0")
    assert (row["capture_app"], row["source"], row["source_digest"], row["kept"]) == (
        "com.example.app",
        "a.parquet",
        "d1",
        True,
    )
    assert dict(row["labels"]) == {"build": "1.2.0", "run": "3"}
    assert set(tables[FACTS]["build"].to_pylist()) == {"1.2.0"}


def test_no_serial_and_no_uid_gets_into_the_tables() -> None:
    made = capture({"com.example.app": text(("[anon:a]", 16))}, device={"serial": "SECRET-1"}, users=[1_010_077])
    tables = derive(made, SALT, SourceFacts()).tables
    everything = repr([table.to_pylist() for table in tables.values()])
    assert "SECRET-1" not in everything
    assert "1010077" not in everything
    assert device_id("SECRET-1", SALT) in everything


def test_the_id_is_that_of_the_content(tmp_path: Path) -> None:
    made = app_capture(1)
    stored = load_capture(save_capture(made, tmp_path / "a.parquet"))
    assert capture_id(stored) == capture_id(made)
    assert capture_id(replace(made, labels={"a": "b"}, source="elsewhere", created="")) == capture_id(made)
    others = [
        app_capture(2),
        replace(made, device={"serial": "SERIAL-B"}),
        replace(made, system={"mem_free_kb": 1}),
        replace(made, processes=(replace(made.processes[0], age_s=1.5),)),
    ]
    assert len({capture_id(one) for one in (made, *others)}) == 5


def test_the_id_of_real_texts_outlives_their_file(tmp_path: Path) -> None:
    made = open_source(corpus() / "oppo-10-launcher")
    assert isinstance(made, Capture)
    assert capture_id(load_capture(save_capture(made, tmp_path / "a.parquet"))) == capture_id(made)


def test_hashes_of_serials_depend_on_the_salt() -> None:
    assert device_id("A", SALT) != device_id("A", "00" * 16)


@pytest.mark.parametrize(
    ("kb", "tier"),
    [(1_900_000, "2GB"), (3_700_000, "4GB"), (7_700_000, "8GB"), (11_600_000, "12GB"), (1 << 30, "64GB")],
)
def test_the_ram_that_a_device_is_sold_with(kb: int, tier: str) -> None:
    assert ram_tier(kb) == tier


@pytest.mark.parametrize(
    ("app", "value"),
    [("com.a.b_c", "com.a.b_c"), ("/system/bin/x", "-system-bin-x"), ("../..", "..-.."), ("a=b&c\x1b", "a-b-c-")],
)
def test_a_partition_is_a_safe_path(app: str, value: str) -> None:
    assert partition_value(app) == value
