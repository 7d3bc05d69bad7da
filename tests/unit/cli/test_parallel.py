"""Several devices at once: one fails alone, and Ctrl-C ends all."""

from __future__ import annotations

import signal
import threading

import pytest

from droidanon.cli import parallel, signals
from droidanon.cli.parallel import chosen_sources, run_at_once
from droidanon.cli.progress import ProgressLines
from droidanon.errors import DeviceError, UsageError
from tests.waiting import PATIENCE_S


def test_one_fails_alone(capsys: pytest.CaptureFixture[str]) -> None:
    together = threading.Barrier(2, timeout=PATIENCE_S)

    def works() -> int:
        together.wait()
        return 7

    def fails() -> int:
        together.wait()
        raise DeviceError("gone")

    outcomes = run_at_once({"a": works, "b": fails}, ProgressLines(["a", "b"]), lambda: None)
    assert outcomes.results == {"a": 7}
    assert str(outcomes.errors["b"]) == "gone"
    assert capsys.readouterr().err == "b: gone\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_wait_for_all_to_end_however_many_come(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(signals, "_ended_by", ended_by := [])
    before = signal.signal(number, signal.default_int_handler)
    stopped = threading.Event()

    def stop() -> None:
        for _ in range(3):  # while it cleans up
            signal.raise_signal(number)
        stopped.set()

    def half() -> int:
        signal.raise_signal(number)
        assert stopped.wait(PATIENCE_S)
        return 1

    def none() -> int:
        assert stopped.wait(PATIENCE_S)
        raise KeyboardInterrupt

    outcomes = run_at_once({"a": half, "b": none}, ProgressLines(["a", "b"]), stop)
    assert (outcomes.results, outcomes.errors, outcomes.interrupted) == ({"a": 1}, {}, True)
    assert ended_by == [number] * 4
    assert signal.signal(number, before) == signal.default_int_handler


def test_ctrl_c_later_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_PATIENCE_S", 0.0)
    monkeypatch.setattr(signals, "_ended_by", [])
    before = signal.signal(signal.SIGINT, lambda *_: None)
    begun, over, ended = threading.Event(), threading.Event(), threading.Event()

    def hangs() -> int:
        signal.raise_signal(signal.SIGINT)
        assert begun.wait(PATIENCE_S)
        while not over.wait(0.05):
            signal.raise_signal(signal.SIGINT)
        ended.set()
        return 1

    with pytest.raises(KeyboardInterrupt):
        run_at_once({"a": hangs}, ProgressLines(["a"]), begun.set)
    over.set()
    assert ended.wait(PATIENCE_S)  # a signal after this test would interrupt all tests
    signal.signal(signal.SIGINT, before)


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        run_at_once({"a": lambda: 1 // 0}, ProgressLines(["a"]), lambda: None)


def test_which_devices() -> None:
    assert chosen_sources("adb:", [], False, print) == ["adb:"]
    assert chosen_sources("adb:", ["A", "B", "A"], False, print) == ["adb:A", "adb:B"]
    assert chosen_sources("x.smaps", [], False, print) == ["x.smaps"]
    with pytest.raises(UsageError, match=r"-s A .*x\.smaps"):
        chosen_sources("x.smaps", ["A"], False, print)
    with pytest.raises(UsageError, match="--all-devices"):
        chosen_sources("adb:", ["A"], True, print)
    with pytest.raises(UsageError, match="--all-devices"):
        chosen_sources("local:", [], True, print)
