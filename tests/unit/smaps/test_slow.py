"""The line-by-line parser: what is kept as text, since its layout could not print it."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.columns import MOST_WIDTH
from droidanon.smaps.slow import MOST_PROBLEMS, SlowParser
from droidanon.smaps.writer import write_process
from droidanon.store.parquet import load_capture, save_capture
from tests.builders import capture, entry, text

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


@pytest.mark.parametrize("blanks", [20, 128, 129, 100_000])
def test_blanks_beyond_what_a_layout_holds(blanks: int, tmp_path: Path) -> None:
    """However wide a line is, its text is kept, and the capture opens again."""
    entry = text(("[anon:a]", 4))
    header, _, body = entry.partition("\n")
    wide = "\n".join([header.replace(" [anon", " " * blanks + "[anon"), body.replace("Rss:", "Rss:" + " " * blanks)])
    stored = load_capture(save_capture(capture({"com.a": wide + entry}), tmp_path / "c.parquet"))
    assert b"".join(write_process(stored, 0)) == (wide + entry).encode()
    assert all(layout.name_column <= MOST_WIDTH for layout in stored.vmas.layouts)


def test_a_longer_name_than_a_capture_holds(tmp_path: Path) -> None:
    entry = text(("[anon:a]", 4))
    long = text((f"/{'x' * 20_000}", 8))
    stored = load_capture(save_capture(capture({"com.a": entry + long + entry}), tmp_path / "c.parquet"))
    assert b"".join(write_process(stored, 0)) == (entry + long + entry).encode()
    assert max(map(len, stored.vmas.name.values)) < 100


@pytest.mark.parametrize("length", [64, 65, 20_000])
def test_longer_keys_than_a_kernel_has_are_text(length: int, tmp_path: Path) -> None:
    entry = text(("[anon:a]", 4)) + f"{'A' * length}: 5 kB\n"
    stored = load_capture(save_capture(capture({"com.a": entry}), tmp_path / "c.parquet"))
    assert b"".join(write_process(stored, 0)) == entry.encode()
    assert max(map(len, stored.vmas.counters)) < (100 if length == 64 else 25)
