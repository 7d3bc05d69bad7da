"""A scan of lines finds every header, and every line that is not of an entry."""

from __future__ import annotations

from unittest.mock import Mock, patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from droidanon.smaps.entry import begins_entry
from droidanon.sources.files import line_scan
from droidanon.sources.files.line_scan import scan_lines
from droidanon.sources.files.smaps_sections import _is_of_entry
from tests.builders import text
from tests.strategies import damages

ENTRIES = text(("/system/bin/logd", 4), ("[anon:scudo:primary]", 7), ("", 2), ("[heap]", 123456)).encode()
FORMS = {
    "kernel": ENTRIES,
    "CRLF": ENTRIES.replace(b"\n", b"\r\n"),
    "without flags": b"".join(line for line in ENTRIES.splitlines(True) if not line.startswith(b"VmFlags")),
    "with names": ENTRIES.replace(b"\nSize:", b"\nName:           [anon:x]\nSize:"),
    "two layouts": ENTRIES + ENTRIES.replace(b"\nSwap:", b"\nShared_Hugetlb:       0 kB\nSwap:"),
    "long numbers": ENTRIES.replace(b"Size:                  ", b"Size:          12345678"),
}
UNKNOWN = ENTRIES.replace(b"\nSwap:", b"\nNews:          7\nSwap:")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("block", [1, 1 << 24])
def test_a_clean_text_has_no_other_lines(form: str, block: int) -> None:
    with patch.object(line_scan, "_BLOCK", block):
        scan = scan_lines(FORMS[form] * 3, _is_of_entry)
    count = 3 * FORMS[form].count(b"\nSize:")
    assert len(scan.headers) == len(scan.starts) == count
    assert not scan.others


@pytest.mark.parametrize("form", sorted(FORMS.keys() - {"without flags", "with names"}))
def test_lines_of_entries_are_not_looked_at_one_by_one(form: str) -> None:
    seen = Mock(side_effect=_is_of_entry)
    scan_lines(FORMS[form] * 50, seen)
    assert seen.call_count < 200


def test_a_counter_that_no_entry_has_is_another_line() -> None:
    scan = scan_lines(UNKNOWN * 3, _is_of_entry)
    assert len(scan.headers) == len(scan.others) == 12
    assert {UNKNOWN[start:stop] for _, start, stop in scan.others if stop < len(UNKNOWN)} == {b"News:          7\n"}


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.one_of(*(damages(form) for form in (*FORMS.values(), UNKNOWN))), min_size=1, max_size=3).map(b"".join),
    st.sampled_from([1, 500, 3000]),
)
def test_the_same_as_line_by_line(data: bytes, block: int) -> None:
    with patch.object(line_scan, "_BLOCK", block):
        scan = scan_lines(data, _is_of_entry)
    lines = data.split(b"\n")
    starts = np.cumsum([0, *(len(line) + 1 for line in lines)]).tolist()
    bare = [line.rstrip(b"\r") for line in lines]
    headers = [number for number, line in enumerate(bare) if begins_entry(line)]
    others = [
        number
        for number, line in enumerate(bare)
        if starts[number] < len(data) and not begins_entry(line) and (not line.strip() or not _is_of_entry(line))
    ]
    found = []
    for number, start, stop in scan.others:
        count = len(data[start:stop].removesuffix(b"\n").split(b"\n"))
        assert (start, stop) == (starts[number], min(starts[number + count], len(data)))
        found += range(number, number + count)
    assert found == others
    assert scan.headers.tolist() == [starts[number] for number in headers]
