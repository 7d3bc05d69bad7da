"""Exits in files: texts, folders, archives, bug reports."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

import droidanon
from droidanon.errors import InputError
from droidanon.sources.exits import read_exits
from droidanon.sources.resolve import resolve
from tests.exit_texts import ANDROID_11, ANDROID_17

REPORT = f"""\
========================================================
== dumpstate: 2026-10-08 23:00:00
========================================================
------ SYSTEM PROPERTIES (getprop) ------
[persist.sys.timezone]: [Europe/Berlin]
[ro.build.version.sdk]: [37]
------ 0.1s was the duration of 'SYSTEM PROPERTIES' ------
------ DUMPSYS NORMAL (dumpsys) ------
{ANDROID_17}
ACTIVITY MANAGER LMK KILLS (dumpsys activity lmk)
package: com.example.stray
------ 1.2s was the duration of 'DUMPSYS NORMAL' ------
"""


def zipped(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def pids(source: str, app: str | None = None) -> list[int]:
    return [one.pid for one in read_exits(resolve(source), app).exits]


@pytest.mark.parametrize("prefix", ["", "bugreport:"])
def test_a_bug_report_has_the_zone(tmp_path: Path, prefix: str) -> None:
    report = zipped({"main_entry.txt": b"report.txt", "report.txt": REPORT.encode(), "FS/data/x.bin": b"\0\1"})
    path = tmp_path / "report.zip"
    path.write_bytes(zipped({"inner.zip": report, "photo.png": b"\x89PNG\0"}))  # as Xiaomi packs it
    found = read_exits(resolve(f"{prefix}{path}"))
    assert [one.pid for one in found.exits] == [8297, 4100, 77]
    assert found.notes == []
    newest = found.exits[0].time
    assert newest.astimezone(UTC) == datetime(2026, 10, 8, 20, 49, 31, 375000, UTC)  # summer time
    assert newest.utcoffset() == timedelta(hours=2)


def test_a_folder_of_texts(tmp_path: Path) -> None:
    (tmp_path / "exits.txt").write_text(ANDROID_17, "utf-16")
    (tmp_path / "old.txt").write_text(ANDROID_11)
    (tmp_path / "else.txt").write_text("nothing\n")
    assert pids(str(tmp_path)) == [8297, 4100, 77, 8297]
    assert pids(str(tmp_path), "com.example.other") == [77]
    assert pids(str(tmp_path), "com.example") == []
    assert "time zone is unknown" in read_exits(resolve(str(tmp_path))).notes[0].message


def test_a_file_without_exits_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("nothing\n")
    for source in (tmp_path / "a.txt", tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match="exit-info|no such file"):
            read_exits(resolve(str(source)))


def test_python(tmp_path: Path) -> None:
    path = tmp_path / "exits.txt"
    path.write_text(ANDROID_17)
    frame = droidanon.exits(path, app="com.example.app")
    assert frame["memory_cause"].tolist() == ["limiter", "low memory"]
    assert frame["rss_kb"].tolist() == [130_048, pd.NA]
    assert frame["time"].tolist() == [pd.Timestamp("2026-10-08 22:49:31.375"), pd.Timestamp("2026-10-08 21:00:00")]
    assert len(frame.attrs["notes"]) == 1
    assert list(droidanon.exits(path, app="none").columns) == list(frame.columns)
