"""Texts of maps and smaps_rollup, and the release that names show."""

from __future__ import annotations

from pathlib import Path

from droidanon.analysis.heap_sums import heap_sums
from droidanon.analysis.view import View
from droidanon.model import NOT_REPORTED
from droidanon.platform.views.tool_rows import listed_processes
from droidanon.sources.resolve import load_source
from droidanon.store.parquet import load_capture
from tests.builders import text
from tests.unit.sources.files.reported_texts import SMAPS, exported, heaps, read, total

MAPS = """\
12c00000-2ac00000 rw-p 00000000 00:00 0                                  [anon:dalvik-main space (region space)]
7100000000-7100800000 rw-p 00000000 00:00 0                              [anon:scudo:primary]
"""


ROLLUP = f"00400000-ffffffffff601000 ---p 00000000 00:00 0 {'':30}[rollup]\nRss:   29948 kB\nPss:   29944 kB\nSwapPss:  1940 kB\n"


def written(path: Path, data: str) -> Path:
    """The path, with this text in its file."""
    path.write_text(data)
    return path


def test_maps_have_sizes_and_no_other_number(tmp_path: Path) -> None:
    capture = read(tmp_path / "x.maps", MAPS)
    assert list(View(capture).counters) == ["size_kb"]
    assert heaps(capture, "size_kb") == {"Dalvik Heap": 393_216, "Native Heap": 8_192}
    assert heap_sums(View(capture)) == heap_sums(View(capture), every=True) == []
    assert listed_processes(capture) == []
    assert exported(capture, tmp_path) == MAPS.encode()
    again = load_capture(tmp_path / "stored.parquet")
    assert again.vmas.counters["size_kb"].tolist() == [393_216, 8_192]


def test_sizes_of_maps_beside_smaps(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "a.maps").write_text(MAPS)
    (tmp_path / "f" / "b.smaps").write_bytes(SMAPS)
    capture = load_source(str(tmp_path / "f"))
    assert total(capture, "size_kb") == 401_408 + (total(load_source(str(tmp_path / "f" / "b.smaps")), "size_kb") or 0)
    assert total(capture) == 18


def test_a_rollup_has_no_heaps(tmp_path: Path) -> None:
    capture = read(tmp_path / "x.txt", ROLLUP)
    assert heaps(capture) == {NOT_REPORTED: 31_884}
    assert heap_sums(View(capture)) == []
    assert [sums[NOT_REPORTED, ""]["pss_kb"] for _, sums in heap_sums(View(capture), every=True)] == [29_944]


OF_ANOTHER = ROLLUP.replace("00400000", "12c00000").replace("29944", "1000")


def test_rollups_one_after_another_are_never_added_up(tmp_path: Path) -> None:
    for apart in ("", "Mon Nov 30 22:00:00 UTC 2026\n"):
        source = load_source(str(written(tmp_path / "app.txt", f"{apart}{ROLLUP}" * 3)))
        assert ([one.name for one in source.processes], total(source)) == (["app"], 31_884)
        assert any("3 moments" in note.message for note in source.notes)


def test_rollups_of_several_processes(tmp_path: Path) -> None:
    for text_of_two in (ROLLUP + OF_ANOTHER, OF_ANOTHER + ROLLUP):
        capture = read(tmp_path / "x.txt", text_of_two)
        assert [process.fidelity for process in capture.processes] == ["rollup", "rollup"]
        assert total(capture) == 31_884 + 2_940
    marked = read(tmp_path / "x.txt", f"PID 7\n{ROLLUP}PID 8\n{ROLLUP}")
    assert [process.pid for process in marked.processes] == [7, 8]


def test_rollups_in_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    (folder / "7.smaps_rollup").write_text(ROLLUP + ROLLUP)
    (folder / "8.smaps_rollup").write_text(ROLLUP + OF_ANOTHER)
    capture = load_source(str(folder))
    assert sorted(process.fidelity for process in capture.processes) == ["rollup"] * 3
    assert total(capture) == 2 * 31_884 + 2_940


def test_the_release_that_names_show(tmp_path: Path) -> None:
    capture = read(tmp_path / "x.smaps", text(("/dev/ashmem/dalvik-main space (deleted)", 2512)))
    assert heaps(capture) == {"Dalvik Heap": 2512}
    assert capture.device["android"] == "9"
    assert any("9" in note.message for note in capture.notes)
