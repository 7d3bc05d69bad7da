"""The phones of a lab: their facts, whether they match the plan's rules, and whether they are ready for a run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from droidanon.escape import escape_text
from droidanon.experiment.conditions import battery_level, thermal_status
from droidanon.experiment.manifest import phone_folder
from droidanon.experiment.shell import PhoneShell
from droidanon.lab.plan import Per, PhoneRules
from droidanon.platform.readers.procfs import parse_number
from droidanon.sources.adb.recognise import ask_serialno
from droidanon.sources.adb.server import Device
from droidanon.sources.adb.stream import ask
from droidanon.store.library import safe_word
from droidanon.units import format_mib

_RELEASE = re.compile(r"(\d{1,3})\b")
_MEM_TOTAL = re.compile(r"^MemTotal:\s+(\d{1,15}) kB", re.M)


@dataclass(frozen=True, slots=True)
class PhoneFacts:
    """A phone's facts about itself. `name` is its folder and label; None and empty texts mean unknown."""

    name: str
    serialno: str
    model: str
    android: int | None
    ram_kb: int | None
    boot_id: str = ""

    def group(self, per: Per) -> str:
        """The group whose runs this phone can take."""
        if per is Per.PHONE:
            return self.name
        return (safe_word(self.model) or "unknown-model") if per is Per.MODEL else ""


def ask_facts(device: Device) -> PhoneFacts:
    """Query the facts of a phone. Raises DeviceError if it does not respond."""
    serialno = ask_serialno(device)
    commands = (
        "getprop ro.product.model",
        "getprop ro.build.version.release",
        "cat /proc/sys/kernel/random/boot_id",
        "cat /proc/meminfo",
    )
    model, android, boot, *meminfo = ask(device, f"({'; '.join(commands)}) 2>/dev/null").split("\n")
    release, total = _RELEASE.match(android), _MEM_TOTAL.search("\n".join(meminfo))
    return PhoneFacts(
        phone_folder(serialno, device.source),
        serialno,
        escape_text(model.strip()),
        parse_number(release[1]) if release else None,
        parse_number(total[1]) if total else None,
        boot.strip(),
    )


def reason_against(facts: PhoneFacts, serial: str, rules: PhoneRules) -> str:
    """Why a plan excludes a phone; empty if it does not. A rule excludes phones whose fact is unknown."""
    if rules.serials and not {serial, facts.serialno, facts.name} & set(rules.serials):
        return "not in serials"
    if rules.models and not any(fnmatchcase(facts.model.lower(), one.lower()) for one in rules.models):
        return f"its model {facts.model or '(unknown)'} is not in models"
    for found, least, most, shown in (
        (facts.android, rules.min_android, rules.max_android, f"Android {facts.android}"),
        (facts.ram_kb, rules.min_ram_kb, rules.max_ram_kb, f"{format_mib(facts.ram_kb)} MiB of RAM"),
    ):
        if (least, most) == (None, None):
            continue
        if found is None:
            return f"{shown.replace('None', '(unknown)')}: a limit is set"
        if least is not None and found < least:
            return f"{shown} is below the minimum"
        if most is not None and found > most:
            return f"{shown} is above the maximum"
    return ""


def reason_to_rest(shell: PhoneShell, rules: PhoneRules) -> str:
    """Why a phone is not ready for a run now; empty if it is, or does not report its state."""
    level = battery_level(shell)
    if level is not None and level < rules.min_battery:
        return f"battery at {level} %, the minimum is {rules.min_battery} %"
    status = thermal_status(shell)
    if status is not None and status > rules.max_thermal:
        return f"thermal status {status}, the maximum is {rules.max_thermal}"
    return ""
