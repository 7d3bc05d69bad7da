"""Texts with line prefixes, other encodings, or lines of something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.sources.files.normalise_text import normalise_text
from droidanon.sources.resolve import load_source
from tests.builders import entry
from tests.unit.sources.files.reported_texts import SMAPS, exported, read, total

LOGCAT = {
    "brief": b"W/art     ( 6155): ",
    "process": b"W( 6155) ",
    "tag": b"W/art     : ",
    "thread": b"W( 6155: 6155) ",
    "time": b"08-22 12:04:37.390 W/art     ( 6155): ",
    "threadtime": b"08-22 12:04:37.390  6155  6155 W art     : ",
    "year, zone, uid": b"2026-08-22 12:04:37.390 +0200 10123  6155  6155 W art     : ",
    "epoch": b"         1724323477.390  6155  6155 W art     : ",
    "Android Studio": b"2026-08-22 12:04:37.390  6155-6155  art                     com.example.app                      W  ",
}


PREFIXES = {
    "blanks": b"    ",
    "a tab": b"\t",
    "a quote": b"> ",
    "a quote without a blank": b">",
    "quotes in quotes": b"> > ",
    "a list": b"- ",
    "a diff": b"+",
    **LOGCAT,
}


@pytest.mark.parametrize("prefix", PREFIXES)
def test_what_stands_before_every_line_is_removed(tmp_path: Path, prefix: str) -> None:
    lines = SMAPS.splitlines(keepends=True)
    data = b"".join(PREFIXES[prefix] + line for line in lines)
    capture = read(tmp_path / "x.smaps", data)
    assert total(capture) == 18
    assert capture.counted_vmas == 3
    assert len(capture.notes) == 1
    assert not capture.problems
    assert exported(capture, tmp_path) == data


@pytest.mark.parametrize(
    ("data", "exact"),
    [
        (b"\xef\xbb\xbf" + SMAPS, True),
        (SMAPS.decode().encode("utf-16"), True),
        (b"\xfe\xff" + SMAPS.decode().encode("utf-16-be"), True),
        (SMAPS.decode().encode("utf-16-le"), True),
        (SMAPS.replace(b"\n", b"\r\n"), True),
        (SMAPS.replace(b"\n", b"\r\r\n"), True),
        (b"\xff\xfe" + SMAPS.replace(b"\n", b"\r\n").decode().encode("utf-16-le"), True),
        (b"```\n" + SMAPS + b"```\n", False),
        (b"130|shell@p200:/ # cat /proc/77/smaps\n" + SMAPS + b"130|shell@p200:/ # \n", False),
    ],
)
def test_encodings_line_ends_fences_and_prompts(tmp_path: Path, data: bytes, exact: bool) -> None:
    capture = read(tmp_path / "x.smaps", data)
    assert total(capture) == 18
    assert capture.counted_vmas == 3
    if exact:
        assert exported(capture, tmp_path) == data
        assert not capture.problems


def test_a_large_text_in_utf16_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    whole = "".join(entry(start=0x7000000000 + (number << 20)) for number in range(500))
    (tmp_path / "f" / "x.smaps").write_bytes(whole.encode("utf-16"))
    assert load_source(str(tmp_path / "f")).counted_vmas == 500


def test_clean_smaps_are_handed_on_as_they_are() -> None:
    found = normalise_text(SMAPS)
    assert found.data is SMAPS
    assert found.removed == ()


def test_a_sentence_about_a_tool_is_no_prefix() -> None:
    prose = b"See Applications Memory Usage (in Kilobytes):\nnothing here\nor here\n"
    assert normalise_text(prose).data == prose


def test_other_lines_of_the_log_are_not_kept(tmp_path: Path) -> None:
    prefix = LOGCAT["threadtime"]
    lines = [prefix + line for line in SMAPS.splitlines(keepends=True)]
    lines.insert(9, b"08-22 12:04:37.400   100   100 I Account : someone@example.com signed in\n")
    capture = read(tmp_path / "x.txt", b"".join(lines))
    assert total(capture) == 18
    assert b"someone" not in exported(capture, tmp_path)
    assert "someone" not in (tmp_path / "stored.parquet").read_bytes().decode("latin-1")


def test_lines_of_something_else_are_left_out_and_not_quoted(tmp_path: Path) -> None:
    lines = SMAPS.splitlines(keepends=True)
    lines.insert(5, b"Account: someone@example.com\n")
    lines.append(b"dumpsys of someone@example.com\n")
    capture = read(tmp_path / "x.smaps", b"".join(lines))
    assert total(capture) == 18
    assert exported(capture, tmp_path) == SMAPS
    (problem,) = capture.problems
    assert "2 lines" in problem.message
    assert "someone" not in str(capture.problems)
