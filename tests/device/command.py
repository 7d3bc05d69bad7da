"""The command line as a process of its own that sees a test phone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from testphone.phone.phone import Phone
from tests.terminal import hear_ctrl_c

ROOT = Path(__file__).parents[2]
DROIDANON = (sys.executable, "-m", "droidanon")


def environment(phone: Phone) -> dict[str, str]:
    """What the commands are run with."""
    return {**phone.env, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tui'}"}


def start_command(
    variables: Mapping[str, str], *arguments: str, stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[str]:
    """A running command, which Ctrl-C reaches; its output is text in pipes."""
    return subprocess.Popen(
        [*DROIDANON, *arguments],
        env=variables,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_ctrl_c,
    )
