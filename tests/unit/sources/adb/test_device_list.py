"""The devices that an adb server lists, and the one that is meant."""

from __future__ import annotations

import pytest

from droidanon.errors import DeviceError
from droidanon.sources.adb.device_list import ListedDevice, choose_device, parse_devices
from tests.messages import mentions

DENIED = "no permissions (user in plugdev group; are your udev rules wrong?); see [http://developer.android.com/tools/device.html]"
LINES = f"""\
0A281FDD4001XY         device usb:1-1 product:shiba model:Pixel_8 device:shiba transport_id:1
adb-0A281F-aBcD (2)._adb-tls-connect._tcp device product:shiba model:Pixel_8 device:shiba transport_id:2
192.168.0.5:41235      offline transport_id:3
(no serial number)     {DENIED} usb:3-1.2 transport_id:4
emulator-5554          device product:sdk_gphone64 model:sdk_gphone64_x86_64 device:emu64xa transport_id:5
0123456789ABCDEF       device usb:1-2 product:a model:Box_A device:a transport_id:6
0123456789ABCDEF       unauthorized usb:1-3 transport_id:7
adb-x device-y device
"""
FOUND = parse_devices(LINES)


def test_serials_and_states() -> None:
    assert [(one.serial, one.state) for one in FOUND] == [
        ("0A281FDD4001XY", "device"),
        ("adb-0A281F-aBcD (2)._adb-tls-connect._tcp", "device"),
        ("192.168.0.5:41235", "offline"),
        ("(no serial number)", "no permissions"),
        ("emulator-5554", "device"),
        ("0123456789ABCDEF", "device"),
        ("0123456789ABCDEF", "unauthorized"),
        ("adb-x device-y", "device"),
    ]
    assert [one.facts["transport_id"] for one in FOUND[:7]] == ["1", "2", "3", "4", "5", "6", "7"]
    assert [one.address for one in FOUND[4:7]] == ["emulator-5554", "transport_id:6", "transport_id:7"]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("adb-0A281F-aBcD (2)._adb-tls-connect._tcp", 1),
        ("transport_id:5", 4),
        ("usb:1-1", 0),
        ("model:sdk_gphone64_x86_64", 4),
        ("model:sdk gphone64 x86 64", 4),
        ("product:a", 5),
        ("device:emu64xa", 4),
        ("0123456789ABCDEF", 5),  # of two, the one that can be used
    ],
)
def test_the_names_of_a_device(name: str, place: int) -> None:
    assert choose_device(FOUND, name) is FOUND[place]


def test_two_with_one_name() -> None:
    with pytest.raises(DeviceError) as caught:
        choose_device(FOUND, "model:Pixel_8")
    assert mentions(str(caught.value), "model:Pixel_8", "0A281FDD4001XY", "adb-0A281F-aBcD (2)._adb-tls-connect._tcp")
    twins = [
        ListedDevice("S", "device", {"usb": "1-1"}, "transport_id:1"),
        ListedDevice("S", "device", {}, "transport_id:2"),
    ]
    with pytest.raises(DeviceError) as caught:
        choose_device(twins, "S")
    assert mentions(str(caught.value), "S", "transport_id:1", "1-1", "transport_id:2")
    assert choose_device(twins, "transport_id:2") is twins[1]


@pytest.mark.parametrize("name", ["Pixel_8", "model:", "colour:blue", "adb-0A281F-aBcD", "transport_id:55"])
def test_names_of_none(name: str) -> None:
    with pytest.raises(DeviceError, match=f"^{name}: "):
        choose_device(FOUND, name)
