"""Printed headers: any numbers and texts, as the line-by-line writer prints them."""

from __future__ import annotations

import numpy as np

from droidanon.columns import Coded, Layout, VmaTable
from droidanon.smaps.entry import header_bytes
from droidanon.smaps.header_lines import HeaderPrinter

ADDRESSES = [0, 1, 0x8000, 0x12C00000, 0xFFFFFFFF, 0x1_0000_0000, 0x7123456789, 0x7FFC_0000_1000, 2**63, 2**64 - 1]
INODES = [0, 1, 9, 10, 999, 1000, 9999, 10_000, 10_001, 99_999_999, 100_000_000, 10**12, 2**64 - 1]
LAYOUTS = (
    Layout(73, True, ()),
    Layout(73, False, ()),
    Layout(49, True, ()),
    Layout(25, False, ()),
    Layout(0, True, ()),
)
NAMES = ("", "[heap]", "/system/lib64/libc.so")


def test_headers_are_printed_as_line_by_line() -> None:
    rng = np.random.default_rng(1)
    rows = 600
    start, end, offset = (rng.choice(np.array(ADDRESSES, np.uint64), rows) for _ in range(3))
    inode = rng.choice(np.array(INODES, np.uint64), rows)
    perms, device, name = (
        Coded(rng.integers(0, len(values), rows, np.int32), values)
        for values in (("r-xp", "rw-s"), ("00:00", "fd:00", "103:0a", "abcdef01:12345678"), NAMES)
    )
    layout = rng.integers(0, len(LAYOUTS), rows, np.int32)
    vmas = VmaTable(
        process=np.zeros(rows, np.int32),
        start=start,
        end=end,
        perms=perms,
        offset=offset,
        device=device,
        inode=inode,
        name=name,
        flags=Coded.constant("", rows),
        counters={},
        layout=layout,
        layouts=LAYOUTS,
    )
    expected = []
    for row in range(100, rows):
        numbers = (int(column[row]) for column in (start, end, offset, inode))
        low, high, place, number = numbers
        text = name[row].encode()
        whole = header_bytes(low, high, perms[row], place, device[row], number, text, LAYOUTS[layout[row]])
        expected.append(whole.removesuffix(text))
    assert HeaderPrinter(vmas).print(slice(100, rows)) == expected
