"""Questions about datasets of several sizes: seconds and memory, compared with plain DuckDB and Spark.

`python benchmarks/fleet_questions.py FOLDER [TIMES]` needs a FOLDER of `benchmarks/fleet.py`. It asks about datasets of
the first 100 and 1,000 apps, about FOLDER/dataset, and about a dataset with TIMES (10) copies of it, each with other
captures and devices. Each question is asked by a separate process, including imports. Memory is that process's own:
Spark's is in another one.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

QUESTIONS = {
    "percentiles by build and device": "percentiles('build,device')",
    "percentiles of a category": "percentiles('build', category='native')",
    "compare": "compare('build=1.3.0', 'build=1.7.0')",
    "steps": "steps()",
    "new names": "new_names('2026-10-25')",
    "outliers": "outliers()",
    "limits": "limits()",
}
SIZES = (100, 1000)
OF_SPARK = ("percentiles by build and device", "compare")
TIMED = """
import resource, sys, time
begin = time.monotonic()
{code}
took = time.monotonic() - begin
own, workers = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
cpu = sum(one.ru_utime + one.ru_stime for one in (own, workers))
# Not ru_maxrss, which counts the process that started this one.
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(rows, round(took, 2), round(cpu, 2), peak >> 10)
"""
ASK = """
import droidanon
rows = len(droidanon.open_dataset(sys.argv[1], engine={engine!r}).{question})
"""
PLAIN = """
import duckdb
duckdb.sql('SET enable_progress_bar = false')
rows = len(duckdb.sql('''
    SELECT quantile_cont(anon_swap, [0.5, 0.9, 0.99]) FROM (
        SELECT sum(anonymous_kb + swap_kb) AS anon_swap FROM read_parquet([{files}]) GROUP BY filename, pid)
''').fetchall())
"""


def measure(code: str, *arguments: str) -> list[str]:
    """The rows, seconds, processor seconds and MB of Python code run in a separate process."""
    command = [sys.executable, "-W", "ignore", "-c", TIMED.format(code=code), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return [done.stderr.strip().splitlines()[-1][:80], "-", "-", "-"]
    return done.stdout.split()


def datasets(folder: Path, times: int) -> Iterator[tuple[str, Path, str]]:
    """Name, dataset, and its captures as a DuckDB SQL list (empty for copies)."""
    from droidanon.fleet.add import add

    for size in SIZES:
        files = sorted(folder.glob("apps/*.parquet"))[:size]
        dataset = folder / f"dataset-{size}"
        if not dataset.exists():
            add(str(dataset), [str(path) for path in files])
        yield f"{size:,} apps", dataset, ", ".join(f"'{path}'" for path in files)
    apps, phones = (len(list(folder.glob(f"{kind}/*.parquet"))) for kind in ("apps", "phones"))
    files_of_both = f"'{folder}/apps/*.parquet', '{folder}/phones/*.parquet'"
    yield f"{apps:,} apps and {phones:,} phones", folder / "dataset", files_of_both
    copies = folder / f"dataset-x{times}"
    if not copies.exists():
        copy(folder / "dataset", copies, times)
    yield f"{apps * times:,} apps and {phones * times:,} phones", copies, ""


def copy(dataset: Path, copies: Path, times: int) -> None:
    """Make a dataset that has each capture and device `times` times, with different ids."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    for path in dataset.rglob("*.parquet"):
        file = pq.ParquetFile(path)
        for number in range(times):
            target = copies / path.relative_to(dataset).with_stem(f"{path.stem}-{number}")
            target.parent.mkdir(parents=True, exist_ok=True)
            with pq.ParquetWriter(target, file.schema_arrow, compression="zstd") as writer:
                for group in range(file.num_row_groups):
                    rows = file.read_row_group(group)
                    for name in {"capture_id", "device_id"} & set(rows.column_names):
                        place, kind = rows.column_names.index(name), rows.schema.field(name).type
                        text = rows[name].cast("string")
                        other = pc.binary_join_element_wise(text, f"-{number}", "")
                        rows = rows.set_column(place, rows.schema.field(name), other.cast(kind))
                    writer.write_table(rows)
    for path in dataset.glob("*.json"):
        shutil.copy(path, copies)


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    print(
        "| dataset | question | engine | rows | seconds | processor seconds | MB |\n|---|---|---|---:|---:|---:|---:|"
    )
    for name, dataset, files in datasets(folder, times):
        asked = [("duckdb", question) for question in QUESTIONS] + [("spark", question) for question in OF_SPARK]
        if files:
            show(name, "percentiles of all processes, no keys", "plain DuckDB, captures", PLAIN.format(files=files))
        for engine, question in asked:
            show(name, question, engine, ASK.format(engine=engine, question=QUESTIONS[question]), str(dataset))


def show(name: str, question: str, engine: str, code: str, *arguments: str) -> None:
    """Measure a question, and print a row."""
    print("|", " | ".join((name, question, engine, *measure(code, *arguments))), "|", flush=True)


if __name__ == "__main__":
    main()
