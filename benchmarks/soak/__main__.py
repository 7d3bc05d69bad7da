"""`python -m benchmarks.soak MINUTES [SEED] [FOLDER]`: records a test phone through random faults, and checks that nothing is lost.

Run it as root in the checkout's folder (it starts the test phone). It records the whole phone and one app all the time,
and the app also on a small disk that fills up repeatedly. At the end it prints Markdown tables and all problems found.
The exit code is 1 if there are any.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.soak.clock import JumpingClock
from benchmarks.soak.faults import APP, Faults, end_servers
from benchmarks.soak.judge import files_of, grew, judge, memory_rows
from benchmarks.soak.phone_cost import PhoneCost
from benchmarks.soak.recording import Recording
from benchmarks.soak.small_disk import SmallDisk
from droidanon.store.series import read_series
from testphone.phone import Phone

SETTLED_S = 600.0
"""Memory is not judged in shorter runs, because libraries and the allocator are still growing."""
MARK_S = (5, 40)
MEASURE_S = 5.0
EVOLVE_S = 3.0
WAYS = ("stdin", "stdin", "signal", "command")
_QUIET_S = 20.0
"""The time after the last fault in which every gap can end."""


@dataclass
class Soak:
    """One soak run."""

    phone: Phone
    folder: Path
    rng: random.Random
    wrong: list[str] = field(default_factory=list)
    totals: dict[str, Counter[str]] = field(default_factory=dict)
    small: Recording | None = None
    small_count: int = 0

    def __post_init__(self) -> None:
        self.clock = JumpingClock(self.folder)
        self.env = {**self.phone.env, **self.clock.env}
        self.disk = SmallDisk(self.folder / "small")
        self.faults = Faults(self.phone, self.clock, self.disk, self.rng)
        self.cost = PhoneCost(self.phone)
        self.long = [
            self._record("whole phone", "phone", 10, "--all", "--sample", "5s"),
            self._record("one app", "app", 5, "--app", APP, "--sample", "2s"),
        ]

    def _record(self, title: str, folder: str, every_s: float, *arguments: str) -> Recording:
        return Recording(title, self.folder / folder, arguments, self.env, every_s)

    def run(self, seconds: float) -> None:
        """Run everything."""
        before = files_of(self.phone.root / "data")
        processes = len(self.cost.processes())
        for recording in self.long:
            recording.wait_until_begun()
        end = time.monotonic() + seconds
        marks = evolved = measured = 0.0
        number = 0
        while (now := time.monotonic()) < end:
            if now < end - _QUIET_S:
                self.faults.step()
            else:
                self.faults.stop()
            self._use_small_disk(last=now > end - _QUIET_S)
            if now >= marks and now > end - seconds + 2:
                number += 1
                self._mark(f"mark {number}")
                marks = now + self.rng.uniform(*MARK_S)
            if now >= evolved + EVOLVE_S:
                self.phone.evolve()
                self.cost.measure()
                evolved = now
            if now >= measured + MEASURE_S:
                for recording in self.long:
                    recording.measure()
                measured = now
            time.sleep(0.1)
        self._finish(before, processes)

    def _mark(self, note: str) -> None:
        recording = self.rng.choice(self.long)
        way = self.rng.choice(WAYS)
        recording.mark(note, way)
        if way == "command":
            recording.acknowledged.append(note)

    def _use_small_disk(self, *, last: bool) -> None:
        """Start a recording on the small disk if there is none; judge it when the full disk has ended it."""
        if self.small is None:
            if not last and self.faults.counts and self.faults.is_connected:
                self.small_count += 1
                self.small = self._record(
                    "small disk", f"small/{self.small_count}", 3, "--app", APP, "--sample", "1s", "--wait"
                )
                self.disk.is_used = False
        elif self.small.runs:
            self.disk.is_used = self.small.announced > 0
        else:
            full = self.disk.is_full
            self._judge(self.small, full=full)
            shutil.rmtree(self.small.folder, ignore_errors=True)  # otherwise the disk fills up by itself
            self.small = None
            self.disk.empty()

    def _judge(self, recording: Recording, *, full: bool = False) -> None:
        code = recording.end()
        if not recording.announced and recording is self.small:
            self._count(recording, None)
            return  # the disk was full, or the phone absent, before the first capture
        self.wrong += [
            f"{recording.title}: {line}" for line in judge(recording, code, self.faults.outages, self.clock, full=full)
        ]
        self._count(recording, recording.folder)

    def _count(self, recording: Recording, folder: Path | None) -> None:
        counts = self.totals.setdefault(recording.title, Counter())
        counts["recordings"] += 1
        if folder is None:
            return
        series = read_series(folder)
        counts["captures"] += sum(not capture.partial for capture in series.captures)
        counts["partial"] += sum(capture.partial for capture in series.captures)
        counts["missed"] += series.missed
        counts["gaps"] += len(series.gaps)
        counts["marks"] += len(series.marks)
        counts["exits"] += len(series.exits)

    def _finish(self, before: set[str], processes: int) -> None:
        for recording in self.long:
            self._judge(recording)
        if self.small is not None:
            self.small.end()
        self.wrong += self._lost_exits()
        for recording in self.long:
            rows = memory_rows(recording)
            if rows is None:
                self.wrong.append(f"{recording.title}: its memory was not measured")
            elif recording.lasted_s > SETTLED_S and grew(rows):
                self.wrong.append(f"{recording.title}: memory grew from {rows[0]} to {rows[2]} kB")
        until = time.monotonic() + 30
        while len(self.cost.processes()) > processes and time.monotonic() < until:
            time.sleep(0.2)
        self.cost.measure()
        if left := len(self.cost.processes()) - processes:
            self.wrong.append(f"the phone runs {left:+} processes, compared with the start")
        if left_files := {
            path for path in files_of(self.phone.root / "data") - before if "droidanon" in path or "/local/" in path
        }:
            self.wrong.append(f"files are left on the phone: {sorted(left_files)}")

    def _lost_exits(self) -> list[str]:
        """The app's ended processes that are missing from its series.

        Empty if the recorder noticed that the phone forgot some: it remembers 16 per app, and may be absent during
        more.
        """
        if any("earlier ones may be missing" in line for line in self.long[1].lines):
            return []
        known = {one.exit.pid for one in read_series(self.long[1].folder).exits}
        return [
            f"one app: the exit of pid {pid} ({how}) is missing"
            for pid, (_, how) in self.faults.ended.items()
            if pid not in known
        ]

    def print_tables(self, seconds: float) -> None:
        faults = ", ".join(f"{kind} {count}" for kind, count in sorted(self.faults.counts.items()))
        print(f"{seconds / 60:g} minutes, {self.faults.counts.total()} faults: {faults}.\n")
        columns = ("recordings", "captures", "partial", "missed", "gaps", "marks", "exits")
        print("| | " + " | ".join(columns) + " |\n|---|" + "---:|" * len(columns))
        for title, counts in self.totals.items():
            print(f"| {title} | " + " | ".join(f"{counts[column]:,}" for column in columns) + " |")
        print("\n| memory of the recorder, MB | start | middle | end | peak |\n|---|---:|---:|---:|---:|")
        for recording in self.long:
            if rows := memory_rows(recording):
                print(f"| {recording.title} | " + " | ".join(f"{kb / 1024:.1f}" for kb in rows) + " |")
        captures = sum(counts["captures"] + counts["partial"] for counts in self.totals.values())
        print("\n| cost to the phone | |\n|---|---:|")
        print(f"| processor time of adbd and all that it ran, s | {self.cost.cpu_s:.1f} |")
        print(f"| share of one core | {self.cost.cpu_s / seconds:.1%} |")
        print(f"| per capture, with its share of the samples, s | {self.cost.cpu_s / max(1, captures):.3f} |")
        print(f"| most processes at once | {self.cost.most_processes} |")


def main() -> int:
    """Return the exit code."""
    seconds = 60 * float(sys.argv[1]) if len(sys.argv) > 1 else 120.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    folder = Path(sys.argv[3]) if len(sys.argv) > 3 else Path(tempfile.mkdtemp(prefix="soak-"))
    folder.mkdir(parents=True, exist_ok=True)
    with Phone(seed=seed) as phone:
        soak = Soak(phone, folder, random.Random(seed))
        try:
            soak.run(seconds)
        finally:
            for recording in [*soak.long, *([soak.small] if soak.small else [])]:
                if recording.runs:
                    recording.process.kill()
                (folder / f"{recording.folder.name}.log").write_text("\n".join(recording.lines))
            soak.disk.close()
            end_servers(phone)
        soak.print_tables(seconds)
    print()
    for line in soak.wrong:
        print(f"- wrong: {line}")
    if not soak.clock.can_jump:
        print("- the clock could not jump: there is no C compiler")
    print(f"Nothing is lost. {folder}" if not soak.wrong else f"{len(soak.wrong)} things are wrong. {folder}")
    return 1 if soak.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
