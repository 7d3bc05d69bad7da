"""Files with a digest: whatever falls over in them is noticed, and nothing but a regular file is waited for."""

from __future__ import annotations

import gc
import os
import random
import socket
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from droidanon.cli.main import run
from droidanon.errors import InputError
from droidanon.store import sealed
from droidanon.store.library import list_captures, samples_folder
from droidanon.store.metadata import METADATA_KEY
from droidanon.store.parquet import load_capture, save_capture
from droidanon.store.sealed import DIGEST_KEY, SEAL_KEY, open_sealed, sealed_file
from tests.builders import VERSION_1, capture, text

pytestmark = pytest.mark.filterwarnings("ignore::droidanon.errors.ForeignTextWarning")

NAMES = tuple((f"[anon:scudo:{number}]", number) for number in range(200))


def flipped(whole: bytes, place: int, bit: int) -> bytes:
    return whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return save_capture(capture({"com.example.app": text(*NAMES)}), tmp_path / "c.parquet")


def test_an_open_file_is_in_memory_of_arrow(path: Path) -> None:
    """A thread of Arrow may be the last to use it: to free memory of Python while the interpreter ends is SIGABRT."""
    gc.collect()
    before = pa.total_allocated_bytes()
    file = open_sealed(path)
    assert pa.total_allocated_bytes() - before >= path.stat().st_size
    del file
    assert pa.total_allocated_bytes() <= before


def test_a_flipped_bit_anywhere_is_found(path: Path) -> None:
    """In pages, their headers, the footer, the schema, the metadata, the digest: only the exact file that was written opens."""
    whole = path.read_bytes()
    ends = [*range(4), *range(len(whole) - 8, len(whole))]
    for key in (SEAL_KEY, DIGEST_KEY):
        ends += range(whole.rfind(key.encode()) - 2, whole.rfind(key.encode()) + len(key) + 10)
    for place, bit in ((place, bit) for place in ends for bit in range(8)):
        path.write_bytes(flipped(whole, place, bit))
        with pytest.raises(InputError, match="parquet"):
            open_sealed(path)


@pytest.mark.parametrize("name", ["whole phone", "version 1"])
def test_two_thousand_flipped_bits(name: str, tmp_path: Path) -> None:
    """Not one of them is opened, so none gives a wrong table."""
    bundled = samples_folder()
    assert bundled is not None
    files = {"whole phone": bundled / "3-whole-phone.parquet", "version 1": VERSION_1 / "with-text.parquet"}
    whole = files[name].read_bytes()
    path = tmp_path / "c.parquet"
    path.write_bytes(whole)
    assert len(load_capture(path).vmas)
    chosen = random.Random(1)
    for _ in range(2000):
        path.write_bytes(flipped(whole, chosen.randrange(len(whole)), chosen.randrange(8)))
        with pytest.raises(InputError, match="damaged"):
            open_sealed(path)


def test_it_is_one_line_that_names_the_file(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = path.read_bytes()
    for place in (
        0,
        len(whole) // 3,
        len(whole) - 9,
        len(whole) - 1,
    ):  # also of the letters by which a capture is known
        path.write_bytes(flipped(whole, place, 0))
        assert run(["show", str(path)]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert err.startswith(f"droidanon: {path}: ")
        assert "damaged" in err


def test_a_name_that_looks_like_a_digest(tmp_path: Path) -> None:
    """The footer has the least and the greatest name."""
    evil = f"[anon:{DIGEST_KEY}\x18\x0800000000]"
    made = capture({"com.a": text(("[anon:a]", 1), (evil, 2))})
    again = load_capture(save_capture(made, tmp_path / "c.parquet"))
    assert again.vmas.name.to_list() == ["[anon:a]", evil]


def test_captures_from_before_there_were_digests_open() -> None:
    path = VERSION_1 / "without-digest.parquet"
    assert DIGEST_KEY.encode() not in path.read_bytes()
    assert load_capture(path).vmas.counters["pss_kb"].tolist() == [100, 8, 3]


def test_other_readers_open_it(path: Path) -> None:
    metadata = pq.read_metadata(path).metadata
    assert metadata[SEAL_KEY.encode()] == b"crc32"
    assert {METADATA_KEY.encode(), DIGEST_KEY.encode()} <= set(metadata)
    assert pq.read_table(path, page_checksum_verification=True).num_rows == len(NAMES)


def test_nothing_is_left_where_writing_fails(tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        sealed_file(tmp_path / "x.parquet", pa.schema([("a", pa.int32())]), {}) as writer,
    ):
        assert len(list(tmp_path.glob(".*.part"))) == 1  # a folder that can't be written to is known before the work
        writer.write_table(pa.table({"a": pa.array([1 // 0], pa.int32())}))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="pipes and sockets in folders are POSIX")
def test_only_regular_files_are_captures(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pipe would be waited for without an end, and /dev/zero never ends."""
    folder = path.parent
    os.mkfifo(folder / "pipe.parquet")
    (folder / "zero.parquet").symlink_to("/dev/zero")
    (folder / "gone.parquet").symlink_to(folder / "not-there")
    (folder / "folder.parquet").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(folder)  # the whole path may be longer than a socket's may be
        listening.bind("s.parquet")
    errors = {item.path.name: item.error for item in list_captures(folder)}
    assert errors.pop("c.parquet") == ""
    assert len(errors) == 5
    assert all(f"{folder}/{name}: " in error for name, error in errors.items())
    for name in ("pipe", "zero", "s"):
        for arguments in (["show"], ["diff", str(path)]):
            assert run([*arguments, str(folder / f"{name}.parquet")]) == 2
            assert capsys.readouterr() == ("", f"droidanon: {errors[f'{name}.parquet']}\n")
    (folder / "folder.parquet").rmdir()
    (folder / "gone.parquet").unlink()
    assert run(["diff", str(folder), str(path)]) == 2
    assert capsys.readouterr().err == f"droidanon: {errors['pipe.parquet']}\n"
    assert run(["ls", "--captures", str(folder)]) == 0


def test_a_file_that_is_too_large_for_a_capture_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "_MOST_BYTES", path.stat().st_size)
    open_sealed(path)
    monkeypatch.setattr(sealed, "_MOST_BYTES", path.stat().st_size - 1)
    with pytest.raises(InputError, match="bytes"):
        open_sealed(path)
