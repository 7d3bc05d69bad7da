"""The script that runs on the phone, and the frames that it sends: one shell session for a whole capture.

Plain mksh and toybox (Android 7 and later): /proc itself, no ps, no file left on the phone. Every frame begins with
a line that holds a nonce of this capture, since a cmdline can hold any text, our markers too. The bytes of a frame are
everything up to the next marker, less the newline that the script puts before it.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# $1: marker, $2: the app ('' for all), $3: the pid ('' for all).
# A zygote is read for any app, as a companion. A kernel thread has no cmdline and no VmSize in its status.
SCRIPT = r"""
M=$1 A=$2 P=$3
f() { printf '\n%s %s\n' "$M" "$*"; }
f begin
f props; getprop 2>/dev/null
f packages; pm list packages -U 2>/dev/null
f uname; uname -r 2>/dev/null
f uid; id -u 2>/dev/null
for d in /proc/[0-9]*; do
  p=${d#/proc/}
  { read -r s < $d/stat; } 2>/dev/null || continue
  c=
  { read -r c < $d/cmdline; } 2>/dev/null  # the shell leaves NULs out; an app's cmdline is its name and NULs
  f pid $p; printf '%s' "$s"
  f cmdline; cat $d/cmdline 2>/dev/null
  w=1
  if [ -n "$P" ]; then
    [ "$p" = "$P" ] || w=
  elif [ -n "$A" ]; then
    case "$c" in "$A"|"$A":*|zygote|zygote64|*_zygote|*_zygote32|usap32|usap64) ;; *) w= ;; esac
  fi
  if [ -z "$w" ]; then f skip; continue; fi
  f status; cat $d/comm $d/oom_score_adj $d/status 2>/dev/null
  f smaps; cat $d/smaps 2>&1; e=$?
  { read -r t < $d/stat; } 2>/dev/null || t=
  f end $e; printf '%s' "$t"
done
f meminfo; cat /proc/meminfo 2>/dev/null
f uptime; cat /proc/uptime 2>/dev/null
f done
"""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: its kind, what the marker line says after it, and its bytes."""

    kind: str
    argument: str
    data: bytes


def new_marker() -> str:
    """A marker that no device text can know."""
    return f"@@droidanon:{secrets.token_hex(12)}"


def command(marker: str, app: str | None, pid: int | None) -> str:
    """The shell command of a capture. Nothing of it is read from a file, and all words are quoted."""
    words = (SCRIPT, "droidanon", marker, app or "", str(pid) if pid is not None else "")
    return "sh -c " + " ".join(shlex.quote(word) for word in words)


def parse_frames(chunks: Iterable[bytes], marker: str) -> Iterator[Frame]:
    """Frames from a stream in pieces of any size; the last one may be cut, and then is not given.

    Bytes before the first marker (a shell's greeting) are left out.
    """
    sign = f"\n{marker} ".encode()
    buffer = bytearray()
    kind, argument = "", ""
    searched = 0
    for chunk in chunks:
        buffer += chunk
        while (at := buffer.find(sign, searched)) >= 0:
            end = buffer.find(b"\n", at + len(sign))
            if end < 0:
                break
            words = buffer[at + len(sign) : end].decode("utf-8", "replace").split(" ", 1)
            if kind:
                yield Frame(kind, argument, bytes(memoryview(buffer)[:at]))
            kind, argument = words[0], words[1] if len(words) > 1 else ""
            del buffer[: end + 1]
            searched = 0
            if kind == "done":
                yield Frame(kind, argument, b"")
                return
        searched = max(at if at >= 0 else len(buffer) - len(sign), 0)
