"""Lines on stderr."""

from __future__ import annotations

import pytest

from droidanon.report.narration import say


def test_a_long_line_keeps_its_beginning_and_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    say("S: \x1b" + "x" * 70_000 + "; run `adb devices`")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("S: \\x1bxxx") and line.endswith("xxx; run `adb devices`")
    assert len(line) < 2100
    say("x" * 2000)
    assert capsys.readouterr().err == "x" * 2000 + "\n"
