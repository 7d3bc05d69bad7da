"""A capture that is stored as changes of another one is restored as it was, byte for byte."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from droidanon.model import Capture, Process
from droidanon.store import delta_file, series_captures
from droidanon.store.delta_file import read_base, save_changes
from droidanon.store.json_change import change_of, restore
from droidanon.store.metadata import capture_to_json
from droidanon.store.packed import pack, unpack
from droidanon.store.parquet import load_capture, open_capture, save_capture
from droidanon.store.series_captures import SeriesCaptures
from tests.builders import parsed_as
from tests.captures_equal import assert_same
from tests.strategies import Kernel, Vma, damages, kernels, print_vma, vmas

Body = tuple[Process, list[Vma], bytes]

NAMES = st.sampled_from(["com.example.app", "com.example.app:remote", "system_server", "init"])
NUMBERS = st.integers(0, 1 << 40)
_PAGES = st.sampled_from([-400, -4, 4, 400])
"""kB of pages that are made resident or freed: several counters change together."""


_PIDS = st.none() | st.integers(1, 4)
_START_TIMES = st.none() | st.integers(1, 3)
_UIDS = st.none() | NUMBERS
_AGES = st.none() | st.floats(0, 1e6)
_STATUS = st.dictionaries(st.sampled_from(["vm_rss_kb", "vm_swap_kb", "rss_anon_kb"]), NUMBERS)
_STATES = st.none() | st.just("TOP")
_REST = st.sampled_from([b"", b"\n", b"trailing"])
_CHANGES = st.sampled_from(["same", "same", "counters", "pages", "name", "grown", "flags"])
_PROCESS_CHANGES = st.sampled_from(["same", "same", "gone", "reused", "facts"])
_LABELS = st.dictionaries(st.sampled_from(["a", "b"]), st.text(max_size=3))


@st.composite
def bodies(draw: st.DrawFn, kernel: Kernel) -> Body:
    """A process, its entries, and what follows them."""
    process = Process(
        draw(NAMES),
        draw(_PIDS),
        start_time=draw(_START_TIMES),
        uid=draw(_UIDS),
        age_s=draw(_AGES),
        status_kb=draw(_STATUS),
    )
    return process, draw(st.lists(vmas(kernel), max_size=5)), draw(_REST)


@st.composite
def changed_vma(draw: st.DrawFn, vma: Vma) -> Vma:
    """The same entry with some other values."""
    kind = draw(_CHANGES)
    if kind == "counters":
        keys = draw(st.sets(st.sampled_from(sorted(vma.counters)))) if vma.counters else set()
        counters = {key: draw(st.integers(0, 1 << 31)) if key in keys else kb for key, kb in vma.counters.items()}
        return replace(vma, counters=counters)
    if kind == "pages":
        keys, kb = draw(st.sets(st.sampled_from(sorted(vma.counters)))) if vma.counters else set(), draw(_PAGES)
        counters = {key: max(old + kb, 0) if key in keys else old for key, old in vma.counters.items()}
        return replace(vma, counters=counters)
    if kind == "name":
        return replace(vma, name=draw(st.sampled_from([b"", b"[heap]", b"/data/app/x.so"])))
    if kind == "grown":
        return replace(vma, end=draw(st.integers(vma.start, max(vma.start, 2**32 - 1))))
    return replace(vma, flags=("rd", "wr")) if kind == "flags" else vma


@st.composite
def changed(draw: st.DrawFn, base: list[Body], kernel: Kernel) -> list[Body]:
    """The processes some time later: gone, new, with other facts, and with other VMAs."""
    later: list[Body] = []
    for process, entries, rest in base:
        kind = draw(_PROCESS_CHANGES)
        if kind == "gone":
            continue
        if kind == "reused":
            later.append((replace(process, name="reused", start_time=9), draw(st.lists(vmas(kernel), max_size=3)), b""))
            continue
        if kind == "facts":
            process = replace(process, age_s=draw(_AGES), state=draw(_STATES))
        kept = [draw(changed_vma(vma)) for vma in entries if draw(st.integers(0, 9))]
        for vma in draw(st.lists(vmas(kernel), max_size=2)):
            kept.insert(draw(st.integers(0, len(kept))), vma)
        later.append((process, kept, draw(st.sampled_from([rest, b"other"]))))
    for body in draw(st.lists(bodies(kernel), max_size=2)):
        later.insert(draw(st.integers(0, len(later))), body)
    return later


def capture_of(draw: st.DrawFn, found: list[Body], kernel: Kernel) -> Capture:
    """The capture of processes, one of which may have a damaged text."""
    texts = [b"".join(print_vma(kernel, vma) for vma in entries) + rest for _, entries, rest in found]
    if texts and draw(st.integers(0, 3)) == 0:
        place = draw(st.integers(0, len(texts) - 1))
        texts[place] = draw(damages(texts[place]))
    processes, table = parsed_as([process for process, _, _ in found], texts)
    labels = draw(_LABELS)
    return Capture(processes, table, "test", created=draw(st.sampled_from(["2026-01-02T03:04:05Z", ""])), labels=labels)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Capture, Capture]:
    """Two captures of one source."""
    kernel = draw(kernels())
    found = draw(st.lists(bodies(kernel), max_size=4))
    base = capture_of(draw, found, kernel)
    other = kernel if draw(st.integers(0, 5)) else replace(draw(kernels()), keys=kernel.keys)
    return base, capture_of(draw, draw(changed(found, kernel)), other)


@given(pairs())
@settings(max_examples=130)
def test_it_is_restored_byte_for_byte(pair: tuple[Capture, Capture]) -> None:
    first, second = pair
    with TemporaryDirectory() as name:
        folder = Path(name)
        base = read_base(save_capture(first, folder / "base.parquet"))
        direct = save_capture(second, folder / "direct.parquet")
        most, delta_file.MOST_NEW = delta_file.MOST_NEW, 1.0
        try:
            path = save_changes(second, folder / "changes.parquet", base)
        finally:
            delta_file.MOST_NEW = most
        assert path is not None
        assert (open_capture(path).base, open_capture(direct).base) == ("base.parquet", "")
        restored = load_capture(path)
        assert_same(restored, load_capture(direct))
        assert save_capture(restored, folder / "again.parquet").read_bytes() == direct.read_bytes()
        assert open_capture(path).data == open_capture(direct).data


@st.composite
def sequences(draw: st.DrawFn) -> list[Capture]:
    """Captures of one source over time."""
    kernel = draw(kernels())
    found = draw(st.lists(bodies(kernel), min_size=1, max_size=3))
    captures = [capture_of(draw, found, kernel)]
    for _ in range(draw(st.integers(2, 3))):
        found = draw(changed(found, kernel))
        captures.append(capture_of(draw, found, kernel))
    return captures


@given(sequences(), st.integers(1, 3))
@settings(max_examples=12)
def test_any_series_is_restored_byte_for_byte(captures: list[Capture], most: int) -> None:
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(delta_file, "MOST_NEW", 1.0)
        patch.setattr(series_captures, "MOST_SECOND", most)
        folder = Path(name)
        series = SeriesCaptures(folder)
        stored = [series.keep(one) for one in captures]
        for (path, base), one in zip(stored, captures, strict=True):
            direct = save_capture(one, folder / "direct")
            assert open_capture(path).base == base
            assert save_capture(load_capture(path), folder / "again").read_bytes() == direct.read_bytes()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)


@given(JSON, JSON)
def test_a_json_value_is_restored_with_its_types(base: object, new: object) -> None:
    assert repr(restore(base, change_of(base, new))) == repr(new)


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_numbers_are_unpacked_as_they_were(values: list[int]) -> None:
    import numpy as np

    assert unpack(pack(np.array(values, np.int64)), len(values)).tolist() == values


@given(pairs())
@settings(max_examples=20)
def test_the_same_capture_again_has_no_changes(pair: tuple[Capture, Capture]) -> None:
    data = capture_to_json(pair[0])
    assert change_of(data, data) is None
