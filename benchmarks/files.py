"""Memory and time to read a whole phone's texts from a folder, archives and one text, compared with reading bytes only.

`python benchmarks/files.py [PROCESSES [DENSITY [CHECKOUT ...]]]`, by default 600 processes and a million VMAs (770 MB).
Every method runs in its own process. Memory is the sum of the peaks (VmHWM) of that process and its children, and the
largest sum of their PSS at one moment, which counts shared pages once. It is measured in a separate run, because
summing PSS takes processor time. Other checkouts, such as an older version, are measured in turn with this one.

"Two halves" are two simultaneous processes, each on one core with half of the folder's bytes. They share and join
nothing, so no capture of the whole folder on two cores can be faster.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = 5
POLL_S = 0.01
BYTES = """
import sys
from pathlib import Path
from droidanon.sources.files.contents import archive_items, folder_items
path = Path(sys.argv[1])
if path.suffix == ".txt":
    print(len(path.read_bytes()))
else:
    items = folder_items(path) if path.is_dir() else archive_items(path.open("rb"), path.name)
    print(sum(len(item.data) for item in items))
"""
CAPTURE = """
import sys
from droidanon.sources.files.source import FileSource
print(len(FileSource(sys.argv[1]).read().vmas))
"""
ONE_CORE = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n" + CAPTURE
OTHER_CORE = ONE_CORE.replace("min(", "max(")


@dataclass(frozen=True, slots=True)
class Work:
    """A script in a checkout, with an (absolute) path as its argument."""

    checkout: Path
    code: str
    path: Path

    def start(self) -> subprocess.Popen[bytes]:
        """Start it."""
        command = [sys.executable, "-c", self.code, str(self.path)]
        # -c imports from the current folder first
        return subprocess.Popen(command, cwd=self.checkout, stdout=subprocess.DEVNULL)


Way = list[Work]
"""The work that runs simultaneously."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall and processor seconds."""

    wall: float
    processor: float


@dataclass(frozen=True, slots=True)
class Memory:
    """The sum of the peaks in MB, and the largest sum of PSS in MB."""

    peak: float
    pss: float


def write_phone(folder: Path, processes: int, density: float) -> int:
    """Write one file per process, and return the total number of bytes."""
    sys.path.insert(0, str(ROOT))
    from testphone.phone.model import ModelPhone
    from testphone.phone.smaps_text import format_entry

    phone = ModelPhone(seed=1, processes=processes, density=density)
    size = 0
    for process in phone.processes.values():
        if process.role != "kernel":
            text = "".join(map(format_entry, phone.vmas(process))).encode()
            (folder / f"{process.pid}.smaps").write_bytes(text)
            size += len(text)
    return size


def pids_of(parent: int) -> Iterator[int]:
    """A process and its children."""
    yield parent
    try:
        yield from map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
    except OSError:
        return


def peak_kb(pid: int) -> int:
    """VmHWM of a process; 0 if it ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return int(status.partition("VmHWM:")[2].split()[0]) if "VmHWM:" in status else 0


def pss_kb(pid: int) -> int:
    """The PSS of a process; 0 if it ended."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return int(rollup.partition("\nPss:")[2].split()[0]) if "\nPss:" in rollup else 0


def cost_of(way: Way) -> Cost:
    """The time until the last process ends."""
    begin = time.perf_counter()
    children = [work.start() for work in way]
    processor = 0.0
    for child in children:
        _, status, usage = os.wait4(child.pid, 0)
        processor += usage.ru_utime + usage.ru_stime
        check(child, status)
    return Cost(time.perf_counter() - begin, processor)


def memory_of(way: Way) -> Memory:
    """The memory of all processes."""
    children = [work.start() for work in way]
    peaks: dict[int, int] = {}
    pss = 0
    running = set(children)
    while running:
        pids = [pid for child in running for pid in pids_of(child.pid)]
        # The last peak, not the largest: before a child runs its program, it has the pages of its parent.
        peaks |= {one: kb for one in pids if (kb := peak_kb(one))}
        pss = max(pss, sum(map(pss_kb, pids)))
        time.sleep(POLL_S)
        for child in list(running):
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                check(child, status)
                running.remove(child)
    return Memory(sum(peaks.values()) / 1024, pss / 1024)


def check(child: subprocess.Popen[bytes], status: int) -> None:
    """End the benchmark if a script failed."""
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit("a script failed")


def write_halves(folder: Path, halves: Sequence[Path]) -> None:
    """Distribute the files of a folder over two, with about the same number of bytes."""
    for half in halves:
        half.mkdir()
    filled = [0, 0]
    for path in sorted(folder.iterdir(), key=lambda path: -path.stat().st_size):
        less = filled.index(min(filled))
        filled[less] += path.stat().st_size
        (halves[less] / path.name).hardlink_to(path)


def main() -> None:
    """Print one row per source form and method."""
    processes = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    density = float(sys.argv[2]) if len(sys.argv) > 2 else 8.2
    others = [Path(one).resolve() for one in sys.argv[3:]]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "phone"
        folder.mkdir()
        size = write_phone(folder, processes, density)
        with tarfile.open(Path(name) / "phone.tar.gz", "w:gz", compresslevel=6) as tar:
            tar.add(folder, "phone")
        with zipfile.ZipFile(Path(name) / "phone.zip", "w", zipfile.ZIP_DEFLATED) as zipped:
            for path in sorted(folder.iterdir()):
                zipped.write(path, f"phone/{path.name}")
        with (Path(name) / "phone.txt").open("wb") as marked, (Path(name) / "stream.txt").open("wb") as stream:
            for path in sorted(folder.iterdir()):
                text, pid = path.read_bytes(), path.stem.encode()
                marked.write(b"--- /proc/%b/smaps ---\n%b" % (pid, text))
                stream.write(b">>PID_START: %b app\n%b>>PID_END: %b\n" % (pid, text, pid))
        print(f"{size / 1e6:.0f} MB of text of {processes} processes; medians of {RUNS} interleaved runs\n")
        print(
            "| source | way | seconds | of reading | processor seconds | MB | MB at once |\n|---|---|---:|---:|---:|---:|---:|"
        )
        halves = (Path(name) / "half-1", Path(name) / "half-2")
        write_halves(folder, halves)
        at_once = [Work(ROOT, code, half) for code, half in zip((ONE_CORE, OTHER_CORE), halves, strict=True)]
        print_form(folder, others, {"two halves": at_once})
        for form in ("phone.tar.gz", "phone.zip", "phone.txt", "stream.txt"):
            print_form(Path(name) / form, others, {})


def print_form(path: Path, others: list[Path], more: dict[str, Way]) -> None:
    """Print the rows of one source form."""
    codes = {"the bytes only": BYTES, "a capture": CAPTURE, "a capture, one core": ONE_CORE}
    ways = {name: [Work(ROOT, code, path)] for name, code in codes.items()} | more
    ways |= {f"a capture, checkout `{other.name}`": [Work(other, CAPTURE, path)] for other in others}
    memory = {name: memory_of(way) for name, way in ways.items()}
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(RUNS):
        for name, way in ways.items():
            costs[name].append(cost_of(way))
    least = statistics.median(cost.wall for cost in costs["the bytes only"])
    for name, found in costs.items():
        wall, processor = (
            statistics.median(values) for values in zip(*((c.wall, c.processor) for c in found), strict=True)
        )
        times = f"{wall:.2f} | {wall / least:.1f} | {processor:.2f}"
        print(f"| {path.name} | {name} | {times} | {memory[name].peak:.0f} | {memory[name].pss:.0f} |", flush=True)


if __name__ == "__main__":
    main()
