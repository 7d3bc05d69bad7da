"""Injects a change of known size into an app of the test phone: whether it is found, and with how many captures.

`python benchmarks/injected.py [ROUNDS]`, as root in the checkout's folder (it starts the test phone), prints the table
of docs/internals/statistics.md. Each comparison has its own captures: in each round the app is started for one side and
then the other, in random order, and captured by `droidanon capture`; `droidanon diff` compares. Starts vary: the app's
activity scales all that it allocates by 1 %, and scudo's small blocks by another 1 %, and the model draws a Java heap,
large blocks and threads for each process.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from testphone.phone import Phone  # noqa: E402 # found by the line above
from testphone.phone.catalogue import EXAMPLE_PACKAGE  # noqa: E402

DID, OWN = 0.01, 0.01
ALLOCATED = ("scudo:primary", "scudo:secondary", "dalvik-main space", "dalvik-LinearAlloc")
CHANGED = {"native.scudo.primary": "scudo:primary", "java.heap.main-space": "dalvik-main space"}
SEED = 7
COMPARISONS = (
    ("", 0),
    ("native.scudo.primary", 1),
    ("native.scudo.primary", 2),
    ("native.scudo.primary", 5),
    ("java.heap.main-space", 5),
)
"""The category that changes on the new side, and by how many percent; the first is A/A."""


def start(phone: Phone, category: str, percent: float, draw: random.Random) -> int:
    """Restart the app, and return how many kB the change injects."""
    more = dict.fromkeys(ALLOCATED, draw.gauss(0, DID))
    more["scudo:primary"] += draw.gauss(0, OWN)
    if not category:
        phone.restart_app(EXAMPLE_PACKAGE, more)
        return 0
    name = CHANGED[category]
    phone.restart_app(EXAMPLE_PACKAGE, {**more, name: (1 + more[name]) * (1 + percent / 100) - 1})
    return held(phone, name) - held(phone, name, more)


def held(phone: Phone, name: str, more: Mapping[str, float] | None = None) -> int:
    """The private kB of a name in the app's processes; `more`: with this change."""
    found = 0
    for process in phone.model.processes.values():
        if process.package == EXAMPLE_PACKAGE and process.more:
            vmas = phone.model.vmas(replace(process, more=process.more if more is None else more))
            found += sum(vma.private_dirty + vma.swap for vma in vmas if vma.name == f"[anon:{name}]")
    return found


def droidanon(phone: Phone, *arguments: str) -> str:
    """The output of a command."""
    environment = {**phone.env, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "droidanon", *arguments], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"droidanon {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def take(phone: Phone, rounds: int, folder: Path) -> list[float]:
    """Make the captures of all comparisons, and return the kB injected into the new side of each."""
    draw = random.Random(SEED)
    injected: list[list[int]] = [[] for _ in COMPARISONS]
    for turn in range(rounds):
        for place, (category, percent) in enumerate(COMPARISONS):
            for side in draw.sample(("base", "new"), 2):
                change = start(phone, category if side == "new" else "", percent, draw)
                path = folder / f"{side}-{place}-{turn:02d}.parquet"
                droidanon(phone, "capture", f"adb:{phone.serial}", "--app", EXAMPLE_PACKAGE, "-o", str(path))
                if side == "new":
                    injected[place].append(change)
    return [mean(kb) for kb in injected]


def line(found: dict[str, Any], category: str, percent: int, injected: float) -> str:
    """A row of the table for one comparison."""
    rows = {row["category"]: row for row in found["rows"]}
    others = ", ".join(name for name, row in rows.items() if row["verdict"] != "~" and name != category) or "-"
    if not category:
        return f"{f'nothing, {len(rows)} categories':94}  {found['totals']['verdict']:7}  {others}"
    row = rows[category]
    told = f"{row['shift_kb']:+6.0f}  {row['low_kb']:+6.0f} .. {row['high_kb']:+6.0f}  {row['detectable_kb']:6.0f}"
    return f"{category:20} {percent:+6} % {injected:+9.0f} {row['base_kb']:8.0f}  {told}  {row['p_value']:9.4f}  {row['verdict']:7}  {others}"


def main() -> None:
    """Make the captures, then compare them, unpaired and paired."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    begin = time.perf_counter()
    with Phone(seed=1, processes=16) as phone, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        injected = take(phone, rounds, folder)
        kind = "a real adbd" if phone.real else "the stand-in server"
        print(f"{2 * rounds * len(COMPARISONS)} captures over {kind} in {time.perf_counter() - begin:.0f} s")
        for options, title in (((), f"{rounds} against {rounds}"), (("--paired",), f"{rounds} pairs")):
            print(f"\n{title:29} injected     base    told            interval   could          p  verdict  elsewhere")
            for place, (category, percent) in enumerate(COMPARISONS):
                sides = [str(folder / f"{side}-{place}-*.parquet") for side in ("base", "new")]
                found = json.loads(droidanon(phone, "diff", *sides, "--by", "category", "--all", "--json", *options))
                print(line(found, category, percent, injected[place]), flush=True)


if __name__ == "__main__":
    main()
