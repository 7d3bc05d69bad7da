"""Touched and untouched memory since a reset, from captures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from droidanon.analysis.view import View
from droidanon.analysis.working_set import WorkingSet, working_set
from droidanon.errors import ProcessError, UsageError
from droidanon.model import Capture
from tests.builders import capture, entry

RESET = frozenset({(100, 7), (101, 7)})


def reading(heap_kb: int, touched_kb: int, *, more: str = "", start: int = 7) -> Capture:
    """An app with a heap and a code mapping, and its second process."""
    heap = entry("[anon:scudo:primary]", size_kb=4096, Pss=heap_kb, Referenced=touched_kb, Swap=12)
    code = entry("/data/app/x/lib/libx.so", start=0x7100000000, size_kb=512, Pss=300, Referenced=40)
    found = capture({"com.a": heap + code + more, "com.a:b": heap})
    return replace(found, processes=tuple(replace(one, start_time=start) for one in found.processes))


def of(*captures: Capture, by: str = "name") -> WorkingSet:
    return working_set([View(one) for one in captures], [float(n + 1) for n in range(len(captures))], RESET, by)


def rows(found: WorkingSet) -> dict[str, tuple[int, int, int, list[int]]]:
    numbers = (found.rows.numbers[name].tolist() for name in ("rss_kb", "untouched_kb", "swap_kb"))
    names = list(next(iter(found.rows.keys.values())))
    return {
        str(name): (rss, untouched, swap, touched)
        for name, rss, untouched, swap, touched in zip(names, *numbers, found.touched_kb.tolist(), strict=True)
    }


def test_touched_memory_by_reading_and_the_rest_at_the_last_one() -> None:
    found = of(reading(1000, 100), reading(1000, 250), reading(1200, 400))
    assert rows(found) == {
        "[anon:scudo:primary]": (2400, 1600, 24, [200, 500, 800]),
        "/data/app/x/lib/libx.so": (300, 260, 0, [40, 40, 40]),
    }
    assert next(iter(found.rows.keys["name"])) == "[anon:scudo:primary]"
    assert (found.processes, found.seconds, found.warnings) == (2, (1.0, 2.0, 3.0), ())
    by_category = rows(of(reading(1000, 100), by="category:1"))
    assert by_category["native"] == (2000, 1800, 24, [200])


def test_memory_that_came_or_went_between_readings() -> None:
    new = entry("[anon:new]", start=0x7200000000, Pss=64, Referenced=64)
    found = rows(of(reading(1000, 100), reading(1000, 100, more=new)))
    assert found["[anon:new]"] == (64, 0, 0, [0, 64])
    found = rows(of(reading(1000, 100, more=new), reading(1000, 100)))
    assert found["[anon:new]"] == (0, 0, 0, [64, 0])


def test_only_processes_that_were_reset_and_lived_on_count() -> None:
    last = reading(1000, 100)
    restarted = replace(last, processes=(last.processes[0], replace(last.processes[1], start_time=9)))
    found = of(reading(1000, 100), restarted)
    assert found.processes == 1
    assert rows(found)["[anon:scudo:primary]"] == (1000, 900, 12, [100, 100])
    assert {warning.kind for warning in found.warnings} == {"ended", "not_reset"}
    with pytest.raises(ProcessError):
        of(reading(1000, 100, start=8))


def test_a_curve_that_falls_is_a_warning() -> None:
    assert [warning.kind for warning in of(reading(1000, 100), reading(1000, 90)).warnings] == ["aged"]


def test_what_cannot_be_asked() -> None:
    with pytest.raises(UsageError, match="pid"):
        of(reading(1000, 100), by="pid")
    old = capture({"com.a": entry(Pss=4).replace("Referenced:", "Referencex:")})
    with pytest.raises(UsageError, match="Referenced"):
        of(old)
