"""Tests which query engines can open captures, each version in its own environment; compares all values with pyarrow's.

`python benchmarks/engines.py [CAPTURE ...]`, in the checkout's folder, prints a Markdown table and exits with 1 if an
engine fails. It reads the bundled captures rewritten by this version, a capture of extreme values, a file of samples,
and CAPTUREs. It needs `uv` (or `.tools/bin/uv`), a package index, Java 17 for Spark, and about 4 GB in `--environments
FOLDER` (temporary by default).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

READER = ROOT / "tests" / "engines.py"
PYTHON = "3.11"
OLD_NUMPY = "numpy<2"
VERSIONS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "duckdb": dict.fromkeys(
        ("0.10.3", "1.0.0", "1.1.3", "1.2.2", "1.3.2", "1.4.5", "1.5.3", "1.5.6", "2.0.1"), ("pytz",)
    ),
    "polars": dict.fromkeys(("0.20.0", "0.20.31", "1.0.0", "1.20.0", "1.44.2", "2.1.0"), ()),
    "pyarrow": {
        "14.0.2": (OLD_NUMPY,),
        **dict.fromkeys(("15.0.2", "16.1.0", "18.1.0", "21.0.0", "26.0.1"), ()),
    },
    "pandas": {
        "2.1.4": ("pyarrow==14.0.2", OLD_NUMPY),
        "2.2.3": ("pyarrow==18.1.0",),
        "2.3.3": ("pyarrow==21.0.0",),
        "3.1.1": ("pyarrow==26.0.1",),
    },
    "fastparquet": {
        "2023.10.1": ("pandas==2.1.4", OLD_NUMPY),
        "2024.2.0": ("pandas==2.2.3", OLD_NUMPY),
        "2024.11.0": ("pandas==2.2.3",),
        "2025.12.0": ("pandas==2.3.3",),
        "2026.9.0": ("pandas==3.1.1",),
    },
    "pyspark": dict.fromkeys(("3.5.0", "3.5.9", "4.0.5", "4.3.0"), ("setuptools",)),
}
"""The packages to install for each engine and version. They span three years, from November 2023."""


def main() -> int:
    """Print the table; returns 1 if an engine failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("captures", nargs="*", metavar="CAPTURE")
    parser.add_argument("--engine", action="append", choices=list(VERSIONS), help="only this engine (repeatable)")
    parser.add_argument("--environments", type=Path, metavar="FOLDER", help="keep the environments here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        files = [*test_files(Path(temporary)), *map(Path, options.captures)]
        expected = {path: read(sys.executable, "pyarrow", path) for path in files}
        print(f"{len(files)} files: {', '.join(path.name for path in files)}\n")
        print("| engine | version | with | result |\n|---|---|---|---|")
        environments = options.environments or Path(temporary) / "environments"
        failed = 0
        for engine in options.engine or VERSIONS:
            for version, others in VERSIONS[engine].items():
                result = check(engine, version, others, environments, expected)
                failed += result != "same values"
                print(f"| {engine} | {version} | {', '.join(others)} | {result} |", flush=True)
    return int(failed > 0)


def test_files(folder: Path) -> Iterable[Path]:
    """Captures and samples, written by this version."""
    from droidanon.record.samples import SampleLog
    from droidanon.sources.sampling.sample import ProcessSample, Sample
    from droidanon.store.library import samples_folder
    from droidanon.store.parquet import load_capture, save_capture
    from tests.builders import extreme_capture

    bundled = samples_folder()
    assert bundled is not None
    for path in sorted(bundled.glob("*.parquet")):
        yield save_capture(load_capture(path), folder / path.name)
    yield save_capture(extreme_capture(), folder / "extreme.parquet")
    samples = SampleLog(folder)
    samples.add(Sample(1.5, (ProcessSample(1, "größer", rss_kb=1 << 33), ProcessSample(2, "b", uid=10_000))))
    samples.flush()
    yield next(folder.glob("status/*.parquet"))


def check(
    engine: str,
    version: str,
    others: Sequence[str],
    environments: Path,
    expected: Mapping[Path, Mapping[str, object] | str],
) -> str:
    """`same values`, or the first problem."""
    folder = environments / f"{engine}-{version}"
    if error := install(folder, [f"{engine}=={version}", *others]):
        return f"not installed: {error}"
    for path, values in expected.items():
        found = read(str(folder / "bin" / "python"), engine, path)
        if isinstance(found, str):
            return f"{path.name}: {found}"
        if found != values:
            wrong = [name for name in values if found.get(name) != values[name]] if not isinstance(values, str) else []
            return f"{path.name}: other values in {', '.join(wrong)}"
    return "same values"


def install(folder: Path, packages: Sequence[str]) -> str:
    """Create an environment unless it exists; returns an error, or an empty text."""
    done = folder / "complete"
    if done.exists():
        return ""
    uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    for command in (
        [uv, "venv", "--quiet", "--clear", "--python", PYTHON, str(folder)],
        [uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), *packages],
    ):
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            return last_line(result.stderr)
    done.touch()
    return ""


def read(python: str, engine: str, path: Path) -> Mapping[str, object] | str:
    """The digests of a file's columns, or an error."""
    command = [python, str(READER), engine, str(path)]
    environment = {**os.environ, "TZ": "UTC"}
    result = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if result.returncode:
        return last_line(result.stderr)
    columns: Mapping[str, object] = json.loads(result.stdout)
    return columns


def last_line(text: str) -> str:
    """The last line of a program's output, shortened for a table."""
    lines = text.strip().splitlines() or ["no output"]
    return lines[-1][:120].replace("|", "/")


if __name__ == "__main__":
    sys.exit(main())
