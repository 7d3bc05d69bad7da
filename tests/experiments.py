"""Experiments for tests, as they are when all rounds are done."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from droidanon.experiment.manifest import (
    Experiment,
    PhoneLog,
    Plan,
    RoundRecord,
    Variant,
    write_phone,
    write_plan,
)
from droidanon.store.parquet import save_capture
from tests.builders import capture, entry, text

APP = "com.example.app"


def make_experiment(folder: Path, new_more: int, *, lacking: int = 0) -> Experiment:
    """Two phones of different sizes with 4 rounds per side; `lacking` captures of base do not have a process."""
    draw = random.Random(5)
    phones = {}
    for phone, size in (("small", 20_000), ("large", 90_000)):
        records = []
        for number in range(1, 5):
            for side, more in (("base", 0), ("new", new_more)):
                kb = int(size + more + draw.gauss(0, 60)) // 4 * 4
                heap = text(entry(size_kb=200_000, Pss=kb, Anonymous=kb))
                processes = {f"{APP}": heap, f"{APP}:other": heap}
                if side == "base" and number <= lacking:
                    del processes[f"{APP}:other"]
                file = f"{side}-{number}.parquet"
                save_capture(capture(processes), folder / phone / file)
                records.append(RoundRecord(side, number, "", files=(file,), unprepared=("settle",), thermal_status=3))
        phones[phone] = PhoneLog("adb:", rounds=tuple(records))
    plan = Plan(app=APP, rounds=4, sides={"base": Variant(), "new": Variant()})
    return Experiment(folder, plan, "", phones)


def write_experiments(folder: Path) -> None:
    """Finished experiments on two phones: worse/, same/, noisy/, few/ (1 round), pilot/, leak/ (20 cycles, one side)."""
    setups = {"base": Variant(setup="true"), "new": Variant(setup="true")}
    for name, more, rounds, effect in (
        ("worse", 600, 4, "400kB"),
        ("same", 0, 4, "400kB"),
        ("noisy", 0, 4, "20kB"),
        ("few", 0, 1, "400kB"),
    ):
        _write(make_experiment(folder / name, more), rounds=rounds, sides=setups, effect=effect)
    _write(make_experiment(folder / "pilot", 0), rounds=4, pilot=True, measured=("base",))
    experiment = make_experiment(folder / "leak", 0)
    draw = random.Random(9)
    files = tuple(f"base-01.cycle-{cycle:03d}.parquet" for cycle in range(1, 21))
    for cycle, file in enumerate(files):
        kb = 20_000 + 120 * cycle + draw.randrange(10) * 4
        heap = text(entry(size_kb=200_000, Pss=kb, Anonymous=kb))
        made = replace(capture({APP: heap}), created=f"2026-01-02T03:04:{cycle:02d}Z")
        save_capture(made, folder / "leak" / "small" / file)
    log = PhoneLog("adb:", rounds=(RoundRecord("base", 1, "", files=files),))
    _write(replace(experiment, phones={"small": log}), rounds=1, cycles=20, measured=("base",))


def _write(experiment: Experiment, **plan: object) -> None:
    rounds = plan["rounds"]
    changed = {"counter": "anon_swap_kb", "effect": "400kB", **plan}
    write_plan(replace(experiment, plan=replace(experiment.plan, **changed)))  # type: ignore[arg-type]
    for name, log in experiment.phones.items():
        kept = tuple(one for one in log.rounds if one.number <= rounds)  # type: ignore[operator]
        write_phone(experiment.folder / name, replace(log, rounds=kept))
