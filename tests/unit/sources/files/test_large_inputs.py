"""Folders and archives with much text: parsed while they are read, on two cores, to the same capture."""

from __future__ import annotations

import errno
import gzip
import io
import os
import signal
import sys
import tarfile
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path
from unittest.mock import Mock, patch

import pytest

from droidanon.errors import InputError
from droidanon.model import Capture
from droidanon.smaps.parse import parse_texts
from droidanon.sources import background_parser, large_text, process_parser, whole_stream
from droidanon.sources.background_parser import Intake
from droidanon.sources.files import contents, importer, line_scan, pid_stream, smaps_sections, text_readers
from droidanon.sources.files.pid_stream import parse_pid_stream
from droidanon.sources.files.smaps_sections import SmapsSections, split_sections
from droidanon.sources.files.source import FileSource
from droidanon.sources.large_text import Sliced, TextFile, TextPart
from droidanon.sources.parse_process import ParseProcess
from droidanon.sources.process_parser import ProcessParser
from droidanon.sources.resolve import load_source
from droidanon.sources.selection import EVERYTHING, Selection
from droidanon.sources.shared_file import SharedFile
from droidanon.store.parquet import save_capture
from tests.builders import text
from tests.smaps_equal import same
from tests.waiting import wait_until

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
ALONE = {66: APP.encode() + b"lost\n", 2: NATIVE.encode()[:-30] + b"\n", 3: NATIVE.encode()}
"""The texts of one text with several processes, by pid."""


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
    marked, stream = top / "marked.txt", top / "stream.txt"
    marked.write_bytes(b"".join(b"--- /proc/%d/smaps ---\n%b" % one for one in ALONE.items()))
    stream.write_bytes(
        b"".join(b">>PID_START: %d x\n%b>>PID_END: %d\n" % (one, text, one) for one, text in ALONE.items())
    )
    packed = top / "marked.txt.gz"
    packed.write_bytes(gzip.compress(marked.read_bytes()))
    one = top / "3_smaps.txt"
    one.write_bytes(APP.encode()[:-40])
    packed_files = {"tar": top / "phone.tar.gz", "zip": top / "phone.zip"}
    texts = {"marked": marked, "packed": packed, "stream": stream, "one process": one}
    return {"folder": folder, **packed_files, **texts}


@pytest.fixture
def large(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every input counts as large."""
    text_readers._kept.cache_clear()
    with (
        patch.object(importer, "_MOST_TEXT_KEPT", 0),
        patch.object(large_text, "LARGE_BYTES", 0),
        patch.object(smaps_sections, "_WINDOW", 30),
        patch.object(contents, "_HEAD", 100),  # the second process reads larger files itself
        patch.object(line_scan, "_BLOCK", 700),  # less than an entry
        patch.object(pid_stream, "_BLOCK", 25),  # less than some lines
        patch.object(background_parser, "BATCH_BYTES", 3000),
        patch.object(process_parser, "PROCESS_BYTES", 0),
        patch.object(process_parser, "cores", return_value=2 if request.param == "two processes" else 1),
        patch.object(ProcessParser, "_start", start_and_wait),
    ):
        yield


START = ProcessParser._start


def start_and_wait(parser: ProcessParser) -> None:
    """Starts the second process, and waits until it takes texts."""
    START(parser)
    assert parser._process is not None
    wait_until(parser._process.has_room)


def stored(capture: Capture, folder: Path) -> bytes:
    return save_capture(replace(capture, created="2026-01-01T00:00:00Z", source="x"), folder / "x.parquet").read_bytes()


@pytest.fixture(scope="module")
def expected(forms: dict[str, Path]) -> dict[tuple[str, Selection], Capture]:
    return {
        (form, selection): FileSource(str(path)).read(selection)
        for form, path in forms.items()
        for selection in (EVERYTHING, Selection(pid=66), Selection(pid=3))
        if form != "one process" or selection is EVERYTHING
    }


FORMS = ("folder", "tar", "zip", "marked", "packed", "stream")
CASES = [
    *(
        (form, selection, "one process")
        for form in FORMS
        for selection in (EVERYTHING, Selection(pid=66), Selection(pid=3))
    ),
    *((form, EVERYTHING, "two processes") for form in FORMS),
    ("one process", EVERYTHING, "two processes"),
]


@pytest.mark.parametrize(
    ("form", "selection", "large"),
    CASES,
    ids=[f"{form}, {selection.pid or 'all'}, {cores}" for form, selection, cores in CASES],
    indirect=["large"],
)
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
        patch.object(threading.Thread, "start", side_effect=AssertionError),
        patch.object(ParseProcess, "__init__", side_effect=AssertionError),
    ):
        assert len(FileSource(str(forms["folder"])).read().processes) > 10


@pytest.mark.parametrize("form", ["marked", "packed", "stream"])
@pytest.mark.parametrize("large", ["one process"], indirect=True)
@pytest.mark.usefixtures("large")
def test_a_large_file_is_divided_once_and_never_read_as_a_whole(forms: dict[str, Path], form: str) -> None:
    slices: list[int] = []

    def slice_of(self: TextFile, part: slice) -> bytes:
        slices.append(len(data := read_slice(self, part)))
        return data

    read_slice = TextFile.__getitem__
    with (
        patch.object(TextFile, "__getitem__", slice_of),
        patch.object(text_readers, "SEARCHED_BYTES", 900),
        patch.object(text_readers, "split_sections", side_effect=split_sections) as split,
        patch.object(text_readers, "parse_pid_stream", side_effect=parse_pid_stream) as marks,
    ):
        assert len(load_source(str(forms[form])).processes) == 3
    whole = [
        call.args[0] for call in [*split.call_args_list, *marks.call_args_list] if isinstance(call.args[0], TextFile)
    ]
    # Torn sections are divided again, and a packed text is unpacked twice: to see its moments, and to read one.
    assert len(whole) == (2 if form == "packed" else 1)
    assert max(slices) <= max(900, *map(len, ALONE.values())) < sum(map(len, ALONE.values())) / 2


class _Pipe(io.BytesIO):
    """Bytes that cannot be read again."""

    def seekable(self) -> bool:
        return False


@pytest.mark.parametrize("form", ["marked", "packed"])
@pytest.mark.parametrize("large", ["two processes"], indirect=True)
@pytest.mark.usefixtures("large")
def test_a_pipe_is_read_in_parts(
    forms: dict[str, Path], expected: dict[tuple[str, Selection], Capture], form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(_Pipe(forms[form].read_bytes())))
    with patch.object(whole_stream, "read_whole", side_effect=AssertionError):
        found = FileSource("-").read()
    wanted = expected[form, EVERYTHING]
    assert [process.pid for process in found.processes] == [process.pid for process in wanted.processes]
    assert found.vmas.start.tolist() == wanted.vmas.start.tolist()
    assert [one.message for one in found.problems] == [one.message for one in wanted.problems]


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("large", ["one process"], indirect=True)
class TestSpooledText:
    """A packed text or a pipe on the disk."""

    def test_it_has_no_name(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        with whole_stream.spool(io.BytesIO(NATIVE.encode()), "x") as file:
            assert os.fstat(file.fileno()).st_dev == tmp_path.stat().st_dev
            assert os.fstat(file.fileno()).st_nlink == 0
            assert not list(tmp_path.iterdir())
            assert file.read() == NATIVE.encode()

    @pytest.mark.parametrize("source", ["marked", "packed"])
    def test_no_room_for_it(self, forms: dict[str, Path], source: str, monkeypatch: pytest.MonkeyPatch) -> None:
        full = Mock(side_effect=OSError(errno.ENOSPC, "No space left on device"))
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(_Pipe(forms["marked"].read_bytes())))
        with (
            patch.object(tempfile, "TemporaryFile", return_value=Mock(write=full)) as made,
            pytest.raises(InputError, match="TMPDIR") as error,
        ):
            FileSource("-" if source == "marked" else str(forms[source])).read()
        assert "\n" not in str(error.value)
        assert made.return_value.close.called

    def test_no_folder_for_it(self, forms: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(forms["packed"] / "none"))
        with pytest.raises(InputError, match="TMPDIR"):
            FileSource(str(forms["packed"])).read()

    def test_too_much_text_is_not_written(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(whole_stream, "MAX_TEXT", 10)
        file = tempfile.TemporaryFile()
        with patch.object(tempfile, "TemporaryFile", return_value=file), pytest.raises(InputError, match="GiB"):
            whole_stream.spool(io.BytesIO(NATIVE.encode()), "x")
        assert file.closed


def test_a_late_marker_of_a_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(NATIVE.encode() * 2 + b">>PID_START: 7 x\n" + NATIVE.encode() + b">>PID_END: 7\n")
    wanted = load_source(str(path))
    monkeypatch.setattr(large_text, "LARGE_BYTES", 0)
    monkeypatch.setattr(text_readers, "SEARCHED_BYTES", len(NATIVE))
    found = load_source(str(path))
    assert found.problems == wanted.problems
    assert [one.pid for one in found.processes] == [one.pid for one in wanted.processes] == [7]


class TestFileThatChangesWhileItIsRead:
    TEXT = NATIVE.encode() * 3

    @staticmethod
    def become_shorter(path: Path) -> None:
        path.write_bytes(NATIVE.encode())

    @staticmethod
    def become_other(path: Path) -> None:
        path.write_bytes(b"x" * len(NATIVE.encode() * 3))
        os.utime(path, (1, 1))

    @staticmethod
    def be_replaced(path: Path) -> None:
        other = path.with_suffix(".new")
        other.write_bytes(NATIVE.encode() * 4)
        other.replace(path)

    @staticmethod
    def be_replaced_by_a_pipe(path: Path) -> None:
        path.unlink()
        os.mkfifo(path)

    def read(self, path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], object]) -> Capture:
        def split_and_change(text: Sliced) -> SmapsSections:
            found = split_sections(text)
            change(path)
            return found

        path.write_bytes(self.TEXT)
        monkeypatch.setattr(large_text, "LARGE_BYTES", 0)
        monkeypatch.setattr(text_readers, "split_sections", split_and_change)
        return FileSource(str(path)).read()

    @pytest.mark.skipif(os.name == "nt", reason="an open file cannot be replaced, and there are no pipes")
    @pytest.mark.parametrize("change", ["become_shorter", "become_other", "be_replaced", "be_replaced_by_a_pipe"])
    def test_it_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
        with pytest.raises(InputError, match="changed"):
            self.read(tmp_path / "x.txt", monkeypatch, getattr(self, change))

    def test_bytes_that_are_added_are_not_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def add(path: Path) -> None:
            path.write_bytes(self.TEXT + NATIVE.encode())
            os.utime(path, (1, 1))

        found = self.read(tmp_path / "x.txt", monkeypatch, add)
        (tmp_path / "y.txt").write_bytes(self.TEXT)
        assert len(found.vmas) == len(load_source(str(tmp_path / "y.txt")).vmas)


BATCHES = [[NATIVE.encode(), APP.encode() * 40][number % 2 :] for number in range(12)]
LATE = [APP.encode()[:-40]]


@pytest.fixture
def parser() -> Iterator[ProcessParser]:
    """A parser with a second process."""
    with (
        patch.object(process_parser, "PROCESS_BYTES", 0),
        patch.object(process_parser, "cores", return_value=2),
        closing(ProcessParser()) as opened,
    ):
        start_and_wait(opened)
        yield opened


def test_both_processes_parse(parser: ProcessParser) -> None:
    with patch.object(ProcessParser, "_parse", autospec=True, side_effect=ProcessParser._parse) as here:
        for batch in BATCHES:
            parser.add(batch, [None] * len(batch))
        found = parser.parsed()
    assert here.call_count < len(BATCHES)
    same(found, parse_texts(list(chain(*BATCHES))))
    parser.add(LATE, [None])
    same(parser.parsed(), parse_texts(LATE))


@pytest.mark.parametrize("after", [0, 3])
def test_a_process_that_ends_loses_no_text(parser: ProcessParser, after: int) -> None:
    for number, batch in enumerate(BATCHES):
        if number == after and parser._process is not None:
            os.kill(parser._process.pid, signal.SIGKILL)
        parser.add(batch, [None] * len(batch))
    same(parser.parsed(), parse_texts(list(chain(*BATCHES))))
    assert parser._process is None


def test_the_second_process_reads_files(parser: ProcessParser, tmp_path: Path) -> None:
    path = tmp_path / "1.smaps"
    path.write_bytes(APP.encode())
    with path.open("rb") as file:
        origin = TextFile.of(file, str(path))
    assert origin is not None
    part = TextPart(origin, ((0, 10), (len(NATIVE), len(APP))))
    with patch.object(SharedFile, "put", autospec=True, side_effect=SharedFile.put) as put:
        parser.add([part.read(), LATE[0]], [part, None])
    assert put.call_args.args[1][1:] == LATE
    same(parser.parsed(), parse_texts([part.read(), *LATE]))
    assert parser._process is not None


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.write_bytes(bytes(len(APP)))])
def test_a_file_that_changes_is_parsed_as_it_was_read(
    parser: ProcessParser, tmp_path: Path, change: Callable[[Path], object]
) -> None:
    path = tmp_path / "1.smaps"
    path.write_bytes(APP.encode())
    os.utime(path, (1, 1))
    with path.open("rb") as file:
        origin = TextFile.of(file, str(path))
    assert origin is not None
    change(path)
    for batch in BATCHES[:3]:
        parser.add([*batch, APP.encode()], [None] * len(batch) + [TextPart.of(origin)])
    same(parser.parsed(), parse_texts([text for batch in BATCHES[:3] for text in [*batch, APP.encode()]]))
    assert parser._process is None


def test_a_process_that_cannot_start_loses_no_text(parser: ProcessParser) -> None:
    parser.close()
    with patch("droidanon.sources.child_pipe.sys.executable", "/nonexistent/python"):
        parser._start()
        for batch in BATCHES:
            parser.add(batch, [None] * len(batch))
    assert parser._process is None
    same(parser.parsed(), parse_texts(list(chain(*BATCHES))))


def test_a_text_that_a_process_cannot_get_is_not_lost(parser: ProcessParser) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    with patch("droidanon.sources.shared_file.os.pwrite", side_effect=full):
        for batch in BATCHES:
            parser.add(batch, [None] * len(batch))
    same(parser.parsed(), parse_texts(list(chain(*BATCHES))))


def test_one_core_starts_no_process() -> None:
    with (
        patch.object(process_parser, "PROCESS_BYTES", 0),
        patch.object(os, "sched_getaffinity", return_value={3}, create=True),
        patch.object(ParseProcess, "__init__", side_effect=AssertionError),
        closing(ProcessParser()) as parser,
    ):
        parser.add(LATE, [None])
        same(parser.parsed(), parse_texts(LATE))


def test_a_text_is_written_again_from_its_rows() -> None:
    texts = [data for data in TEXTS.values() if b"\0" not in data]
    with patch.object(background_parser, "BATCH_BYTES", 3000), Intake() as intake:
        numbers = [intake.take_text(data) for data in texts]
        assert [intake.text_of(number) for number in numbers] == texts


def test_a_process_is_ended_after_an_error(parser: ProcessParser) -> None:
    with patch.object(background_parser, "BATCH_BYTES", 1), pytest.raises(KeyError), Intake(parser) as intake:
        intake.take_text(NATIVE.encode())
        assert parser._process is not None
        child = parser._process._process
        raise KeyError
    assert child.returncode is not None


def test_a_word_that_may_be_flags_is_read_at_once() -> None:
    """A regex with several ways to divide the word takes exponential time."""
    assert not smaps_sections._is_of_entry(b"k" * 90 + b" 5")
    assert smaps_sections._is_of_entry(b"d wr mr mw me ac ")
