"""`dumpsys activity exit-info` in the forms of Android 11 to 17."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droidanon.platform.exit_words import importance_text, reason_text, subreason_text
from droidanon.platform.readers.exit_info import ExitReason, has_exits, parse_exit_info, size_kb
from tests.exit_texts import ANDROID_11, ANDROID_17, entry, exit_info, with_anr_info


@pytest.mark.parametrize("text", [ANDROID_17, with_anr_info(ANDROID_17), ANDROID_17.replace("\n", "\r\n")])
def test_each_exit_with_its_package(text: str) -> None:
    limiter, low, crash = parse_exit_info(f"noise\n{text}more noise pid=1\n")
    assert (limiter.package, limiter.process, limiter.pid) == ("com.example.app", "com.example.app", 8297)
    assert (limiter.uid, limiter.user, limiter.status) == (10197, 0, 0)
    assert (limiter.reason, limiter.subreason, limiter.subreason_label) == (ExitReason.OTHER, 12, "KILL PID")
    assert (limiter.pss_kb, limiter.rss_kb, limiter.importance) == (55 * 1024, 127 * 1024, 100)
    assert limiter.time == datetime(2026, 10, 8, 22, 49, 31, 375000)
    assert (low.process, low.user, low.pss_kb, low.rss_kb) == ("com.example.app:remote", 10, 1_992_294, None)
    assert (crash.package, crash.reason, crash.reason_label) == ("com.example.other", 4, "APP CRASH(EXCEPTION)")
    assert [found.memory_cause for found in (limiter, low, crash)] == ["limiter", "low memory", ""]
    assert [found.description for found in (limiter, low, crash)] == ["MemoryLimiter:AnonSwap", "", "crash"]


def test_one_key_per_line_and_no_subreason() -> None:
    assert has_exits(ANDROID_11)
    (found,) = parse_exit_info(ANDROID_11)
    assert (found.process, found.reason, found.subreason, found.rss_kb) == ("com.example.app", 3, None, 127 * 1024)
    assert (found.importance, found.memory_cause, found.description) == (400, "low memory", "")


def test_a_text_twice_has_each_exit_once() -> None:
    assert len(parse_exit_info(ANDROID_17 * 2)) == 3


@pytest.mark.parametrize(
    ("reason", "subreason", "description", "cause"),
    [
        ("17 (UNKNOWN)", "0 (UNKNOWN)", "null", "limiter"),
        ("13 (OTHER KILLS BY SYSTEM)", "12 (KILL PID)", "[KILL PID] MemoryLimiter:AnonSwap", "limiter"),
        ("4 (APP CRASH(EXCEPTION))", "0 (UNKNOWN)", "MemoryLimiter", ""),
        ("3 (LOW_MEMORY)", "30 (OOM KILL)", "null", "low memory"),
        ("13 (OTHER KILLS BY SYSTEM)", "6 (MEMORY PRESSURE)", "null", "low memory"),
        ("13 (OTHER KILLS BY SYSTEM)", "5 (LARGE CACHED)", "null", "low memory"),
        ("13 (OTHER KILLS BY SYSTEM)", "2 (TOO MANY CACHED PROCS)", "null", ""),
        ("2 (SIGNALED)", "0 (UNKNOWN)", "null", ""),
    ],
)
def test_which_exits_are_about_memory(reason: str, subreason: str, description: str, cause: str) -> None:
    (found,) = parse_exit_info(exit_info(entry(0, reason=reason, subreason=subreason, description=description)))
    assert found.memory_cause == cause


def test_a_description_is_free_text() -> None:
    """Keys, entries and packages in it are no others."""
    hostile = (
        "pid=1 reason=3 (LOW_MEMORY) state=x\n  evil ApplicationExitInfo #1: timestamp=2020-01-01 00:00:00 \x1b[2J"
    )
    (found,) = parse_exit_info(exit_info(entry(0, description=hostile)))
    assert (found.pid, found.reason, found.description) == (8297, 1, hostile)


def test_a_torn_text() -> None:
    text = exit_info(entry(0), entry(1, pid="5", timestamp="2026-10-08 22:00:00.000"))
    found = [parse_exit_info(text[:cut]) for cut in range(len(text))]
    assert [len(exits) for exits in found] == sorted(len(exits) for exits in found)
    assert max(map(len, found)) == 2


@pytest.mark.parametrize(
    ("printed", "time"),
    [
        ("٢٠٢٦-١٠-٠٨ ٢٢:٤٩:٣١.٣٧٥", datetime(2026, 10, 8, 22, 49, 31, 375000)),  # Arabic
        ("2569-10-08 22:49:31.375", datetime(2026, 10, 8, 22, 49, 31, 375000)),  # Thai
    ],
)
def test_the_language_of_the_phone(printed: str, time: datetime) -> None:
    (found,) = parse_exit_info(exit_info(entry(0, timestamp=printed)))
    assert found.time == time


def test_sizes() -> None:
    printed = ("512", "1.0KB", "1.9GB", "1,9GB", "١٫٩GB", "0.00", "", "many", "1.9XB")
    expected = [None, 1, 1_992_294, 1_992_294, 1_992_294, None, None, None, None]
    assert [size_kb(text) for text in printed] == expected


def test_words() -> None:
    texts = exit_info(
        entry(0, pid="1", reason="2 (SIGNALED)", status="9"),
        entry(1, pid="2", reason="10 (USER REQUESTED)", subreason="21 (FORCE STOP)"),
        entry(2, pid="3", reason="99 (VENDOR_KILL)", subreason="1001 (UNKNOWN)"),
        entry(3, pid="4", reason="1 (EXIT_SELF)", status="3"),
        entry(4, pid="5", reason="99 (UNKNOWN)"),
    )
    assert [(reason_text(one), subreason_text(one)) for one in parse_exit_info(texts)] == [
        ("killed by signal 9", ""),
        ("stopped by the user", "force stop"),
        ("vendor kill", "subreason 1001"),
        ("exited by itself with code 3", ""),
        ("reason 99", ""),
    ]
    assert [importance_text(code) for code in (125, 777, None)] == ["foreground service", "777", ""]


@pytest.mark.parametrize("part", ["ApplicationExitInfo #0:\n", "description=", " \n", "a=", "package: x\n", "(", "\r"])
def test_a_huge_text_takes_no_long(part: str) -> None:
    begin = time.process_time()
    parse_exit_info(exit_info(entry(0, process=part * (1_000_000 // len(part)))))
    assert time.process_time() - begin < 20


def test_descriptions_of_blanks_take_no_long() -> None:
    blanks = exit_info(*(entry(place, pid=str(place), description=" " * 15_000 + "x") for place in range(1, 20)))
    begin = time.process_time()
    assert {one.description for one in parse_exit_info(blanks)} == {"x"}
    assert time.process_time() - begin < 20


def test_times_that_no_phone_prints() -> None:
    times = ("2026-11-28 12:00:00.000", "2026-11-28 12:00:00.000+01:00", "0000-01-01 00:00:00", "12026-01-01 00:00:00")
    found = parse_exit_info(exit_info(*(entry(at, pid=str(at + 1), timestamp=text) for at, text in enumerate(times))))
    assert [one.pid for one in found] == [1]


@given(st.text(alphabet=ANDROID_17, max_size=400), st.integers(0, len(ANDROID_17)))
def test_no_text_fails(noise: str, cut: int) -> None:
    text = ANDROID_17[:cut] + noise + ANDROID_17[cut:]
    for found in parse_exit_info(text):
        assert str(found.pid) in text
