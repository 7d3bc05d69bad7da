"""Where the adb server is, and what is said if it can't be used."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from droidanon.errors import DeviceError
from droidanon.sources.adb.recognise import ask_serialno, open_known_device
from droidanon.sources.adb.server import connected, open_client, open_device, server_address
from droidanon.sources.phone.devices import list_devices
from droidanon.sources.resolve import load_source
from testphone.phone.fake_server import FakeDevice, FakeServer
from testphone.phone.model import ModelPhone
from testphone.phone.proc_tree import ProcTree
from testphone.phone.smart_socket import free_port
from testphone.phone.tools import build_root
from tests.messages import mentions


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ADB_SERVER_SOCKET", "ANDROID_ADB_SERVER_ADDRESS", "ANDROID_ADB_SERVER_PORT", "ANDROID_SERIAL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("variables", "address"),
    [
        ({}, ("127.0.0.1", 5037)),
        ({"ANDROID_ADB_SERVER_PORT": ""}, ("127.0.0.1", 5037)),
        ({"ANDROID_ADB_SERVER_PORT": "6000"}, ("127.0.0.1", 6000)),
        ({"ANDROID_ADB_SERVER_ADDRESS": "lab", "ANDROID_ADB_SERVER_PORT": "6000"}, ("lab", 6000)),
        ({"ADB_SERVER_SOCKET": "tcp:6000", "ANDROID_ADB_SERVER_PORT": "odd"}, ("127.0.0.1", 6000)),
        ({"ADB_SERVER_SOCKET": "tcp:lab:6000"}, ("lab", 6000)),
        ({"ADB_SERVER_SOCKET": "tcp:[::1]:6000"}, ("::1", 6000)),
    ],
)
def test_the_address(variables: dict[str, str], address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert server_address() == address


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ANDROID_ADB_SERVER_PORT", "odd"),
        ("ANDROID_ADB_SERVER_PORT", "70000"),
        ("ADB_SERVER_SOCKET", "tcp:localhost"),
        ("ADB_SERVER_SOCKET", "tcp:lab:"),
        ("ADB_SERVER_SOCKET", "tcp:::1:6000"),
        ("ADB_SERVER_SOCKET", "unix:/tmp/adb"),
    ],
)
def test_the_variable_that_is_wrong_is_named(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(DeviceError) as caught:
        server_address()
    assert str(caught.value).startswith(f"{variable}={value}")


@pytest.mark.parametrize("port", ["", "odd"])
def test_an_odd_port_variable_does_not_matter_beside_a_socket(port: str) -> None:
    """adbutils reads the variable as it is imported: in an interpreter of its own."""
    with FakeServer.with_model(processes=12) as server:
        program = "from droidanon.sources.phone.devices import list_devices; print(list_devices()[0].serial)"
        env = {**server.env, "ANDROID_ADB_SERVER_PORT": port, "ADB_SERVER_SOCKET": f"tcp:{server.port}"}
        done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "MODEL0001\n"), done.stderr


def test_a_server_over_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this host has no IPv6")
    with FakeServer.with_model(processes=12) as server:
        server.listen_on("::1")
        monkeypatch.setenv("ADB_SERVER_SOCKET", f"tcp:[::1]:{server.port}")
        assert [one.serial for one in connected(open_client())] == ["MODEL0001"]


def test_a_server_elsewhere_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADB_SERVER_SOCKET", "tcp:127.0.0.2:1")
    with pytest.raises(DeviceError) as caught:
        open_client()
    assert mentions(str(caught.value), "127.0.0.2:1", "adb -a", "ssh -L")


def test_a_home_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/proc/nowhere")
    monkeypatch.delenv("ANDROID_USER_HOME", raising=False)
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(free_port()))
    with pytest.raises(DeviceError) as caught:
        open_client()
    assert mentions(str(caught.value), "/proc/nowhere", "HOME")


def see(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)


def phone_of(folder: Path, serialno: str, boot_id: str) -> FakeDevice:
    """A device with properties and a boot id."""
    model = ModelPhone(1, 12)
    ProcTree(model, folder / "proc", folder / "staging").write_all()
    random = folder / "proc" / "sys/kernel/random"
    random.mkdir(parents=True, exist_ok=True)
    (random / "boot_id").write_text(f"{boot_id}\n")
    build_root(
        folder / "root", apps=model.apps, seed=1, serial=serialno, access="root", su=None, gzip=False, real=False
    )
    return FakeDevice(serialno, root=folder / "root", proc=folder / "proc")


def test_one_phone_under_two_serials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cable = phone_of(tmp_path / "a", "0A281F", "boot-1")
    wifi = FakeDevice("192.168.0.5:41235", root=cable.root, proc=cable.proc)
    emulator = phone_of(tmp_path / "b", "0A281F", "boot-2")  # the same serial number, another phone
    emulator.serial = "emulator-5554"
    with FakeServer([cable, wifi, emulator]) as server:
        see(server, monkeypatch)
        assert [(one.address, one.same_as) for one in list_devices()] == [
            ("0A281F", ""),
            ("192.168.0.5:41235", "0A281F"),
            ("emulator-5554", ""),
        ]
        from droidanon.cli.parallel import chosen_sources

        said: list[str] = []
        assert chosen_sources("adb:", (), True, said.append) == ["adb:0A281F", "adb:emulator-5554"]
        assert chosen_sources("adb:", ["192.168.0.5:41235", "0A281F"], False, said.append) == ["adb:0A281F"]
        assert [mentions(line, "192.168.0.5:41235", "0A281F") for line in said] == [True, True]


def test_two_phones_with_one_serial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twins = [phone_of(tmp_path / name, "0123456789ABCDEF", name) for name in ("a", "b")]
    with FakeServer(twins) as server:
        see(server, monkeypatch)
        assert [one.address for one in list_devices()] == ["transport_id:1", "transport_id:2"]
        with pytest.raises(DeviceError, match="0123456789ABCDEF.*transport_id:1.*transport_id:2"):
            open_device("0123456789ABCDEF")
        capture = load_source("adb:transport_id:2")
        assert (capture.source, capture.device["serial"]) == ("adb:transport_id:2", "0123456789ABCDEF")
        assert capture.counted_vmas > 1000
        assert load_source(capture.source).source == capture.source


def test_a_serial_with_blanks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = phone_of(tmp_path, "0A281F", "boot-1")
    phone.serial = "adb-0A281F-aBcD (2)._adb-tls-connect._tcp"
    with FakeServer([phone]) as server:
        see(server, monkeypatch)
        (row,) = list_devices()
        assert (row.serial, row.state, row.access) == (phone.serial, "device", "root")
        assert load_source(f"adb:{phone.serial}").device["serial"] == phone.serial


def test_a_phone_that_comes_back_under_another_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = phone_of(tmp_path / "a", "0A281F", "boot-1")
    phone.serial = "192.168.0.5:41235"
    other = phone_of(tmp_path / "b", "0B0B0B", "boot-2")
    with FakeServer([phone, other]) as server:
        see(server, monkeypatch)
        known = ask_serialno(open_device(phone.serial))
        assert known == "0A281F"
        phone.serial = "192.168.0.5:37777"
        with pytest.raises(DeviceError, match=r"192\.168\.0\.5:41235"):
            open_known_device("192.168.0.5:41235")
        assert open_known_device("192.168.0.5:41235", known).serial == "192.168.0.5:37777"
        with pytest.raises(DeviceError, match=r"192\.168\.0\.5:41235"):
            open_known_device("192.168.0.5:41235", "0C0C0C")
