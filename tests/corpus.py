"""Real device text in ../shared/data, where it is: tests that need it skip elsewhere."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
PHONES = ("pixel4-10-chrome", "pixel4-10-youtube")


def corpus() -> Path:
    """The folder; the test is skipped where there is none."""
    if not DATA.is_dir():
        pytest.skip("corpus not present")
    return DATA


def smaps_files() -> list[str]:
    """Names in the folder of every smaps and maps text (none where there is no corpus)."""
    if not DATA.is_dir():
        return []
    found = [*DATA.glob("**/*.smaps"), *DATA.glob("**/smaps*"), *DATA.glob("**/*maps*")]
    return sorted({path.relative_to(DATA).as_posix() for path in found if _is_text(path)})


def _is_text(path: Path) -> bool:
    return path.is_file() and path.suffix in ("", ".smaps", ".txt") and "expected" not in path.parts


def phone_texts(name: str) -> Iterator[tuple[str, bytes]]:
    """(name, text) of every process of one of `PHONES`, read as a stream."""
    with tarfile.open(corpus() / f"{name}.tar.xz", "r|xz") as archive:
        for member in archive:
            if member.isfile() and "/smaps/" in f"/{member.name}" and (file := archive.extractfile(member)):
                yield member.name, file.read()


def bugreport_part(name: str) -> str:
    """One text of the bug report of a whole phone: `showmap`, `procrank`, `librank`, `meminfo`, `checkin`, `sysmem`."""
    with tarfile.open(corpus() / "bugreport-rk3399-9-userdebug.tar.xz") as archive:
        member = next(member for member in archive if Path(member.name).name == f"{name}.txt")
        file = archive.extractfile(member)
        assert file is not None
        return file.read().decode()


def dumpsys_meminfo(name: str) -> str:
    """A text of `dumpsys meminfo`: a file of the folder, or the bug report's."""
    return bugreport_part("meminfo") if name.startswith("bugreport") else (corpus() / "meminfo" / name).read_text()
