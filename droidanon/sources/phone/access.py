"""Access methods on a phone, i.e. the user that the collector's script runs as. Each is tested before use."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from droidanon.errors import AccessError, DeviceError
from droidanon.escape import escape_text
from droidanon.sources.adb.server import Device, connected, restart_as_root
from droidanon.sources.adb.stream import Patience, SilentError, ask
from droidanon.sources.phone.collector import longest_script, quoted

DIALECTS = (("0",), ("root",), ("-c",))
"""How `su` takes a command: as its arguments (userdebug builds), or as one text (Magisk, KernelSU, SuperSU)."""

SU_PLACES = (
    "/debug_ramdisk/su",
    "/sbin/su",
    "/system/xbin/su",
    "/system/xbin/bstk/su",
    "/system/bin/su",
    "/system/sbin/su",
    "/vendor/bin/su",
    "/su/bin/su",
    "/data/adb/ksu/bin/su",
    "/data/adb/ap/bin/su",
)
"""Paths of su in root managers and emulators, if it is not in the shell's PATH."""

SU_SECONDS = 30.0
"""How long a su may wait for a tap on the phone (Magisk itself gives up after 10)."""
_SU_PATIENCE_SECONDS = 1.5
_VERSION_SECONDS = 4.0
_ROOT_SECONDS = 20.0
_DENIED = ("denied", "not allowed", "not permitted")
ALLOW = "allow the shell (com.android.shell) in the root manager on the phone"
HIDDEN = f"if it is rooted with KernelSU or APatch, which hide su from programs they do not allow: {ALLOW}"

Say = Callable[[str], None]

# $1: the line that ends the script, which comes on stdin. Some su take 4,096 bytes of arguments; the script is three
# times as long.
_FROM_STDIN = """\
s= N='
'
while IFS= read -r l && [ "$l" != "$1" ]; do s=$s$l$N; done
eval "$s"
"""
# A root manager may set its own PATH for its shells.
_WITH_PATH = 'PATH=$PATH:/system/bin:/system/xbin; export PATH; exec "$@"'
# Tries up to eight processes that belong neither to root nor to the shell, until the smaps of one can be read.
_READS_OTHERS = r"""
n=0 t=
for d in /proc/[0-9]*; do
  u=
  while read -r k v r; do case $k in Uid:) u=$v; break ;; esac; done <$d/status
  case $u in ''|0|2000) continue ;; esac
  n=$((n + 1)) t=$d
  if read -r l <$d/smaps; then case $l in *-*) echo reads; exit ;; esac; fi
  [ $n -lt 8 ] || break
done 2>/dev/null
if [ $n = 0 ]; then echo reads; else echo "refused: $(cat $t/smaps 2>&1 | head -n 1)"; fi
"""


@dataclass(frozen=True, slots=True)
class Access:
    """The user that commands run as: `root` (if adbd is root), `su` in one of its dialects, or the shell's user.

    `dialect`: the program and how it takes a command. `by_stdin`: it reads scripts from stdin, otherwise from an
    argument.
    """

    kind: str
    dialect: tuple[str, ...] = ()
    by_stdin: bool = False

    def command(self, arguments: list[str]) -> str:
        """A shell command that runs a program with these arguments."""
        if not self.dialect:
            return quoted(arguments)
        inner = ["/system/bin/sh", "-c", _WITH_PATH, "sh", *arguments]
        if self.dialect[-1] == "-c":
            return quoted([*self.dialect, quoted(inner)])
        return quoted([*self.dialect, *inner])

    def script(self, script: str, marker: str, words: list[str]) -> tuple[str, bytes]:
        """A shell command that runs a script with `marker` and words as its arguments, and the bytes for its stdin."""
        if not self.by_stdin:
            return self.command(["sh", "-c", script, "droidanon", marker, *words]), b""
        text = f"set -- {quoted([marker, *words])}\n{script}\n{marker}\n"
        return self.command(["sh", "-c", _FROM_STDIN, "droidanon", marker]), text.encode()

    @property
    def privileged(self) -> bool:
        return self.kind in ("root", "su")


@dataclass(frozen=True, slots=True)
class SuTrial:
    """The result of trying `su`: the access it grants, or why it grants none, with advice."""

    access: Access | None
    reason: str = ""
    advice: str = ""


def obtain(device: Device, wanted: str, uid: int | None, say: Say) -> tuple[Device, Access]:
    """The best access method, or the requested one. Raises AccessError if that is not available.

    `auto` never restarts adbd. `root` restarts it as root if the build allows it, and reports this. Root and su are not
    trusted until they have read the smaps of another user's process.
    """
    where = escape_text(device.serial)
    if uid == 0 and wanted in ("auto", "root", "su"):
        refusal = ""
        with suppress(SilentError):  # later steps report it, and keep what has arrived
            refusal = why_others_are_refused(device, Access("root"))
        if not refusal:
            return device, Access("root")
        if wanted != "auto":
            raise AccessError(f"{where}: adbd is root, but {refusal}; try access auto", settings=("access",))
        say(f"{device.serial}: adbd is root, but {refusal}; continuing as the shell")
        return device, Access("shell")
    if wanted == "root":
        return become_root(device, say), Access("root")
    if wanted in ("auto", "su"):
        trial = try_su(device, say)
        if trial.access is not None:
            return device, trial.access
        if wanted == "su":
            advice = f"{trial.advice}, or try" if trial.advice else "try"
            raise AccessError(f"{where}: {trial.reason}; {advice} access auto", settings=("access",))
        if trial.reason != NO_SU:
            say(f"{device.serial}: {trial.reason}; continuing without it")
    return device, Access("shell" if wanted == "auto" else wanted)


def why_others_are_refused(device: Device, access: Access) -> str:
    """Why that user cannot read other users' smaps; empty if it can. Raises SilentError if there is no response."""
    text, data = access.script(_READS_OTHERS.ljust(longest_script(), "#"), "@@end", [])
    answer = ask(device, f"{text} 2>&1", data=data).strip().splitlines()
    last = answer[-1] if answer else "no answer"
    if last == "reads":
        return ""
    return f"it may not read other processes ({escape_text(last.removeprefix('refused: ')[:120])})"


NO_SU = "there is no su on this phone"


def try_su(device: Device, say: Say) -> SuTrial:
    """Ask su for root in each of its dialects; tells the user if su waits for confirmation on the phone."""
    places = " ".join(SU_PLACES)
    find = f"command -v su 2>/dev/null || for p in {places}; do if [ -x $p ]; then echo $p; break; fi; done"
    found = [
        line.strip() for line in ask(device, find).splitlines() if line.strip().endswith("su")
    ]  # a shell may print a greeting
    if not found:
        return SuTrial(None, NO_SU, HIDDEN)
    program = "su" if found[-1] not in SU_PLACES else found[-1]
    try:
        dialects = _dialects(device, program)
    except SilentError:
        return SuTrial(None, "su does not answer", "restart the phone")
    return _try_dialects(device, [(program, *words) for words in dialects], say)


def _dialects(device: Device, program: str) -> tuple[tuple[str, ...], ...]:
    # `-v` needs no confirmation: root managers print their version; a userdebug build's su expects a user, and fails.
    answer = ask(device, f'{program} -v </dev/null 2>/dev/null && echo "; managed"', seconds=_VERSION_SECONDS)
    return DIALECTS[2:] if answer.rstrip().endswith("; managed") else DIALECTS


def _try_dialects(device: Device, dialects: list[tuple[str, ...]], say: Say) -> SuTrial:
    waited = False

    def announce() -> None:
        nonlocal waited
        waited = True
        say(f"{device.serial}: su is waiting for confirmation on the phone ({SU_SECONDS:.0f} s)")

    answer = ""
    for dialect in dialects:
        command = Access("su", dialect).command(["/system/bin/id", "-u"])
        patience = Patience(min(_SU_PATIENCE_SECONDS, SU_SECONDS / 2), announce)
        try:
            answer = ask(device, f"{command} </dev/null 2>&1", seconds=SU_SECONDS, patience=patience).strip()
        except SilentError:
            reason = f"su did not answer within {SU_SECONDS:.3g} s: nobody confirmed on the phone"
            return SuTrial(None, reason, ALLOW)
        if answer.splitlines()[-1:] == ["0"]:
            return _try_reading(device, dialect)
        if waited or any(word in answer.lower() for word in _DENIED):
            break
    answer = escape_text(" ".join(answer.split())[:120]) or "no answer"
    return SuTrial(None, f"su does not give root: {answer}", ALLOW)


def _try_reading(device: Device, dialect: tuple[str, ...]) -> SuTrial:
    """Find out how a su that grants root takes scripts: on stdin, or as an argument."""
    reason = "it does not answer"
    for access in _ways_of_scripts(dialect):
        try:
            refusal = why_others_are_refused(device, access)
        except SilentError:
            continue
        if not refusal:
            return SuTrial(access)
        reason = refusal
    return SuTrial(
        None, f"su gives root, but {reason}", "look for a profile or namespace setting of the shell in the root manager"
    )


def _ways_of_scripts(dialect: tuple[str, ...]) -> Iterator[Access]:
    yield Access("su", dialect, by_stdin=True)
    yield Access("su", dialect)


def become_root(device: Device, say: Say) -> Device:
    """Restart adbd as root, and return the device. Raises AccessError if the build does not allow it."""
    where = escape_text(device.serial)
    say(f"{device.serial}: adb root (adbd restarts; `adb unroot` undoes it)")
    answer = restart_as_root(device)
    end = time.monotonic() + _ROOT_SECONDS
    while time.monotonic() < end:
        with suppress(DeviceError):
            if any(one.serial == device.serial and one.state == "device" for one in connected(device.client)):
                if ask(device, "id -u").split()[-1:] == ["0"]:
                    return device
                if "cannot" in answer:
                    break
        time.sleep(0.2)
    reason = escape_text(" ".join(answer.split())[:120]) or "no answer"
    raise AccessError(
        f"{where}: adb root: {reason}; only userdebug and eng builds allow it. Try access auto", settings=("access",)
    )
