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
    assert "in swap" not in own
    shared = printed(capture({"com.example.app": entry(Rss=400, Pss=300, Private_Dirty=200, Shared_Dirty=200)}), capsys)
    assert "200 to 300 kB of RAM" in shared
    assert "USS, pages" in shared


def test_swap_without_a_lower_bound_has_an_upper_one(capsys: pytest.CaptureFixture[str]) -> None:
    """`dumpsys meminfo` has SwapPss of a process and no Swap."""
    lacking = entry(Rss=400, Pss=400, Private_Dirty=400, Swap=80, SwapPss=70).replace("Swap:  ", "Swip:  ")
    assert "at most 70 kB in swap" in printed(capture({"com.example.app": lacking}), capsys)
