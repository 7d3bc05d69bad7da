"""Accessed bits of processes: which were cleared, what a phone may answer, and when they are read again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from droidanon.errors import AccessError, ProcessError
from droidanon.model import Capture
from droidanon.sources.adb.frames import Frame
from droidanon.sources.phone import accessed_bits
from droidanon.sources.phone.access import Access
from droidanon.sources.phone.accessed_bits import clear_accessed_bits, read_since_reset
from droidanon.sources.selection import Selection
from tests.builders import capture, text

STAT = "{pid} (a) S 1 " + "0 " * 17 + "{start} 0\n"
DEVICE = cast("Any", SimpleNamespace(serial="phone"))


def app() -> Capture:
    found = capture({"com.a": text(("x", 4)), "com.a:b": text(("x", 4))})
    return replace(found, app="com.a", processes=tuple(replace(one, start_time=7) for one in found.processes))


def answers(
    monkeypatch: pytest.MonkeyPatch, *, starts: tuple[int | None, int | None] = (7, 7), said: bytes = b""
) -> list[str]:
    """Has the phone answer; `starts`: start times of pid 101 before and after. Returns the words that it is asked."""
    asked: list[str] = []

    def frames_of(device: object, access: object, script: str, words: Sequence[str]) -> Iterator[Frame]:
        asked.extend(words)
        for pid in words:
            before, after = starts if pid == "101" else (7, 7)
            yield Frame("before", pid, b"" if before is None else STAT.format(pid=pid, start=before).encode())
            yield Frame("clear", pid, said)
            yield Frame("after", pid, b"" if after is None else STAT.format(pid=pid, start=after).encode())
        yield Frame("done", "", b"")

    monkeypatch.setattr(accessed_bits, "frames_of", frames_of)
    return asked


@pytest.mark.parametrize(
    ("starts", "cleared"), [((7, 7), {100, 101}), ((7, 9), {100}), ((9, 9), {100}), ((7, None), {100})]
)
def test_only_the_same_process_before_and_after_counts(
    starts: tuple[int | None, int | None], cleared: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answers(monkeypatch, starts=starts)
    found = clear_accessed_bits(DEVICE, Access("root"), app().processes)
    assert found == {(pid, 7) for pid in cleared}
    assert asked == ["100", "101"]


def test_refusals_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, said=b"sh: can't create /proc/100/clear_refs: Permission denied")
    with pytest.raises(AccessError, match="Permission denied"):
        clear_accessed_bits(DEVICE, Access("root"), app().processes)
    answers(monkeypatch, starts=(None, None), said=b"sh: can't create /proc/101/clear_refs: No such file or directory")
    with pytest.raises(ProcessError):
        clear_accessed_bits(DEVICE, Access("root"), app().processes[1:])


def test_it_is_read_at_the_times_after_the_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app of the foreground is chosen once, so that a later change of apps changes nothing."""
    now = [100.0]
    selections: list[Selection] = []

    def read(selection: Selection, progress: object = None) -> Capture:
        selections.append(selection)
        now[0] += 0.25
        return app()

    answers(monkeypatch)
    monkeypatch.setattr(accessed_bits, "open_as_root", lambda *_: (DEVICE, Access("root")))
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    source = cast("Any", SimpleNamespace(read=read))

    def sleep(seconds: float) -> None:
        now[0] += seconds

    found = read_since_reset(source, Selection(foreground=True), [2.0, 2.1, 4.0], sleep=sleep)
    assert found.seconds == (2.0, 2.2, 4.0)  # the second reading waits for the end of the first
    assert len(found.captures) == 3
    assert found.reset == {(100, 7), (101, 7)}
    assert selections == [Selection(foreground=True), *[Selection("com.a")] * 3]
