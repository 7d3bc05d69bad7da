"""Sources by their strings."""

from __future__ import annotations

import io
import subprocess
import sys
import types
from pathlib import Path

import pytest

from droidanon.errors import InputError, ProcessError, UsageError
from droidanon.sources import whole_stream
from droidanon.sources.resolve import CaptureFile, ForeignTexts, Live, Replicates, expand_side, load_source, resolve
from droidanon.store.parquet import save_capture
from tests.builders import capture, text
from tests.messages import mentions

SMAPS = text(("[anon:scudo:primary]", 10))


def give_stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(data)))


def test_what_a_source_is() -> None:
    assert mentions(resolve("adb:127.0.0.1:5555").describe(), "127.0.0.1:5555", "adb")
    assert mentions(resolve("adb:").describe(), "adb")
    assert "/proc" in resolve("local:").describe()
    assert resolve("-").describe() == "stdin"
    assert resolve("a/b.smaps").describe() == "a/b.smaps"


@pytest.mark.parametrize("source", ["bugreport:", "local:x", ""])
def test_what_is_no_source(source: str) -> None:
    with pytest.raises(UsageError, match=f"^{source}"):
        resolve(source)


@pytest.mark.parametrize("source", ["gone", "gone/x.smaps", "x\x1b[2J", "a\0b"])
def test_what_is_not_there(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        load_source(source)
    assert str(caught.value).isprintable()


def test_stdin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    give_stdin(monkeypatch, SMAPS.encode())
    (process,) = load_source("-").processes
    assert (process.name, process.rows) == ("stdin", 1)
    give_stdin(monkeypatch, b"hello\n")
    with pytest.raises(InputError, match="^-: "):
        load_source("-")
    give_stdin(monkeypatch, b"PAR1....")
    with pytest.raises(InputError, match="^stdin: "):
        load_source("-")
    (tmp_path / "com.a.smaps").write_text(SMAPS)
    packed = subprocess.run(
        [sys.executable, "-m", "tarfile", "-c", str(tmp_path / "x.tar.gz"), "com.a.smaps"], cwd=tmp_path, check=True
    )
    assert packed.returncode == 0
    give_stdin(monkeypatch, (tmp_path / "x.tar.gz").read_bytes())
    assert load_source("-").processes[0].name == "com.a"
    monkeypatch.setattr(whole_stream, "MAX_TEXT", 10)
    give_stdin(monkeypatch, SMAPS.encode())
    with pytest.raises(InputError, match="GiB"):
        load_source("-")


def test_files_that_are_no_sources(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("hello\n")
    (tmp_path / "empty").mkdir()
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 and then nothing")
    for name in ("x.txt", "", "empty", "torn.parquet"):
        with pytest.raises(InputError, match=str(tmp_path / name)):
            load_source(str(tmp_path / name))


def test_an_empty_file_is_an_empty_process(tmp_path: Path) -> None:
    (tmp_path / "7.txt").touch()
    made = load_source(str(tmp_path / "7.txt"))
    (process,) = made.processes
    assert (process.pid, process.rows) == (7, 0)
    assert ["empty" in note.message for note in made.notes] == [True]


def test_a_listing_names_its_own_folder_only(tmp_path: Path) -> None:
    for pull, name in (("one", "com.a"), ("two", "com.b")):
        (tmp_path / pull / "smaps").mkdir(parents=True)
        (tmp_path / pull / "ps.txt").write_text(f"USER PID PPID NAME\nu 7 1 {name}\n")
        (tmp_path / pull / "smaps" / "7.txt").write_text(SMAPS)
    assert [process.name for process in load_source(str(tmp_path)).processes] == ["com.a", "com.b"]
    with pytest.raises(ProcessError, match=r"com\.c: .*com\.a"):
        load_source(str(tmp_path), app="com.c")


def test_a_folder_of_captures_is_no_capture(tmp_path: Path) -> None:
    save_capture(capture(), tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"a\.parquet"):
        load_source(str(tmp_path))


def test_sides_of_a_diff(tmp_path: Path) -> None:
    series = tmp_path / "series"
    series.mkdir()
    for name in ("b", "a"):
        save_capture(capture(), series / f"{name}.parquet")
    (series / ".c.parquet.new").touch()
    pulled = tmp_path / "pulled"
    pulled.mkdir()
    (pulled / "x.smaps").write_text(SMAPS)
    (pulled / "y[1].smaps").write_text(SMAPS)
    assert expand_side(str(series)) == [str(series / "a.parquet"), str(series / "b.parquet")]
    assert expand_side(str(pulled)) == [str(pulled)]
    assert expand_side(str(pulled / "*.smaps")) == [str(pulled / "x.smaps"), str(pulled / "y[1].smaps")]
    assert expand_side(str(pulled / "y[1].smaps")) == [str(pulled / "y[1].smaps")]
    for source in ("-", "adb:", "adb:a*", "local:", "bugreport:*.zip", "not/there"):
        assert expand_side(source) == [source]
    with pytest.raises(InputError, match=r"no\*thing"):
        expand_side(str(tmp_path / "no*thing"))


def test_a_source_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stored capture is told by its name; nothing asks whether it is a series or a trace."""
    asked: list[str] = []
    for name in ("perfetto.packets.looks_like_trace", "series.find_folder_series", "files.foreign_series.timed_series"):
        monkeypatch.setattr(f"droidanon.sources.{name}", lambda path, name=name: asked.append(name))
    for name in ("base", "new"):
        save_capture(capture({"com.a": SMAPS}), tmp_path / f"{name}.parquet")
    from droidanon.cli.main import main

    monkeypatch.setattr(
        sys, "argv", ["droidanon", "diff", str(tmp_path / "base.parquet"), str(tmp_path / "new.parquet")]
    )
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code or 0, asked) == (0, [])


def test_the_kinds_of_sources(tmp_path: Path) -> None:
    save_capture(capture({"com.a": SMAPS}), tmp_path / "a.parquet")
    (tmp_path / "renamed").write_bytes((tmp_path / "a.parquet").read_bytes())
    (tmp_path / "x.smaps").write_text(SMAPS)
    found = {
        name: type(resolve(name if ":" in name else str(tmp_path / name)))
        for name in ("adb:", "local:", "a.parquet", "renamed", "x.smaps", "", "*.smaps", "gone", "gone.parquet")
    }
    assert found == {
        "adb:": Live,
        "local:": Live,
        "a.parquet": CaptureFile,
        "renamed": CaptureFile,
        "x.smaps": ForeignTexts,
        "": Replicates,
        "*.smaps": Replicates,
        "gone": ForeignTexts,
        "gone.parquet": ForeignTexts,
    }
    assert [type(one) for one in resolve(str(tmp_path / "*")).members] == [CaptureFile, CaptureFile, ForeignTexts]


def test_a_folder_with_brackets_in_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "run[1] (a*b)" / "c?"
    folder.mkdir(parents=True)
    for name in ("x", "y"):
        (folder / f"{name}.smaps").write_text(SMAPS)
    pattern = str(folder / "[xy].smaps")
    assert [one.text for one in resolve(pattern).members] == [str(folder / "x.smaps"), str(folder / "y.smaps")]
