"""`droidanon devices`."""

from __future__ import annotations

from droidanon.cli.options import Csv, Json, output_format


def devices(as_json: Json = False, as_csv: Csv = False) -> int:
    """List the connected phones.

    The table has each phone's model, Android release and access. The exit code is 1 if no phone can be used; offline
    and unauthorised phones are listed but can't be used.

    \b
    Examples:
      droidanon devices --json
    """
    from droidanon.report.devices import print_devices
    from droidanon.report.narration import say
    from droidanon.sources.adb.device_list import CONNECT
    from droidanon.sources.phone.devices import list_devices

    output = output_format(json=as_json, csv=as_csv)
    found = list_devices()
    print_devices(found, output)
    if not found:
        say(f"no device: {CONNECT}")
    return 0 if any(device.access != "none" for device in found) else 1
