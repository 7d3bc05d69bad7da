"""The texts of /proc, also hostile and old ones."""

from __future__ import annotations

import pytest

from droidanon.platform.readers.procfs import (
    Listed,
    comm_of_stat,
    is_kernel_thread,
    package_of_process,
    parse_meminfo,
    parse_number,
    parse_packages,
    parse_pid,
    parse_ps,
    parse_stat,
    parse_status,
    parse_vmstat,
    system_facts,
    takes_signal,
)


def stat(comm: str = "x", flags: int = 0x400040) -> str:
    return f"12 ({comm}) S 7 12 12 0 -1 {flags} " + "0 " * 12 + "4242 0 0\n"


def test_stat() -> None:
    assert parse_stat(stat()) == (7, 4242)
    assert parse_stat(stat("a) S 1 (b\nc) ")) == (7, 4242)
    assert comm_of_stat(stat("a) S 1 (b\nc) ")) == "a) S 1 (b\nc) "
    assert parse_stat(stat().replace("4242", "9" * 5000)) == (7, None)
    assert parse_stat(stat().replace("4242", "\u00b2")) == (7, None)


@pytest.mark.parametrize(("flags", "kernel"), [(0x200040, True), (0x208040, True), (0x400040, False), (0, False)])
def test_kernel_threads(flags: int, kernel: bool) -> None:
    assert is_kernel_thread(stat(flags=flags)) is kernel
    assert not is_kernel_thread("")


def test_status() -> None:
    told = parse_status("Name:\ta\\nUid:\t0\nPPid:\t7\nUid:\t10001\t0\t0\t0\nVmSize:\t   12 kB\nRssAnon:\t 4 kB\n")
    assert (told.uid, told.ppid) == (10001, 7)
    assert (told.kb["VmSize"], told.kb["RssAnon"]) == (12, 4)
    assert (parse_status("").uid, parse_status("Uid:\n").uid) == (None, None)


@pytest.mark.parametrize(
    ("text", "number"), [(" 12\n", 12), ("-900", -900), ("", None), ("\u0663", None), ("9" * 19, None), ("1_0", None)]
)
def test_numbers_fit_a_column(text: str, number: int | None) -> None:
    assert parse_number(text) == number


def test_packages() -> None:
    assert parse_packages("package:a.b uid:10001,1010001\r\npackage:c.d uid:10001\npackage:e.f uid:,\nnonsense\n") == {
        10001: "a.b"
    }
    packages = {10050: "com.android.providers.contacts", 10060: "com.example.app"}
    assert package_of_process("android.process.acore", 10050, packages) == "com.android.providers.contacts"
    assert package_of_process("com.example.app:x", 10060, packages) == "com.example.app"
    assert package_of_process("com.other.named", 1000, packages) == "com.other.named"


def test_system() -> None:
    assert parse_meminfo("MemTotal:        7 kB\r\nActive(anon):  3 kB\nHugePages_Total:   0\n") == {
        "MemTotal": 7,
        "Active(anon)": 3,
        "HugePages_Total": 0,
    }
    assert parse_vmstat("pswpin 5\nnr_free_pages 6\nbad\n") == {"pswpin": 5, "nr_free_pages": 6}
    assert system_facts("", "x", "pswpin 5\noom_kill 1\nnr_dirty 3\n") == {"pswpin": 5, "oom_kill": 1}


def test_the_ps_of_android_7_and_older() -> None:
    text = "USER     PID   PPID  VSIZE  RSS   WCHAN            PC  NAME\nroot      1     0     2616   780   SyS_epoll_ 0000000000 S /init\n"
    assert parse_ps(text) == {1: Listed("/init", 0)}


def test_who_takes_a_signal() -> None:
    """A process of ART's blocks SIGUSR1 (10); one that says nothing of it ends there."""
    assert takes_signal("Name:\tx\nSigBlk:\t0000000080001204\nSigIgn:\t0\nSigCgt:\t0\n", 10)
    assert takes_signal("SigBlk:\t0\nSigIgn:\t0\nSigCgt:\t0000000000000200\n", 10)
    assert not takes_signal("SigBlk:\t0000000080001004\nSigIgn:\t0\nSigCgt:\t0\n", 10)
    for text in ("", "SigBlk:\t\n", "SigBlk:\tx200\n", "SigPnd:\t200\n", f"SigBlk:\t{'2' * 90}\n"):
        assert not takes_signal(text, 10)


@pytest.mark.parametrize(
    ("text", "pid"),
    [
        ("1", 1),
        ("2147483647", 2147483647),
        ("2147483648", None),
        ("-1", None),
        ("²", None),
        ("", None),
        ("9" * 5000, None),
    ],
)
def test_pids_that_a_kernel_gives(text: str, pid: int | None) -> None:
    assert parse_pid(text) == pid
