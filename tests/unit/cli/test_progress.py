"""Progress lines on stderr: below the sentences that stay, only on a terminal, and not for work that is done at once."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from droidanon.cli import progress as module
from droidanon.cli.progress import ProgressLines, progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """stderr from now on."""
    made = Terminal()
    monkeypatch.setattr("sys.stderr", made)
    monkeypatch.setattr(module, "PATIENCE_S", 0.0)
    for name, value in {"TERM": "xterm", "COLUMNS": "90", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    return made


def test_sentences_stay_and_lines_go(monkeypatch: pytest.MonkeyPatch) -> None:
    out = terminal(monkeypatch)
    with progress(["a", "b"]) as lines:
        lines.show("a", 1, 3, "com.x\x1b[2J")
        lines.show("b", 2, None, "com.y")
        lines.say("a", "lost")
        lines.show("b", 3, None, "com.z")
    text = out.getvalue()
    assert "com.x\\x1b[2J" in text
    assert "\x1b[2Jcom" not in text
    assert "1/3" in text
    assert "2/?" in text
    stays = text.index("a: lost\n")
    assert text.index("com.y") < stays < text.index("com.z")
    assert text.endswith("\x1b[2K")  # the last thing is to erase a line


def test_one_title_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    out = terminal(monkeypatch)
    with progress() as line:
        line(1, 2, "reading")
        line.say("", "partial")
    assert "Kpartial\n" in out.getvalue()


def test_no_terminal_no_progress(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.0)
    lines = ProgressLines(["a"])
    lines.show("a", 1, 2, "x")
    lines.say("a", "done")
    lines.end("a")
    lines.clear()
    assert capsys.readouterr().err == "done\n"


def test_quick_work_does_not_import_rich() -> None:
    code = (
        "import sys; sys.stderr.isatty = lambda: True\n"
        "from droidanon.cli.progress import progress\n"
        "with progress() as line: line(1, 2, 'x')\n"
        "assert 'rich' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
