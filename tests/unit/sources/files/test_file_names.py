"""What names of files tell."""

from __future__ import annotations

import pytest

from droidanon.sources.files.file_names import process_of, time_of


@pytest.mark.parametrize(
    ("file", "name", "pid", "package"),
    [
        ("x/cold.smaps", "cold", None, None),
        ("x/123.txt", "123", 123, None),
        ("x/app-77.smaps", "app-77", 77, None),
        ("x/com.example.app-77.smaps", "com.example.app-77", 77, "com.example.app"),
        ("x/smaps_88.txt", "smaps_88", 88, None),
        ("com.example.app/smaps", "com.example.app", None, "com.example.app"),
        ("x/451/smaps", "451", 451, None),
        ("x/com.a.b:remote-45/smaps", "com.a.b:remote", 45, "com.a.b"),
        ("system_server-9/smaps.txt", "system_server", 9, None),
        ("x/surfaceflinger_9/smaps_rollup", "surfaceflinger", 9, None),
        ("smaps", "smaps", None, None),
        ("smaps.txt", "smaps", None, None),
        ("logs/smaps_20260102_030405_77.txt", "logs", 77, None),
        ("com.a.b_20260102_030405/smaps.txt", "com.a.b", None, "com.a.b"),
        ("x/20260102_030405/smaps", "smaps", None, None),
        ("smaps_20260102_030405_77.txt", "smaps", 77, None),
        ("x/2056_smaps_file.txt", "2056_smaps_file", 2056, None),
        ("x/2056_smaps.txt", "2056_smaps", None, None),
        ("x/1234567890.smaps", "1234567890", None, None),
    ],
)
def test_processes(file: str, name: str, pid: int | None, package: str | None) -> None:
    process = process_of(file)
    assert (process.name, process.pid, process.package) == (name, pid, package)


@pytest.mark.parametrize(
    ("file", "time"),
    [
        ("logs/smaps_20260102_030405_77.txt", "2026-01-02T03:04:05Z"),
        ("com.a_20260102_030405/smaps.txt", "2026-01-02T03:04:05Z"),
        ("x/20260102_030405/smaps", "2026-01-02T03:04:05Z"),
        ("smaps_20261302_030405_77.txt", ""),
        ("x/smaps", ""),
        ("x/7.smaps", ""),
    ],
)
def test_times(file: str, time: str) -> None:
    assert time_of(file) == time
