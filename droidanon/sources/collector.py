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

# $1: marker, $2: the app ('' for all), $3: the pid ('' for all). Zygotes are read whatever is asked for, as companions.
# - A program started costs milliseconds on a phone, and neither cat nor printf is built into Android's mksh: so only
#   smaps is read by cat, and all else by read and print. Other shells (a test's) have printf built in, but no `read -d`.
# - stat is read line by line, since a comm may hold a newline; field 9 tells a kernel thread (PF_KTHREAD).
# - c is the cmdline up to its first NUL; a shell's is sent whole, since ours is to be known by its marker (and not by
#   $$, which is another process where /proc is that of another PID namespace, or made of files).
# - smaps comes without what cat may say of it; a read that failed is tried again for its message only.
# - pm comes last: it starts a process, takes a second, and waits for a system_server that may hang.
SCRIPT = r"""
M=$1 A=$2 P=$3 N='
'
if [ -n "$KSH_VERSION" ]; then
  w() { print -rn -- "$1"; }
  name() { IFS= read -r -d '' c <$1; }
  named() { case $c in *sh) cat $1;; *) w "$c" ;; esac; }
else
  w() { printf '%s' "$1"; }
  name() { IFS= read -r c <$1; }
  named() { cat $1; }
fi
f() { w "$N$M $*$N"; }
line() { s=; while IFS= read -r l; do s=$s$l$N; done <$1; }
status() { u= z=; while read -r k v l; do
  case $k in Uid:) u=$v ;; VmSize:) z=$v; break ;; esac
done <$1; }
f begin
f uid; id -u 2>/dev/null
f props; getprop 2>/dev/null
f uname; uname -r 2>/dev/null
f meminfo; cat /proc/meminfo 2>/dev/null
f vmstat; cat /proc/vmstat 2>/dev/null
f uptime; cat /proc/uptime 2>/dev/null
set -- /proc/[0-9]*
f count $#
for d in "$@"; do
  p=${d##*/}
  line $d/stat 2>/dev/null
  [ -n "$s" ] || continue
  set -- ${s##*) }
  case $7 in ''|*[!0-9]*) ;; *) [ $(($7 & 2097152)) = 0 ] || continue ;; esac
  c=
  name $d/cmdline 2>/dev/null
  r=
  if [ -n "$P" ]; then [ $p != "$P" ] || r=1
  elif [ -n "$A" ]; then case $c in "$A"|"$A":*) r=1 ;; esac
  else r=1
  fi
  case $c in zygote|zygote64|*_zygote|*_zygote32|usap32|usap64) r=1 ;; esac
  f pid $p; w "$s"
  if [ -z "$r" ]; then f skip; w "$c"; continue; fi
  o=
  { read -r o <$d/oom_score_adj; status $d/status; } 2>/dev/null
  f cmdline; named $d/cmdline 2>/dev/null
  f status; w "$o$N${u:+Uid: $u$N}${z:+VmSize: $z kB$N}"
  f smaps; cat $d/smaps 2>/dev/null || { f error $?; cat $d/smaps 2>&1 >/dev/null; }
  line $d/stat 2>/dev/null
  f end; w "$s"
done
f packages; pm list packages -U 2>/dev/null
f done
"""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: its kind, what the marker line says after it, and its bytes; `cut`: the stream ended inside it."""

    kind: str
    argument: str
    data: bytes
    cut: bool = False


def new_marker() -> str:
    """A marker that no device text can know."""
    return f"@@droidanon:{secrets.token_hex(12)}"


def command(marker: str, app: str | None, pid: int | None) -> str:
    """The shell command of a capture. Nothing of it is read from a file, and all words are quoted."""
    words = (SCRIPT, "droidanon", marker, app or "", str(pid) if pid is not None else "")
    return "sh -c " + " ".join(shlex.quote(word) for word in words)


def parse_frames(chunks: Iterable[bytes], marker: str, *, keep_cut: bool = False) -> Iterator[Frame]:
    """Frames from a stream in pieces of any size; one that the stream's end cuts is given only with `keep_cut`.

    Bytes before the first marker (a shell's greeting) are left out, and so are those after `done`.
    """
    sign = b"\n" + marker.encode() + b" "
    buffer = bytearray(b"\n")  # always begins with the newline that ended the last marker line
    opened: tuple[str, str] | None = None
    searched = 0
    for chunk in chunks:
        buffer += chunk
        while True:
            at = buffer.find(sign, searched)
            if at < 0:
                searched = max(len(buffer) - len(sign) + 1, 0)
                break
            end = buffer.find(b"\n", at + len(sign))
            if end < 0:
                searched = at
                break
            if opened is not None:
                yield Frame(*opened, _bytes(buffer, at))
            kind, _, argument = buffer[at + len(sign) : end].decode("utf-8", "replace").partition(" ")
            opened = (kind, argument)
            del buffer[:end]
            searched = 0
            if kind == "done":
                yield Frame(kind, argument, b"")
                return
    if keep_cut and opened is not None:
        yield Frame(*opened, _bytes(buffer, _cut_at(buffer, sign)), cut=True)


def _bytes(buffer: bytearray, stop: int) -> bytes:
    """A frame's bytes, copied once."""
    with memoryview(buffer) as view:
        return bytes(view[1:stop])


def _cut_at(buffer: bytearray, sign: bytes) -> int:
    """Where the data of a cut frame ends: before a marker of which a part had come (a newline alone counts as data)."""
    at = buffer.rfind(sign)
    if at >= 0:
        return at
    for size in range(min(len(sign), len(buffer)), 1, -1):
        if buffer.endswith(sign[:size]):
            return len(buffer) - size
    return len(buffer)
