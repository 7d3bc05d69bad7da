"""What ends a command leaves nothing half, and has the exit code that shells expect."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.builders import text
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

SLOW = """
import os, sys, time
from droidanon.cli.main import main

def wait(_):
    print("writing", flush=True)
    time.sleep(SECONDS)

os.fsync = wait
sys.argv = ["droidanon", "capture", "one.smaps", "-o", "kept.parquet"]
main()
"""


def begun(folder: Path, seconds: float, ignored: tuple[int, ...] = ()) -> subprocess.Popen[str]:
    """A capture that is being written."""
    (folder / "one.smaps").write_text(text(("[heap]", 100)))

    def signals() -> None:  # whatever the test run itself was started with
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)

    started = subprocess.Popen(
        [sys.executable, "-c", SLOW.replace("SECONDS", str(seconds))],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=signals,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "writing\n"
    assert len(list(folder.glob(".*.part"))) == 1
    return started


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_in_the_middle_of_writing_leaves_no_half_file(tmp_path: Path, number: int, code: int) -> None:
    started = begun(tmp_path, 600)
    started.send_signal(number)
    _, err = started.communicate(timeout=PATIENCE_S)
    assert (started.returncode, err) == (code, "interrupted\n")
    assert [path.name for path in tmp_path.iterdir()] == ["one.smaps"]


def test_a_second_signal_does_not_disturb_the_cleaning_up(tmp_path: Path) -> None:
    started = begun(tmp_path, 600)
    for _ in range(20):
        started.send_signal(signal.SIGTERM)
        time.sleep(0.002)
    _, err = started.communicate(timeout=PATIENCE_S)
    assert (started.returncode, err) == (143, "interrupted\n")
    assert [path.name for path in tmp_path.iterdir()] == ["one.smaps"]


def test_who_ignores_a_hangup_goes_on(tmp_path: Path) -> None:
    started = begun(tmp_path, 0.5, ignored=(signal.SIGHUP,))
    started.send_signal(signal.SIGHUP)
    _, err = started.communicate(timeout=PATIENCE_S)
    assert "interrupted" not in err
    assert (tmp_path / "kept.parquet").exists()


def test_ctrl_c_while_modules_are_imported_is_no_traceback(tmp_path: Path) -> None:
    script = """
import os, signal, sys
from droidanon.cli.main import main

assert "typer" not in sys.modules

class CtrlC:
    def find_spec(self, name, *_):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, CtrlC())
sys.argv = ["droidanon", "show", "x"]
main()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


@pytest.mark.parametrize(("ignored", "heard"), [("SIG_IGN", ""), ("SIG_DFL", "1 129\n")])
def test_a_hangup_is_counted_unless_it_is_ignored(ignored: str, heard: str) -> None:
    script = f"""
import os, signal
from droidanon.cli.signals import counted_signals, interrupted_code

signal.signal(signal.SIGHUP, signal.{ignored})
with counted_signals() as count:
    os.kill(os.getpid(), signal.SIGHUP)
    if count(0):
        print(count(signal.SIGHUP), interrupted_code())
assert signal.getsignal(signal.SIGHUP) == signal.{ignored}
"""
    done = subprocess.run(
        [sys.executable, "-c", script], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, heard, "")


@pytest.mark.parametrize(("piped", "heard"), [(False, "left: two\n"), (True, "one\ntwo\nleft: \n")])
def test_lines_of_a_pipe_are_marks_on_request_only(piped: bool, heard: str) -> None:
    """As in `while read app; do droidanon record --app "$app" -n 2; done < apps.txt`."""
    script = f"""\
import os, time
from droidanon.cli.stdin_marks import hear

got = []
with hear(got.append, piped={piped}):
    until = time.monotonic() + {PATIENCE_S}
    while {piped} and len(got) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.1)
for line in got:
    print(line)
print("left:", os.read(0, 99).decode().split()[-1:][0] if not {piped} else "")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], input="one\ntwo\n", capture_output=True, text=True, check=False
    )
    assert done.stdout == heard, done.stderr
