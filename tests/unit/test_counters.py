"""Clean PSS: what the platform's Pss Clean is meant to be."""

from __future__ import annotations

import numpy as np
import pytest

from droidanon.analysis.breakdown import breakdown
from droidanon.analysis.view import View
from droidanon.columns import exact_sums
from droidanon.counters import choose_counters, counter_name, counters_of, full_name, most_kb, no_counter
from droidanon.errors import UsageError
from tests.builders import capture, entry


def values(*counters: dict[str, int]) -> list[int]:
    texts = [entry("/a.so", start=0x7000000000 + place * 0x100000, **one) for place, one in enumerate(counters)]
    found, missing = View(capture({"a": "".join(texts)})).counter("clean_pss_kb")
    assert missing is None
    return found.tolist()


def test_shared_clean_pages_count_with_their_share() -> None:
    assert values(
        {"Pss": 60, "Private_Clean": 10, "Private_Dirty": 10, "Shared_Clean": 100, "Shared_Dirty": 0},
        {"Pss": 60, "Private_Clean": 10, "Private_Dirty": 10, "Shared_Clean": 30, "Shared_Dirty": 90},
        {"Pss": 20, "Private_Clean": 4, "Private_Dirty": 16},
        {"Pss": 0, "Private_Clean": 0, "Private_Dirty": 0},
    ) == [50, 20, 4, 0]


def test_it_is_exact_where_the_kernel_prints_the_dirty_part() -> None:
    text = entry("/a.so", Pss=60, Private_Clean=10, Private_Dirty=10).replace(
        "Shared_Clean", "Pss_Dirty:    25 kB\nShared_Clean", 1
    )
    view = View(capture({"a": text}))
    found, missing = view.counter("clean_pss_kb")
    assert (found.tolist(), missing) == ([35], None)


def test_what_is_not_printed_is_unknown() -> None:
    text = entry("/a.so", Pss=60, Private_Dirty=10)
    shorter = entry("/b.so", start=0x7100000000, Pss=5).replace("Shared_Dirty", "Other_Dirty")
    found, missing = View(capture({"a": text + shorter})).counter("clean_pss_kb")
    assert missing is not None
    assert missing.tolist() == [False, True]
    assert np.array_equal(found[:1], [0])
    assert "clean_pss_kb" not in counters_of(["pss_kb", "private_clean_kb"])
    assert "clean_pss_kb" not in View(capture({"a": "Size: 4 kB\n"})).counters


def test_sums_are_exact_also_where_a_float_is_not() -> None:
    most = most_kb("size_kb")
    sums = exact_sums(np.zeros(5001, np.int64), np.array([most] * 5000 + [1]), 2)
    assert sums.tolist() == [5000 * most + 1, 0]
    assert float(sums[0]) != 5000 * most + 1
    assert exact_sums(np.array([1, 1, 0]), np.array([1, 2, 3], np.int32), 3).tolist() == [3, 3, 0]
    assert exact_sums(np.zeros(0, np.int64), np.zeros(0, np.int64), 0).tolist() == []


def test_private_pages_are_no_more_than_the_pss() -> None:
    """Pss is rounded down, and a VMA may be changed while it is read."""
    assert values({"Pss": 3, "Private_Clean": 4}) == [3]


def test_counters_by_their_names_with_or_without_kb() -> None:
    there = ("rss_kb", "pss_kb", "thp_eligible")
    assert [full_name(word, there) for word in ("rss", "rss_kb", "thp_eligible")] == [
        "rss_kb",
        "rss_kb",
        "thp_eligible",
    ]
    with pytest.raises(UsageError, match=r"'rrs'.*\brss\b"):
        full_name("rrs", there)
    with pytest.raises(UsageError, match="'zzzzz'.*the series.*rss, pss"):
        raise no_counter("zzzzz", there, "the series")
    assert [counter_name(word) for word in ("pss", "pss_kb", "thp_eligible", " rss ")] == [
        "pss_kb",
        "pss_kb",
        "thp_eligible",
        "rss_kb",
    ]


@pytest.mark.parametrize("wanted", ["pss_kb", "pss", ["pss"], ("pss_kb", "pss")])
def test_one_counter_is_spelled_in_any_way(wanted: str | list[str]) -> None:
    assert choose_counters(wanted, ("rss_kb", "pss_kb")) == ("pss_kb",)
    assert list(breakdown(View(capture({"a": entry(Pss=3)})), "app", counters=wanted).rows.numbers) == [
        "pss_kb",
        "vmas",
    ]


def test_counters_from_a_list_keep_their_order() -> None:
    there = ("rss_kb", "pss_kb", "uss_kb")
    assert choose_counters("uss, rss", there) == ("uss_kb", "rss_kb")
    assert choose_counters("all", there) == there
    with pytest.raises(UsageError, match="'swap'"):
        choose_counters("pss,swap", there)


def test_computed_counters_need_their_parts() -> None:
    printed = ["rss_kb", "pss_kb", "private_clean_kb", "private_dirty_kb", "thp_eligible"]
    assert counters_of(printed) == (*printed[:4], "swappable_pss_kb", "uss_kb", "total_pss_kb")
    assert "own_kb" in counters_of([*printed, "shared_clean_kb", "shared_dirty_kb"])
    assert counters_of(["own_kb", "size_kb"]) == ("size_kb",)


def test_a_key_of_the_kernel_never_takes_the_name_of_a_computed_counter() -> None:
    made = View(capture({"a": entry(Pss=3, Rss=8).replace("Rss:", "Own:  1 kB\nRss:", 1)}))
    assert made.counter("Own (kB)")[0].tolist() == [1]
    assert made.counters.count("own_kb") == 1
