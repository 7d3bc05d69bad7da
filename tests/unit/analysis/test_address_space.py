"""The address space of 32-bit processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.analysis.address_space import address_space
from droidanon.sources.resolve import load_source

LINE = "{:08x}-{:08x} rw-p 00000000 00:00 0 \n"


def lines(*ranges: tuple[int, int]) -> str:
    return "".join(LINE.format(*one) for one in ranges)


@pytest.mark.parametrize(
    ("ranges", "limit", "used", "hole", "at"),
    [
        # a 32-bit kernel: nothing above 3 GiB
        ([(0x8000, 0x10000), (0x40000000, 0x80000000), (0xBE000000, 0xBF000000)], 3 << 20, 32 + (1 << 20) + (16 << 10), 0x3FFF0000, 0x10000),
        # a 64-bit kernel, with ARM's vectors
        ([(0x10000, 0x20000), (0xF0000000, 0xFF000000), (0xFFFF0000, 0xFFFF1000)], 4 << 20, 64 + (240 << 10), 0xEFFE0000, 0x20000),
    ],
)  # fmt: skip
def test_what_is_used_and_the_largest_hole(
    tmp_path: Path, ranges: list[tuple[int, int]], limit: int, used: int, hole: int, at: int
) -> None:
    (tmp_path / "x.maps").write_text(lines(*ranges))
    found = address_space(load_source(str(tmp_path / "x.maps")), 0)
    assert found is not None
    assert (found.limit_kb, found.used_kb) == (limit, used)
    assert (found.largest_hole_kb, found.largest_hole_at) == (hole // 1024, at)
    assert found.used_kb + found.free_kb == limit - 32


ROLLUP = "00008000-bf000000 ---p 00000000 00:00 0                          [rollup]\nRss:       4 kB\nPss:       4 kB\n"


@pytest.mark.parametrize("body", [lines((0x7000000000, 0x7000001000)), ROLLUP, ""])
def test_other_processes_have_none(tmp_path: Path, body: str) -> None:
    (tmp_path / "x.maps").write_text(body)
    assert address_space(load_source(str(tmp_path / "x.maps")), 0) is None
