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
