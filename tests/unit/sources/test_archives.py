"""Archives that mean harm, and those that are only odd."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from droidanon.errors import InputError
from droidanon.sources import archives, whole_stream
from droidanon.sources.resolve import load_source
from tests.builders import text

SMAPS = text(("[anon:scudo:primary]", 10)).encode()


def zstd(data: bytes) -> bytes:
    packed: bytes = pa.Codec("zstd").compress(data, asbytes=True)
    return packed


def tar(path: Path, members: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as out:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize(
    ("suffix", "pack"), [(".gz", gzip.compress), (".xz", lzma.compress), (".bz2", bz2.compress), (".zst", zstd)]
)
def test_a_compressed_text_is_that_text(tmp_path: Path, suffix: str, pack: object) -> None:
    assert callable(pack)
    path = tmp_path / f"com.example.app-12.smaps{suffix}"
    path.write_bytes(pack(SMAPS))
    (process,) = load_source(str(path)).processes
    assert (process.name, process.pid, process.rows) == ("com.example.app-12", 12, 1)
    path.write_bytes(pack(b"hello\n"))
    with pytest.raises(InputError):
        load_source(str(path))
    path.write_bytes(pack(SMAPS * 50)[:-9])
    with pytest.raises(InputError, match=str(path)):
        load_source(str(path))


def header(kind: bytes, size: int) -> bytes:
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.USTAR_FORMAT)


SPARSE = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n"
MEMBER = header(tarfile.REGTYPE, 512) + bytes(512)


@pytest.mark.parametrize(
    "headers",
    [
        header(tarfile.XHDTYPE, 65_536) + b"1" * 65_536,
        header(tarfile.XGLTYPE, 65_536) + b"1" * 65_536,
        header(tarfile.GNUTYPE_LONGNAME, 1 << 20) + b"n" * (1 << 20),
        header(tarfile.XHDTYPE, len(SPARSE)) + SPARSE.ljust(512, b"\0") + header(tarfile.REGTYPE, 1 << 20)
        + b"99999999\n" + b"0\n" * (1 << 19),
        header(tarfile.XHDTYPE, 512) + bytes(512),
    ],
    ids=["pax", "global pax", "long name", "sparse map", "endless"],
)  # fmt: skip
def test_headers_of_a_tar_have_limits(tmp_path: Path, headers: bytes) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(gzip.compress(MEMBER + headers * (1 if len(headers) > 5000 else 100_000) + MEMBER + bytes(1024)))
    with pytest.raises(InputError, match="damaged") as caught:
        load_source(str(path))
    assert len(str(caught.value).splitlines()) == 1


def test_a_length_in_a_pax_header_that_no_machine_has(tmp_path: Path) -> None:
    """tarfile raises an OverflowError."""
    path = tmp_path / "x.tar"
    path.write_bytes(header(tarfile.XHDTYPE, 30) + b"18446744073709551616 mtime=1.5".ljust(512, b"\0") + MEMBER)
    with pytest.raises(InputError, match="damaged"):
        load_source(str(path))


def test_pax_headers_of_real_archives_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as out:
        for size in (0, 512, 700):
            info = tarfile.TarInfo(f"{'é' * 200}/{size}")
            info.mtime = 1_700_000_000.123456
            info.size = size
            out.addfile(info, io.BytesIO(b"x" * size))
    with path.open("rb") as file:
        found = [(name[-5:], len(data or b"")) for name, data in archives.read_archive(file, "x.tar.gz")]
    assert [size for _, size in found] == [0, 512, 700]
    assert found[2][0] == "é/700"


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_a_bomb_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setattr(archives, "MAX_BYTES", 1 << 20)
    path = tar(tmp_path / "x", {f"{n}.smaps": bytes(300_000) for n in range(4)}, mode)
    with pytest.raises(InputError, match="GiB"):
        load_source(str(path))
    for pack in (gzip.compress, zstd):
        path.write_bytes(pack(bytes(2 << 20)))
        with pytest.raises(InputError, match="GiB"):
            load_source(str(path))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("a.smaps", bytes(2 << 20))
    with pytest.raises(InputError, match="GiB"):
        load_source(str(path))


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_zip_of_a_method_without_a_limit_is_refused(tmp_path: Path, method: int) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", method) as out:
        out.writestr("a.smaps", SMAPS)
    with pytest.raises(InputError, match="Deflate"):
        load_source(str(path))


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_FILES", 3)
    with pytest.raises(InputError, match="3 files"):
        load_source(str(tar(tmp_path / "x.tar", {f"{n}.smaps": SMAPS for n in range(4)})))


def test_names_from_archives_are_escaped(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w", encoding="utf-8", errors="surrogateescape", format=tarfile.GNU_FORMAT) as out:
        for name in ("a\x1b[2J.smaps", "b\udcff.smaps"):
            info = tarfile.TarInfo(name)
            info.size = len(SMAPS)
            out.addfile(info, io.BytesIO(SMAPS))
    assert [process.name for process in load_source(str(path)).processes] == ["a\\x1b[2J", "b\\udcff"]


def test_links_and_devices_in_a_tar_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as out:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo(f"{kind!r}.smaps")
            info.type, info.linkname = kind, "/etc/passwd"
            out.addfile(info)
    with pytest.raises(InputError, match="x.tar"):
        load_source(str(path))


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\x1f\x8b\x08", b"\xfd7zXZ\x00", b"BZh9", b"\x28\xb5\x2f\xfd"])
@pytest.mark.parametrize("rest", [b"", b"garbage" * 200])
def test_garbage_behind_a_magic(tmp_path: Path, start: bytes, rest: bytes) -> None:
    (tmp_path / "x").write_bytes(start + rest)
    with pytest.raises(InputError, match=str(tmp_path / "x")):
        load_source(str(tmp_path / "x"))


@pytest.mark.parametrize("pack", [gzip.compress, zstd, lambda data: data])
def test_a_text_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Any) -> None:
    """One file of an archive, one that is compressed, and several that are too large together."""
    monkeypatch.setattr(whole_stream, "MAX_TEXT", 4 * len(SMAPS))
    (tmp_path / "one").write_bytes(pack(SMAPS * 5))
    tar(tmp_path / "alone", {"1.smaps": SMAPS * 5})
    tar(tmp_path / "together", {f"{n}.smaps": SMAPS for n in range(5)})
    for name in ("one", "alone", "together"):
        with pytest.raises(InputError, match="GiB of text"):
            load_source(str(tmp_path / name))
    assert len(load_source(str(tar(tmp_path / "less", {f"{n}.smaps": SMAPS for n in range(4)}))).vmas) == 4
