"""`python -m tests.fuzz [TARGET...] --seconds 60`: fuzzes targets (all of them), one after the other. Exit code 1 if an input fails."""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from pathlib import Path

from tests.fuzz.run import run
from tests.fuzz.targets import TARGETS


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="default: the time")
    parser.add_argument("--keep", type=Path, default=Path(), help="folder of the inputs that failed")
    options = parser.parse_args()
    failed = 0
    print(f"| target (seed {options.seed}) | inputs | CPU s | failures |\n|---|---:|---:|---:|")
    for name in options.targets or TARGETS:
        inputs, cpu_s, failures = 0, 0.0, set()
        end, seed = time.monotonic() + options.seconds, options.seed
        while (left := end - time.monotonic()) > 0:
            found = run(name, seed=seed, seconds=left)
            inputs, cpu_s, seed = inputs + found.inputs, cpu_s + found.cpu_s, seed + 1
            if found.failure and found.failure not in failures:
                failures.add(found.failure)
                path = options.keep / f"fuzz-{name}-{hashlib.sha256(found.input).hexdigest()[:10]}"
                path.write_bytes(found.input)
                print(f"{path}: {found.failure}", file=sys.stderr, flush=True)
        print(f"| {name} | {inputs:,} | {cpu_s:.0f} | {len(failures)} |", flush=True)
        failed += len(failures)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
