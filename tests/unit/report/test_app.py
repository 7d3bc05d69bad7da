"""What a kill frees, in sentences."""

from __future__ import annotations

import pytest

from droidanon.analysis.view import View
from droidanon.analysis.whole_app import whole_app
from droidanon.model import Capture
from droidanon.report.app import AppReport, print_app
from tests.builders import capture, entry


def printed(made: Capture, capsys: pytest.CaptureFixture[str]) -> str:
    print_app(AppReport("x", made, whole_app(View(made))), "table")
    return capsys.readouterr().out


def test_a_range_is_explained_only_if_there_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    own = printed(capture({"com.example.app": entry(Rss=400, Pss=400, Private_Dirty=400)}), capsys)
    assert "400 kB of RAM" in own
    assert "USS, pages" not in own
    shared = printed(capture({"com.example.app": entry(Rss=400, Pss=300, Private_Dirty=200, Shared_Dirty=200)}), capsys)
    assert "200 to 300 kB of RAM" in shared
    assert "USS, pages" in shared
