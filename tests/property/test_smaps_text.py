"""Any text: what is read is written back, and both paths read the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from droidanon.smaps import bodies, line_ends, parse
from droidanon.smaps.line_ends import to_newlines
from droidanon.smaps.parse import TextsReader, parse_texts
from droidanon.smaps.slow import SlowParser
from tests.corpus import corpus
from tests.smaps_equal import exported, same
from tests.strategies import KEYS, NAMES, Kernel, Vma, damages, print_vma, processes

SLOWLY = settings(max_examples=150, suppress_health_check=list(HealthCheck))


@SLOWLY
@given(st.lists(processes(), max_size=4))
def test_entries_are_read_as_they_were_printed(printed: list[tuple[Kernel, list[Vma]]]) -> None:
    texts = [b"".join(print_vma(kernel, vma) for vma in vmas) for kernel, vmas in printed]
    parsed = parse_texts(texts)
    assert parsed.problems == []
    assert exported(parsed) == texts
    same(parsed, parse_texts(texts, fast=False))
    table = parsed.vmas
    expected = [(number, kernel, vma) for number, (kernel, vmas) in enumerate(printed) for vma in vmas]
    assert len(table) == len(expected)
    for row, (number, kernel, vma) in enumerate(expected):
        assert table.process[row] == number
        assert (table.start[row], table.end[row], table.offset[row], table.inode[row]) == (
            vma.start,
            vma.end,
            vma.offset,
            vma.inode,
        )
        assert (table.perms[row], table.device[row]) == (vma.perms, vma.device)
        assert table.flags[row] == (" ".join(vma.flags) if kernel.flags else "")
        for name, values in table.counters.items():
            key = {"Pss_Dirty": "pss_dirty_kb"}.get(name, name)
            known = {_column(key): value for key, value in vma.counters.items()} | (
                {"thp_eligible": 0} if kernel.thp else {}
            )
            gone = table.missing.get(name)
            assert (key in known) != bool(gone is not None and gone[row])
            assert values[row] == known.get(key, 0)


@SLOWLY
@given(st.lists(processes(), max_size=5), st.lists(st.integers(0, 5), max_size=3), st.data())
def test_texts_that_come_some_at_a_time(
    printed: list[tuple[Kernel, list[Vma]]], cuts: list[int], data: st.DataObject
) -> None:
    texts = [data.draw(damages(b"".join(print_vma(kernel, vma) for vma in vmas))) for kernel, vmas in printed]
    reader = TextsReader()
    places = [0, *sorted(min(cut, len(texts)) for cut in cuts), len(texts)]
    for start, stop in pairwise(places):
        reader.add(texts[start:stop])
    same(reader.parsed(), parse_texts(texts))


def _column(key: str) -> str:
    words = {
        "KernelPageSize": "kernel_page_size",
        "MMUPageSize": "mmu_page_size",
        "AnonHugePages": "anon_huge_pages",
        "ShmemPmdMapped": "shmem_pmd_mapped",
        "FilePmdMapped": "file_pmd_mapped",
        "SwapPss": "swap_pss",
        "LazyFree": "lazy_free",
    }
    return f"{words.get(key, key.lower())}_kb"


@SLOWLY
@given(NAMES)
def test_names_come_back(name: bytes) -> None:
    vma = Vma(0x1000, 0x2000, "rw-p", 0, "00:00", 0, name, {"Size": 4}, ())
    text = print_vma(Kernel(True, ("Size",), 0, "", True), vma)
    parsed = parse_texts([text])
    assert len(parsed.vmas) == 1
    assert exported(parsed) == [text]


def _check(text: bytes, block: int) -> None:
    texts = [text, b"", text[len(text) // 3 :]]
    slow = parse_texts(texts, fast=False)
    assert exported(slow) == texts
    with (
        patch.object(parse, "_BLOCK", block),
        patch.object(bodies, "_BLOCK", max(block, 2000)),
        patch.object(parse, "_WORTH_LEARNING", 1),
    ):
        fast = parse_texts(texts)
    assert exported(fast) == texts
    same(fast, slow)


@SLOWLY
@given(st.data(), processes(), st.sampled_from([700, 3000, 1 << 20]))
def test_damaged_entries(data: st.DataObject, printed: tuple[Kernel, list[Vma]], block: int) -> None:
    kernel, vmas = printed
    text = b"".join(print_vma(kernel, vma) for vma in vmas) * data.draw(st.integers(1, 3))
    _check(data.draw(damages(text)), block)


@pytest.mark.parametrize("file", ["oppo-10-launcher/smaps", "aosp-libmeminfo/smaps", "snippets/pixel-gki.smaps"])
def test_damaged_real_text(file: str) -> None:
    whole = (corpus() / file).read_bytes()

    @SLOWLY
    @given(st.data(), st.integers(0, len(whole)), st.integers(100, 8000), st.sampled_from([900, 5000, 1 << 20]))
    def check(data: st.DataObject, start: int, size: int, block: int) -> None:
        _check(data.draw(damages(whole[start : start + size])), block)

    check()


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("KernelPageSize:        4 kB", "KernelPageSize: \t       4 kB"),
        ("KernelPageSize:        4 kB", "KernelPageSize:\t       4 kB"),
        ("KernelPageSize:        4 kB", "KernelPageSize:  \t\t4 kB"),
        ("KernelPageSize:        4 kB", "KernelPageSize: 00004 kB"),
        ("Rss:                 100 kB", "Rss:           123456789 kB"),
        ("Rss:                 100 kB", "Rss:           2147483648 kB"),
        ("Rss:                 100 kB", "Rss:           2147483649 kB"),
        ("Rss:                 100 kB", "Rss:           023456789 kB"),
        ("Rss:                 100 kB", "Rss:            23456789 kB"),
        ("Rss:                 100 kB", "Rss:           1234567890123456 kB"),
        ("Rss:                 100 kB", "Rss:           12345678901234567 kB"),
        ("Shared_Clean:          0 kB", "Shared_Clean: 1234567890 kB"),
        ("Shared_Clean:          0 kB", "Shared_Clean:1234567890 kB"),
        ("VmFlags: rd ", "ProtectionKey: 12\nVmFlags: rd "),
        ("VmFlags: rd ", "VmFlags:  "),
        ("VmFlags: rd ", "VmFlags: "),
        ("VmFlags: rd ", "VmFlags:"),
        ("VmFlags: rd ", "VmFlags: rd  "),
    ],
)
@pytest.mark.parametrize("every", [1, 7])
def test_lines_of_a_form_of_their_own(line: str, other: str, every: int) -> None:
    counters = "Size:                100 kB\nRss:                 100 kB\nPss:                 100 kB\n"
    zeros = "".join(f"{key + ':':<16}       0 kB\n" for key in ("Shared_Clean", "Shared_Dirty", "Private_Clean"))
    entries = [
        f"{0x10000000 + at * 0x19000:08x}-{0x10019000 + at * 0x19000:08x} rw-p 00000000 00:00 0 \n{counters}"
        f"KernelPageSize:        4 kB\n{zeros}VmFlags: rd \n"
        for at in range(28)
    ]
    text = "".join(entry.replace(line, other) if at % every == 0 else entry for at, entry in enumerate(entries))
    _check(text.encode(), 1 << 20)


@pytest.mark.parametrize("file", ["oppo-10-launcher/smaps", "aosp-libmeminfo/smaps", "snippets/pixel-gki.smaps"])
def test_other_forms_of_real_text(file: str) -> None:
    """`maps`, alone and between entries of smaps; numbers of any width; names in other columns; damaged."""
    lines = (corpus() / file).read_bytes().splitlines(keepends=True)

    @SLOWLY
    @given(st.data(), st.integers(0, len(lines)), st.integers(1, 120), st.sampled_from([900, 5000, 1 << 20]))
    def check(data: st.DataObject, start: int, size: int, block: int) -> None:
        part = lines[start : start + size]
        change = data.draw(st.sampled_from([without_counters, with_numbers, with_columns]))
        text = b"".join(change(part, data.draw(st.randoms(use_true_random=False))))
        _check(data.draw(damages(text)), block)

    check()


def is_header(line: bytes) -> bool:
    return line[:1] in b"0123456789abcdef"


def without_counters(lines: Sequence[bytes], random: Random) -> list[bytes]:
    """Headers without the lines after them, mostly."""
    share = random.choice([0.0, 0.0, 0.1])
    keep = False
    kept = []
    for line in lines:
        keep = random.random() < share if is_header(line) else keep
        if keep or is_header(line):
            kept.append(line)
    return kept


def with_numbers(lines: Sequence[bytes], random: Random) -> list[bytes]:
    """Counters times a power of ten, some keys or all."""
    keys = {line.partition(b":")[0] for line in lines}
    factors = {key: 10 ** random.choice([0, 0, 3, 6, 9, 12]) for key in sorted(keys)}

    def scaled(match: re.Match[bytes]) -> bytes:
        number = int(match[3]) * factors[match[1]] + random.randrange(2)
        return b"%s:%s%s kB" % (match[1], b" " * min(len(match[2]), 15 - len(match[1])), b"%8d" % number)

    return [line if is_header(line) else re.sub(rb"^(\w+):( *)([0-9]+) kB", scaled, line) for line in lines]


def with_columns(lines: Sequence[bytes], random: Random) -> list[bytes]:
    """Names moved to the left or right."""
    blanks = random.choice([1, 2, 3, 4, 60, 300])
    return [re.sub(rb" {4,}", b" " * blanks, line) if is_header(line) else line for line in lines]


def _usual(at: int, size: int = 4, start: int = 0x7000000000, offset: int = 0x1000) -> bytes:
    vma = Vma(start + at * 0x5000, start + at * 0x5000 + 0x4000, "rw-p", offset, "fe:01", 7, b"/lib/x.so", {}, ("rd",))
    sizes = dict.fromkeys(KEYS, 4) | {"Size": size}
    return print_vma(Kernel(True, KEYS, 0, "THPeligible:    ", True), replace(vma, counters=sizes))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"".join(_usual(at) for at in range(90)), id="usual"),
        pytest.param(b"".join(_usual(at) for at in range(90)).replace(b"\n", b"\r\n"), id="crlf"),
        pytest.param(b"".join(_usual(at, start=1 << 31) for at in range(90)), id="addresses of 8 digits"),
        pytest.param(b"".join(_usual(at, start=0xFFFF << 48) for at in range(90)), id="addresses of 16 digits"),
        pytest.param(b"".join(_usual(at, start=(1 << 32) - 90) for at in range(90)), id="addresses that grow"),
        pytest.param(b"".join(_usual(at, offset=1 << at % 64) for at in range(90)), id="offsets of any width"),
        *(
            pytest.param(b"".join(_usual(at, 10**digits - 1) for at in range(90)), id=f"{digits} digits")
            for digits in range(1, 13)
        ),
        pytest.param(b"".join(_usual(at, 10 ** (at % 3 * 4)) for at in range(900)), id="widths in turn"),
        pytest.param(b"".join(_usual(at).partition(b"\n")[0] + b"\n" for at in range(90)), id="maps"),
    ],
)
def test_the_fast_path_takes_all_forms_that_kernels_print(text: bytes) -> None:
    slow = parse_texts([text], fast=False)
    with patch.object(SlowParser, "parse", side_effect=AssertionError("the slow path was used")):
        fast = parse_texts([text])
    same(fast, slow)
    assert exported(fast) == [text]


@pytest.mark.parametrize("digits", range(8, 17))
def test_a_long_number_directly_after_the_first_label(digits: int) -> None:
    """16 bytes are read for a number of more than 8 digits, which may begin before the entry's body."""
    number = b"1" * digits
    text = b"".join(re.sub(rb"Size: *[0-9]+", b"Size: " + number, _usual(at), count=1) for at in range(9))
    _check(text, 100)


@pytest.mark.parametrize("end", [b"", b"\r", b"\n", b"\r\r\n", b"\r\n\r", b"x\r\n", b"\rx\r\n"])
def test_line_ends(end: bytes) -> None:
    text = b"".join(_usual(at) for at in range(3)).replace(b"\n", b"\r\n") + end
    with patch.object(line_ends, "_BLOCK", 7):
        converted = to_newlines(text)
    expected = text.replace(b"\r\n", b"\n") if text.count(b"\r\n") == text.count(b"\n") else None
    assert converted == expected
    _check(text, 500)


@SLOWLY
@given(st.binary(max_size=2000) | st.text(max_size=500).map(str.encode))
def test_any_bytes(text: bytes) -> None:
    _check(text, 100)
