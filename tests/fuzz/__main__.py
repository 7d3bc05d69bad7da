"""Fuzzes targets, one after the other: `python -m tests.fuzz [TARGET...] --seconds 60`. Exit code 1 if an input fails.

With the atheris package, inputs that reach new code are kept and mutated further; without it, mutations are blind.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.fuzz.guided import is_installed, run_guided
from tests.fuzz.run import run_blind
from tests.fuzz.targets import TARGETS


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="default: the time")
    parser.add_argument(
        "--keep", type=Path, default=Path(".fuzz"), help="folder of the inputs, those that failed in TARGET/failures"
    )
    options = parser.parse_args()
    fuzz = run_guided if is_installed() else run_blind
    failed = 0
    how = "by coverage" if is_installed() else "blind: `pip install atheris` for fuzzing by coverage"
    print(f"| target (seed {options.seed}, {how}) | inputs | CPU s | failures |\n|---|---:|---:|---:|", flush=True)
    for name in options.targets or TARGETS:
        found = fuzz(name, seed=options.seed % (1 << 31), seconds=options.seconds, folder=options.keep / name)
        for failure, path in found.failures.items():
            print(f"{path}: {failure}", file=sys.stderr, flush=True)
        print(f"| {name} | {found.inputs:,} | {found.cpu_s:.0f} | {len(found.failures)} |", flush=True)
        failed += len(found.failures)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
