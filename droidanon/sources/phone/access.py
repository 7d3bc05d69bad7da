"""Ways to read on a phone: as whom the collector runs there, each way tried before it is used."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from droidanon.errors import AccessError, DeviceError
from droidanon.escape import escape_text
from droidanon.sources.adb.server import Device, connected, restart_as_root
from droidanon.sources.adb.stream import Patience, ask
from droidanon.sources.phone.collector import quoted

DIALECTS = (("su", "0"), ("su", "root"), ("su", "-c"))
"""How `su` is told what to run: as its arguments (userdebug builds), or as one text (Magisk, KernelSU, SuperSU)."""

SU_SECONDS = 30.0
"""How long a su may wait for a tap on the phone (Magisk itself gives up after 10)."""
_SU_PATIENCE_SECONDS = 1.5
_ROOT_SECONDS = 20.0
_DENIED = ("denied", "not allowed", "not permitted")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Access:
    """As whom commands run on a phone: `root` (adbd is), `su` in one of its dialects, else the shell's own user."""

    kind: str
    dialect: tuple[str, ...] = ()

    def command(self, arguments: list[str]) -> str:
        """The text of a shell command that runs a program with these arguments."""
        if self.dialect and self.dialect[-1] == "-c":
            return quoted([*self.dialect, quoted(arguments)])
        return quoted([*self.dialect, *arguments])

    @property
    def privileged(self) -> bool:
        return self.kind in ("root", "su")


@dataclass(frozen=True, slots=True)
class SuTrial:
    """What came of trying `su`: the dialect that gives root, else why there is none."""

    dialect: tuple[str, ...] | None
    reason: str = ""


def obtain(device: Device, wanted: str, uid: int | None, say: Say) -> tuple[Device, Access]:
    """The best way to read, or the one that is wanted. AccessError where that one is not there.

    `auto` never restarts adbd. `root` restarts it as root where the build allows, and says so.
    """
    if uid == 0 and wanted in ("auto", "root", "su"):
        return device, Access("root")
    if wanted == "root":
        return become_root(device, say), Access("root")
    if wanted in ("auto", "su"):
        trial = try_su(device, say)
        if trial.dialect is not None:
            return device, Access("su", trial.dialect)
        if wanted == "su":
            raise AccessError(f"{escape_text(device.serial)}: {trial.reason}; try access auto", settings=("access",))
        if trial.reason != NO_SU:
            say(f"{device.serial}: {trial.reason}; going on without it")
    return device, Access("shell" if wanted == "auto" else wanted)


NO_SU = "there is no su on this phone"


def try_su(device: Device, say: Say) -> SuTrial:
    """Ask su for root in each of its dialects; a su that waits for a tap on the phone is announced."""
    # `-v` asks nobody: root managers print their version, a userdebug build's su takes it for a user and fails.
    found = ask(device, 'command -v su >/dev/null 2>&1 && echo has; su -v </dev/null 2>/dev/null && echo "; managed"')
    if "has" not in found.splitlines():  # a shell may greet
        return SuTrial(None, NO_SU)
    waited = False

    def announce() -> None:
        nonlocal waited
        waited = True
        say(f"{device.serial}: su waits: confirm on the phone ({SU_SECONDS:.0f} s)")

    answer = ""
    for dialect in DIALECTS[2:] if found.rstrip().endswith("; managed") else DIALECTS:
        command = Access("su", dialect).command(["id", "-u"])
        try:
            answer = ask(
                device,
                f"{command} </dev/null 2>&1",
                seconds=SU_SECONDS,
                patience=Patience(min(_SU_PATIENCE_SECONDS, SU_SECONDS / 2), announce),
            ).strip()
        except DeviceError:
            if not waited:
                raise
            return SuTrial(None, f"su did not answer within {SU_SECONDS:.3g} s: nobody confirmed on the phone")

        if answer.splitlines()[-1:] == ["0"]:
            return SuTrial(dialect)
        if waited or any(word in answer.lower() for word in _DENIED):
            break
    return SuTrial(None, f"su does not give root: {escape_text(' '.join(answer.split())[:120]) or 'no answer'}")


def become_root(device: Device, say: Say) -> Device:
    """The device with adbd restarted as root. AccessError where its build does not allow it."""
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
