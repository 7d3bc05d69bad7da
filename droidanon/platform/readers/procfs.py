"""Parses other texts of a phone or host (/proc and small commands); pure functions over text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from droidanon.uids import APP_IDS, PIDS, app_id

_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+")
_GETPROP = re.compile(r"^\[([^\]]*)\]: \[(.*?)\]$", re.MULTILINE)
_KB_LINE = re.compile(r"^([A-Za-z_()0-9]+):[ \t]+([0-9]{1,18})(?: kB)?\r?$", re.MULTILINE)
_VMSTAT_LINE = re.compile(r"^([a-z_0-9]+) ([0-9]{1,18})\r?$", re.MULTILINE)
_PRESSURE = re.compile(r"^(some|full) .*\btotal=([0-9]{1,18})\r?$", re.MULTILINE)
_PM_LINE = re.compile(r"^package:(\S+)\s+uid:([0-9,]+)", re.MULTILINE)
_PID = re.compile(r"[0-9]{1,10}")
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_PROCESS_STATES = frozenset("RSDTtZXxKWPI")
_SIGNAL_MASKS = ("SigBlk", "SigIgn", "SigCgt")
_MASK = re.compile(r"[0-9a-f]{1,16}")
_KTHREAD_FLAG = 0x00200000
"""PF_KTHREAD (include/linux/sched.h), in field 9 of /proc/PID/stat."""
_VMSTAT_KEYS = ("pswpin", "pswpout", "pgmajfault", "oom_kill")
_STATUS_COLUMNS = {
    "VmSize": "vm_size_kb",
    "VmHWM": "vm_hwm_kb",
    "VmRSS": "vm_rss_kb",
    "RssAnon": "rss_anon_kb",
    "RssFile": "rss_file_kb",
    "RssShmem": "rss_shmem_kb",
    "VmPTE": "vm_pte_kb",
    "VmSwap": "vm_swap_kb",
}
_SYSTEM_PREFIXES = ("android.hardware.", "vendor.", "android.system.", "android.frameworks.")


@dataclass(frozen=True, slots=True)
class Status:
    """The contents of `/proc/PID/status`; `kb` has the lines in kB by the kernel's key (`VmSize`, `RssAnon`, ...)."""

    uid: int | None = None
    ppid: int | None = None
    kb: Mapping[str, int] = field(default_factory=dict)

    def columns(self) -> dict[str, int]:
        """The lines about memory in use, in snake case: `vm_hwm_kb`, `vm_rss_kb`, `rss_anon_kb`, `vm_swap_kb`, ..."""
        return {name: self.kb[key] for key, name in _STATUS_COLUMNS.items() if key in self.kb}


def parse_number(text: str) -> int | None:
    """A decimal number that fits a 64-bit column; None for anything else."""
    stripped = text.strip()
    return int(stripped) if _NUMBER.fullmatch(stripped) else None


def parse_pid(text: str) -> int | None:
    """A process ID; None for anything else."""
    return int(text) if _PID.fullmatch(text) and int(text) in PIDS else None


def process_name(cmdline: bytes, comm: bytes) -> str:
    """cmdline up to its first NUL; `[comm]` if it is empty, as in AOSP's tools (libsmapinfo)."""
    first = cmdline.split(b"\0", 1)[0].strip()
    if first:
        return first.decode("utf-8", "backslashreplace")
    return f"[{comm.strip().decode('utf-8', 'backslashreplace')}]"


def package_of_process(name: str, uid: int | None = None, packages: Mapping[int, str] | None = None) -> str | None:
    """The package of a process; None for a native daemon.

    It is the part before the colon of a name that looks like a package. If the phone's packages (app id to package)
    are known and the name is none of them (`android.process.acore`), the package of the app uid is used instead.
    """
    word = name.split(":", 1)[0]
    app = None if uid is None else app_id(uid)
    owner = None
    if app is not None and packages and app in APP_IDS:
        owner = packages.get(app)
    if _PACKAGE.fullmatch(word) and "@" not in name and not word.startswith(_SYSTEM_PREFIXES):
        return owner if owner is not None and packages and word not in packages.values() else word
    return owner


def parse_packages(text: str) -> dict[int, str]:
    """Parse `pm list packages -U`: app id to package (the first alphabetically, if several share a uid)."""
    found: dict[int, str] = {}
    for package, uids in _PM_LINE.findall(text):
        for uid in uids.split(","):
            if (number := parse_number(uid)) is not None:
                found.setdefault(app_id(number), package)
    return found


def parse_getprop(text: str) -> dict[str, str]:
    """Parse `getprop`: name to value."""
    return dict(_GETPROP.findall(text.replace("\r", "")))


def device_facts(props: Mapping[str, str]) -> dict[str, str | int]:
    """The facts from a phone's properties that a capture stores."""
    facts: dict[str, str | int] = {}
    for key, names in {
        "model": ("ro.product.model",),
        "android": ("ro.build.version.release",),
        "sdk": ("ro.build.version.sdk",),
        "build": ("ro.build.fingerprint",),
        "build_type": ("ro.build.type",),
        "abi": ("ro.product.cpu.abi",),
    }.items():
        value = next((props[name] for name in names if props.get(name)), None)
        if value is not None:
            number = parse_number(value) if key == "sdk" else None
            facts[key] = value if number is None else number
    return facts


def parse_meminfo(text: str) -> dict[str, int]:
    """Parse `/proc/meminfo`: key to number (kB)."""
    return {key: int(value) for key, value in _KB_LINE.findall(text)}


def parse_vmstat(text: str) -> dict[str, int]:
    """Parse `/proc/vmstat`: key to number (pages, or events since boot)."""
    return {key: int(value) for key, value in _VMSTAT_LINE.findall(text)}


def parse_pressure(text: str) -> dict[str, int]:
    """Parse `/proc/pressure/memory` (Documentation/accounting/psi.rst): microseconds since boot that some or all tasks
    waited.
    """
    return {f"psi_{kind}_us": int(total) for kind, total in _PRESSURE.findall(text)}


def parse_zram(text: str) -> dict[str, int]:
    """Parse `/sys/block/zram*/mm_stat` (Documentation/admin-guide/blockdev/zram.rst), one line per device: the size of
    the data, and the memory it takes.
    """
    rows = [
        [int(word) for word in line.split()[:3] if word.isdecimal() and len(word) < 18] for line in text.splitlines()
    ]
    whole = [row for row in rows if len(row) == 3]
    if not whole:
        return {}
    stored, compressed, used = (sum(column) // 1024 for column in zip(*whole, strict=True))
    return {"zram_stored_kb": stored, "zram_compressed_kb": compressed, "zram_used_kb": used}


def system_facts(
    meminfo: str,
    uptime: str = "",
    vmstat: str = "",
    *,
    pressure: str = "",
    zram: str = "",
    dmabuf: str = "",
    clock: str = "",
) -> dict[str, int]:
    """The facts about the system that a capture stores: memory in kB, uptime and clock in seconds, counts since boot.

    `dmabuf`: a line with the size of each buffer in bytes (`/sys/kernel/dmabuf/buffers/*/size`). `clock`: `date +%s`.
    """
    found = parse_meminfo(meminfo)
    facts = {
        name: found[key]
        for name, key in {
            "mem_total_kb": "MemTotal",
            "mem_free_kb": "MemFree",
            "mem_available_kb": "MemAvailable",
            "buffers_kb": "Buffers",
            "cached_kb": "Cached",
            "shmem_kb": "Shmem",
            "slab_kb": "Slab",
            "kernel_stack_kb": "KernelStack",
            "page_tables_kb": "PageTables",
            "mapped_kb": "Mapped",
            "kreclaimable_kb": "KReclaimable",
            "sreclaimable_kb": "SReclaimable",
            "sunreclaim_kb": "SUnreclaim",
            "vmalloc_used_kb": "VmallocUsed",
            "swap_total_kb": "SwapTotal",
            "swap_free_kb": "SwapFree",
        }.items()
        if key in found
    }
    if "swap_total_kb" in facts and "swap_free_kb" in facts:
        facts["swap_used_kb"] = facts["swap_total_kb"] - facts["swap_free_kb"]
    seconds = parse_number(uptime.split(".")[0])
    if seconds is not None:
        facts["uptime_s"] = seconds
    counts = parse_vmstat(vmstat)
    facts.update({key: counts[key] for key in _VMSTAT_KEYS if key in counts})
    facts.update(parse_pressure(pressure))
    facts.update(parse_zram(zram))
    sizes = [int(word) for word in dmabuf.split() if word.isdecimal() and len(word) < 18]
    if sizes:
        facts.update(dmabuf_kb=sum(sizes) // 1024, dmabufs=len(sizes))
    now = parse_number(clock)
    if now is not None:
        facts["clock_s"] = now
    return facts


def parse_stat(text: str) -> tuple[int | None, int | None]:
    """Parse `/proc/PID/stat` (proc_pid_stat(5)): ppid and start time in clock ticks after boot; None if absent.

    comm may contain blanks, brackets and newlines, so it ends at the last bracket.
    """
    fields = _after_comm(text)
    return (parse_number(fields[1]), parse_number(fields[19])) if fields else (None, None)


def is_kernel_thread(stat: str) -> bool:
    """Whether this `/proc/PID/stat` is of a kernel thread (PF_KTHREAD in its flags)."""
    fields = _after_comm(stat)
    return bool(fields and (parse_number(fields[6]) or 0) & _KTHREAD_FLAG)


def comm_of_stat(text: str) -> str:
    """The comm in `/proc/PID/stat`: the text between the first and the last bracket."""
    return text.rpartition(")")[0].partition("(")[2]


def _after_comm(stat: str) -> list[str]:
    """The fields of a stat line from the state on; empty if there are too few."""
    fields = stat.rpartition(")")[2].split()
    return fields if len(fields) >= 20 else []


def parse_status(text: str) -> Status:
    """Parse `/proc/PID/status` (proc_pid_status(5)). Lines can be trusted: the kernel escapes newlines in Name."""
    lines = dict(line.partition(":")[::2] for line in text.splitlines())
    uids = lines.get("Uid", "").split()
    return Status(parse_number(uids[0]) if uids else None, parse_number(lines.get("PPid", "")), parse_meminfo(text))


_USED_OF_STATUS = frozenset({"Name", "Pid", "PPid", "Uid", *_STATUS_COLUMNS})


def used_of_status(text: bytes | None) -> bytes | None:
    """The lines of `/proc/PID/status` that a capture keeps: the process's identity and its memory."""
    if text is None:
        return None
    lines = text.splitlines(keepends=True)
    return b"".join(line for line in lines if line.partition(b":")[0].decode("ascii", "replace") in _USED_OF_STATUS)


def takes_signal(status: str, number: int) -> bool:
    """Whether a process blocks, ignores or catches a signal, from its `/proc/PID/status`; otherwise the signal may end
    it.
    """
    masks = dict(line.partition(":")[::2] for line in status.splitlines())
    bit = 1 << (number - 1)
    return any(int(word, 16) & bit for key in _SIGNAL_MASKS if _MASK.fullmatch(word := masks.get(key, "").strip()))


@dataclass(frozen=True, slots=True)
class Listed:
    """A process in a `ps` listing; None if the listing lacks the column."""

    name: str
    ppid: int | None = None
    uid: int | None = None


def parse_ps(text: str) -> dict[int, Listed]:
    """Parse a `ps` listing with a header, by pid. Columns are found by their titles."""
    lines = text.replace("\r", "").splitlines()
    # A prompt with the command may precede the titles.
    top = next((place for place, line in enumerate(lines[:5]) if "PID" in line.split()), None)
    if top is None:
        return {}
    titles = lines[top].split()
    pid_at = titles.index("PID")
    ppid_at, uid_at = (titles.index(title) if title in titles else None for title in ("PPID", "UID"))
    name_at = next(
        (titles.index(word) for word in ("CMD", "NAME", "COMMAND", "ARGS") if word in titles), len(titles) - 1
    )
    found: dict[int, Listed] = {}
    for line in lines[top + 1 :]:
        fields = line.split(None, name_at)
        if len(fields) <= max(pid_at, name_at):
            continue
        pid = parse_number(fields[pid_at])
        words = fields[name_at].split()
        # The ps of Android 7 and earlier prints a state without a title between PC and NAME.
        name = words[1] if len(words) > 1 and words[0] in _PROCESS_STATES else words[0]
        if pid is not None:
            ppid, uid = (parse_number(fields[at]) if at is not None else None for at in (ppid_at, uid_at))
            found[pid] = Listed(name, ppid, uid)
    return found
