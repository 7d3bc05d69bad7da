"""An app's own provider: its name for each process, and what its answers mean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from droidanon.model import Process
from droidanon.sources.phone.reporter import authority, refusal, without_end

DOCS = Path(__file__).resolve().parents[4] / "docs"


@pytest.mark.parametrize(
    ("name", "package", "expected"),
    [
        ("com.a", "com.a", "com.a.droidanon"),
        ("com.a:remote", "com.a", "com.a.droidanon.remote"),
        ("com.a.viewer", "com.a", "com.a.droidanon.viewer"),
        ("com.b", "com.a", "com.a.droidanon.com.b"),
        ("com.a:x y", "com.a", ""),
        ("/system/bin/logd", None, ""),
    ],
)
def test_each_process_has_a_provider_of_its_own(name: str, package: str | None, expected: str) -> None:
    assert authority(Process(name, package=package)) == expected


def test_the_end_is_an_empty_line() -> None:
    assert without_end(b"VmFlags: rd\n\n") == (b"VmFlags: rd\n", True)
    assert without_end(b"VmFlags: rd\n") == (b"VmFlags: rd\n", False)
    assert without_end(b"") == (b"", False)


def test_why_it_was_refused() -> None:
    trace = b"Error while accessing provider:x\njava.lang.SecurityException: Permission Denial: x\n\tat a.b(C.java:1)\n"
    assert refusal(trace) == b"Permission Denial: x"
    assert refusal(b"sh: content: inaccessible or not found\n") == b"sh: content: inaccessible or not found"
    assert refusal(b"") == b""


def test_the_page_says_what_is_asked_for() -> None:
    page = (DOCS / "reporter.md").read_text("utf-8")
    authorities = re.findall(r'android:authorities="\$\{applicationId\}([^"]+)"', page)
    assert [f"com.a{found}" for found in authorities] == [
        authority(Process("com.a", package="com.a")),
        authority(Process("com.a:remote", package="com.a")),
    ]
    assert page.count('android:readPermission="android.permission.DUMP"') == len(authorities)
    for language in ("kt", "java"):
        source = (DOCS / "reporter" / f"SmapsProvider.{language}").read_text("utf-8")
        assert "package droidanon.reporter" in source
        assert 'android:name="droidanon.reporter.SmapsProvider"' in page
