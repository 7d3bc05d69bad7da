"""The facts of a capture and of its processes."""

from __future__ import annotations

import pytest

from droidanon.model import Process
from tests.builders import capture


@pytest.mark.parametrize(
    ("reported", "android"),
    [("16", 16), ("8.1.0", 8), (15, 15), ("", None), ("S", None), ("\u00b2", None), ("9" * 5000, None)],
)
def test_the_release_is_a_number_that_a_device_may_not_report(reported: str | int, android: int | None) -> None:
    assert capture(device={"android": reported}).android == android


def test_zygotes() -> None:
    names = ("zygote", "zygote64", "webview_zygote", "webview_zygote32", "com.example.app_zygote", "usap64")
    assert all(Process(name).is_zygote for name in names)
    assert not Process("com.example.app").is_zygote


def test_a_name_that_no_package_has_is_cut() -> None:
    """A result repeats the name of a process in each of its rows."""
    names = ["com." + "x" * 60_000, "com." + "x" * 60_001]
    cut = [Process(name, package=name) for name in names]
    assert {len(text or "") for process in cut for text in (process.name, process.package)} == {1_024}
    assert cut[0].name != cut[1].name
    assert cut[0].name == cut[0].package
    assert Process("x" * 1_024).name == "x" * 1_024
    assert Process("x").package is None
