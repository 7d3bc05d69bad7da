"""What tests that read a test phone share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from droidanon.model import Capture, Process
from droidanon.smaps.writer import write_process
from testphone.phone import Phone

APP = "com.example.app"
PhoneMaker = Callable[..., Phone]


def counted(capture: Capture) -> list[Process]:
    return [process for process in capture.processes if not process.reference]


def in_use(phone: Phone) -> int:
    """How many processes the phone has that are no kernel threads."""
    return sum(process.role != "kernel" for process in phone.model.processes.values())


def text_of(phone: Phone, process: Process) -> bytes:
    return (phone.proc / str(process.pid) / "smaps").read_bytes()


def assert_bytes(capture: Capture, phone: Phone, names: Sequence[str] = ()) -> None:
    """Every process that was read as smaps has the phone's bytes."""
    for index, process in enumerate(capture.processes):
        if process.fidelity == "smaps" and (not names or process.name in names):
            assert b"".join(write_process(capture, index)) == text_of(phone, process)
