"""`droidanon devices`."""

from __future__ import annotations

from droidanon.cli.options import Csv, Json


def devices(as_json: Json = False, as_csv: Csv = False) -> int:
    """List the connected phones.

    The table has each phone's model, Android release and access. The exit code is 1 if no phone can be used; offline and
    unauthorised phones are listed but can't be used.

    \b
    Examples:
      droidanon devices --json
    """
    from dataclasses import asdict, fields

    from droidanon.cli.narration import say
    from droidanon.report.rows import print_csv, print_json
    from droidanon.report.table import Column, print_table
    from droidanon.sources.phone.devices import DeviceSummary, list_devices
    from droidanon.sources.phone.server import CONNECT

    found = list_devices()
    if as_json:
        print_json([asdict(device) for device in found], source="adb:")
    elif as_csv:
        print_csv([asdict(device) for device in found], [field.name for field in fields(DeviceSummary)])
    elif found:
        names = ("serial", "state", "model", "android", "access", "page_size")
        cells = [[str(getattr(device, name) or "-") for device in found] for name in names]
        print_table([Column(name.replace("_", " "), column) for name, column in zip(names, cells, strict=True)])
        for device in found:
            if device.advice:
                say(f"{device.serial}: {device.advice}")
    if not found:
        say(f"no device: {CONNECT}")
    return 0 if any(device.state == "device" for device in found) else 1
