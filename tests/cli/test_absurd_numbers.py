"""Numbers that no machine has: in no sum, and written back as they were; never a wrong total or a Python warning."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest

from droidanon import load
from droidanon.cli.main import run
from droidanon.counters import most_kb
from droidanon.model import ReportedRows
from droidanon.smaps.writer import write_process
from droidanon.sources.assemble import make_capture
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.reading import Reading
from droidanon.store.library import list_captures
from droidanon.store.parquet import load_capture, save_capture
from tests.builders import capture, entry, rewrite_capture

ABSURD = 999_999_999_999_999_999
KEYS = ("Size", "Rss", "Pss", "Private_Clean", "Private_Dirty", "Anonymous", "Swap", "SwapPss", "Shared_Clean")
SANE = entry("[anon:a]", size_kb=64, Pss=16, Swap=2, SwapPss=2)
COMMANDS = (
    ["show"],
    ["show", "--counters", "all"],
    ["meminfo"],
    ["procrank"],
    ["librank"],
    ["showmap"],
    ["names"],
)


def sized(text: str, size_kb: int) -> str:
    return text.replace(f"{'Size:':<16}{64:8d} kB", f"Size: {size_kb} kB", 1)


@pytest.fixture
def text() -> str:
    absurd = entry("[anon:b]", start=0x7100000000, **dict.fromkeys(KEYS[1:], ABSURD))
    return SANE + sized(absurd, ABSURD) * 20


@pytest.mark.parametrize("suffix", ["smaps", "parquet"])
def test_they_are_in_no_number(suffix: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.smaps").write_text(text)
    assert run(["capture", str(tmp_path / "a.smaps"), "-o", str(tmp_path / "a.parquet")]) == 0
    assert f"{'Pss:':<16}{ABSURD} kB" in capsys.readouterr().err
    source = str(tmp_path / f"a.{suffix}")
    for arguments in (*([*one, source] for one in COMMANDS), ["diff", source, source]):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert run(arguments) == 0
        out, err = capsys.readouterr()
        assert "99999" not in out.replace(",", ""), arguments
        assert "-9" not in out, arguments
        assert "Warning" not in err
    assert run(["show", source, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["totals"]["total_pss_kb"] == 18
    (item,) = list_captures(tmp_path)
    assert item.total_pss_kb == 18


def test_the_text_is_written_back(text: str, tmp_path: Path) -> None:
    again = load_capture(save_capture(capture({"a": text}), tmp_path / "a.parquet"))
    assert b"".join(write_process(again, 0)).decode() == text
    gone = again.vmas.missing["pss_kb"]
    assert (gone[0], gone[1:].all()) == (False, True)


def test_the_most_that_is_believed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sums of it are exact, where a float64 has no such whole number."""
    size, most = most_kb("size_kb"), most_kb("rss_kb")
    one = entry("[anon:a]", Rss=most, Pss=most, SwapPss=most)
    (tmp_path / "a.smaps").write_text(sized(one, size) * 3001 + sized(SANE, 63))
    assert not load(tmp_path / "a.smaps").problems
    assert run(["show", str(tmp_path / "a.smaps"), "--json"]) == 0
    totals = json.loads(capsys.readouterr().out)["totals"]
    assert (totals["size_kb"], totals["total_pss_kb"]) == (3001 * size + 63, 2 * 3001 * most + 18)


def test_what_was_told_of_a_process() -> None:
    told = ReportedRows("showmap", ("a", "b", "c"), {"pss_kb": (1, 2**70, None), "rss_kb": (3, 4, 5)})
    made = make_capture([Reading(ProcessFacts("com.a", pid=7), None, reported=told)], source="test")
    assert made.vmas.counters["pss_kb"].tolist() == [1, 0, 0]
    assert made.vmas.missing["pss_kb"].tolist() == [False, True, True]
    assert "rss_kb" not in made.vmas.missing
    (problem,) = made.problems
    assert problem.where == "com.a (pid 7)"
    assert problem.message.startswith("pss_kb: ")


@pytest.mark.parametrize("number", [ABSURD, -ABSURD])
def test_a_capture_that_another_program_made(number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = save_capture(capture(), tmp_path / "a.parquet")
    rewrite_capture(path, path, columns={"pss_kb": number})
    assert run(["show", str(path)]) == 2
    out, err = capsys.readouterr()
    (item,) = list_captures(tmp_path)
    assert (out, err) == ("", f"droidanon: {item.error}\n")
    assert f"{path}: " in err
    assert "pss_kb" in err
