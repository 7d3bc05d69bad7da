"""A lab for tests, as it is when all that could be run is done: two phones, two builds, a budget."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from droidanon.experiment.manifest import SavedSetting
from droidanon.lab.journal import Journal, RunRecord
from droidanon.lab.order import ordered_runs
from droidanon.lab.phones import PhoneFacts
from droidanon.lab.plan_file import load_plan
from droidanon.lab.session import fingerprints_of
from droidanon.store.parquet import save_capture
from tests.builders import capture, entry, text

APP = "com.example.app"
PLAN = """
[lab]
output = "runs/nightly"
repetitions = 6
budget = "budget.toml"
baseline = "1.0"

[[app]]
name = "shop"
package = "com.example.app"
builds = [{ label = "1.0", setup = "setprop debug.x 0" }, { label = "1.1", setup = "setprop debug.x 1" }]

[[scenario]]
name = "cold"
"""
BUDGET = '[budget]\napp = "com.example.app"\n[[budget.row]]\nmax = "100MB"\n[[budget.row]]\nmax_growth = "5%"\n'
MISTAKES = PLAN.replace("repetitions = 6", 'repetitons = 6\nper = "devices"').replace('"1.0"\n', '"0.9"\n', 1)
SIZES = {"28161FDH2000AB": 40_000, "R5CR30ABCDE": 90_000}


def write_lab(folder: Path) -> None:
    """nightly.toml, its budget and its folder. The second phone did the half of its runs, then it was set aside.

    Build 1.1 has 8,000 kB more. mistakes.toml is a plan with mistakes.
    """
    (folder / "mistakes.toml").write_text(MISTAKES)
    (folder / "nightly.toml").write_text(PLAN)
    (folder / "budget.toml").write_text(BUDGET)
    plan = load_plan(folder / "nightly.toml")
    plan.output.mkdir(parents=True)
    journal = Journal(plan.output)
    journal.begin(fingerprints_of(plan, plan.definitions()), plan.seed)
    draw = random.Random(3)
    for phone, size in SIZES.items():
        journal.phone(PhoneFacts(phone, phone, f"Model {size}", 16, 7_700_000, "boot"), phone)
        runs = ordered_runs(phone, list(plan.definitions()), plan.repetitions, plan.seed)
        for run in runs[: 6 if phone.startswith("R") else None]:
            cell = run.cell
            kb = int(size + (8_000 if cell.build == "1.1" else 0) + draw.gauss(0, 60)) // 4 * 4
            made = capture({APP: text(entry(size_kb=200_000, Pss=kb, Anonymous=kb))})
            labels = {"app": "shop", "build": cell.build, "scenario": cell.scenario, "device": phone}
            file = f"{run.folder}/{run.file}.parquet"
            started = f"2026-01-02T03:{run.repetition:02d}:{len(cell.build) + 10 * (cell.build == '1.1'):02d}Z"
            save_capture(replace(made, created=started, labels=labels), plan.output / file)
            journal.run(
                RunRecord(run.group, *(cell.app, cell.build, cell.scenario), run.repetition, phone, "done", file)
            )
        for outcome, error in (
            ("lost", "offline"),
            *[("failed", "the scenario failed (exit status 1): \x1b[31mno")] * 2,
        ):
            if phone.startswith("R"):
                run = runs[6]
                cell = run.cell
                failed = (cell.app, cell.build, cell.scenario, run.repetition, phone, outcome)
                journal.run(RunRecord(run.group, *failed, error=error))
    journal.aside("R5CR30ABCDE", "3 failures in a row, the last: the scenario failed (exit status 1)")
    journal.settings("R5CR30ABCDE", [SavedSetting("stay_on_while_plugged_in", "0", "7")])
