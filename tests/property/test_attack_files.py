"""Hostile files of the corpus, given to each command that opens one: an exit code and a line, no traceback and no end of the process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.corpus import corpus

_PROGRAM = """
import contextlib, io, json, sys
from droidanon.cli.main import run
found = []
for path in sys.argv[2:]:
    for words in (["show"], ["info"], ["show", "--by", "name", "--csv"], ["export", "-o", sys.argv[1]]):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = run([words[0], path, *words[1:]])
            except Exception as error:
                code = repr(error)
        found.append((path, words, code, out.getvalue() + err.getvalue()))
print(json.dumps(found))
"""


@pytest.mark.timeout(300)
def test_every_attack_ends_with_a_line(tmp_path: Path) -> None:
    files = sorted(str(path) for path in (corpus() / "attacks").rglob("*") if path.is_file() and path.suffix != ".md")
    assert len(files) > 20
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(tmp_path / "out"), *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for path, words, code, printed in json.loads(done.stdout):
        assert code in (0, 1, 2), (path, words, code)
        assert "Traceback" not in printed, (path, words)
        assert "\x1b" not in printed, (path, words)
