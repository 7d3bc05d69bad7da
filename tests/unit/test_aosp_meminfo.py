"""The platform's arithmetic against what the platform's own code says of the same smaps."""

from __future__ import annotations

import json
import lzma
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from droidanon.aosp.meminfo import app_summary, swappable_pss_kb
from droidanon.model import VmaTable
from droidanon.smaps.parse import parse_texts
from droidanon.taxonomy.classify import classify_vmas

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "data"
COUNTERS = {
    "pss": "pss_kb", "swappablePss": "swappable_pss_kb", "rss": "rss_kb", "privateDirty": "private_dirty_kb",
    "sharedDirty": "shared_dirty_kb", "privateClean": "private_clean_kb", "sharedClean": "shared_clean_kb",
    "swappedOut": "swap_kb", "swappedOutPss": "swap_pss_kb",
}  # fmt: skip


@pytest.fixture(scope="module")
def labels() -> dict[str, str]:
    """The platform's heap ids and what dumpsys calls them."""
    if not CORPUS.is_dir():
        pytest.skip("corpus not present")
    found: dict[str, str] = {}
    for path in CORPUS.glob("*/*.heaps.json"):
        for heap, sums in json.loads(path.read_text())["heaps"].items():
            found[heap] = sums["label"]
    return found


def heap_sums(vmas: VmaTable) -> dict[tuple[str, str], dict[str, int]]:
    """Counters (kB) of all VMAs by heap and sub-heap."""
    found = classify_vmas(vmas)
    counters = {**vmas.counters, "swappable_pss_kb": swappable_pss_kb(vmas, found.swappable)}
    rows: dict[tuple[str, str], dict[str, int]] = {}
    for heap_code, heap in enumerate(found.heap.values):
        for sub_code, sub_heap in enumerate(found.sub_heap.values):
            mask = (found.heap.codes == heap_code) & (found.sub_heap.codes == sub_code)
            if mask.any():
                rows[heap, sub_heap] = {name: int(values[mask].sum()) for name, values in counters.items()}
    return rows


def check(text: bytes, expected: dict[str, Any], labels: dict[str, str]) -> None:
    rows = heap_sums(parse_texts([text]).vmas)
    assert app_summary(rows) == expected["app_summary"]
    for heap, sums in expected["heaps"].items():
        label = labels[heap]
        wanted = {key: value for key, value in sums.items() if key != "label"}
        found = dict.fromkeys(wanted, 0)
        for (row_heap, row_sub_heap), counters in rows.items():
            # The platform's sub-heaps hold the same amounts as their heaps once more.
            if label in (row_heap, row_sub_heap):
                for key in found:
                    found[key] += counters.get(COUNTERS[key], 0)
        assert found == wanted, label


def single_files() -> Iterator[tuple[Path, Path]]:
    for path in sorted(CORPUS.glob("edge/*.heaps.json")):
        yield path.with_name(path.name.replace(".heaps.json", ".smaps")), path
    for path in sorted(CORPUS.glob("expected/*.heaps.json")):
        folder, _, file = path.name.removesuffix(".heaps.json").partition("_")
        yield CORPUS / folder / file, path


def test_heaps_and_summary_equal_the_platforms(labels: dict[str, str]) -> None:
    checked = 0
    for smaps, path in single_files():
        expected = json.loads(path.read_text())
        if expected["ok"]:
            check(smaps.read_bytes(), expected, labels)
            checked += 1
    assert checked >= 10


@pytest.mark.parametrize("phone", ["pixel4-10-chrome", "pixel4-10-youtube"])
def test_every_process_of_a_phone_equals_the_platforms(phone: str, labels: dict[str, str]) -> None:
    with lzma.open(CORPUS / "expected" / f"{phone}.heaps.jsonl.xz", "rt") as file:
        expected = {entry["file"]: entry for entry in map(json.loads, file)}
    checked = 0
    with tarfile.open(CORPUS / f"{phone}.tar.xz") as archive:
        for member in archive:
            entry = expected.get(Path(member.name).name)
            if not member.isfile() or entry is None or not entry["ok"]:
                continue
            content = archive.extractfile(member)
            assert content is not None
            check(content.read(), entry, labels)
            checked += 1
    assert checked > 150


def table(**counters: list[int]) -> VmaTable:
    rows = len(next(iter(counters.values())))
    text = "".join(f"{row:x}000-{row:x}800 r--p 00000000 00:00 0 /a.so\nSize: 4 kB\n" for row in range(1, rows + 1))
    vmas = parse_texts([text.encode()]).vmas
    assert len(vmas) == rows
    return replace(vmas, counters={f"{name}_kb": np.array(values) for name, values in counters.items()})


def test_swappable_pss_divides_in_whole_numbers() -> None:
    vmas = table(
        pss=[60, 120, 0, 5, 10],
        private_clean=[10, 10, 3, 9, 4], private_dirty=[10, 10, 0, 0, 6],
        shared_clean=[100, 100, 100, 7, 0], shared_dirty=[0, 0, 0, 0, 0],
    )  # fmt: skip
    swappable = np.ones(5, np.bool_)
    assert swappable_pss_kb(vmas, swappable).tolist() == [10, 110, 0, 9, 4]
    swappable[1] = False
    assert swappable_pss_kb(vmas, swappable).tolist() == [10, 0, 0, 9, 4]


def test_swappable_pss_takes_missing_counters_for_zero() -> None:
    assert swappable_pss_kb(table(pss=[8], private_clean=[8]), np.ones(1, np.bool_)).tolist() == [8]
    assert swappable_pss_kb(table(rss=[8]), np.ones(1, np.bool_)).tolist() == [0]


def test_summary_of_nothing_is_zero() -> None:
    assert set(app_summary({}).values()) == {0}


def test_summary_parts_add_up() -> None:
    rows = {
        ("Dalvik Heap", ".Heap"): {"pss_kb": 30, "private_dirty_kb": 20, "private_clean_kb": 1, "rss_kb": 40},
        (".art mmap", ".Boot art"): {"pss_kb": 9, "private_dirty_kb": 2, "private_clean_kb": 3, "rss_kb": 50},
        ("Dalvik Other", ".AppJIT"): {"pss_kb": 7, "private_dirty_kb": 7, "rss_kb": 7},
        ("Dalvik Other", ".GC"): {"pss_kb": 4, "private_dirty_kb": 4, "rss_kb": 4, "swap_pss_kb": 2, "swap_kb": 5},
        ("Gfx dev", ""): {"pss_kb": 8, "private_dirty_kb": 8, "rss_kb": 8},
    }
    summary = app_summary(rows)
    assert summary["java-heap"] == 20 + 2 + 3
    assert summary["code"] == 7
    assert summary["graphics"] == 8
    assert summary["private-other"] == 1 + 4
    assert summary["total-pss"] == 30 + 9 + 7 + 4 + 8 + 2
    assert summary["total-swap"] == 5
    parts = ("java-heap", "native-heap", "code", "stack", "graphics", "private-other", "system")
    assert sum(summary[part] for part in parts) == summary["total-pss"]
    resident = ("java-heap-rss", "native-heap-rss", "code-rss", "stack-rss", "graphics-rss", "unknown-rss")
    assert sum(summary[part] for part in resident) == summary["total-rss"]
