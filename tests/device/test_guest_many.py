"""A process of as many VMAs as the kernel lets one have by default, each with a name of its own, is captured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from droidanon.sources.resolve import load_source
from testphone.guest import Guest

COUNT = 65_530  # vm.max_map_count; the program's few others come on top
LONGEST = 79


def test_a_process_of_very_many_vmas_is_captured(guest: Guest, tmp_path: Path) -> None:
    path = tmp_path / "many.parquet"
    with guest.start(f"exec many_vmas {COUNT} {COUNT} {COUNT} {LONGEST} 0 0") as process:
        assert process.stdout
        pid = int(process.stdout.readline().split()[1])
        try:
            command = ["capture", f"adb:{guest.root_serial}", "--pid", str(pid), "-o", str(path)]
            done = subprocess.run(
                [sys.executable, "-m", "droidanon", *command], env=guest.env, capture_output=True, check=False
            )
            lines = int(guest.shell(f"wc -l </proc/{pid}/maps").stdout)
        finally:
            guest.shell(f"kill -9 {pid}")
            process.kill()
    assert done.returncode == 0, done.stderr.decode()
    capture = load_source(str(path))
    assert not capture.problems
    vmas = capture.vmas
    ours = next(number for number, process in enumerate(capture.processes) if process.pid == pid)
    assert (vmas.process == ours).sum() == lines > COUNT
    named = np.flatnonzero(np.array([name.endswith("nnn]") for name in vmas.name.values])[vmas.name.codes])
    names = [vmas.name[at] for at in named]
    filling = "n" * (LONGEST - 8)
    assert names == [f"[anon:{page:08}{filling}]" for page in range(COUNT)]
    assert (vmas.counters["size_kb"][named] == 4).all()
    assert (vmas.counters["rss_kb"][named] == 0).all()
    assert (np.diff(vmas.start[named]) == 4096).all()


def test_forks_are_timed(guest: Guest) -> None:
    """As benchmarks/fork_names.py asks for it."""
    done = guest.shell("many_vmas 1000 600 46 18 100 3")
    times = [float(line) for line in done.stdout.split()]
    assert len(times) == 3, done.stderr.decode()
    assert min(times) > 0
