"""The memory controller of a real kernel: the numbers of a process's cgroup against its allocations, and a kill."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from droidanon.analysis.limits.judge import LimiterBasis, Use, judge
from droidanon.analysis.limits.thresholds import LimitSource
from droidanon.analysis.view import View
from droidanon.errors import ProcessError
from droidanon.model import Capture
from droidanon.sources.resolve import load_source
from testphone.guest import Guest
from tests.waiting import PATIENCE_S

UID = 10300
PRIVATE_KB, SWAPPED_KB, SHARED_KB = 10240 * 4, 2560 * 4, 2048 * 4
"""What programs/limited.c allocates."""
SLACK_KB = 300
"""The kernel counts in batches of 64 pages per processor (MEMCG_CHARGE_BATCH), and page tables are its own affair."""
GROUP = f"/sys/fs/cgroup/uid_{UID}"
START = (
    f"mkdir -p {GROUP}; echo +memory >{GROUP}/cgroup.subtree_control; g={GROUP}/pid_$$; mkdir $g; "
    f"echo $$ >$g/cgroup.procs; exec setpriv --reuid={UID} --regid={UID} --clear-groups limited"
)


class Limited:
    """The program in its cgroup."""

    def __init__(self, guest: Guest, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout
        self.guest, self.process, self.stdout = guest, process, process.stdout
        self.pid = int(process.stdout.readline())
        self.group = f"{GROUP}/pid_{self.pid}"

    def allocate(self) -> None:
        self.guest.shell(f"kill -USR1 {self.pid}")
        assert self.stdout.readline().strip() == b"allocated"

    def limit(self, file: str, megabytes: int) -> None:
        assert not self.guest.shell(f"echo {megabytes}M >{self.group}/{file}").stderr

    def read(self) -> Capture:
        return load_source(f"adb:{self.guest.root_serial}", pid=self.pid)

    def events(self) -> dict[str, int]:
        lines = self.guest.shell(f"cat {self.group}/memory.events").stdout.decode().splitlines()
        return {key: int(value) for key, value in map(str.split, lines)}


@pytest.fixture
def limited(guest: Guest) -> Iterator[Limited]:
    with guest.start(START) as process:
        one = Limited(guest, process)
        try:
            yield one
        finally:
            guest.shell(f"kill -9 {one.pid}; rmdir {one.group}")
            process.kill()


def use_of(capture: Capture) -> Use:
    """The process as `droidanon limits` judges it, on a phone with the limiter on."""
    (use,) = judge(View(replace(capture, limits={**capture.limits, "limiter": "on"}))).uses
    return use


def numbers_of(capture: Capture) -> dict[str, int]:
    (process,) = capture.counted
    return dict(process.cgroup_kb)


def test_the_limiters_number_is_that_of_the_allocations(limited: Limited) -> None:
    before = limited.read()
    limited.allocate()
    after = limited.read()
    grown = {key: kb - numbers_of(before)[key] for key, kb in numbers_of(after).items()}
    assert grown == {
        "anon_kb": pytest.approx(PRIVATE_KB - SWAPPED_KB, abs=SLACK_KB),
        "shmem_kb": pytest.approx(SHARED_KB, abs=SLACK_KB),
        "swap_current_kb": SWAPPED_KB,
    }
    first, use = use_of(before).limiter_use_kb, use_of(after)
    assert use.limiter_basis is LimiterBasis.EXACT
    assert use.limiter_use_kb == sum(numbers_of(after).values())
    assert first is not None
    assert use.limiter_use_kb - first == pytest.approx(PRIVATE_KB + SHARED_KB, abs=SLACK_KB)
    assert use.limiter_source is not LimitSource.CGROUP  # its limits are `max`


def test_memory_high_moves_memory_to_swap_and_the_number_stays(limited: Limited) -> None:
    limited.allocate()
    before = limited.read()
    limited.limit("memory.high", 24)
    limited.limit("memory.swap.max", 64)
    after = limited.read()
    old, new, use = numbers_of(before), numbers_of(after), use_of(after)
    assert (new["high_kb"], new["swap_max_kb"]) == (24 << 10, 64 << 10)
    assert new["swap_current_kb"] > old["swap_current_kb"] + 10_000
    assert new["anon_kb"] + new["shmem_kb"] <= 24 << 10
    assert use.limiter_use_kb == pytest.approx(use_of(before).limiter_use_kb, abs=SLACK_KB)
    assert (use.limiter_kb, use.limiter_source) == ((24 + 64) << 10, LimitSource.CGROUP)


def test_beyond_memory_max_and_swap_max_the_kernel_kills(limited: Limited) -> None:
    limited.limit("memory.swap.max", 24)
    limited.limit("memory.max", 40)
    limited.allocate()
    last = use_of(limited.read())
    assert last.limiter_use_kb is not None
    assert last.limiter_use_kb < 64 << 10
    assert limited.events()["oom_kill"] == 0
    limited.guest.shell(f"kill -USR2 {limited.pid}")
    assert limited.process.wait(PATIENCE_S) == 137  # SIGKILL, by the shell's convention
    events = limited.events()
    assert (events["oom_kill"], events["oom"] > 0) == (1, True)
    with pytest.raises(ProcessError, match=str(limited.pid)):
        limited.read()
    assert "Memory cgroup out of memory" in limited.guest.shell("dmesg").stdout.decode()
