"""Old captures with foreign text: one hint per command, on stderr, whatever opened them."""

from __future__ import annotations

import threading
import warnings
from pathlib import Path

import pytest

from droidanon.cli.foreign_text import foreign_text_hint
from droidanon.cli.main import run
from droidanon.store.parquet import load_capture
from tests.builders import VERSION_1
from tests.waiting import PATIENCE_S

OLD = str(VERSION_1 / "with-text.parquet")
PLAIN = str(VERSION_1 / "without-digest.parquet")


def hints(err: str) -> list[str]:
    return [line for line in err.splitlines() if "droidanon rewrite" in line]


def test_one_hint_per_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "copy.parquet"
    copy.write_bytes(Path(OLD).read_bytes())
    for arguments, count in (
        (["show", OLD], 1),
        (["show", OLD, "--json"], 1),
        (["diff", OLD, OLD], 1),
        (["diff", OLD, str(copy)], 1),
        (["show", PLAIN], 0),
        (["diff", PLAIN, PLAIN], 0),
        (["rewrite", str(copy)], 0),
        (["show", str(copy)], 0),
    ):
        run(arguments)
        out, err = capsys.readouterr()
        assert len(hints(err)) == count, arguments
        assert not hints(out)


def test_captures_that_other_threads_open(capsys: pytest.CaptureFixture[str]) -> None:
    with foreign_text_hint():
        thread = threading.Thread(target=load_capture, args=[OLD])
        thread.start()
        thread.join(PATIENCE_S)
        assert capsys.readouterr().err == ""  # the TUI may have the screen
    (hint,) = hints(capsys.readouterr().err)
    assert OLD in hint


def test_other_warnings_go_their_way() -> None:
    with pytest.warns(UserWarning, match="other"):
        with foreign_text_hint():
            warnings.warn("other", stacklevel=1)
