"""Which parts of page tables are read, and what a phone may answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from droidanon.errors import AccessError, DeviceError
from droidanon.model import Capture
from droidanon.sources.adb.frames import Frame
from droidanon.sources.phone import page_tables
from droidanon.sources.phone.access import Access
from droidanon.sources.phone.page_tables import PageTables, _joined, _windows_of, read_page_tables
from tests.builders import capture, entry, text

PRESENT, EXCLUSIVE = 1 << 63, 1 << 56
STAT = "{pid} (a) S 1 " + "0 " * 17 + "{start} 0\n"


def test_windows_hold_every_page_of_the_rows() -> None:
    vmas = capture({"a": text(("x", 4096), ("y", 12))}).vmas
    windows = _windows_of(vmas, np.arange(2), 4)
    for start, end in zip(vmas.start.tolist(), vmas.end.tolist(), strict=True):
        for page in (start >> 12, (end >> 12) - 1):
            assert page // 512 in windows
    assert len(windows) == 3
    assert len(_windows_of(vmas, np.arange(0), 4)) == 0


def test_runs_join_over_small_gaps_and_end_at_the_longest() -> None:
    places = np.array([1, 2, 4, 20, 21, 22, 23])
    assert list(_joined(places, 2, 100)) == [(1, 4), (20, 4)]
    assert list(_joined(places, 2, 3)) == [(1, 2), (4, 1), (20, 3), (23, 1)]
    assert list(_joined(np.zeros(0, np.int64), 2, 3)) == []


def app(**counters: int) -> Capture:
    """A process with two pages at the start of a window."""
    found = capture({"com.a": entry(start=0x7000000000, size_kb=8, Pss=8, **counters)})
    return replace(found, processes=(replace(found.processes[0], start_time=77),))


class FakePhone:
    """Answers words as the script does: a pagemap that begins with `entries`, and the mappings of each frame."""

    def __init__(self, entries: Sequence[int], *, mappings: int = 1, starts: Sequence[int] = (77, 77)) -> None:
        self.entries, self.mappings, self.starts = entries, mappings, list(starts)
        self.dd, self.refusal = b"/system/bin/dd\n", b""
        self.blocks: list[int] = []
        self.cut: dict[str, int] = {}
        """How many bytes of each answer of a kind arrive."""

    def __call__(self, device: object, access: object, script: str, words: Sequence[str]) -> Iterator[Frame]:
        del device, access, script
        for word in words:
            kind, _, rest = word.partition(":")
            if kind == "probe":
                yield Frame("dd", "", self.dd)
                yield Frame("probe", "", self.refusal)
            elif kind == "stat":
                yield Frame("stat", rest, STAT.format(pid=rest, start=self.starts.pop(0)).encode())
            elif kind == "map":
                pid, skip, count = rest.split(":")
                data = np.zeros(int(count) * 512, "<u8")
                data[: len(self.entries)] = np.array(self.entries, np.uint64)
                yield Frame("map", f"{pid} {skip}", data.tobytes()[: self.cut.get("map")])
            elif kind == "count":
                first, blocks = map(int, rest.split(":"))
                self.blocks += range(first, first + blocks)
                data = np.full(blocks * 8192, self.mappings, "<u8")
                yield Frame("count", str(first), data.tobytes()[: self.cut.get("count")])
        yield Frame("done", "", b"")


def read(phone: FakePhone, monkeypatch: pytest.MonkeyPatch, found: Capture | None = None, **options: Any) -> PageTables:
    monkeypatch.setattr(page_tables, "frames_of", phone)
    device = cast("Any", SimpleNamespace(serial="phone"))
    return read_page_tables(device, Access("root"), found or app(), **options)


def test_pages_and_the_counts_of_shared_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    phone = FakePhone([PRESENT | EXCLUSIVE | 5, PRESENT | (3 * 8192 + 1)], mappings=4)
    found = read(phone, monkeypatch)
    (table,) = found.tables
    assert table.pages.tolist() == [0x7000000000 >> 12, (0x7000000000 >> 12) + 1]
    assert phone.blocks == [3]  # the exclusive page needs no count
    assert found.counts.mappings[found.counts.frames == 3 * 8192 + 1].tolist() == [4]
    assert not found.counts.is_sample
    assert found.problems == ()


def test_too_many_counts_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [PRESENT | (block * 8192) for block in range(0, 200, 2)]
    phone = FakePhone(frames)
    counts = read(phone, monkeypatch, most_bytes=10 << 16).counts
    assert (counts.blocks, counts.read_blocks, counts.is_sample) == (100, 10, True)
    assert len(phone.blocks) == 10
    assert set(phone.blocks) <= set(range(0, 200, 2))


@pytest.mark.parametrize("starts", [(77, 78), (78, 78)])
def test_a_process_that_was_replaced_is_left_out(starts: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    both = capture({"com.a": entry(size_kb=8, Pss=8), "com.a:b": entry(size_kb=8, Pss=8)})
    both = replace(both, processes=tuple(replace(one, start_time=77) for one in both.processes))
    found = read(FakePhone([PRESENT | EXCLUSIVE | 5], starts=[77, 77, *starts]), monkeypatch, both)
    assert [table.process for table in found.tables] == [0]
    assert [(problem.where, problem.kind) for problem in found.problems] == [("com.a:b (pid 101)", "ended")]


def test_a_page_table_that_arrives_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    phone = FakePhone([PRESENT | EXCLUSIVE | 5, PRESENT | EXCLUSIVE | 6])
    phone.cut["map"] = 16  # two pages: all memory of the process
    assert read(phone, monkeypatch).problems == ()
    phone = FakePhone([PRESENT | EXCLUSIVE | 5, PRESENT | EXCLUSIVE | 6])
    phone.cut["map"] = 15
    found = read(phone, monkeypatch)
    assert [problem.kind for problem in found.problems] == ["cut"]
    assert found.tables[0].entries.tolist() == [PRESENT | EXCLUSIVE | 5]


def test_frames_beyond_the_end_of_the_counts_are_of_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    phone = FakePhone([PRESENT | 5, PRESENT | 9000], mappings=2)
    phone.cut["count"] = 8 * 8192
    counts = read(phone, monkeypatch).counts
    known = dict(zip(counts.frames.tolist(), counts.mappings.tolist(), strict=True))
    assert (known[5], known[8191], known[9000]) == (2, 2, 0)


def test_counts_that_end_before_others_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    phone = FakePhone([PRESENT | 5, PRESENT | (9 * 8192)])
    phone.cut["count"] = 800
    with pytest.raises(DeviceError, match="kpagecount"):
        read(phone, monkeypatch)


def test_a_sparse_mapping_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    shadow = entry("[anon:shadow]", start=0x100000000000, size_kb=1 << 34, Pss=512)
    both = capture({"com.a": entry(start=0x7000000000, size_kb=8, Pss=8) + shadow})
    both = replace(both, processes=(replace(both.processes[0], start_time=77),))
    found = read(FakePhone([PRESENT | EXCLUSIVE | 5]), monkeypatch, both)
    assert [problem.kind for problem in found.problems] == ["sparse"]
    assert found.read_bytes < 1 << 17


def test_what_a_phone_may_lack(monkeypatch: pytest.MonkeyPatch) -> None:
    phone = FakePhone([PRESENT | 5])
    phone.dd = b""
    with pytest.raises(AccessError, match="dd"):
        read(phone, monkeypatch)
    phone = FakePhone([PRESENT | 5])
    phone.refusal = b"sh: can't open /proc/kpagecount: No such file or directory"
    with pytest.raises(AccessError, match="CONFIG_PROC_PAGE_MONITOR"):
        read(phone, monkeypatch)
    with pytest.raises(AccessError, match="CAP_SYS_ADMIN"):
        read(FakePhone([PRESENT, PRESENT]), monkeypatch)
