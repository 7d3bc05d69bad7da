"""Locks between processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from droidanon.errors import DroidanonError
from droidanon.store.lock import FileLock, LockedError, lock_phone

HOLD = "from droidanon.store.lock import lock_phone\nlock = lock_phone('A:1', 'a test')\nprint('held', flush=True)\ninput()"


def test_only_one_holds_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    with FileLock(path, "the first", "x") as lock:
        with pytest.raises(LockedError, match=f"the first.*{os.getpid()}") as raised:
            FileLock(path, "the second", "x")
        assert raised.value.owner == f"the first (pid {os.getpid()})"
        lock.release()
        FileLock(path, "the second", "x").release()


def test_a_killed_process_frees_its_phone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DROIDANON_RUNTIME", str(tmp_path / "locks"))
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == b"held\n"
    with pytest.raises(LockedError, match=str(process.pid)):
        lock_phone("A:1", "another")
    lock_phone("B", "another").release()
    process.send_signal(signal.SIGKILL)
    process.wait()
    lock_phone("A:1", "another").release()
    process.stdout.close()
    assert process.stdin
    process.stdin.close()


def test_a_runtime_folder_that_is_a_link_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    monkeypatch.setenv("DROIDANON_RUNTIME", str(tmp_path / "link"))
    with pytest.raises(DroidanonError, match="DROIDANON_RUNTIME"):
        lock_phone("A", "x")
