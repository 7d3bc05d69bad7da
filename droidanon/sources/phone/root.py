"""Runs small scripts as root on a phone, for files that other users cannot access."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

from droidanon.errors import AccessError, DeviceError
from droidanon.escape import escape_text
from droidanon.platform.readers.procfs import parse_number
from droidanon.sources.adb.frames import Frame, new_marker, parse_frames
from droidanon.sources.adb.recognise import open_known_device
from droidanon.sources.adb.server import Device
from droidanon.sources.adb.stream import MOST_COMMAND_BYTES, ask, stream
from droidanon.sources.phone.access import Access, obtain
from droidanon.sources.phone.collector import batches
from droidanon.sources.phone.source import AdbSource


def open_as_root(source: AdbSource, purpose: str, otherwise: str) -> tuple[Device, Access]:
    """The phone with root access through adbd or su. Raises AccessError without it; `purpose` and `otherwise` are for
    the message.
    """
    device = open_known_device(source.serial, source.options.serialno)
    uid = parse_number(ask(device, "id -u"))
    device, access = obtain(device, source.options.way, uid, source.options.say)
    if not access.privileged:
        raise AccessError(
            f"{escape_text(device.serial)}: {purpose}; run `adb root` (userdebug builds) or allow su. {otherwise}"
        )
    return device, access


# $1: marker. `f KIND ARGUMENT` begins a frame. print is built into mksh, printf is not on Android.
_HEAD = r"""
M=$1 N='
'
shift
if [ -n "$KSH_VERSION" ]; then w() { print -rn -- "$1"; }; else w() { printf '%s' "$1"; }; fi
f() { w "$N$M $*$N"; }
"""
_END = "\nf done\n"


def frames_of(device: Device, access: Access, script: str, words: Sequence[str]) -> Iterator[Frame]:
    """Run a script with words as arguments, in several sessions if there are many, and yield its frames.

    The script is the body: `f` begins a frame, and `$@` are the words. DeviceError if a session does not end.
    """
    whole_script = _HEAD + script + _END
    where = escape_text(device.serial)
    empty, _ = access.script(whole_script, new_marker(), [])
    for batch in batches(words, MOST_COMMAND_BYTES - len(empty)):
        marker = new_marker()
        text, data = access.script(whole_script, marker, batch)
        whole = False
        try:
            with closing(stream(device, text, data=data)) as chunks:
                for frame in parse_frames(chunks, marker):
                    whole = whole or frame.kind == "done"
                    yield frame
        except OSError as error:
            raise DeviceError(f"{where}: the connection broke: {error}") from error
        if not whole:
            raise DeviceError(f"{where}: the phone ended the session before it was done")
