"""Several devices at once: one fails alone, and Ctrl-C ends all."""

from __future__ import annotations

import threading

import pytest

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


def test_ctrl_c_waits_for_all_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = threading.Event()

    def half() -> int:
        assert stopped.wait(PATIENCE_S)
        return 1

    def none() -> int:
        assert stopped.wait(PATIENCE_S)
        raise KeyboardInterrupt

    wait = threading.Event.wait
    presses = iter([KeyboardInterrupt])

    def pressed(self: threading.Event, timeout: float | None = None) -> bool:
        for press in presses if timeout == 0.2 else ():  # the main thread's turn
            raise press
        return wait(self, timeout)

    monkeypatch.setattr(threading.Event, "wait", pressed)
    outcomes = run_at_once({"a": half, "b": none}, ProgressLines(["a", "b"]), stopped.set)
    assert (outcomes.results, outcomes.errors, outcomes.interrupted) == ({"a": 1}, {}, True)


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
