"""The texts of a look to values: every status, adjustments, meminfo with pressure and zram, times of any shell."""

from __future__ import annotations

import pytest

from droidanon.sources.sampling.sample import (
    ProcessSample,
    SystemSample,
    parse_adjustments,
    parse_statuses,
    parse_system,
    parse_times,
)

APP = (
    b"Name:\tcom.example.app\nUmask:\t0077\nState:\tS (sleeping)\nTgid:\t77\nNgid:\t0\nPid:\t77\nPPid:\t788\n"
    b"TracerPid:\t0\nUid:\t10234\t10234\t10234\t10234\nGid:\t1\t2\t3\t4\nGroups:\t9997 \nVmPeak:\t  91 kB\n"
    b"VmSize:\t  90 kB\nVmHWM:\t  32 kB\nVmRSS:\t  31 kB\nRssAnon:\t  17 kB\nRssFile:\t  11 kB\nRssShmem:\t   3 kB\n"
    b"VmSwap:\t   5 kB\nThreads:\t40\n"
)
KERNEL_THREAD = b"Name:\tkworker/0:0H\nState:\tI (idle)\nPid:\t4\nPPid:\t2\nUid:\t0\t0\t0\t0\nThreads:\t1\n"
OLD = b"Name:\tlogd\nState:\tS (sleeping)\nPid:\t9\nPPid:\t1\nUid:\t1036\t1036\t1036\t1036\nVmRSS:\t 2600 kB\nThreads:\t3\n"


def test_each_counter_is_its_own() -> None:
    (found,) = parse_statuses(APP)
    assert found == ProcessSample(
        77,
        "[com.example.app]",
        "com.example.app",
        10234,
        788,
        "S",
        None,
        rss_kb=31,
        rss_anon_kb=17,
        rss_file_kb=11,
        rss_shmem_kb=3,
        swap_kb=5,
    )
    assert found.anon_swap_kb == 22


def test_kernel_threads_are_left_out_and_what_is_not_printed_is_missing() -> None:
    (old,) = parse_statuses(KERNEL_THREAD + OLD + KERNEL_THREAD)
    assert (old.pid, old.rss_kb, old.rss_anon_kb, old.swap_kb, old.anon_swap_kb) == (9, 2600, None, None, None)


def test_a_name_can_say_anything() -> None:
    hostile = APP.replace(b"Name:\tcom.example.app", b"Name:\tName:\\nPid:\t5 \xff")
    found = parse_statuses(hostile + APP.replace(b"77", b"78"))
    assert [one.pid for one in found] == [77, 78]
    assert found[0].comm == "Name:\\nPid:"


def test_a_torn_text_loses_only_its_own_process() -> None:
    torn = APP[:60]
    assert [one.pid for one in parse_statuses(torn + APP)] == [77]
    assert parse_statuses(b"") == []
    assert parse_statuses(b"cat: no such file\n") == []


def test_adjustments() -> None:
    assert parse_adjustments("1 -1000\n77 0\n78 \nx 5\n79 900\n") == {1: -1000, 77: 0, 79: 900}


def test_the_system() -> None:
    text = (
        "MemTotal:        7700000 kB\nMemFree:  1 kB\nMemAvailable:    2800000 kB\nSwapTotal: 4000 kB\nSwapFree: 1500 kB\n"
        "some avg10=1.25 avg60=0.12 avg300=0.08 total=5100200\nfull avg10=0.50 avg60=0.12 avg300=0.08 total=2400100\n"
        " 4096000 1024000 2048000        0  3072000      145        0        0        0\n1024 512 1024 0 2048 0 0\n"
    )
    found = parse_system(text)
    assert found == SystemSample(7700000, 2800000, 4000, 1500, 1.25, 0.5, 4001, 2001)
    assert found.swap_used_kb == 2500
    assert parse_system("") == SystemSample()
    assert parse_system("").swap_used_kb is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0m00.03s 0m00.07s\n0m00.02s 1m00.16s\n", 60.28),
        ("0m0.001s 0m0.000s\n0m0.000s 0m0.020s\n", 0.021),
        ("0m0.000001s 0m0.000000s\n0m0.000000s 0m0.000000s\n", 0.000001),
        ("times: not found\n", None),
    ],
)
def test_times_of_mksh_bash_and_dash(text: str, seconds: float | None) -> None:
    assert parse_times(text) == (pytest.approx(seconds) if seconds is not None else None)
