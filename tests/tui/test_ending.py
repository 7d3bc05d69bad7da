"""How the TUI ends, at a real terminal: by a signal, by an error of its own, with a worker that hangs."""

from __future__ import annotations

import os
import signal
import socket
import socketserver
import sys
import threading
import time
from pathlib import Path
from typing import ClassVar

import pytest
from droidanon_tui import daemon_worker
from textual.css.query import NoMatches

from tests.terminal import Terminal
from tests.tui.builders import app
from tests.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a pty")

ROOT = Path(__file__).parents[2]
RESTORED = b"\x1b[?1049l"
START = """
import signal, sys
from droidanon.cli.main import main

{before}
sys.argv = ["droidanon", *sys.argv[1:]]
main()
"""


def begun(folder: Path, *arguments: str, before: str = "", server: str = "127.0.0.2:9") -> Terminal:
    """The TUI, when its screen is there."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tui'}",
        "ADB_SERVER_SOCKET": f"tcp:{server}",
        "XDG_STATE_HOME": str(folder),
    }
    signals = "for one in ('SIGINT', 'SIGTERM', 'SIGHUP'): signal.signal(getattr(signal, one), signal.SIG_DFL)"
    code = START.format(before=before or signals)
    terminal = Terminal([sys.executable, "-c", code, *arguments], environment, folder)
    terminal.read_until(b"native" if "--sample" in arguments else b"quit" if "adb:" in arguments else b"Library")
    return terminal


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_it_in_order(tmp_path: Path, number: int, code: int) -> None:
    terminal = begun(tmp_path, "tui", "--sample")
    terminal.process.send_signal(number)
    assert terminal.exit_code() == code
    assert RESTORED in terminal.seen
    assert b"Traceback" not in terminal.seen


def test_it_ends_with_its_terminal_although_the_signal_is_ignored(tmp_path: Path) -> None:
    """As under nohup: without an end, the thread that reads keys would take a whole core."""
    terminal = begun(tmp_path, "tui", before="signal.signal(signal.SIGHUP, signal.SIG_IGN)")
    os.close(terminal.terminal)
    assert terminal.process.wait(PATIENCE_S) == 129


def test_an_ignored_signal_stays_so(tmp_path: Path) -> None:
    terminal = begun(tmp_path, "tui", before="signal.signal(signal.SIGHUP, signal.SIG_IGN)")
    terminal.process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    terminal.type(b"?")
    terminal.read_until(b"Filter")
    terminal.type(b"q")
    assert terminal.exit_code() == 0


def test_it_ends_when_its_terminal_is_closed(tmp_path: Path) -> None:
    terminal = begun(tmp_path, "tui")
    os.close(terminal.terminal)
    assert terminal.process.wait(PATIENCE_S) == 129


BROKEN = """
from droidanon_tui.help import HelpScreen

def fail(self):
    raise ValueError("no help")

HelpScreen.compose = fail
"""


def test_an_error_of_its_own_is_one_line_and_code_1(tmp_path: Path) -> None:
    terminal = begun(tmp_path, "tui", before=BROKEN)
    terminal.type(b"?")
    assert terminal.exit_code() == 1
    _, restored, after = terminal.seen.partition(RESTORED)
    assert restored
    assert b"droidanon: the TUI has ended: internal error: ValueError: no help" in after
    assert b"Traceback" not in terminal.seen


def test_debug_tells_where(tmp_path: Path) -> None:
    terminal = begun(tmp_path, "--debug", "tui", before=BROKEN)
    terminal.type(b"?")
    assert terminal.exit_code() == 1
    assert b"ValueError: no help" in terminal.seen.partition(RESTORED)[2]
    assert b"Traceback" in terminal.seen


HANGS = """
import time
from droidanon.sources.phone import devices
from droidanon_tui.explore.jobs import SideReader

devices.list_devices = lambda: time.sleep(1000)
SideReader.open = lambda *_, **__: time.sleep(1000)
"""


def test_a_worker_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    terminal = begun(tmp_path, "tui", "adb:", before=HANGS)
    terminal.type(b"q")
    assert terminal.exit_code() == 0
    assert RESTORED in terminal.seen


def test_a_file_that_is_being_written_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon_worker, "_writing", threading.RLock())
    monkeypatch.setattr(daemon_worker, "_WRITE_SECONDS", PATIENCE_S)
    began, written = threading.Event(), []

    def write() -> None:
        with daemon_worker.whole_write():
            began.set()
            time.sleep(0.05)
            written.append("all")

    threading.Thread(target=write, daemon=True).start()
    began.wait(PATIENCE_S)
    daemon_worker.end_writes()
    assert written


def test_a_screen_without_widgets_while_the_app_ends_is_no_error(tmp_path: Path) -> None:
    application = app(tmp_path)
    application.exit()
    application._handle_exception(NoMatches("#devices"))
    assert application.failure is None


class SilentPhone(socketserver.BaseRequestHandler):
    """An adb server with a phone that accepts every command, and answers none."""

    commands: ClassVar[list[bytes]] = []

    def handle(self) -> None:
        while size := self.request.recv(4):
            request = self.request.recv(int(size, 16), socket.MSG_WAITALL)
            if request == b"host:devices-l":
                line = b"S device model:M\n"
                self.request.sendall(b"OKAY%04x" % len(line) + line)
                return
            self.request.sendall(b"OKAY")
            self.commands.append(request)


PATIENT = """
from droidanon.sources.adb import connection, stream

stream.ASK_SECONDS = stream.IDLE_SECONDS = connection.CONNECT_SECONDS = 1000.0
"""


def test_a_silent_phone_is_not_waited_for(tmp_path: Path) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), SilentPhone) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        terminal = begun(tmp_path, "tui", "adb:", before=PATIENT, server=f"127.0.0.1:{server.server_address[1]}")
        wait_until(lambda: SilentPhone.commands)
        terminal.type(b"\x03")  # Ctrl-C is a key: the terminal is raw
        assert terminal.exit_code() == 0
        server.shutdown()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT])
def test_the_terminal_is_restored_whatever_ends_the_process(tmp_path: Path, number: int) -> None:
    import termios

    terminal = begun(tmp_path, "tui")
    raw = termios.tcgetattr(terminal.terminal)
    assert not raw[3] & termios.ECHO
    terminal.process.send_signal(number)
    terminal.read_until(RESTORED)
    terminal.read_until(b"\x1b[?25h\x1b[0m")
    assert terminal.process.wait(PATIENCE_S) == -number
    assert termios.tcgetattr(terminal.terminal)[3] & termios.ECHO
    os.close(terminal.terminal)


def test_it_ends_while_a_rule_of_the_user_takes_for_ever(tmp_path: Path) -> None:
    from droidanon.store.parquet import save_capture
    from tests.builders import capture, text

    name = f"[anon:{'a' * 60}]"
    save_capture(capture({"com.example.app": text((name, 100))}), tmp_path / "a.parquet")
    (tmp_path / "droidanon.toml").write_text(SLOW_RULE)
    terminal = begun(tmp_path, "tui", "--captures", ".", before=LONG_TRIAL)
    terminal.read_until(b"a.parquet")
    terminal.type(b"\r")
    terminal.read_until(b"classifying")
    terminal.type(b"q")
    assert terminal.exit_code() == 0
    assert RESTORED in terminal.seen


LONG_TRIAL = """
from droidanon_tui.explore import regex_trial

regex_trial._MOST_SECONDS = 1000.0
regex_trial.RegexTrial.__init__.__defaults__ = (1000,)
"""
SLOW_RULE = """
[[rule]]
id = "slow"
regex = '\\[anon:(a+)+b\\]'
category = "native.other"
"""
