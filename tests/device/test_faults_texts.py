"""What a phone says or has that is out of the ordinary: docs/internals/faults.md, row by row."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from droidanon.errors import DeviceError
from droidanon.smaps.writer import write_process
from droidanon.sources.adb import frames
from droidanon.sources.adb import stream as adb_stream
from droidanon.sources.phone.devices import list_devices
from droidanon.sources.phone.options import PhoneOptions
from droidanon.sources.resolve import load_source
from droidanon.sources.sampling.sample import Sample
from droidanon.sources.sampling.sampler import open_sampler
from droidanon.store.parquet import load_capture
from testphone.phone import Phone
from testphone.phone.fixtures import see_only
from tests.builders import text
from tests.device.command import DROIDANON, environment
from tests.device.test_faults import one, outcomes_of, text_of
from tests.waiting import PATIENCE_S

APP = "com.example.app"
REMOTE = f"{APP}:remote"
PhoneMaker = Callable[..., Phone]


def smaps_of(phone: Phone, name: str) -> bytes:
    return (phone.proc / str(phone.pid(name)) / "smaps").read_bytes()


def make_talkative(phone: Phone) -> None:
    """Every shell that is told a command begins with a greeting, and with a warning on stderr."""
    shell, real = phone.root / "system/bin/sh", phone.root / "system/bin/mksh"
    shell.rename(real)
    shell.write_text(
        "#!/system/bin/mksh\nif [ \"$1\" = -c ]; then\necho 'Welcome to Model Phone'; echo\n"
        "echo 'WARNING: linker: libdvm.so has text relocations' >&2\nfi\nexec /system/bin/mksh \"$@\"\n"
    )
    shell.chmod(0o755)


@pytest.mark.parametrize(
    ("options", "way"),
    [
        ({"access": "root"}, "root"),
        ({"access": "shell", "su": "userdebug"}, "su"),
        ({"access": "shell", "su": "magisk"}, "su"),
        ({"access": "shell"}, "run-as"),
    ],
)
def test_a_shell_that_greets_and_warns(
    options: dict[str, Any], way: str, new_phone: PhoneMaker, monkeypatch: pytest.MonkeyPatch, real_adbd: None
) -> None:
    phone = new_phone(seed=4, processes=16, **options)
    make_talkative(phone)
    see_only(phone, monkeypatch)
    capture = load_source("adb:", app=APP)
    assert (capture.access, capture.partial) == (way, False)
    assert text_of(capture, APP) == smaps_of(phone, APP)
    assert outcomes_of(capture, APP) == []
    (device,) = list_devices()
    assert (device.model, device.access) == ("Model Phone", "root" if options["access"] == "root" else "shell")
    sampler = open_sampler("adb:")
    seen = next(sampler)
    sampler.close()
    assert isinstance(seen, Sample)
    assert APP in {process.name for process in seen.processes}


def test_a_denial_in_the_middle(own_phone: Phone, real_adbd: None) -> None:
    """A policy that says no between two reads of one file."""
    remote, whole = own_phone.pid(REMOTE), smaps_of(own_phone, REMOTE)
    size = len(whole) // 3
    cat = own_phone.root / "system/bin/cat"
    cat.unlink()
    cat.write_text(
        f"#!/system/bin/sh\ncase $1 in /proc/{remote}/smaps)\n"
        f'toybox head -c {size} "$1"; echo "cat: $1: Permission denied" >&2; exit 1;; esac\nexec toybox cat "$@"\n'
    )
    cat.chmod(0o755)
    capture = load_source("adb:", app=APP)
    assert text_of(capture, REMOTE) == whole[:size]
    assert "partial" in outcomes_of(capture, REMOTE)
    assert outcomes_of(capture, APP) == []
    assert not capture.partial


@pytest.mark.parametrize(("access", "way"), [("root", "root"), ("shell", "run-as")])
def test_a_phone_with_2000_processes(
    access: str, way: str, new_phone: PhoneMaker, monkeypatch: pytest.MonkeyPatch, real_adbd: None
) -> None:
    """More than one request to the adb server can name."""
    phone = new_phone(seed=4, processes=16, access=access)
    see_only(phone, monkeypatch)
    name = "com.android.systemui:one_of_many"
    phone.tree.write(30_000, 1, 10_106, name.encode() + b"\0", "many", 800_000, 0, text(("[anon:a]", 8)).encode())
    for pid in range(30_001, 32_000):  # all with the same files
        (phone.proc / str(pid)).symlink_to("30000")
    seen: list[tuple[int, int | None]] = []
    capture = load_source(
        "adb:", options=PhoneOptions(access=way), progress=lambda done, total, name: seen.append((done, total))
    )
    many = [process for process in capture.processes if process.name == name]
    assert [process.pid for process in many] == list(range(30_000, 32_000))
    assert {(process.fidelity, process.rows) for process in many} == {("smaps", 1) if way == "root" else ("none", 0)}
    assert not capture.partial
    assert seen[-1][0] == seen[-1][1]


def test_a_process_with_65530_vmas(own_phone: Phone) -> None:
    """As many as the kernel lets one have (vm.max_map_count)."""
    pid = own_phone.pid(APP)
    large = text(*(("[anon:stack_and_tls:1]", 4),) * 65_530).encode()
    (own_phone.proc / str(pid) / "smaps").write_bytes(large)
    capture = load_source("adb:", app=APP)
    assert one(capture, APP).rows == 65_530
    assert text_of(capture, APP) == large
    assert capture.problems == ()


MARK = b"@@droidanon:0123456789abcdef01234567"
CMDLINES = {
    "newlines": b"com.example.evil\nUid:\t0\n\0--x\n\0",
    "escapes": b"\x1b]0;x\x07\x1b[2J\\033[0m%s%n\0",
    "our own marks": b"\n" + MARK + b" end 1 2\n\n" + MARK + b" done\n\0",
    "no NUL": b"com.example.nonul",
    "no NUL and a newline": b"com.example.nonul\n",
    "no UTF-8": b"\xff\xfe\xc0\x80\0",
    "only NULs": b"\0\0\0",
    "shell": b"$(reboot)`reboot`;reboot|sh\0-c\0",
}


def test_cmdlines_of_every_kind(own_phone: Phone) -> None:
    smaps = (own_phone.proc / "1" / "smaps").read_bytes()
    for place, cmdline in enumerate(CMDLINES.values()):
        own_phone.tree.write(31_000 + place, 1, 10_500, cmdline, "comm", 77, 0, smaps)
    capture = load_source("adb:")
    assert (capture.partial, capture.problems) == (False, ())
    found = {process.pid: process for process in capture.processes}
    for place, (kind, cmdline) in enumerate(CMDLINES.items()):
        process = found[31_000 + place]
        name = cmdline.split(b"\0")[0].strip().decode("utf-8", "backslashreplace")
        assert (process.name, process.rows, process.start_time) == (name or "[comm]", found[1].rows, 77), kind


def test_two_at_once_on_one_phone(own_phone: Phone, tmp_path: Path) -> None:
    command = [*DROIDANON, "capture", "--all", "--captures", str(tmp_path)]
    running = [
        subprocess.Popen(command, env=environment(own_phone), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [process.communicate(timeout=PATIENCE_S) for process in running]
    assert [process.returncode for process in running] == [0, 0], told
    paths = [out.strip() for out, _ in told]
    assert len(set(paths)) == 2
    for path in paths:
        capture = load_capture(path)
        assert (capture.partial, capture.problems) == (False, ())
        for index, process in enumerate(capture.processes):
            assert b"".join(write_process(capture, index)) == (own_phone.proc / str(process.pid) / "smaps").read_bytes()


@pytest.mark.parametrize("program", ["getprop", "uname"])
def test_a_program_that_never_ends(program: str, own_phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answer is bounded: no memory is filled, and one line says which answer it was."""
    monkeypatch.setattr(frames, "_MOST_BYTES", 1 << 20)
    monkeypatch.setattr(adb_stream, "_MOST_ANSWER_BYTES", 1 << 20)
    endless = own_phone.root / "system/bin" / program
    endless.unlink()
    endless.write_text("#!/system/bin/sh\nwhile :; do echo '[a.b]: [cccccccccccccccccccccccccccccccccccccc]'; done\n")
    endless.chmod(0o755)
    with pytest.raises(DeviceError, match="1 MB"):
        load_source("adb:", app=APP)


def test_a_phone_whose_clock_is_set_back(own_phone: Phone) -> None:
    """How old a process is and how long its read took is told by the time since boot, which nobody sets."""
    first = load_source("adb:", app=APP, options=PhoneOptions())
    date = own_phone.root / "system/bin/date"
    date.unlink()
    date.write_text("#!/system/bin/sh\necho 86400\n")
    date.chmod(0o755)
    second = load_source("adb:", app=APP)
    assert second.system["clock_s"] == 86_400
    assert first.system["clock_s"] > 1_700_000_000
    assert one(second, APP).age_s == one(first, APP).age_s
    assert second.created >= first.created
    assert second.problems == ()
