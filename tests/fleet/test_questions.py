"""Questions about a fleet with known changes: the planted ones are found, and percentiles are those of numpy."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from droidanon.errors import InputError, UsageError
from droidanon.fleet.dataset import Dataset
from droidanon.fleet.questions.compare import ALL, CompareRequest, compare
from droidanon.fleet.questions.engine import Engine, open_engine
from droidanon.fleet.questions.limits import ShareOverLimitsRequest, limits
from droidanon.fleet.questions.new_names import NewNamesRequest, new_names
from droidanon.fleet.questions.observations import FleetMeasure
from droidanon.fleet.questions.outliers import OutliersRequest, outliers
from droidanon.fleet.questions.percentiles import PercentilesRequest, parse_percentiles, percentiles
from droidanon.fleet.questions.scope import Condition, Scope, parse_keys
from droidanon.fleet.questions.steps import StepsRequest, natural, steps
from tests.fleet.facts import CaptureRow, ProcessRow, write_dataset
from tests.fleet.sample_fleet import (
    APP,
    LEAK_KB,
    LEAK_PHONE,
    NEW_DAY,
    NEW_NAME,
    OTHER,
    STEP_BUILD,
    STEP_KB,
    sample_fleet,
)

ANON_SWAP = FleetMeasure.parse("anon_swap")
WITHOUT_LEAK = Condition("device_id", tuple(f"d{phone:02}" for phone in range(40) if f"d{phone:02}" != LEAK_PHONE))


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder: Path = tmp_path_factory.mktemp("fleet") / "dataset"
    return Dataset.open(str(write_dataset(folder, sample_fleet())))


@pytest.fixture(scope="module")
def engine(fleet: Dataset) -> Iterator[Engine]:
    with open_engine(fleet) as opened:
        yield opened


def one_capture(folder: Path, captures: list[CaptureRow]) -> Dataset:
    return Dataset.open(str(write_dataset(folder / "small", captures)))


def test_percentiles_are_those_of_numpy(fleet: Dataset, engine: Engine) -> None:
    answer = percentiles(fleet, engine, PercentilesRequest(Scope(APP), ANON_SWAP, ("build",), (50.0, 90.0, 99.9)))
    expected: dict[str | None, list[int]] = {}
    for capture in sample_fleet():
        own = [process for process in capture.processes if process.app == APP]
        if all(process.names is not None for process in own):
            expected.setdefault(capture.build, []).append(sum(sum((one.names or {}).values()) for one in own))
    assert {row["build"] for row in answer.rows} == expected.keys()
    for row in answer.rows:
        values = expected[row["build"]]
        wanted = [round(float(value)) for value in np.percentile(values, (50, 90, 99.9))]
        assert [row["p50_kb"], row["p90_kb"], row["p99_9_kb"]] == wanted
        assert (row["captures"], row["observations"]) == (len(values), len(values))
        assert row["unknown"] == (1 if row["build"] == STEP_BUILD else 0)
        assert row["p50_low_kb"] is None or row["p50_low_kb"] <= row["p50_kb"] <= row["p50_high_kb"]


def test_apps_are_never_mixed_and_states_are_of_processes(fleet: Dataset, engine: Engine) -> None:
    apps = percentiles(fleet, engine, PercentilesRequest(Scope(), ANON_SWAP, ()))
    assert [row["app"] for row in apps.rows] == ["/system/bin/d", APP, OTHER]
    states = percentiles(fleet, engine, PercentilesRequest(Scope(APP), ANON_SWAP, ("state",)))
    assert states.facts["observation"] == "process"
    assert {row["state"]: row["observations"] for row in states.rows} == {"background": 288, "foreground": 289}


def test_a_category_that_an_app_does_not_have_is_0_and_one_that_was_not_read_is_unknown(tmp_path: Path) -> None:
    captures = [
        CaptureRow([ProcessRow({("native.scudo", "a"): 100, ("nativex", "b"): 1})]),
        CaptureRow([ProcessRow({("java", "a"): 100})]),
        CaptureRow([ProcessRow({("(not reported)", "a"): 100}, fidelity="meminfo")]),
        CaptureRow([ProcessRow({("native", "a"): 50}), ProcessRow(None, fidelity="none")]),
    ]
    dataset = one_capture(tmp_path, captures)
    request = PercentilesRequest(Scope(), FleetMeasure.parse("anon_swap", "native"), (), (50.0,))
    with open_engine(dataset) as opened:
        (row,) = percentiles(dataset, opened, request).rows
    assert (row["observations"], row["unknown"], row["p50_kb"]) == (2, 2, 50)


def test_the_interval_counts_devices_and_not_captures(tmp_path: Path) -> None:
    """30 captures of each of 2 phones know as little about other phones as one of each."""
    of_two = [
        CaptureRow([ProcessRow({("n", "a"): 1000 + n % 30 + 500 * (n % 2)})], device_id=f"d{n % 2}") for n in range(60)
    ]
    of_sixty = [
        CaptureRow([ProcessRow({("n", "a"): 1000 + n % 30 + 500 * (n % 2)})], device_id=f"d{n}") for n in range(60)
    ]
    rows = []
    for name, captures in (("two", of_two), ("sixty", of_sixty)):
        dataset = one_capture(tmp_path / name, captures)
        with open_engine(dataset) as opened:
            rows += percentiles(dataset, opened, PercentilesRequest(Scope(), ANON_SWAP, (), (50.0,))).rows
    two, sixty = rows
    assert two["p50_kb"] == sixty["p50_kb"]
    assert (two["p50_low_kb"], two["p50_high_kb"]) == (None, None)
    assert sixty["p50_low_kb"] < sixty["p50_kb"] < sixty["p50_high_kb"]
    assert (two["devices"], two["captures"]) == (2, 60)


def test_compare_finds_the_change_and_its_category(fleet: Dataset, engine: Engine) -> None:
    base, new = Condition.parse("build=1.6,1.7"), Condition.parse("build=1.8,1.9")
    scope = Scope(APP, (WITHOUT_LEAK,))
    whole, *models = compare(fleet, engine, CompareRequest(scope, ANON_SWAP, base, new)).rows
    assert whole["device"] == ALL
    assert {row["device"] for row in models} == {"Pixel 8", "Pixel 9 Pro", "moto g"}
    assert whole["low_kb"] < STEP_KB < whole["high_kb"]
    assert [row["verdict"] for row in (whole, *models)] == ["higher"] * 4
    assert all(row["unit"] == "device" for row in models)
    by_category = compare(fleet, engine, CompareRequest(scope, ANON_SWAP, base, new, by_category=True))
    _, *categories = by_category.rows
    verdicts = {row["category"]: row["verdict"] for row in categories}
    assert verdicts["native.scudo"] == "higher"
    assert verdicts["java.heap"] == "~"
    total = sum(row["delta_kb"] for row in categories)
    assert abs(total - whole["delta_kb"]) <= len(categories)


def test_a_changed_mix_of_devices_changes_no_verdict_and_is_reported(tmp_path: Path) -> None:
    """The large model is 1 phone of 10 before and 9 of 10 after; no phone's memory has changed."""
    captures = [
        CaptureRow(
            [ProcessRow({("n", "a"): (90_000 if large else 30_000) + 20 * phone})],
            build=build,
            device="large" if large else "small",
            device_id=f"{build}-{large}-{phone}",
        )
        for build, counts in (("1", (4, 16)), ("2", (16, 4)))
        for large, count in zip((True, False), counts, strict=True)
        for phone in range(count)
    ]
    captures.append(CaptureRow([ProcessRow({("n", "a"): 5})], build="2", device="only new"))
    dataset = one_capture(tmp_path, captures)
    request = CompareRequest(Scope(), ANON_SWAP, Condition.parse("build=1"), Condition.parse("build=2"))
    with open_engine(dataset) as opened:
        answer = compare(dataset, opened, request)
    whole = answer.rows[0]
    assert abs(whole["delta_kb"]) < 200
    assert whole["verdict"] == "~"
    assert whole["new_p90_kb"] - whole["base_p90_kb"] < 1000
    messages = {warning.kind: warning.message for warning in answer.warnings}
    assert "large 8GB 20 % to 76 %" in messages["device_mix"]
    assert "only new" in messages["left_out"]


def test_compare_refuses_captures_on_both_sides_and_empty_sides(fleet: Dataset, engine: Engine) -> None:
    base, label = Condition.parse("build=1.1"), Condition.parse("label.run=nightly")
    with pytest.raises(UsageError, match="match both"):
        compare(fleet, engine, CompareRequest(Scope(APP), ANON_SWAP, base, label))
    with pytest.raises(UsageError, match="--new build=9"):
        compare(fleet, engine, CompareRequest(Scope(APP), ANON_SWAP, base, Condition.parse("build=9")))


def test_steps_name_the_build_and_its_category(fleet: Dataset, engine: Engine) -> None:
    answer = steps(fleet, engine, StepsRequest(Scope(APP, (WITHOUT_LEAK,)), ANON_SWAP))
    found = {row["category"]: row for row in answer.rows}
    assert found.keys() == {None, "native.scudo"}
    for row in answer.rows:
        assert (row["build"], row["previous_build"]) == (STEP_BUILD, "1.7")
        assert row["change_kb"] == pytest.approx(STEP_KB, rel=0.1)
        assert row["after_kb"] - row["before_kb"] == pytest.approx(STEP_KB, rel=0.2)
    levels = answer.facts["levels"]
    assert [row["build"] for row in levels] == [f"1.{minor}" for minor in range(12)]


def test_too_few_builds_are_reported(tmp_path: Path) -> None:
    captures = [CaptureRow([ProcessRow({("n", "a"): 5})], build=f"{build}") for build in range(9)]
    dataset = one_capture(tmp_path, captures)
    with open_engine(dataset) as opened:
        answer = steps(dataset, opened, StepsRequest(Scope(), ANON_SWAP))
    assert not answer.rows
    assert "few_builds" in {warning.kind for warning in answer.warnings}


def test_builds_are_ordered_by_version_code_else_by_day(tmp_path: Path) -> None:
    first = date(2026, 11, 20)
    for coded in (True, False):
        captures = [
            CaptureRow(
                [ProcessRow({("n", "a"): 5})],
                build=f"b{number}",
                version_code=10 - number if coded else None,
                day=first + timedelta(days=number),
            )
            for number in range(3)
        ]
        dataset = one_capture(tmp_path / str(coded), captures)
        with open_engine(dataset) as opened:
            levels = steps(dataset, opened, StepsRequest(Scope(), ANON_SWAP)).facts["levels"]
        assert [row["build"] for row in levels] == (["b2", "b1", "b0"] if coded else ["b0", "b1", "b2"])
    assert sorted(["1.10", "1.9", "1.9b"], key=natural) == ["1.9", "1.9b", "1.10"]


def test_new_names_are_those_of_the_last_days(fleet: Dataset, engine: Engine) -> None:
    answer = new_names(fleet, engine, NewNamesRequest(Scope(), ANON_SWAP, NEW_DAY))
    (row,) = answer.rows
    having = [one for one in sample_fleet() if any(NEW_NAME in name for p in one.processes for name in p.names or {})]
    newer = [one for one in sample_fleet() if one.day is not None and one.day >= NEW_DAY]
    assert (row["app"], row["name"], row["category"]) == (APP, NEW_NAME, "native.other")
    assert (row["captures"], row["of_captures"], row["mean_kb"]) == (len(having), len(newer), 2000)
    assert row["devices"] == len({one.device_id for one in having})
    assert row["first_day"] == min(str(one.day) for one in having)


def test_outliers_have_a_cause(fleet: Dataset, engine: Engine) -> None:
    answer = outliers(fleet, engine, OutliersRequest(Scope(APP), ANON_SWAP))
    (row,) = answer.rows
    assert (row["device_id"], row["cause_category"], row["cause_kb"], row["cause_peers_kb"]) == (
        LEAK_PHONE,
        "native.malloc",
        LEAK_KB,
        0,
    )
    assert row["score"] > 10
    assert answer.facts["phones"] > 35


def test_equal_phones_are_no_outliers(tmp_path: Path) -> None:
    """Phones that differ by a page or by 1 % are equal, however small the spread of the others is."""
    captures = [CaptureRow([ProcessRow({("n", "a"): 50_000})], device_id=f"d{number}") for number in range(20)]
    captures.append(CaptureRow([ProcessRow({("n", "a"): 50_500})], device_id="larger"))
    dataset = one_capture(tmp_path, captures)
    with open_engine(dataset) as opened:
        assert not outliers(dataset, opened, OutliersRequest(Scope(), ANON_SWAP)).rows


def test_limits_count_the_processes_over_the_threshold_of_their_tier(fleet: Dataset, engine: Engine) -> None:
    answer = limits(fleet, engine, ShareOverLimitsRequest(Scope()))
    rows = {(row["process"], row["tier"]): row for row in answer.rows}
    assert not any(row["app"] == "/system/bin/d" for row in answer.rows)
    over = [
        process
        for capture in sample_fleet()
        for process in capture.processes
        if capture.device == "moto g" and process.process == f"{APP}:remote" and (process.judged_kb or 0) > 1 << 20
    ]
    worst = rows[f"{APP}:remote", "3200-4800 MB"]
    assert (worst["over"], worst["play_threshold_kb"], worst["basis"]) == (len(over), 1 << 20, "judged")
    assert worst["over_low_percent"] < worst["over_percent"] < worst["over_high_percent"]
    assert answer.rows[0] is worst
    cached = rows[OTHER, "6800-9216 MB"]
    assert (cached["play_threshold_kb"], cached["over_percent"], cached["basis"]) == (None, None, "upper bound")
    assert {"unknown", "upper_bound"} <= {warning.kind for warning in answer.warnings}


def test_mixed_data_is_reported(tmp_path: Path) -> None:
    captures = [
        CaptureRow([ProcessRow({("n", "a"): 5})], taxonomy=1, access="root"),
        CaptureRow([ProcessRow({("n", "a"): 5}, fidelity="showmap")], taxonomy=2, access="run-as", partial=True),
    ]
    dataset = one_capture(tmp_path, captures)
    with open_engine(dataset) as opened:
        answer = percentiles(dataset, opened, PercentilesRequest(Scope(), ANON_SWAP, ()))
    assert {"mixed_fidelity", "mixed_access", "mixed_taxonomy", "partial"} <= {one.kind for one in answer.warnings}


def test_text_of_partitions_and_keys_stays_text(tmp_path: Path) -> None:
    """A build `17` and an app `007` are no numbers."""
    dataset = one_capture(tmp_path, [CaptureRow([ProcessRow({("n", "a"): 5}, app="007")], build="17")])
    with open_engine(dataset) as opened:
        scope = Scope("007", (Condition.parse("build=17"), Condition.parse("android=15")))
        (row,) = percentiles(dataset, opened, PercentilesRequest(scope, ANON_SWAP, ("build", "android"))).rows
    assert (row["app"], row["build"], row["android"], row["p50_kb"]) == ("007", "17", "15", 5)


def test_wrong_words_are_usage_errors(fleet: Dataset) -> None:
    for wrong in ("nope", "colour=red", "label.=x"):
        with pytest.raises(UsageError):
            Condition.parse(wrong)
    with pytest.raises(UsageError, match="choose from"):
        parse_keys("build,colour")
    for text in ("", "0", "100", "a", "nan"):
        with pytest.raises(UsageError):
            parse_percentiles(text)
    with pytest.raises(UsageError, match="did you mean"):
        FleetMeasure.parse("anonswap")
    with pytest.raises(UsageError, match="no categories"):
        FleetMeasure.parse("judged_anon_swap", "native")
    with pytest.raises(UsageError, match="no engine"), open_engine(fleet, "presto"):
        pass


def test_a_damaged_file_is_one_line(tmp_path: Path) -> None:
    dataset = one_capture(tmp_path, [CaptureRow([ProcessRow({("n", "a"): 5})])])
    Path(dataset.paths("processes")[0]).write_bytes(b"PAR1 nothing")
    with pytest.raises(InputError, match="the engine failed"), open_engine(dataset) as opened:
        percentiles(dataset, opened, PercentilesRequest(Scope(), ANON_SWAP, ()))


def test_a_scope_without_captures_is_an_error_that_lists_apps(fleet: Dataset, engine: Engine) -> None:
    nothing, sides = Scope("com.nope"), (Condition.parse("build=1.1"), Condition.parse("build=1.11"))
    for ask in (
        lambda: percentiles(fleet, engine, PercentilesRequest(nothing, ANON_SWAP, ())),
        lambda: compare(fleet, engine, CompareRequest(nothing, ANON_SWAP, *sides)),
        lambda: steps(fleet, engine, StepsRequest(nothing, ANON_SWAP)),
        lambda: new_names(fleet, engine, NewNamesRequest(nothing, ANON_SWAP)),
        lambda: outliers(fleet, engine, OutliersRequest(nothing, ANON_SWAP)),
        lambda: limits(fleet, engine, ShareOverLimitsRequest(nothing)),
    ):
        with pytest.raises(UsageError, match=APP):
            ask()
    with pytest.raises(UsageError, match="fleet info"):
        percentiles(fleet, engine, PercentilesRequest(Scope(conditions=(Condition.parse("build=77"),)), ANON_SWAP, ()))


def test_duckdb_prints_no_progress_between_the_rows(engine: Engine) -> None:
    (shown,) = engine.connection.raw_sql("SELECT current_setting('enable_progress_bar')").fetchone()
    assert shown is False


@pytest.mark.parametrize(
    ("missing", "engine_name", "extra"), [("ibis", "duckdb", "fleet"), ("pyspark.sql", "spark", "spark")]
)
def test_a_missing_package_is_named(
    fleet: Dataset, missing: str, engine_name: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(UsageError, match=re.escape(f"droidanon[{extra}]")), open_engine(fleet, engine_name):
        pass
