"""Checks the phone: model and release, kernel counters, tools, clock and free space."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping

from droidanon.platform.readers.procfs import parse_number
from droidanon.sources.adb.server import Device
from droidanon.sources.adb.stream import ask
from droidanon.sources.phone.access import Access
from droidanon.sources.phone.compression import try_link
from droidanon.sources.phone.doctor.finding import Finding
from droidanon.sources.phone.session_result import Collected
from droidanon.units import format_bytes

_ASKED = {
    "selinux": "getenforce",
    "page": "getconf PAGESIZE",
    "clock": "date +%s",
    "toybox": "toybox --version",
    "gzip": "command -v gzip",
    "room": "stat -f -c '%a %s' /data",
}
# The first smaps that opens, or that of /proc/self (a kernel thread's is empty); names in the first few.
_FIELDS = r"""
n=0
for d in /proc/self /proc/[0-9]*; do
  [ -n "$(head -n 1 $d/smaps)" ] || continue
  [ $n -gt 0 ] || { head -n 40 $d/smaps; [ ! -e $d/smaps_rollup ] || echo smaps_rollup:; }
  n=$((n + 1))
  grep -m 1 '[[]anon:' $d/smaps && break
  [ $n -lt 16 ] || break
done 2>/dev/null
echo "# $n looked at"
"""
_LOOKED_AT = re.compile(r"^# (\d{1,9}) looked at", re.MULTILINE)
_KEY = re.compile(r"^([A-Za-z_]+):", re.MULTILINE)
_OLDEST_ANDROID = 7
_CLOCK_SECONDS = 60
_FAST_BYTES_S = 100e6
_LITTLE_BYTES = 500 << 20


def look_at_phone(seen: Collected, answers: Mapping[str, str]) -> Iterator[Finding]:
    """The model and release of the phone, from a session with `facts` and from `ask_phone`."""
    facts = seen.device
    model, android, sdk, build = (str(facts.get(key, "")) for key in ("model", "android", "sdk", "build_type"))
    yield Finding("phone", "model", "ok" if model else "warning", model or "not reported")
    number = parse_number(android.partition(".")[0])
    old = number is not None and number < _OLDEST_ANDROID
    yield Finding(
        "phone",
        "Android",
        "warning" if old or number is None else "ok",
        f"{android} (SDK {sdk or '?'}), {build or 'unknown'} build" if android else "not reported",
        f"older than Android {_OLDEST_ANDROID}, the oldest supported release; it may still work" if old else "",
    )
    page = parse_number(answers.get("page", ""))
    kernel = facts.get("kernel", "not reported")
    yield Finding(
        "phone", "kernel", "ok", f"{kernel}, pages of {page} bytes" if page else f"{kernel}, page size not reported"
    )
    mode = answers.get("selinux") or "not reported"
    yield Finding("phone", "SELinux", "ok", mode)


def ask_phone(device: Device) -> dict[str, str]:
    """The output of small commands, by name; empty if missing. `skew`: how many seconds the phone's clock is ahead."""
    asked = "".join(f'echo "{key}=$({command})"; ' for key, command in _ASKED.items())
    begin = time.time()
    answer = ask(device, f"({asked}) 2>/dev/null")
    now = (begin + time.time()) / 2
    answers = {key: value.strip() for key, _, value in (line.partition("=") for line in answer.splitlines())}
    if (clock := parse_number(answers.get("clock", ""))) is not None:
        answers["skew"] = f"{clock - now:.0f}"
    return answers


def look_at_kernel(device: Device, access: Access, seen: Collected) -> Iterator[Finding]:
    """Check the counters and names that the kernel prints, if smaps can be read."""
    text = ask(device, access.command(["sh", "-c", _FIELDS]))
    keys = list(dict.fromkeys(_KEY.findall(text)))
    if "Rss" not in keys:
        yield Finding("kernel", "smaps", "warning", "no smaps can be read, so its fields are unknown")
    else:
        yield from _fields(text, keys)
    with_parts = any("rss_anon_kb" in reading.process.status_kb for reading in seen.readings)
    yield Finding(
        "kernel",
        "RssAnon in status",
        "ok" if with_parts else "warning",
        "printed" if with_parts else "not printed",
        "" if with_parts else "needs kernel 4.5; without it Live and samples show only VmRSS",
    )


def _fields(text: str, keys: list[str]) -> Iterator[Finding]:
    counters = [key for key in keys if key not in ("VmFlags", "smaps_rollup")]
    yield Finding("kernel", "counters", "ok", ", ".join(counters))
    for key, since, without in (
        ("SwapPss", "4.3", "total PSS excludes swapped memory: look at swap_kb too"),
        ("VmFlags", "3.8", "unnamed memory is classified less precisely"),
    ):
        printed = key in keys
        yield Finding(
            "kernel",
            key,
            "ok" if printed else "warning",
            "printed" if printed else "not printed",
            "" if printed else f"needs kernel {since}; without it {without}",
        )
    dirty = "Pss_Dirty" in keys
    yield Finding(
        "kernel",
        "Pss_Dirty",
        "ok",
        "printed" if dirty else "not printed (needs kernel 6.0); droidanon does not need it",
    )
    names = "[anon:" in text
    count = int(match[1]) if (match := _LOOKED_AT.search(text)) else 0
    none = f"none in the {count} processes checked" if count > 1 else "none in the process checked"
    yield Finding(
        "kernel",
        "names of anonymous memory",
        "ok" if names else "warning",
        "printed" if names else none,
        "" if names else "if the kernel lacks PR_SET_VMA_ANON_NAME, most memory has no name",
    )


def look_at_link(device: Device, answers: Mapping[str, str]) -> Finding:
    """Check the link speed, and whether compression helps."""
    trial = try_link(device)
    if trial.bytes_s is None:
        return Finding("tools", "link", "ok", "half a megabyte arrived at once")
    rate = f"{trial.bytes_s / 1e6:.3g} MB/s" if trial.bytes_s < _FAST_BYTES_S else "over 100 MB/s"
    if not trial.slow:
        return Finding("tools", "link", "ok", rate)
    if answers.get("gzip"):
        return Finding("tools", "link", "ok", f"{rate} (slow): the phone compresses captures")
    return Finding(
        "tools",
        "link",
        "warning",
        f"{rate} (slow), and the phone has no gzip to compress with",
        "use a cable instead of Wi-Fi, or an adb server on this computer",
    )


def look_at_tools(answers: Mapping[str, str]) -> Iterator[Finding]:
    """Check the phone's programs, clock and free space."""
    for name, without in (
        ("toybox", "older tools may work too"),
        ("gzip", "data cannot be compressed on a slow link"),
    ):
        there = bool(answers.get(name))
        yield Finding(
            "tools", name, "ok" if there else "warning", answers.get(name) or "not found", "" if there else without
        )
    skew = parse_number(answers.get("skew", ""))
    if skew is None:
        yield Finding("tools", "clock", "warning", "not reported")
    else:
        off = abs(skew) > _CLOCK_SECONDS
        direction = "ahead of" if skew > 0 else "behind"
        yield Finding(
            "tools",
            "clock",
            "warning" if off else "ok",
            f"{abs(skew)} s {direction} this computer" if off else "within a minute of this computer's clock",
            "times in its logs and in captures will not match: set it in the phone's settings" if off else "",
        )
    words = [parse_number(word) for word in answers.get("room", "").split()]
    if len(words) != 2 or None in words:
        yield Finding("tools", "room in /data", "warning", "not reported")
        return
    free = (words[0] or 0) * (words[1] or 0)
    little = free < _LITTLE_BYTES
    yield Finding(
        "tools",
        "room in /data",
        "warning" if little else "ok",
        f"{format_bytes(free)} free",
        "droidanon writes nothing there, but a full phone behaves differently: free some space" if little else "",
    )
