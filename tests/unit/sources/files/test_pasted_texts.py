"""Texts with line prefixes, other encodings, or lines of something else."""

from __future__ import annotations

import json
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


ON_A_SCREEN = {
    "colours": b"".join(b"\x1b[0;32m" + line + b"\x1b[0m\n" for line in SMAPS.splitlines()),
    "a window's title": b"\x1b]0;shell\x07" + SMAPS,
    "a web page": SMAPS.replace(b" ", "\N{NO-BREAK SPACE}".encode()),
    "JSON": json.dumps({"pid": 77, "output": SMAPS.decode(), "exit": 0}).encode(),
    "JSON with CRLF": json.dumps([SMAPS.decode().replace("\n", "\r\n")], indent=1).encode(),
    "doubled line ends": SMAPS.replace(b"\n", b"\n\n"),
    "doubled line ends of Windows": SMAPS.replace(b"\n", b"\r\n\r\n"),
}


@pytest.mark.parametrize("where", ON_A_SCREEN)
def test_texts_as_screens_web_pages_and_json_have_them(tmp_path: Path, where: str) -> None:
    capture = read(tmp_path / "x.smaps", ON_A_SCREEN[where])
    assert (total(capture), capture.counted_vmas) == (18, 3)
    assert {name for name in capture.vmas.name.values if name} == {"[anon:scudo:primary]", "/system/lib64/libc.so"}
    assert not any("not a line" in problem.message for problem in capture.problems)


@pytest.mark.parametrize("prefix", ["{:4}: ", "{:6}\t", "{}: "])
def test_numbers_of_lines_become_longer(tmp_path: Path, prefix: str) -> None:
    whole = "".join(entry(start=0x7000000000 + (number << 20)) for number in range(500))
    numbered = "".join(prefix.format(number) + line for number, line in enumerate(whole.splitlines(True), 1))
    assert read(tmp_path / "x.smaps", numbered).counted_vmas == 500


@pytest.mark.parametrize("prefix", ["> ", "+", "| ", "12: "])
def test_tables_of_showmap_behind_a_prefix(tmp_path: Path, prefix: str) -> None:
    with_addresses = """\
           start              end  virtual                     shared   shared  private  private
            addr             addr     size      RSS      PSS    clean    dirty    clean    dirty     swap  swapPSS object
---------------- ---------------- -------- -------- -------- -------- -------- -------- -------- -------- -------- ----
      7090000000       7090200000     2048     1024     1024        0        0        0     1024        0        0 [heap]
"""
    titles = (
        "virtual size,RSS,PSS,shared clean,shared dirty,private clean,private dirty,swap,swapPSS,Anon HugePages,"
        "Shmem PmdMapped,File PmdMapped,Shared Hugetlb,Private Hugetlb,Locked,#,object"
    )
    quoted_titles = ",".join(f'"{title}"' for title in titles.split(","))
    as_csv = f'{quoted_titles}\n2048,1024,1024,0,0,0,1024,0,0,0,0,0,0,0,0,1,"[heap]"\n'
    for text in (with_addresses, as_csv):
        plain = read(tmp_path / "plain.txt", text)
        assert total(plain) == 1024
        quoted = read(tmp_path / "x.txt", "".join(prefix + line for line in text.splitlines(True)))
        assert (total(quoted), quoted.counted_vmas) == (1024, plain.counted_vmas)


@pytest.mark.parametrize("data", [b"C:\\new\\name\\n\n" * 20, b"a\\nb\n", b"{}\n"])
def test_backslashes_in_other_texts_stay(data: bytes) -> None:
    assert normalise_text(data).data == data


def test_an_empty_line_is_no_problem(tmp_path: Path) -> None:
    data = SMAPS + b"\n\n"
    capture = read(tmp_path / "x.smaps", data)
    assert not capture.problems
    assert exported(capture, tmp_path) == data


def test_a_sentence_is_left_out_and_not_quoted(tmp_path: Path) -> None:
    capture = read(tmp_path / "x.smaps", b"we saw this on my phone\n\n```\n" + SMAPS + b"```\n")
    assert total(capture) == 18
    assert "phone" not in str(capture.problems)


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
