"""DuckDB and Spark answer every question with equal rows, facts and warnings."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from droidanon.fleet.dataset import Dataset
from droidanon.fleet.questions import engine as engines
from droidanon.fleet.questions.answer import Answer
from droidanon.fleet.questions.compare import CompareRequest, compare
from droidanon.fleet.questions.engine import Engine, open_engine
from droidanon.fleet.questions.limits import ShareOverLimitsRequest, limits
from droidanon.fleet.questions.new_names import NewNamesRequest, new_names
from droidanon.fleet.questions.observations import FleetMeasure
from droidanon.fleet.questions.outliers import OutliersRequest, outliers
from droidanon.fleet.questions.percentiles import PercentilesRequest, percentiles
from droidanon.fleet.questions.scope import Condition, Scope
from droidanon.fleet.questions.steps import StepsRequest, steps
from tests.fleet.facts import write_dataset
from tests.fleet.sample_fleet import APP, NEW_DAY, sample_fleet

pytestmark = [
    pytest.mark.skipif(shutil.which("java") is None, reason="no Java: sh tests/fleet/setup.sh installs one"),
    pytest.mark.timeout(1200),  # Spark starts slowly on a busy machine
]

ANON_SWAP = FleetMeasure.parse("anon_swap")
BASE, NEW = Condition.parse("build=1.6,1.7"), Condition.parse("build=1.8,1.9")
QUESTIONS: dict[str, tuple[Callable[..., Answer], object]] = {
    "percentiles": (percentiles, PercentilesRequest(Scope(), ANON_SWAP, ("device",))),
    "percentiles of a category": (
        percentiles,
        PercentilesRequest(Scope(APP), FleetMeasure.parse("anon_swap", "native"), ("state",), (33.0, 99.9)),
    ),
    "percentiles by label and day": (
        percentiles,
        PercentilesRequest(Scope(conditions=(Condition.parse("label.run=soak"),), since=NEW_DAY), ANON_SWAP, ()),
    ),
    "compare": (compare, CompareRequest(Scope(APP), ANON_SWAP, BASE, NEW)),
    "compare by category": (compare, CompareRequest(Scope(APP), ANON_SWAP, BASE, NEW, by_category=True)),
    "steps": (steps, StepsRequest(Scope(APP), ANON_SWAP)),
    "new names": (new_names, NewNamesRequest(Scope(), ANON_SWAP)),
    "new names of a build": (
        new_names,
        NewNamesRequest(Scope(), ANON_SWAP, None, Condition.parse("build=1.1"), Condition.parse("build=1.11")),
    ),
    "outliers": (outliers, OutliersRequest(Scope(), ANON_SWAP)),
    "limits": (limits, ShareOverLimitsRequest(Scope())),
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder: Path = tmp_path_factory.mktemp("fleet") / "dataset"
    return Dataset.open(str(write_dataset(folder, sample_fleet())))


@pytest.fixture(scope="module")
def duckdb(fleet: Dataset) -> Iterator[Engine]:
    with open_engine(fleet) as engine:
        yield engine


@pytest.fixture(scope="module")
def spark(fleet: Dataset) -> Iterator[Engine]:
    """A session for queries of a few rows: one task each, nothing compiled by Spark, and little by Java."""
    with pytest.MonkeyPatch.context() as patch:
        small = {
            "spark.sql.adaptive.enabled": "false",
            "spark.sql.codegen.factoryMode": "NO_CODEGEN",
            "spark.sql.codegen.wholeStage": "false",
        }
        patch.setattr(engines, "_SPARK_SETTINGS", {**engines._SPARK_SETTINGS, **small})
        patch.setattr(engines, "_LOCAL_SHUFFLES", "1")
        patch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")  # a short life
        with open_engine(fleet, "spark") as engine:
            yield engine
            engine.connection._session.stop()


def test_both_engines_give_equal_answers(fleet: Dataset, duckdb: Engine, spark: Engine) -> None:
    """One test, so that there is one Spark session however many workers run tests."""
    for question, (ask, request) in QUESTIONS.items():
        ours, theirs = (ask(fleet, engine, request) for engine in (duckdb, spark))
        assert ours.rows, question
        assert list(theirs.rows) == list(ours.rows), question
        assert theirs.facts == ours.facts, question
        assert theirs.warnings == ours.warnings, question
