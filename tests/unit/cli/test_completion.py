"""TAB offers the words there are."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from droidanon.analysis.view import View
from droidanon.cli.completion import COUNTERS
from tests.builders import capture, text


def offered(line: str) -> list[str]:
    """What bash is told for a command line, the cursor at its end."""
    words = line.split(" ")
    asked = {"_DROIDANON_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    done = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv[0] = 'droidanon'; from droidanon.cli.main import main; main()"],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("droidanon showm", ["showmap"]),
        ("droidanon capture --access r", ["root", "run-as", "reporter"]),
        ("droidanon capture --transfer g", ["gzip"]),
        ("droidanon export x --format p", ["perfetto", "pprof"]),
        ("droidanon show x --by he", ["heap"]),
        ("droidanon show x --by app,ca", ["app,category"]),
        ("droidanon show x --by app,a", []),
        ("droidanon diff a b --by v", ["vma"]),
        ("droidanon diff a b --counter us", ["uss_kb"]),
        ("droidanon show x --counters rss_kb,us", ["rss_kb,uss_kb"]),
    ],
)
def test_words_after_tab(line: str, words: list[str]) -> None:
    assert offered(line) == words


def test_the_counters_are_those_that_there_are() -> None:
    assert set(COUNTERS) <= set(View(capture({"com.a": text(("[stack]", 8))})).counters)
