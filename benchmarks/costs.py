"""Measures commands as whole processes at sizes that make superlinear costs visible, as ratios to importing pandas.

`python benchmarks/costs.py [--names N] [--processes N] [--phone PATH] [--before CHECKOUT]` prints a Markdown table of
processor seconds and peak memory, medians of three. With `--before`, every command also runs from another checkout, in
turn with this one.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "captures" / "samples" / "3-whole-phone.parquet"
RUNS = 3


def measured(arguments: Sequence[str], checkout: Path, pyc: Path) -> tuple[float, float]:
    """Processor seconds and peak memory (MB) of a Python process; bytecode from earlier runs is reused."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONPYCACHEPREFIX": str(pyc / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=pyc,
        env=environment,
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)}: exit code {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def save_names(path: Path, names: int, shift: int) -> None:
    """Save a capture of one process with this many names, half of which do not depend on `shift`."""
    listed = (f"/data/app/com.a-{row}/base{row if row % 2 else row + shift}.apk" for row in range(names))
    _save(path, {"com.a": listed})


def save_processes(path: Path, processes: int) -> None:
    """Save a capture of this many processes with 62 names each."""
    libraries = [f"/system/lib64/lib{one}.so" for one in range(60)]
    _save(path, {f"com.a{one}": (*libraries, f"[anon:a{one % 50}]", "[heap]") for one in range(processes)})


def _save(path: Path, names: dict[str, Iterator[str] | Sequence[str]]) -> None:
    sys.path.insert(0, str(ROOT))
    from droidanon.sources.assemble import make_capture
    from droidanon.sources.facts import ProcessFacts
    from droidanon.sources.reading import Reading
    from droidanon.store.parquet import save_capture
    from tests.builders import text

    readings = [
        Reading(
            ProcessFacts(name, pid, name, 10100, 1),
            text(*((one, 4 + row % 7) for row, one in enumerate(mapped))).encode(),
        )
        for pid, (name, mapped) in enumerate(names.items(), 100)
    ]
    save_capture(make_capture(readings, source="adb:MODEL", access="root", device={"sdk": 36}), path)


def commands(folder: Path, names: int, processes: int, phone: Path) -> Iterator[tuple[str, list[str]]]:
    """The commands to measure, on captures made in the folder."""
    yield "`--version`", ["--version"]
    yield "`--help`", ["--help"]
    yield f"`export -o` of {phone.name}", ["export", str(phone), "-o", str(folder / "texts")]
    for count in (names // 4, names // 2, names):
        base, new = (folder / f"{count}-{side}.parquet" for side in ("base", "new"))
        save_names(base, count, 0)
        save_names(new, count, names)
        yield f"`diff --by name`, {count:,} names", ["diff", "--by", "name", str(base), str(new)]
    yield f"`names --json`, {names:,} names", ["names", "--json", str(folder / f"{names}-base.parquet")]
    many = folder / "processes.parquet"
    save_processes(many, processes)
    for command in ("procrank", "librank"):
        yield f"`{command}`, {processes:,} processes", [command, str(many)]


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--names", type=int, default=120_000)
    options.add_argument("--processes", type=int, default=5000)
    options.add_argument("--phone", type=Path, default=SAMPLE)
    options.add_argument("--before", type=Path)
    chosen = options.parse_args()
    checkouts = [one.resolve() for one in (chosen.before, ROOT) if one is not None]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        baselines = [measured(["-c", "import pandas"], ROOT, folder)[0] for _ in range(RUNS + 1)]
        baseline = statistics.median(baselines[1:])
        titles = ["before", "now"][-len(checkouts) :]
        print(
            "| command |"
            + "".join(f" {title}, s | / importing pandas ({baseline:.2f} s) | {title}, MB |" for title in titles)
        )
        print("|---|" + "---:|---:|---:|" * len(checkouts))
        for title, arguments in commands(folder, chosen.names, chosen.processes, chosen.phone.resolve()):
            found: dict[Path, list[tuple[float, float]]] = {checkout: [] for checkout in checkouts}
            for _ in range(RUNS + 1):  # the first run compiles
                for checkout in checkouts:
                    found[checkout].append(measured(["-m", "droidanon", *arguments], checkout, folder))
            cells = ""
            for runs in found.values():
                seconds, memory = (statistics.median(column) for column in zip(*runs[1:], strict=True))
                cells += f" {seconds:.2f} | {seconds / baseline:.2f} | {memory:.0f} |"
            print(f"| {title} |{cells}", flush=True)


if __name__ == "__main__":
    main()
