"""Texts of maps, alone and among smaps: the table is that of the line-by-line parser."""

from __future__ import annotations

import re
from unittest.mock import patch

import pytest

from droidanon.smaps import parse
from droidanon.smaps.parse import parse_texts
from droidanon.smaps.template import learn
from tests.builders import text
from tests.smaps_equal import same

_ROWS = 1000
_SMAPS = text(*((f"[anon:{number}]", 4) for number in range(_ROWS))).encode()
_MAPS = b"".join(re.findall(rb"^[0-9a-f]+-.*\n", _SMAPS, re.MULTILINE))


def test_maps_and_smaps_in_one_block() -> None:
    assert len(_SMAPS) > parse._WORTH_LEARNING
    for texts in ([_MAPS, _SMAPS], [_SMAPS, _MAPS], [_MAPS + _SMAPS], [_MAPS, b"", _MAPS[:-1], b"other\n", _MAPS]):
        same(parse_texts(texts), parse_texts(texts, fast=False))


def test_maps_are_not_searched_for_layouts() -> None:
    with patch.object(parse, "learn", side_effect=learn) as learned:
        assert parse_texts([_MAPS] * 3).rows == [_ROWS] * 3
        assert not learned.called
        parse_texts([_MAPS, _SMAPS])
        assert learned.called


def test_numbers_of_8_to_16_digits() -> None:
    lines = [
        b"%08x-%08x r--p %08x 00:00 0 \n" % (1 << 4 * digits - 4, (1 << 4 * digits) - 1, (1 << 4 * other) - 4096)
        for digits in range(8, 17)
        for other in range(8, 17)
    ]
    zeros = [b"0" + lines[0], lines[0].replace(b"-", b"-0"), lines[0].replace(b"p ", b"p 0")]
    for texts in ([b"".join(lines)], [lines[0] + zero + lines[1] for zero in zeros]):
        same(parse_texts(texts), parse_texts(texts, fast=False))
    assert not parse_texts([b"".join(lines)]).vmas.text


@pytest.mark.parametrize("blanks", [2, 3, 127, 128, 129, 200])
def test_blanks_before_a_name(blanks: int) -> None:
    """More than 128 blanks are part of the name."""
    header = b"12c00000-2ac00000 rw-p 00000000 00:00 0" + b" " * blanks + b"[anon:x]\n"
    same(parse_texts([header + _MAPS]), parse_texts([header + _MAPS], fast=False))
