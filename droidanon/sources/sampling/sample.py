"""Samples: the values of one look at all processes, parsed from `/proc/PID/status`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from droidanon.platform.readers.procfs import parse_meminfo, parse_number

_STATUS = re.compile(
    rb"^(Name|State|Pid|PPid|Uid|VmRSS|RssAnon|RssFile|RssShmem|VmSwap):[ \t]+([^\t\n]*)", re.MULTILINE
)
_PRESSURE = re.compile(r"^(some|full) avg10=([0-9]{1,3}\.[0-9]{1,2}) ", re.MULTILINE)
_ZRAM = re.compile(r"^[ \t]*([0-9]{1,18})[ \t]+[0-9]{1,18}[ \t]+([0-9]{1,18})(?:[ \t]+[0-9]+)*[ \t]*$", re.MULTILINE)
_TIME = re.compile(r"(?:([0-9]{1,9})m)?([0-9]{1,9}(?:[.,][0-9]{1,9})?)s")
_NAME_LINE = b"\nName:\t"


@dataclass(frozen=True, slots=True)
class ProcessSample:
    """A process at one moment; a counter that the kernel did not print is None (RssAnon and similar counters exist
    since 4.5).

    `state` is the kernel's letter (R, S, D, T, Z ...), `comm` its short name; `name` is cmdline up to its first NUL,
    else `[comm]`.
    """

    pid: int
    name: str
    comm: str = ""
    uid: int | None = None
    ppid: int | None = None
    state: str = ""
    oom_score_adj: int | None = None
    rss_kb: int | None = None
    rss_anon_kb: int | None = None
    rss_file_kb: int | None = None
    rss_shmem_kb: int | None = None
    swap_kb: int | None = None

    @property
    def anon_swap_kb(self) -> int | None:
        """RssAnon + VmSwap: the number that Google Play judges."""
        return None if self.rss_anon_kb is None or self.swap_kb is None else self.rss_anon_kb + self.swap_kb


@dataclass(frozen=True, slots=True)
class SystemSample:
    """The memory of the whole phone; None for a value that may not be read.

    Pressure is PSI's avg10 of /proc/pressure/memory in percent of time; zram is the sum of its devices' mm_stat: the
    stored data, and the memory used for it (Documentation/admin-guide/blockdev/zram.rst).
    """

    mem_total_kb: int | None = None
    mem_available_kb: int | None = None
    swap_total_kb: int | None = None
    swap_free_kb: int | None = None
    pressure_some: float | None = None
    pressure_full: float | None = None
    zram_data_kb: int | None = None
    zram_used_kb: int | None = None

    @property
    def swap_used_kb(self) -> int | None:
        return (
            None if self.swap_total_kb is None or self.swap_free_kb is None else self.swap_total_kb - self.swap_free_kb
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """All processes with memory of their own at one moment (kernel threads and the sampler itself are left out).

    `time` is the host's, in seconds since 1970. `every_s` is the actual interval. `cost_share` is the share of one core
    that sampling takes on the phone (the shell and its children, not adbd), None if not yet known.
    """

    time: float
    processes: tuple[ProcessSample, ...]
    system: SystemSample = SystemSample()
    every_s: float = 1.0
    cost_share: float | None = None


@dataclass(frozen=True, slots=True)
class Away:
    """The source does not respond at this time, e.g. because the phone was unplugged. It may come back."""

    time: float
    reason: str


def parse_statuses(data: bytes) -> list[ProcessSample]:
    """Parse concatenated `/proc/PID/status` files; leaves out processes without memory (kernel threads).

    The kernel escapes newlines in a Name, so a line that begins with `Name:` starts a process. Names are `[comm]`.
    """
    found = []
    for text in (b"\n" + data).split(_NAME_LINE)[1:]:
        status = dict(_STATUS.findall(b"Name:\t" + text))
        pid = _first_number(status.get(b"Pid", b""))
        if pid is None or b"VmRSS" not in status:
            continue
        comm = status[b"Name"].decode("utf-8", "backslashreplace")
        found.append(
            ProcessSample(
                pid,
                f"[{comm}]",
                comm,
                _first_number(status.get(b"Uid", b"")),
                _first_number(status.get(b"PPid", b"")),
                status.get(b"State", b"")[:1].decode("ascii", "replace"),
                None,
                *(
                    _first_number(status.get(key, b""))
                    for key in (b"VmRSS", b"RssAnon", b"RssFile", b"RssShmem", b"VmSwap")
                ),
            )
        )
    return found


def _first_number(value: bytes) -> int | None:
    words = value.split()
    return parse_number(words[0].decode("ascii", "replace")) if words else None


def parse_adjustments(text: str) -> dict[int, int]:
    """Parse lines with a pid and its oom_score_adj."""
    found = {}
    for line in text.splitlines():
        pid, adjustment = (parse_number(word) for word in line.partition(" ")[::2])
        if pid is not None and adjustment is not None:
            found[pid] = adjustment
    return found


def parse_system(text: str) -> SystemSample:
    """Parse `/proc/meminfo`, `/proc/pressure/memory` and every zram's `mm_stat`, concatenated, as far as they exist."""
    memory = parse_meminfo(text)
    pressure: Mapping[str, str] = dict(_PRESSURE.findall(text))
    zram = _ZRAM.findall(text)
    some, full = (float(pressure[kind]) if kind in pressure else None for kind in ("some", "full"))
    data, used = (sum(int(row[at]) for row in zram) // 1024 if zram else None for at in (0, 1))
    return SystemSample(
        mem_total_kb=memory.get("MemTotal"),
        mem_available_kb=memory.get("MemAvailable"),
        swap_total_kb=memory.get("SwapTotal"),
        swap_free_kb=memory.get("SwapFree"),
        pressure_some=some,
        pressure_full=full,
        zram_data_kb=data,
        zram_used_kb=used,
    )


def parse_times(text: str) -> float | None:
    """The sum in seconds of the output of a shell's `times`: its own and its children's user and system time."""
    found = _TIME.findall(text)
    if len(found) != 4:
        return None
    return sum(60.0 * int(minutes or 0) + float(seconds.replace(",", ".")) for minutes, seconds in found)
