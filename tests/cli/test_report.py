"""`droidanon report` writes the page that suits its sources."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from droidanon.cli.html_page import PageFile
from droidanon.cli.main import run
from droidanon.experiment.manifest import write_phone, write_plan
from droidanon.html_report.page import Page, SortableTable
from tests.builders import make_series, write_replicates
from tests.experiments import make_experiment

BUDGET = '[budget]\napp = "com.example.app"\n[[budget.row]]\nmax_growth = "20%"\n'


@pytest.fixture
def sources(captured: Path) -> Path:
    """The current folder with replicates, a series, an experiment and a budget."""
    write_replicates(captured)
    make_series(captured / "series")
    make_series(captured / "short", (100, 110))
    experiment = make_experiment(captured / "experiment", 600)
    write_plan(replace(experiment, plan=replace(experiment.plan, counter="anon_swap_kb", effect="5%")))
    for name, log in experiment.phones.items():
        write_phone(experiment.folder / name, log)
    (captured / "budget.toml").write_text(BUDGET)
    return captured


@pytest.mark.parametrize(
    ("arguments", "table"),
    [
        (("a.parquet",), "Processes and limits"),
        (("short",), "Processes and limits"),
        (("a.parquet", "b.parquet"), "total PSS by app, category (kB)"),
        (("before", "after"), "total PSS by app, category (kB)"),
        (("series",), "total PSS by app, category (kB)"),
        (("experiment",), "anon+swap by category (kB)"),
        (("experiment/experiment.json",), "anon+swap by category (kB)"),
        (("before", "after", "--budget", "budget.toml"), "Limits"),
    ],
)
def test_the_page_suits_the_sources(
    sources: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], table: str
) -> None:
    written: list[Page] = []
    monkeypatch.setattr(PageFile, "write", lambda _, page: written.append(page))
    assert run(["report", *arguments]) == 0
    (page,) = written
    assert table in [one.title for one in page.sections if isinstance(one, SortableTable)]
