"""Small texts of a phone to values."""

from __future__ import annotations

import pytest

from droidanon.platform.readers.procfs import (
    Listed,
    device_facts,
    package_of_process,
    parse_getprop,
    parse_packages,
    parse_ps,
    parse_stat,
    process_name,
    system_facts,
)


def test_process_names() -> None:
    assert process_name(b"com.example.app\0\0\0", b"example.app\n") == "com.example.app"
    assert process_name(b"/system/bin/logd\0--x\0", b"logd") == "/system/bin/logd"
    assert process_name(b"", b"kworker/0:1\n") == "[kworker/0:1]"
    assert process_name(b"\xff\0", b"") == "\\xff"


@pytest.mark.parametrize(
    ("name", "uid", "package"),
    [
        ("com.example.app", 10123, "com.example.app"),
        ("com.example.app:remote", None, "com.example.app"),
        ("com.example.app:sandboxed_process0:org.chromium.X:0", 99001, "com.example.app"),
        ("renamed", 10123, "com.example.app"),
        ("renamed", 1_010_123, "com.example.app"),
        ("surfaceflinger", 1000, None),
        ("/system/bin/logd", 1036, None),
        ("android.hardware.camera.provider@2.4-service", 1047, None),
    ],
)
def test_packages_of_processes(name: str, uid: int | None, package: str | None) -> None:
    packages = parse_packages("package:com.example.app uid:10123\npackage:com.other uid:10123,10200\n")
    assert package_of_process(name, uid, packages) == package


def test_stat_with_a_hostile_comm() -> None:
    fields = " ".join(["0"] * 17)
    assert parse_stat(f"12 (evil) S 9 (x) S 7 {fields} 4242 0 0") == (7, 4242)
    assert parse_stat("") == (None, None)
    assert parse_stat("12 (x) S") == (None, None)


def test_ps_by_its_titles() -> None:
    android = (
        "USER PID PPID VSZ RSS WCHAN ADDR S NAME\nroot 1 0 10 20 0 0 S init\nu0_a1 77 5 1 1 0 0 S com.example.app\n"
    )
    assert parse_ps(android) == {1: Listed("init", 0), 77: Listed("com.example.app", 5)}
    linux = "UID PID PPID C STIME TTY TIME CMD\nroot 3 2 0 10:00 ? 00:00:00 [kthreadd]\nu 9 1 0 10:00 ? 0 /bin/x -y z\n"
    assert parse_ps(linux)[9] == Listed("/bin/x", 1)
    assert parse_ps("no titles\n") == {}
    chosen = "  PID  PPID   UID NAME\n    7     -     - a\n    8     1 10012 b\n"  # ps -A -o PID,PPID,UID,NAME
    assert parse_ps(chosen) == {7: Listed("a"), 8: Listed("b", 1, 10012)}


def test_getprop_and_system() -> None:
    props = parse_getprop(
        "[ro.product.model]: [Pixel [8]]\r\n[ro.build.version.sdk]: [36]\r\n[ro.build.version.release]: [16]\r\n"
    )
    assert device_facts(props) == {"model": "Pixel [8]", "android": "16", "sdk": 36}
    facts = system_facts("MemTotal:  100 kB\nSwapTotal: 50 kB\nSwapFree: 20 kB\n", "12.5 3.0\n")
    assert facts == {"mem_total_kb": 100, "swap_total_kb": 50, "swap_free_kb": 20, "swap_used_kb": 30, "uptime_s": 12}
