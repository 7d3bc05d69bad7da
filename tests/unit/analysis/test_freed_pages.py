"""The page frames that are freed if some processes are killed, from made-up page tables."""

from __future__ import annotations

import numpy as np

from droidanon.analysis.freed_pages import FreedPages, freed_pages
from droidanon.analysis.view import View
from droidanon.analysis.whole_app import FreedRange
from droidanon.model import Capture
from droidanon.platform.readers.pagemap import FrameCounts, PageTable, is_swapped, needed_frames, parse_entries
from tests.builders import capture, entry

START = 0x7000000000
PAGE = START >> 12
PRESENT, SWAPPED, FILE, EXCLUSIVE = 1 << 63, 1 << 62, 1 << 61, 1 << 56


def table(process: int, entries: dict[int, int]) -> PageTable:
    """Entries by page from START on."""
    pages = np.array([PAGE + page for page in entries], np.uint64)
    return PageTable(process, pages, np.array(list(entries.values()), np.uint64))


def counts(mappings: dict[int, int], *, block_frames: int = 8192, blocks: int = 1, read: int = 1) -> FrameCounts:
    frames = np.array(sorted(mappings), np.uint64)
    numbers = np.array([mappings[int(frame)] for frame in frames], np.int64)
    return FrameCounts(frames, numbers, block_frames, blocks, read)


def two(**counters: int) -> Capture:
    """Two processes with a VMA of 1,024 pages each."""
    return capture({name: entry(size_kb=4096, Pss=400, **counters) for name in ("com.a", "com.a:b")})


def found(
    app: Capture, tables: list[PageTable], known: FrameCounts, zygotes: list[PageTable] | None = None
) -> FreedPages:
    return freed_pages(View(app), tables, zygotes or [], known, 4)


def test_frames_that_nobody_else_maps() -> None:
    first = table(
        0,
        {
            0: PRESENT | EXCLUSIVE | 10,
            1: PRESENT | 11,  # of both, and of nobody else
            2: PRESENT | 12,  # of both and a third
            3: PRESENT | FILE | 13,  # twice here
            4: PRESENT | FILE | 13,
            5: PRESENT | 14,  # the zero page
        },
    )
    second = table(1, {1: PRESENT | 11, 2: PRESENT | 12, 9: PRESENT | FILE | EXCLUSIVE | 15, 2000: PRESENT | 16})
    known = counts({11: 2, 12: 3, 13: 2, 14: 0, 16: 1})
    assert needed_frames([first, second]).tolist() == [11, 12, 13, 14, 16]
    freed = found(two(), [first, second], known)
    assert freed.ram == FreedRange(16, 16)
    assert (freed.ram_kb, freed.anon_kb, freed.file_kb, freed.kept_kb, freed.uncounted_kb) == (16, 8, 8, 4, 4)
    assert freed.freed_of_row_kb.tolist() == [12, 4]  # page 2000 lies in no VMA that was captured
    assert not freed.sampled


def test_a_frame_that_was_unmapped_elsewhere_in_between_is_freed() -> None:
    pages = dict.fromkeys(range(3), PRESENT | 11)
    assert found(two(), [table(0, pages)], counts({11: 2})).ram_kb == 4


def test_swapped_pages_of_one_process_of_both_and_of_the_zygote() -> None:
    slot = [SWAPPED | (offset << 5) for offset in range(8)]
    alone = table(0, {0: slot[0], 1: slot[1]})
    other = table(1, {0: slot[0], 5: slot[5]})
    # slot 0 counts half in each, slot 1 and 5 whole.
    own = found(two(Swap=8, SwapPss=6), [alone, other], counts({}))
    assert own.swap == FreedRange(12, 12)
    shared = found(two(Swap=8, SwapPss=3), [alone, other], counts({}))
    assert shared.swap == FreedRange(0, 12)
    kept = found(two(Swap=8, SwapPss=3), [alone, other], counts({}), [table(2, {0: slot[0]})])
    assert kept.swap == FreedRange(0, 8)
    assert found(two(), [alone, other], counts({}), [table(2, {0: slot[0], 1: slot[1], 5: slot[5]})]).swap.high_kb == 0


def test_entries_of_pages_on_their_way_are_no_swap() -> None:
    assert is_swapped(np.array([SWAPPED | 31, SWAPPED | 2, PRESENT | SWAPPED, 0], np.uint64)).tolist() == [
        False,
        True,
        False,
        False,
    ]
    assert parse_entries(b"\x01" + b"\0" * 7 + b"cut").tolist() == [1]


def test_intervals_of_samples_hold_the_number_as_often_as_they_promise() -> None:
    """4,000 frames in 400 blocks of 10; in half of the blocks most are freed. A fourth is of files."""
    random = np.random.default_rng(1)
    chances = np.where(np.arange(4000) // 10 % 2, 0.9, 0.3)
    mappings = {frame: 1 if alone else 2 for frame, alone in enumerate(random.random(4000) < chances)}
    app = capture({"com.a": entry(size_kb=4096 * 4, Pss=400)})
    pages = table(0, {frame: PRESENT | frame | (0 if frame % 4 else FILE) for frame in mappings})
    exact = found(app, [pages], counts(mappings, block_frames=10, blocks=400, read=400))
    held = 0
    for _ in range(200):
        chosen = set(random.choice(400, 100, replace=False).tolist())
        some = {frame: number for frame, number in mappings.items() if frame // 10 in chosen}
        freed = found(app, [pages], counts(some, block_frames=10, blocks=400, read=100))
        assert freed.sampled
        assert abs(freed.anon_kb / freed.ram_kb - 0.75) < 0.1
        assert freed.ram.high_kb - freed.ram.low_kb < 0.25 * exact.ram_kb
        held += freed.ram.low_kb <= exact.ram_kb <= freed.ram.high_kb
    assert 182 <= held <= 198  # 95 % of 200, give or take 2.5 standard deviations


def test_a_sample_of_few_blocks_gives_no_narrow_interval() -> None:
    mappings = {frame: 1 + frame % 2 for frame in range(4000)}
    app = capture({"com.a": entry(size_kb=4096 * 4, Pss=400)})
    pages = table(0, {frame: PRESENT | frame for frame in mappings})
    few = {frame: number for frame, number in mappings.items() if frame < 50}
    freed = found(app, [pages], counts(few, block_frames=10, blocks=400, read=5))
    assert freed.ram == FreedRange(25 * 4, (25 + 3950) * 4)
