"""Files of a folder or archive that contradict each other: which one is read, and the problem that says so."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from droidanon.sources.files.contents import Item
from droidanon.sources.files.importer import gather
from droidanon.sources.resolve import load_source
from tests.messages import mentions
from tests.unit.sources.files.folders import (
    LARGE,
    MEMINFO,
    PS,
    ROLLUP,
    SMALL,
    fill,
    maps,
    note_messages,
    pss_by_process,
)


@pytest.mark.parametrize("worse", ["7.maps", "7.rollup", "maps_7.txt"])
def test_the_text_that_tells_most_is_taken(tmp_path: Path, worse: str) -> None:
    body = ROLLUP if "rollup" in worse else maps(SMALL)
    folder = fill(tmp_path / "x", {worse: body, "7.smaps": SMALL, "8.smaps": LARGE})
    found = load_source(str(folder))
    assert sum(pss_by_process(found).values()) == 115
    assert any(mentions(note, f"x/{worse}", "x/7.smaps") for note in note_messages(found))
    (folder / "7.smaps").unlink()
    assert {process.fidelity for process in load_source(str(folder), pid=7).processes} == {
        "rollup" if "rollup" in worse else "maps"
    }


def test_an_empty_text_has_the_least(tmp_path: Path) -> None:
    found = load_source(str(fill(tmp_path / "x", {"7.smaps": "", "7.maps": maps(SMALL)})))
    assert [(process.fidelity, process.rows) for process in found.processes] == [("maps", 1)]


def test_one_pid_twice(tmp_path: Path) -> None:
    folder = fill(tmp_path / "x", {"a/7.smaps": SMALL, "b/7.smaps": LARGE, "a/8.smaps": "", "b/8.smaps": ""})
    found = load_source(str(folder))
    assert len(found.vmas) == 3
    (problem,) = found.problems
    assert mentions(problem.message, "pid 7", "x/a/7.smaps", "x/b/7.smaps")
    fill(folder, {"c/9.smaps": SMALL, "d/9.smaps": LARGE})
    (problem,) = load_source(str(folder)).problems
    assert mentions(problem.message, "2", "pid 7")
    fill(tmp_path / "y", {"7.smaps": SMALL, "com.a-7.smaps": SMALL})
    found = load_source(str(tmp_path / "y"))
    (problem,) = found.problems
    assert mentions(problem.message, "y/7.smaps")
    assert len(found.vmas) == 1


def test_one_name_twice_in_an_archive(tmp_path: Path) -> None:
    for path, make in ((tmp_path / "x.tar", tarfile.open), (tmp_path / "x.zip", zipfile.ZipFile)):
        with make(path, "w") as archive:
            for body in (LARGE, SMALL):
                if isinstance(archive, zipfile.ZipFile):
                    with pytest.warns(UserWarning, match="Duplicate") if body is SMALL else io.BytesIO():
                        archive.writestr("7.smaps", body)
                else:
                    info = tarfile.TarInfo("7.smaps")
                    info.size = len(body)
                    archive.addfile(info, io.BytesIO(body.encode()))
        found = load_source(str(path))
        assert pss_by_process(found) == {"7": 10}
        assert [Path(problem.where).name for problem in found.problems] == ["7.smaps"]


def test_listings_that_differ(tmp_path: Path) -> None:
    folder = fill(
        tmp_path / "x",
        {
            "7.smaps": SMALL,
            "8.smaps": LARGE,
            "ps.txt": PS,
            "ps.later": PS.replace("surfaceflinger", "lmkd"),
            "9.smaps": SMALL,
        },
    )
    found = load_source(str(folder))
    assert set(pss_by_process(found)) == {"com.example.app:remote", "lmkd", "9"}
    (problem,) = found.problems
    assert problem.where == "x/ps.txt"
    assert mentions(problem.message, "pid 8", "surfaceflinger", "lmkd", "x/ps.later")
    listed, unlisted = note_messages(found)[1:]
    assert "x/ps.later (2)" in listed
    assert mentions(unlisted, "x/9.smaps")


def test_devices_that_differ(tmp_path: Path) -> None:
    folder = fill(
        tmp_path / "x", {"7.smaps": SMALL, "props": "[ro.product.model]: [A]\n[ro.build.version.sdk]: [34]\n"}
    )
    assert load_source(str(folder)).device["model"] == "A"
    fill(folder, {"old/getprop.txt": "[ro.product.model]: [B]\n[ro.build.version.sdk]: [34]\n", "meminfo": MEMINFO})
    fill(folder, {"old/meminfo": MEMINFO.replace("1", "2")})
    found = load_source(str(folder))
    assert "model" not in found.device
    assert found.device["sdk"] == 34
    first, second = sorted(found.problems, key=lambda problem: "model" in problem.message)
    assert mentions(first.message, "x/meminfo")
    assert mentions(second.message, "model", "A", "B")


def test_of_files_with_one_name_only_the_texts_of_the_last_count() -> None:
    stream = "".join(f">>PID_START: {pid}\n{SMALL}>>PID_END: {pid}\n" for pid in (7, 8, 9)).encode()
    files = [Item("a.txt", stream), Item("b.smaps", SMALL.encode()), Item("a.txt", LARGE.encode())]
    gathered = gather(files, "x.zip", alone=False)
    assert [reading.text for reading in gathered.readings] == [SMALL.encode(), LARGE.encode()]
    assert [problem.where for problem in gathered.problems] == ["a.txt"]
