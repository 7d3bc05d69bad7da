"""The test phone itself: what adb sees of it is what a phone shows, and nothing of it outlives a test."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from testphone.phone import FakeDevice, FakeServer, Phone, proc_tree_from_recording
from testphone.phone.model import ModelPhone
from testphone.phone.smart_socket import AdbServerError, ask_server
from tests.waiting import PATIENCE_S, wait_until

PROJECT = Path(__file__).parents[2]


def adb(phone: Phone, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """The real adb client against a phone."""
    if phone.adb is None:
        pytest.skip("no adb program here")
    command = [phone.adb, *arguments]
    return subprocess.run(
        command, env=phone.env, capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE_S, check=False
    )


def users_of(phone_folder: Path) -> list[int]:
    """The processes of the host whose command line or environment names a phone's folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(phone_folder) in text:
            found.append(int(folder.name))
    return found


def test_adb_lists_the_phone(phone: Phone) -> None:
    assert f"{phone.serial}\tdevice" in adb(phone, "devices").stdout.decode()


def test_properties(phone: Phone) -> None:
    assert adb(phone, "shell", "getprop ro.product.model").stdout == b"Model Phone\n"
    assert b"[ro.build.version.sdk]: [36]\n" in adb(phone, "shell", "getprop").stdout
    assert adb(phone, "shell", "uname -m; getenforce").stdout == b"aarch64\nEnforcing\n"


def test_smaps_arrives_byte_for_byte(phone: Phone) -> None:
    pid = phone.pid("com.example.app")
    assert adb(phone, "exec-out", f"cat /proc/{pid}/smaps").stdout == (phone.proc / str(pid) / "smaps").read_bytes()


def test_status_and_stderr_of_a_command(phone: Phone) -> None:
    done = adb(phone, "shell", "echo out; echo err >&2; exit 3")
    assert (done.stdout, done.stderr, done.returncode) == (b"out\n", b"err\n", 3)


def test_packages_and_processes(phone: Phone) -> None:
    assert b"package:com.example.app uid:10234\n" in adb(phone, "shell", "pm list packages -U").stdout
    assert adb(phone, "shell", "pm path com.example.app").stdout.startswith(b"package:/data/app/~~")
    assert b"com.example.app:remote" in adb(phone, "shell", "ps -A -o PID,NAME").stdout
    assert b"packageList={com.example.app}" in adb(phone, "shell", "dumpsys activity processes").stdout


def test_the_shell_is_mksh(phone: Phone, real_adbd: None) -> None:
    assert b"MIRBSD KSH" in adb(phone, "shell", "/system/bin/sh -c 'echo $KSH_VERSION'").stdout
    assert adb(phone, "shell", "id -u").stdout == b"0\n"


def test_the_host_is_out_of_reach(phone: Phone, real_adbd: None) -> None:
    done = adb(phone, "shell", "touch /usr/lib/x; mount -t tmpfs x /proc; ls /etc /opt /home")
    assert done.stderr.count(b"Read-only") == 1
    assert b"hosts" not in done.stdout
    with pytest.raises(OSError, match="refused"):  # adbd asks for no authentication: nobody else may reach it
        ask_server(int(phone.serial.split(":")[1]), "host:version")


def test_the_shell_may_not_read_others(shell_phone: Phone) -> None:
    app, own = shell_phone.pid("com.example.app"), shell_phone.pid("/apex/com.android.adbd/bin/adbd")
    denied = adb(shell_phone, "shell", f"cat /proc/{app}/smaps")
    assert b"Permission denied" in denied.stderr
    assert denied.stdout == b""
    assert adb(shell_phone, "shell", f"cat /proc/{own}/smaps").stdout.count(b"VmFlags") > 100
    assert b"RssAnon" in adb(shell_phone, "shell", f"cat /proc/{app}/status").stdout


def test_ways_around_a_denial(new_phone: Callable[..., Phone], real_adbd: None) -> None:
    phone = new_phone(access="shell", su="magisk", processes=16)
    app = phone.pid("com.example.app")
    isolated = next(p.pid for p in phone.model.processes.values() if p.role == "isolated")
    assert b"VmFlags" in adb(phone, "exec-out", f"run-as com.example.app cat /proc/{app}/smaps").stdout
    assert b"denied" in adb(phone, "shell", f"run-as com.example.app cat /proc/{isolated}/smaps").stderr
    assert b"not debuggable" in adb(phone, "shell", "run-as com.android.systemui id").stderr
    assert adb(phone, "shell", "su -c 'id -u'").stdout == b"0\n"
    assert adb(phone, "shell", "id -u").stdout == b"2000\n"


def test_evolve_grows_the_app(own_phone: Phone) -> None:
    pid, remote = own_phone.pid("com.example.app"), own_phone.pid("com.example.app:remote")

    def private_dirty() -> int:
        text = adb(own_phone, "exec-out", f"cat /proc/{pid}/smaps").stdout
        return sum(map(int, re.findall(rb"^Private_Dirty: +(\d+)", text, re.MULTILINE)))

    before = private_dirty()
    own_phone.evolve(5)
    assert private_dirty() > before + 4096
    assert own_phone.pid("com.example.app:remote") != remote
    assert b"No such file" in adb(own_phone, "shell", f"cat /proc/{remote}/smaps").stderr
    own_phone.kill_process(pid)
    assert not (own_phone.proc / str(pid)).exists()


def test_an_app_is_started_anew(own_phone: Phone) -> None:
    package, before = "com.example.app", own_phone.pid("com.example.app")
    own_phone.restart_app(package)
    assert own_phone.pid(package) != before
    assert not (own_phone.proc / str(before)).exists()
    assert (own_phone.proc / str(own_phone.pid(package)) / "smaps").read_text()


def test_memory_of_a_name_is_more_by_a_part(own_phone: Phone) -> None:
    package, name = "com.example.app", "[anon:scudo:primary]"
    own_phone.restart_app(package, {"scudo:primary": 0.05})
    process = own_phone.model.find(package)
    more, plain = (own_phone.model.vmas(one) for one in (process, replace(process, more={})))
    sums = [sum(vma.private_dirty + vma.swap for vma in vmas if vma.name == name) for vmas in (more, plain)]
    assert sums[1] * 1.05 - 4 <= sums[0] <= sums[1] * 1.05
    assert all(vma.rss + vma.swap <= vma.size for vma in more)
    others = [[vma for vma in vmas if vma.name != name] for vmas in (more, plain)]
    assert others[0] == others[1]


def test_unplug_and_replug(own_phone: Phone) -> None:
    own_phone.unplug()
    assert adb(own_phone, "shell", "echo here").returncode != 0
    own_phone.replug()
    assert adb(own_phone, "shell", "echo here").stdout == b"here\n"


def test_two_phones_at_once(new_phone: Callable[..., Phone]) -> None:
    one, two = new_phone(seed=5, processes=12), new_phone(seed=6, processes=12)
    assert one.server_port != two.server_port
    for phone in (one, two):
        assert adb(phone, "shell", "getprop ro.serialno").stdout == f"MODEL{phone.model.seed:04d}\n".encode()


def test_two_phones_of_one_server(new_phone: Callable[..., Phone], real_adbd: None) -> None:
    one = new_phone(seed=5, processes=12)
    two = new_phone(seed=6, processes=12, same_server_as=one)
    assert adb(one, "devices").stdout.count(b"\tdevice") == 2
    assert adb(two, "shell", "getprop ro.serialno").stdout == b"MODEL0006\n"


def test_a_recording_in_the_place_of_the_model(tmp_path: Path, new_phone: Callable[..., Phone]) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "77.txt").write_bytes(b"00010000-00011000 r--p 00000000 00:00 0 \nSize: 4 kB\n")
    (texts / "PID.txt").write_bytes(b"")
    listing = tmp_path / "ps.txt"
    listing.write_text("UID PID PPID C STIME TTY TIME CMD\nu0_a7 77 1 0 10:00 ? 00:00:01 com.recorded\n")
    phone = new_phone(proc_tree=proc_tree_from_recording(texts, listing, tmp_path / "proc"))
    assert adb(phone, "exec-out", "cat /proc/77/smaps").stdout == (texts / "77.txt").read_bytes()
    assert b"Uid:\t10007" in adb(phone, "shell", "cat /proc/77/status").stdout


@pytest.mark.parametrize("access", ["root", "shell"])
def test_nothing_is_left(access: str) -> None:
    with Phone(access=access, processes=12) as phone:  # type: ignore[arg-type]
        folder = phone.work
        assert users_of(folder) or not phone.real
    assert not users_of(folder)
    assert not folder.exists()


@pytest.mark.parametrize("access", ["root", "shell"])
def test_nothing_is_left_when_the_run_is_killed(access: str, real_adbd: None) -> None:
    script = (
        "import sys, time\nfrom testphone.phone import Phone\n"
        f"with Phone(access={access!r}, processes=12) as phone:\n"
        "    print(phone.work, phone.server_port, phone._rooms.process_inside(), flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=PROJECT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        folder, port, first = run.stdout.readline().split()
        namespace = os.readlink(f"/proc/{first}/ns/net")
        run.send_signal(signal.SIGKILL)
    wait_until(lambda: not processes_in(namespace))
    assert not users_of(Path(folder))
    with pytest.raises(OSError, match="refused"):
        ask_server(int(port), "host:version")
    subprocess.run(["rm", "-rf", "--one-file-system", folder], check=True)


def processes_in(namespace: str) -> list[int]:
    """The processes of a network namespace."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(folder / "ns/net") == namespace:
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def test_a_command_with_a_phone_attached() -> None:
    command = [
        sys.executable,
        "-m",
        "testphone.phone",
        "--processes",
        "12",
        "--run",
        "sh",
        "-c",
        "test $ANDROID_SERIAL; exit 7",
    ]
    assert subprocess.run(command, cwd=PROJECT, capture_output=True, timeout=PATIENCE_S, check=False).returncode == 7


def test_the_stand_in(new_phone: Callable[..., Phone]) -> None:
    phone = new_phone(real=False, processes=12)
    pid = phone.pid("com.example.app")
    assert adb(phone, "exec-out", f"cat /proc/{pid}/smaps").stdout == (phone.proc / str(pid) / "smaps").read_bytes()
    assert adb(phone, "shell", "getprop ro.build.version.release; exit 4").returncode == 4
    phone.unplug()
    assert (
        b"no devices" in adb(phone, "get-state").stderr + adb(phone, "devices").stdout
        or adb(phone, "shell", "id").returncode
    )


@pytest.mark.parametrize("state", ["unauthorized", "offline"])
def test_states_that_a_healthy_adbd_never_has(state: str) -> None:
    with FakeServer([FakeDevice("A", state), FakeDevice("B")]) as server:
        assert f"A\t{state}" in ask_server(server.port, "host:devices")
        with pytest.raises(AdbServerError, match=state):
            ask_server(server.port, "host:transport:A")
        with pytest.raises(AdbServerError, match="more than one"):
            ask_server(server.port, "host:transport-any")


def test_the_model_keeps_what_kernels_keep() -> None:
    model = ModelPhone(seed=9, processes=60)
    for _ in range(12):
        model.evolve()
    for process in model.processes.values():
        end = 0
        for vma in model.vmas(process):
            assert vma.start >= end
            end = vma.end
            private = vma.private_clean + vma.private_dirty
            assert 0 <= private <= vma.pss <= vma.rss
            assert vma.rss + vma.swap <= vma.size
            assert vma.anonymous <= vma.rss
            assert process.bits == 64 or end <= 1 << 32


def test_the_model_is_the_same_for_the_same_seed() -> None:
    one, two, other = ModelPhone(4), ModelPhone(4), ModelPhone(5)
    app = one.find("com.example.app")
    assert one.vmas(app) == two.vmas(two.find("com.example.app"))
    assert one.vmas(app) != other.vmas(other.find("com.example.app"))
