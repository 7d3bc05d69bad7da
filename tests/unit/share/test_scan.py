"""The search for secrets: in every encoding and container."""

from __future__ import annotations

import base64
import gzip
import io
import json
import time
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from droidanon.errors import InputError
from droidanon.share.contents import contents
from droidanon.share.salt import read_salt
from droidanon.share.scan import Scanner

SECRET = "Geheimnis-Ä42"


def found(data: bytes, *secrets: str) -> set[str]:
    scanner = Scanner(secrets or (SECRET,))
    return {one for chunk in contents(data) for one in scanner.find(chunk.data, text=chunk.text)}


def parquet(**options: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"x": ["a", f"<{SECRET}>"], "n": [1, 2]}), sink, **options)
    return sink.getvalue()


def zipped(data: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside", data)
    return sink.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("change", [str, str.lower, str.upper])
def test_any_case_and_encoding(encoding: str, change: type[str]) -> None:
    assert found(b"\0\1 x" + change(SECRET).encode(encoding) + b"y \xff") == {SECRET}


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(SECRET.encode()),
        zipped(SECRET.encode()),
        zipped(gzip.compress(SECRET.encode())),
        json.dumps({"a": [{"b": SECRET}]}).encode(),
        json.dumps({"a": 1}).encode() + b"\n" + json.dumps({SECRET: 2}).encode(),
        json.dumps({"t": base64.b64encode(zlib.compress(f"text with {SECRET} in it".encode())).decode()}).encode(),
        *(parquet(compression=kind) for kind in ("zstd", "snappy", "gzip", "none")),
        parquet(use_dictionary=False, data_page_version="2.0", compression="zstd"),
        parquet(data_page_version="2.0", write_statistics=False),
        parquet(use_dictionary=False, write_statistics=False, compression="zstd", data_page_size=64),
    ],
    ids=lambda data: f"{data[:4]!r}-{len(data)}",
)
def test_any_container(data: bytes) -> None:
    assert found(data) == {SECRET}
    assert found(data, "somewhere-else") == set()


def test_across_pieces() -> None:
    size = 1 << 22
    for place in (size - 5, size - 1, size, 2 * size - 8):
        assert found(b" " * place + SECRET.encode() + b" " * 100) == {SECRET}


def test_short_secrets_are_words_of_their_own() -> None:
    assert found(b"a scaffold here", "cold") == set()
    assert found(b"a cold, here", "cold") == {"cold"}
    assert found(b'{"a":1234567,"b":"x"}', "1234567") == set()
    assert found(b'{"a":"1234567"}', "1234567") == {"1234567"}


def test_a_pseudonym_may_contain_a_secret_by_chance() -> None:
    scanner = Scanner(["bcdfghjk"], ["zbcdfghjkmnp"])
    assert scanner.find(b"app.zbcdfghjkmnp") == set()
    assert scanner.find(b"app.zbcdfghjkmnp bcdfghjk") == {"bcdfghjk"}


def test_a_salt_is_made_once_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "settings" / "salt"
    salt = read_salt(path)
    assert (len(salt), path.stat().st_mode & 0o777) == (32, 0o600)
    assert read_salt(path) == salt
    path.chmod(0o644)
    with pytest.raises(InputError, match="chmod 600"):
        read_salt(path)


@pytest.mark.parametrize("text", ["", "xyz", "00" * 8, "ü" * 64])
def test_other_files_are_no_salt(tmp_path: Path, text: str) -> None:
    path = tmp_path / "salt"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(InputError):
        read_salt(path)


def test_a_long_secret_in_a_text_that_repeats_itself() -> None:
    secret = "y" * 200_000
    begun = time.process_time()
    assert Scanner([secret]).find(b"x" + b"y" * 400_000) == {secret}
    assert Scanner(["y" * 8], ["y" * 12]).find(b"y" * 400_000) == {"y" * 8}
    assert time.process_time() - begun < 10


@pytest.mark.parametrize("letter", ["ä", "7", "x"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_long_secret_is_found_by_its_beginning(letter: str, encoding: str) -> None:
    secret = letter * 5_000
    assert found(secret.encode(encoding), secret) == {secret}
    assert found(secret[:100].encode(encoding), secret) == set()


def test_a_part_of_a_word_that_is_longer_than_a_pseudonym_counts() -> None:
    for text in (b"azbcdfghjkmnp", b"zbcdfghjkmnpa", b"aazbcdfghjkmnp", b"zbcdfghjkmnpaa"):
        assert Scanner(["bcdfghjk"], ["zbcdfghjkmnp"]).find(text) == {"bcdfghjk"}
