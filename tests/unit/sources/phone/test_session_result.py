"""What the frames of a phone mean, process by process."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from droidanon.errors import DeviceError
from droidanon.sources.adb import frames as module
from droidanon.sources.adb.frames import Frame, parse_frames
from droidanon.sources.phone.session_result import Collected, collect
from droidanon.sources.reading import Reading, ReadOutcome
from tests.builders import text

SMAPS = text(("[anon:scudo:primary]", 10)).encode()
STATUS = "Name:\tx\nUid:\t10001\t10001\t10001\t10001\nVmSize:\t64 kB\nRssAnon:\t  9 kB\n"
MARKER = "@@droidanon:0123456789abcdef01234567"


def stat(start: int = 99, comm: str = "x") -> bytes:
    return f"7 ({comm}) S 1 7 7 0 -1 0 {'0 ' * 12}{start} 0 0\n".encode()


def process(
    smaps: bytes = SMAPS,
    *,
    pid: int = 7,
    cmdline: bytes = b"com.example.app\0",
    status: str = STATUS,
    comm: str = "x",
    after: bytes | None = None,
    message: bytes | None = None,
    times: str = "10.5 10.75",
) -> list[Frame]:
    """The frames of one process; `after` is its stat at the end."""
    frames = [
        Frame("pid", str(pid), stat(comm=comm)),
        Frame("cmdline", "", cmdline),
        Frame("status", "", status.encode()),
        Frame("oom", "", b"0\n"),
        Frame("smaps", "", smaps),
    ]
    if message is not None:
        frames.append(Frame("error", "1", message))
    return [*frames, Frame("end", times, stat(comm=comm) if after is None else after)]


def readings(frames: list[Frame], own: str = MARKER) -> list[Reading]:
    into = Collected()
    collect(frames, progress=None, into=into, own=own)
    return into.readings


def test_a_process_that_was_read() -> None:
    (found,) = readings(process())
    assert (found.text, found.error) == (SMAPS, "")
    told = found.process
    assert (told.name, told.pid, told.package, told.uid) == ("com.example.app", 7, "com.example.app", 10001)
    assert (told.ppid, told.start_time, told.oom_score_adj) == (1, 99, 0)
    assert (told.age_s, told.read_s) == (9.51, 0.25)
    assert told.status_kb == {"vm_size_kb": 64, "rss_anon_kb": 9}


@pytest.mark.parametrize("times", ["", "x y", "1", "1 2 3"])
def test_a_phone_without_uptime(times: str) -> None:
    (found,) = readings(process(times=times))
    assert (found.process.age_s, found.process.read_s) == (None, None)


@pytest.mark.parametrize(
    ("smaps", "message", "outcome"),
    [
        (b"", b"cat: /proc/7/smaps: Permission denied\n", ReadOutcome.DENIED),
        (b"cat: /proc/7/smaps: Permission denied\n", None, ReadOutcome.DENIED),  # on stdout, status 0
        (b"", b"cat: /proc/7/smaps: No such file or directory\n", ReadOutcome.ENDED),
        (b"", b"cat: /proc/7/smaps: Input/output error\n", ReadOutcome.FAILED),
        (b"", b"", ReadOutcome.FAILED),
        (b"", None, ReadOutcome.NO_SMAPS),
    ],
)
def test_a_process_that_was_not_read(smaps: bytes, message: bytes | None, outcome: ReadOutcome) -> None:
    (found,) = readings(process(smaps, message=message))
    assert (found.text, found.outcome) == (None, outcome)
    assert found.error
    assert found.is_refused is (outcome is not ReadOutcome.ENDED)


def test_a_zombie_has_ended() -> None:
    (found,) = readings(process(b"", after=stat(99).replace(b") S", b") Z")))
    assert (found.outcome, found.is_refused) == (ReadOutcome.ENDED, False)


def test_a_warning_before_smaps_is_kept_with_it() -> None:
    greeting = b"WARNING: linker: libx.so has text relocations\n\n"
    (found,) = readings(process(greeting + SMAPS))
    assert (found.text, found.error) == (greeting + SMAPS, "")
    (late,) = readings(process(b"x\n" * 20 + SMAPS))
    assert late.text is None
    assert late.error.startswith("smaps: x x x")


def test_a_table_of_dumpsys_that_is_cut_is_none() -> None:
    into = Collected()
    collect(
        [Frame("dumpsys", "7", b"whole"), Frame("dumpsys", "8", b"the half of", cut=True)], progress=None, into=into
    )
    assert into.dumpsys == {7: b"whole"}


def test_a_process_that_ended_meanwhile() -> None:
    (before,) = readings(process(b"", after=b""))
    assert (before.text, before.outcome) == (None, ReadOutcome.ENDED)
    (within,) = readings(process(after=b""))
    assert (within.text, within.outcome) == (SMAPS, ReadOutcome.PARTIAL)
    (reused,) = readings(process(after=stat(100)))
    assert reused.text is None
    assert (reused.outcome, reused.is_refused) == (ReadOutcome.PID_REUSED, False)


def test_a_name_in_the_shape_of_a_status_is_no_status() -> None:
    (found,) = readings(process(cmdline=b"", comm="a\nUid:\t0\n"))
    assert (found.process.name, found.process.uid, found.process.start_time) == ("[a\nUid:\t0]", 10001, 99)


def test_kernel_threads_and_our_own_shell_are_left_out() -> None:
    assert readings(process(b"", cmdline=b"", status="Name:\tkthreadd\nUid:\t0\t0\t0\t0\n")) == []
    assert readings(process(cmdline=f"sh\0-c\0script\0droidanon\0{MARKER}\0".encode())) == []


def test_a_refusal_of_run_as_is_kept() -> None:
    (found,) = readings(process(b"", message=b"run-as: package not debuggable: com.x\n"))
    assert (found.text, found.outcome) == (None, ReadOutcome.DENIED)
    assert found.error.endswith("; run-as: package not debuggable: com.x")


def test_a_process_that_had_gone_before() -> None:
    (found,) = readings([Frame("pid", "7", b""), Frame("end", "", b"")])
    assert (found.process.pid, found.outcome) == (7, ReadOutcome.ENDED)


def test_a_process_that_was_only_listed() -> None:
    frames = process()
    (found,) = readings([frame for frame in frames if frame.kind != "smaps"])
    assert (found.text, found.error, found.process.name) == (None, "", "com.example.app")


def test_frames_of_no_process() -> None:
    into = Collected()
    frames = [
        Frame("uid", "", b"2000\n"),
        Frame("package", "a.b", b"x"),
        Frame("zram", "", b"1\n"),
        Frame("zram", "", b"2\n"),
        Frame("dumpsys", "7", b"\xff"),
        Frame("meminfo", "", b"MemTotal: 5 kB\n"),
        Frame("uname", "", b"6.6\n"),
    ]
    collect(frames, progress=None, into=into)
    assert into.uid == 2000
    assert into.texts["package a.b"] == "x"
    assert into.texts["zram"] == "1\n2\n"
    assert into.dumpsys == {7: b"\xff"}
    assert into.system == {"mem_total_kb": 5}
    assert into.device == {"kernel": "6.6"}


def test_the_last_process_of_a_broken_stream_is_kept() -> None:
    frames = [*process()[:4], Frame("smaps", "", SMAPS[:200], cut=True)]
    (found,) = readings(frames)
    assert found.text == SMAPS[:200]
    assert found.outcome is ReadOutcome.PARTIAL
    assert readings(process()[:3]) == []  # its smaps had not come


def test_progress_knows_how_many() -> None:
    seen: list[tuple[int, int | None, str]] = []
    frames = [Frame("count", "2", b""), *process(), Frame("dumpsys", "8", b""), Frame("dumpsys", "9", b"")]
    into = Collected()
    collect(frames, progress=lambda *told: seen.append(told), into=into)
    assert seen == [(1, 2, "com.example.app"), (2, 2, "dumpsys meminfo")]
    assert not into.whole


@pytest.mark.parametrize(("kind", "limit"), [("props", "_MOST_BYTES"), ("smaps", "_MOST_SMAPS_BYTES")])
def test_a_frame_without_end_is_given_up(kind: str, limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, limit, 1 << 20)
    came = 0

    def endless() -> Iterator[bytes]:
        nonlocal came
        yield f"\n{MARKER} {kind} \n".encode()
        while True:
            came += 1 << 16
            yield b"x" * (1 << 16)

    with pytest.raises(DeviceError, match=f"over 1 MB of '{kind}'"):
        list(parse_frames(endless(), MARKER))
    assert came < 2 << 20


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=5), st.integers(0, 400))
@example([b"ab", b"cd"], len(f"\n{MARKER} smaps 0\nab\n"))
def test_a_stream_that_is_cut_anywhere(bodies: list[bytes], cut: int) -> None:
    """A newline at a cut is kept: it is text, but for the one place where it would have begun a marker."""
    sent = b"".join(f"\n{MARKER} smaps {n}\n".encode() + body for n, body in enumerate(bodies))
    found = list(parse_frames([sent[:cut]], MARKER, keep_cut=True))
    assert [frame.cut for frame in found] == [False] * (len(found) - 1) + [True] * bool(found)
    for frame, body in zip(found, bodies, strict=False):
        assert (body + b"\n").startswith(frame.data) if frame.cut else frame.data == body


@pytest.mark.parametrize("pid", ["²", "9" * 5000, "4294967296", "-7", ""])
def test_a_pid_that_no_kernel_gives_is_no_process(pid: str) -> None:
    begin, *rest = process()
    assert readings([replace(begin, argument=pid), *rest, *process()]) == readings(process())


def test_a_marker_line_without_an_end() -> None:
    pieces = [b"\n" + MARKER.encode() + b" ", *[b"x" * 1024] * 100]
    used: list[int] = []

    def chunks() -> Iterator[bytes]:
        for piece in pieces:
            used.append(len(piece))
            yield piece

    with pytest.raises(DeviceError):
        list(parse_frames(chunks(), MARKER))
    assert len(used) < 10


@pytest.mark.parametrize(
    "frame",
    [
        Frame("zram", "", b"x" * 1000),  # of one kind, which are joined
        Frame("dumpsys", "7", b"x" * (1 << 20)),
        Frame("status", "", b"x" * (1 << 20)),
        Frame("count", "5", b""),
    ],
)
def test_a_phone_that_never_stops(frame: Frame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("droidanon.sources.phone.session_result._MOST_FRAMES", 5000)
    monkeypatch.setattr("droidanon.sources.phone.session_result._MOST_TEXT_BYTES", 8 << 20)
    into = Collected()
    with pytest.raises(DeviceError):
        collect(itertools.repeat(frame), progress=None, into=into)
    assert sum(map(len, into.texts.values())) <= 8 << 20


def test_a_cmdline_is_cut() -> None:
    (found,) = readings(process(cmdline=b"a" * (1 << 20)))
    assert len(found.process.name) == 64 << 10
