"""How the process of the command line ends."""

from __future__ import annotations

import subprocess
import sys

import pytest

_CODE = """
import os, sys
from droidanon.cli.main import main

class Module:
    def __del__(self):
        os.write(1, b"the interpreter ended\\n")

kept = Module()
sys.argv = ["droidanon", *sys.argv[1:]]
main()
"""


@pytest.mark.parametrize(("arguments", "code"), [(["--version"], 0), (["show", "there is no such file"], 2)])
def test_the_interpreter_does_not_end(arguments: list[str], code: int) -> None:
    """A thread of a library that needs it meanwhile would end the process by a signal."""
    done = subprocess.run(
        [sys.executable, "-c", _CODE, *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == code, done.stderr
    assert "the interpreter ended" not in done.stdout
    assert ("droidanon" in done.stdout) == (code == 0)
    assert bool(done.stderr) == (code != 0)


def test_what_is_registered_later_is_done() -> None:
    code = """
import atexit, sys
from droidanon.cli import main

run = main.run
main.run = lambda words: (atexit.register(print, "done"), run(words))[1]
sys.argv = ["droidanon", "--version"]
main.main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.splitlines()[-1] == "done"


def test_an_unexpected_error_has_its_traceback() -> None:
    code = "import sys; from droidanon.cli import main; main.run = lambda words: 1 / 0; main.main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
