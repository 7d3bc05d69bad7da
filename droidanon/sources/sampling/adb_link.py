"""Repeated looks at a phone's processes: a script that waits on the phone, and the host's end of it.

The host requests each look and so sets the pace. The script ends with the connection, when `read` reaches the end of
its input. It is not stored as a file.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from droidanon.errors import DeviceError
from droidanon.platform.readers.procfs import parse_pid
from droidanon.sources.adb.frames import Frame, new_marker, parse_frames
from droidanon.sources.adb.recognise import open_known_device
from droidanon.sources.adb.stream import Exchange
from droidanon.sources.sampling.link import Look
from droidanon.sources.sampling.sample import parse_times

_IDLE_SECONDS = 15.0
_ANSWER_SECONDS = 60.0
_MORE_FRAMES = 2
"""A look has two frames before its last one."""
# $1: marker. Requests are lines: `look`, and `names PID...`.
# - One cat for all files: mksh makes one system call per byte, and its patterns are slow (1 ms per status, measured). A
#   status names its pid, so processes that ended in the meantime do no harm. Zram and pressure need root.
# - No status has the oom_score_adj, which is so short that read is cheaper than cat.
SCRIPT = r"""
M=$1 N='
'
if [ -n "$KSH_VERSION" ]; then
  w() { print -rn -- "$1"; }
  name() { IFS= read -r -d '' c <$1; }
else
  w() { printf '%s' "$1"; }
  name() { IFS= read -r c <$1; }
fi
f() { w "$N$M $*$N"; }
while read -r k a; do
  case $k in
  look)
    f look; cat /proc/meminfo /proc/pressure/memory /sys/block/zram*/mm_stat /proc/[0-9]*/status
    t=
    for d in /proc/[0-9]*; do o=; read -r o <$d/oom_score_adj && t="$t${d##*/} $o$N"; done
    f adj; w "$t"
    f times; times
    ;;
  names)
    for p in $a; do
      c=
      name /proc/$p/cmdline
      f name $p
      case $c in *sh) cat /proc/$p/cmdline ;; *) w "$c" ;; esac
    done
    ;;
  esac
  f ready
done 2>/dev/null
"""


def command(marker: str) -> str:
    """The shell command of a session."""
    return "sh -c " + " ".join(shlex.quote(word) for word in (SCRIPT, "droidanon", marker))


class AdbLink:
    """One session of the script on a phone."""

    def __init__(self, serial: str | None, serialno: str = "") -> None:
        device = open_known_device(serial, serialno)
        self.serial = device.address or device.serial
        self.own = new_marker()
        self._exchange = Exchange(device, command(self.own), _IDLE_SECONDS)
        self._frames: Iterator[Frame] = parse_frames(self._exchange.chunks(), self.own)

    def look(self) -> Look:
        found = {frame.kind: frame.data for frame in self._ask("look", "times")}
        adjustments, times = (found.get(kind, b"").decode("utf-8", "replace") for kind in ("adj", "times"))
        return Look(found.get("look", b""), adjustments, parse_times(times))

    def names(self, pids: Sequence[int]) -> dict[int, bytes]:
        if not pids:
            return {}
        frames = self._ask(f"names {' '.join(map(str, pids))}", "name", len(pids))
        return {pid: frame.data for frame in frames if (pid := parse_pid(frame.argument)) is not None}

    def _ask(self, request: str, last: str, times: int = 1) -> list[Frame]:
        """Send a request; returns its frames, up to the last of a kind (a frame is complete when the next begins)."""
        self._exchange.end_within(_ANSWER_SECONDS)
        self._exchange.send(f"{request}\n".encode())
        found: list[Frame] = []
        most = times + _MORE_FRAMES
        for frame in self._frames:
            if frame.kind == "ready":  # the end of the previous request
                continue
            found.append(frame)
            times -= frame.kind == last
            if not times:
                return found
            if len(found) > most:
                raise DeviceError("the phone's answer does not end")
        raise DeviceError("the phone ended the session")

    def close(self) -> None:
        self._exchange.close()


class AdbLinks:
    """Successive sessions with the same phone, the first one found, whenever it is back."""

    def __init__(self, serial: str | None, serialno: str = "") -> None:
        self._serial, self._serialno = serial, serialno

    def connect(self) -> AdbLink:
        link = AdbLink(self._serial, self._serialno)
        self._serial = link.serial
        return link
