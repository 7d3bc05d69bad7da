"""Folders and archives with much text: parsed while they are read, on two cores, to the same capture."""

from __future__ import annotations

import os
import signal
import tarfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from droidanon.model import Capture
from droidanon.sources import background_parser
from droidanon.sources.background_parser import Intake
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.files import importer
from droidanon.sources.files.source import FileSource
from droidanon.sources.parse_process import ParseProcess
from droidanon.sources.reading import Reading
from droidanon.sources.selection import EVERYTHING, Selection
from droidanon.store.parquet import save_capture
from tests.builders import text

APP = text(("/data/app/com.a.b-1/oat/arm64/base.odex", 10), ("[anon:scudo:primary]", 3), ("", 8))
NATIVE = text(("/system/bin/logd", 4), ("/system/lib64/libc.so", 7), ("[heap]", 2))
TEXTS = {
    "1/smaps": NATIVE.encode(),
    "2/smaps": APP.encode(),
    "3/smaps": NATIVE.replace("\n", "\r\n").encode(),
    "4/smaps": APP.encode()[:-40],
    "5/smaps": b"",
    "6/smaps": (APP + "--- /proc/66/smaps ---\n" + NATIVE).encode(),
    "7/smaps": b"\xff\xfe" + NATIVE.encode("utf-16-le"),
    "8_smaps.txt": NATIVE.encode(),
    "9/maps": b"".join(line for line in APP.encode().splitlines(True) if b"-" in line[:20]),
    "a/10_smaps.txt": APP.encode(),
    "a/smaps_10.txt": APP.encode(),
    "b/11_smaps.txt": APP.encode(),
    "b/smaps_11.txt": NATIVE.encode(),
    "12.smaps": b"???\n" + NATIVE.encode(),
}


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    top = tmp_path_factory.mktemp("large")
    folder = top / "phone"
    for name, data in TEXTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    with tarfile.open(top / "phone.tar.gz", "w:gz") as tar, zipfile.ZipFile(top / "phone.zip", "w") as zipped:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                tar.add(path, path.relative_to(top))
                zipped.write(path, path.relative_to(top))
    return {"folder": folder, "tar": top / "phone.tar.gz", "zip": top / "phone.zip"}


@pytest.fixture(params=["one process", "two processes"])
def large(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every input counts as large."""
    with (
        patch.object(importer, "_MOST_TEXT_KEPT", 0),
        patch.object(background_parser, "BATCH_BYTES", 3000),
        patch.object(background_parser, "PROCESS_BYTES", 0),
        patch.object(background_parser, "cores", return_value=2 if request.param == "two processes" else 1),
    ):
        yield


def stored(capture: Capture, folder: Path) -> bytes:
    return save_capture(replace(capture, created="2026-01-01T00:00:00Z", source="x"), folder / "x.parquet").read_bytes()


@pytest.fixture(scope="module")
def expected(forms: dict[str, Path]) -> dict[tuple[str, Selection], Capture]:
    return {
        (form, selection): FileSource(str(path)).read(selection)
        for form, path in forms.items()
        for selection in (EVERYTHING, Selection(pid=66), Selection(pid=3))
    }


@pytest.mark.parametrize("form", ["folder", "tar", "zip"])
@pytest.mark.parametrize("selection", [EVERYTHING, Selection(pid=66), Selection(pid=3)], ids=["all", "66", "3"])
@pytest.mark.usefixtures("large")
def test_the_capture_is_that_of_a_small_input(
    forms: dict[str, Path],
    expected: dict[tuple[str, Selection], Capture],
    form: str,
    selection: Selection,
    tmp_path: Path,
) -> None:
    found, wanted = FileSource(str(forms[form])).read(selection), expected[form, selection]
    assert [process.pid for process in found.processes] == [process.pid for process in wanted.processes]
    assert found.problems == wanted.problems
    assert found.notes == wanted.notes
    assert stored(found, tmp_path) == stored(wanted, tmp_path)


def test_a_small_input_starts_no_thread_and_no_process(forms: dict[str, Path]) -> None:
    with (
        patch.object(ThreadPoolExecutor, "submit", side_effect=AssertionError),
        patch.object(ParseProcess, "__init__", side_effect=AssertionError),
    ):
        assert len(FileSource(str(forms["folder"])).read().processes) > 10


def reading(number: int) -> Reading:
    return Reading(ProcessFacts(f"p{number}", pid=number), APP.encode() if number % 2 else NATIVE.encode())


@pytest.mark.parametrize("after", [0, 3])
def test_a_process_that_ends_loses_no_text(after: int) -> None:
    process = ParseProcess()
    try:
        for number in range(6):
            if number == after and process.pid is not None:
                os.kill(process.pid, signal.SIGKILL)
            assert process.parse([reading(number).text or b""]).rows == [3]
        assert process.pid is None
    finally:
        process.close()


def test_a_process_that_cannot_start_loses_no_text() -> None:
    with patch("droidanon.sources.parse_process.sys.executable", "/nonexistent/python"):
        process = ParseProcess()
    assert process.pid is None
    assert process.parse([NATIVE.encode()]).rows == [3]


def test_a_text_is_written_again_from_its_rows() -> None:
    texts = [data for data in TEXTS.values() if b"\0" not in data]
    with patch.object(background_parser, "BATCH_BYTES", 3000), Intake() as intake:
        numbers = [intake.take_text(data) for data in texts]
        assert [intake.text_of(number) for number in numbers] == texts


def test_processes_are_ended_after_an_error() -> None:
    with (
        patch.object(background_parser, "BATCH_BYTES", 1),
        patch.object(background_parser, "PROCESS_BYTES", 0),
        patch.object(background_parser, "cores", return_value=2),
        patch.object(ParseProcess, "close", autospec=True, side_effect=ParseProcess.close) as close,
        pytest.raises(KeyError),
        Intake(use_process=True) as intake,
    ):
        intake.take_text(NATIVE.encode())
        raise KeyError
    assert close.call_count == 1
