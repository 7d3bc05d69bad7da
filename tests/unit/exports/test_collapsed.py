"""Collapsed stacks, read as flamegraph.pl reads them."""

from __future__ import annotations

import re

import pytest

from droidanon.errors import InputError, UsageError
from tests.builders import entry, text
from tests.unit.exports.exported import HOSTILE, exported, hostile, total, view_of, without_swap_pss


def stacks(data: bytes) -> dict[str, int]:
    found = {}
    for line in data.decode().splitlines():
        match = re.fullmatch(r"(.*)\s+?(\d+(?:\.\d*)?)", line)
        assert match, line
        assert match[1] not in found
        assert not re.fullmatch(r"(.*)\s+?(\d+(?:\.\d*)?)", match[1]), "read as a difference"
        found[match[1]] = int(match[2])
    return found


def differences(data: bytes) -> dict[str, tuple[int, int]]:
    found = {}
    for line in data.decode().splitlines():
        stack, base, new = line.rsplit(" ", 2)
        found[stack] = int(base), int(new)
    return found


def test_a_capture() -> None:
    view = view_of({"com.a": text(("[anon:scudo:primary]", 100), ("[heap]", 0)), "com.a:x": text(("/b.so", 4))})
    assert stacks(exported("collapsed", view)) == {
        "com.a;com.a;Native Heap;native.scudo.primary;[anon:scudo:primary]": 100,
        "com.a;com.a:x;.so mmap;code.so.app;/b.so": 4,
    }


def test_hostile_names_stay_one_frame_each() -> None:
    found = stacks(exported("collapsed", hostile()))
    assert len(found) == len(HOSTILE) + 1
    assert {stack.count(";") for stack in found} == {4}
    assert not [stack for stack in found if stack.startswith("#") or not stack.isprintable()]
    assert sum(found.values()) == total(hostile(), "total_pss_kb")


def test_a_counter_that_a_row_lacks_is_no_line() -> None:
    found = stacks(exported("collapsed", without_swap_pss(), counter="swap_pss"))
    assert {stack.split(";")[0]: kb for stack, kb in found.items()} == {"com.a": 3}


def test_users_are_different_apps() -> None:
    view = view_of({"com.a": text(("[heap]", 1)), "com.a:x": text(("[heap]", 2))}, users=(10_001, 1_010_001))
    assert {stack.split(";")[0] for stack in stacks(exported("collapsed", view))} == {
        "com.a (user 0)",
        "com.a (user 10)",
    }


def test_a_difference_has_both_numbers() -> None:
    base = view_of({"com.a": text(("[anon:stack_and_tls:12]", 10), ("[heap]", 5), ("/gone", 3))})
    new = view_of({"com.a": text(("[anon:stack_and_tls:34]", 14), ("[heap]", 5), ("[stack]", 8))})
    found = differences(exported("collapsed", new, base=base))
    assert {pair for stack, pair in found.items() if "stack_and_tls" in stack} == {(10, 14)}
    assert sum(pair[0] for pair in found.values()) == 18
    assert sum(pair[1] for pair in found.values()) == 27
    assert {pair for stack, pair in found.items() if stack.endswith(";/gone")} == {(3, 0)}
    assert {pair for stack, pair in found.items() if stack.endswith(";[stack]")} == {(0, 8)}


def test_a_difference_leaves_out_what_a_side_does_not_know() -> None:
    new = view_of({"com.a": entry("/a.so", SwapPss=5), "com.b": entry("/b.so", SwapPss=6)})
    found = differences(exported("collapsed", new, base=without_swap_pss(), counter="swap_pss"))
    assert {stack.split(";")[0]: pair for stack, pair in found.items()} == {"com.a": (3, 5)}


def test_an_unknown_counter_is_refused() -> None:
    with pytest.raises(UsageError, match="nonsense"):
        exported("collapsed", view_of(), counter="nonsense")


def test_a_negative_number_is_refused() -> None:
    lines = entry("/a.so", Pss=4).replace("Rss:", "Pss_Dirty:             90 kB\nRss:")
    with pytest.raises(InputError, match="clean_pss_kb"):
        exported("collapsed", view_of({"com.a": lines}), counter="clean_pss")
