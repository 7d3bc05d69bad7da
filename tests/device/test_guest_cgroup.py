"""The memory controller of a real kernel: the numbers of a process's cgroup against its allocations, and a kill."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from droidanon.errors import ProcessError
from droidanon.model import Process
from droidanon.sources.resolve import load_source
from testphone.guest import Guest

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

    def read(self) -> Process:
        (found,) = load_source(f"adb:{self.guest.root_serial}", pid=self.pid).counted
        return found

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


def limiter_kb(process: Process) -> int:
    """The number that the memory limiter of Android 17 judges."""
    numbers = process.cgroup_kb
    return numbers["anon_kb"] + numbers["shmem_kb"] + numbers["swap_current_kb"]


def test_the_cgroup_counts_the_allocations(limited: Limited) -> None:
    before = limited.read()
    limited.allocate()
    after = limited.read()
    grown = {key: after.cgroup_kb[key] - before.cgroup_kb[key] for key in ("anon_kb", "shmem_kb", "swap_current_kb")}
    assert grown["anon_kb"] == pytest.approx(PRIVATE_KB - SWAPPED_KB, abs=SLACK_KB)
    assert grown["shmem_kb"] == pytest.approx(SHARED_KB, abs=SLACK_KB)
    assert grown["swap_current_kb"] == SWAPPED_KB
    assert limiter_kb(after) - limiter_kb(before) == pytest.approx(PRIVATE_KB + SHARED_KB, abs=SLACK_KB)
    assert {"high_kb", "swap_max_kb"}.isdisjoint(after.cgroup_kb)  # `max`


def test_memory_high_moves_memory_to_swap_and_the_number_stays(limited: Limited) -> None:
    limited.allocate()
    before = limited.read()
    limited.limit("memory.high", 24)
    limited.limit("memory.swap.max", 64)
    after = limited.read()
    assert (after.cgroup_kb["high_kb"], after.cgroup_kb["swap_max_kb"]) == (24 << 10, 64 << 10)
    assert after.cgroup_kb["swap_current_kb"] > before.cgroup_kb["swap_current_kb"] + 10_000
    assert after.cgroup_kb["anon_kb"] + after.cgroup_kb["shmem_kb"] <= 24 << 10
    assert limiter_kb(after) == pytest.approx(limiter_kb(before), abs=SLACK_KB)


def test_beyond_memory_max_and_swap_max_the_kernel_kills(limited: Limited) -> None:
    limited.limit("memory.swap.max", 24)
    limited.limit("memory.max", 40)
    limited.allocate()
    last = limited.read()
    assert limiter_kb(last) < 64 << 10
    assert limited.events()["oom_kill"] == 0
    limited.guest.shell(f"kill -USR2 {limited.pid}")
    assert limited.process.wait(60) == 137  # SIGKILL, by the shell's convention
    events = limited.events()
    assert (events["oom_kill"], events["oom"] > 0) == (1, True)
    with pytest.raises(ProcessError, match=str(limited.pid)):
        limited.read()
    assert "Memory cgroup out of memory" in limited.guest.shell("dmesg").stdout.decode()
