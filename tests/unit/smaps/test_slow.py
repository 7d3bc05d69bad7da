"""The line-by-line parser: what is kept as text, since its layout could not print it."""

from __future__ import annotations

import pytest

from droidanon.smaps.slow import MOST_PROBLEMS, SlowParser
from tests.builders import entry

ENTRY = entry("[heap]", Pss=4).encode()


def test_what_a_layout_prints_is_not_kept() -> None:
    (found,) = SlowParser().parse(ENTRY).entries
    assert (found.text, found.flags) == (None, "rd wr mr mw me ac")


@pytest.mark.parametrize("more", [b"VmFlags: rd ex\n", b"Odd: something\n", b"junk\n"])
def test_what_no_layout_prints_is_kept(more: bytes) -> None:
    (found,) = SlowParser().parse(ENTRY + more).entries
    assert found.text == ENTRY + more


def test_junk_that_is_passed_over_is_kept_too() -> None:
    junk = b"~ junk\n" * (MOST_PROBLEMS + 50)
    found = SlowParser().parse(ENTRY + junk + ENTRY + b"~ junk\n~ junk\n")
    assert [one.text for one in found.entries] == [ENTRY + junk, ENTRY + b"~ junk\n~ junk\n"]
    assert (len(found.problems), found.more) == (MOST_PROBLEMS, 52)
