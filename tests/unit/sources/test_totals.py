"""Every importer on real files: totals beside a plain sum of the texts' own Pss lines."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from droidanon.sources.resolve import load_source
from tests.corpus import PHONES, corpus, phone_texts

_PSS = re.compile(rb"^Pss: +([0-9]+) kB\r?$", re.MULTILINE)


def plain_sum(text: bytes) -> int:
    return sum(int(number) for number in _PSS.findall(text))


def total(source: Path) -> tuple[int, int]:
    """PSS and processes with memory, as they are read."""
    taken = load_source(str(source))
    return int(taken.vmas.counters["pss_kb"].sum()), sum(process.rows > 0 for process in taken.processes)


def test_a_whole_phone_in_every_form(tmp_path: Path) -> None:
    phone = {Path(name).stem: text for name, text in phone_texts(PHONES[0]) if Path(name).stem.isdecimal()}
    expected = (sum(plain_sum(text) for text in phone.values()), sum(text != b"" for text in phone.values()))
    assert expected[1] > 150
    plain = io.BytesIO()
    with (
        tarfile.open(fileobj=plain, mode="w") as archive,
        zipfile.ZipFile(tmp_path / "x.zip", "w", 8, True, 1) as zipped,
    ):
        for pid, text in phone.items():
            info = tarfile.TarInfo(f"{pid}/smaps")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text))
            zipped.writestr(f"smaps_{pid}.txt", text)
            (tmp_path / "texts").mkdir(exist_ok=True)
            (tmp_path / "texts" / f"{pid}.smaps").write_bytes(text)
    (tmp_path / "x.tar.zst").write_bytes(pa.Codec("zstd").compress(plain.getvalue(), asbytes=True))
    (tmp_path / "stream.txt").write_bytes(
        b"".join(
            b">>PID_START: %s p\n%s>>PID_END: %s\n" % (pid.encode(), text, pid.encode()) for pid, text in phone.items()
        )
    )
    for source in ("x.zip", "x.tar.zst", "texts", "stream.txt"):
        assert total(tmp_path / source) == expected, source


@pytest.mark.parametrize("name", PHONES)
def test_the_archives_as_they_are(name: str) -> None:
    texts = [text for _, text in phone_texts(name)]
    assert total(corpus() / f"{name}.tar.xz")[0] == sum(plain_sum(text) for text in texts)


@pytest.mark.parametrize("folder", ["aosp-libmeminfo", "oppo-10-launcher"])
def test_folders(folder: str) -> None:
    path = corpus() / folder
    assert total(path)[0] == sum(plain_sum(file.read_bytes()) for file in path.iterdir())
