"""Parses the lists that `dumpsys meminfo` prints for the whole phone: processes, OOM levels, RAM (AOSP
ActivityManagerService.dumpApplicationMemoryUsage).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from droidanon.model import ReportedRows


@dataclass(frozen=True, slots=True)
class ProcessTotal:
    """One line of `Total PSS by process`, in kB; `swap_kb` is the swapped part of it, None if not printed."""

    kb: int
    process: str
    pid: int | None
    swap_kb: int | None = None


@dataclass(slots=True)
class SystemMeminfo:
    """The totals of the whole phone in `dumpsys meminfo`, in kB."""

    by_process: list[ProcessTotal] = field(default_factory=list)
    rss_by_process: list[ProcessTotal] = field(default_factory=list)
    by_oom: dict[str, int] = field(default_factory=dict)
    oom_levels: dict[int, str] = field(default_factory=dict)
    """The OOM level of each pid."""
    by_category: dict[str, int] = field(default_factory=dict)
    ram: dict[str, int] = field(default_factory=dict)
    """`Total RAM`, `Free RAM`, `Used RAM`, `Lost RAM`, `ZRAM` ... by label, and the parts of Free and Used RAM by their
    own labels."""


_SECTIONS = {
    "Total PSS by process": "by_process",
    "Total RSS by process": "rss_by_process",
    "Total PSS by OOM adjustment": "by_oom",
    "Total PSS by category": "by_category",
    "Total RSS by OOM adjustment": "",
    "Total RSS by category": "",
    "Total Swap PSS by process": "",
    "Total Swap by process": "",
}
_AMOUNT = re.compile(r"^( {0,40})([\d,]{1,20})(?: \( *[\d,]{1,20} +([\d,]{1,20}) *\))?(?:K| kB): (.*)$")
"""Samsung's Android 6 and 7 print the sum, with its parts in memory and swap, as `473 ( 81 392 ) kB: NAME`."""
_OWNER = re.compile(r"^(.*?) {0,80}\(pid (\d{1,10})(?: state \d{1,3} oom -?\d{1,5})?(?: / [a-z ]{1,40})?\)(.*)$")
"""The Android of NVIDIA's Shield prints the state and OOM adjustment after the pid."""
_IN_SWAP = re.compile(r"\( *([\d,]{1,20})K in swap\)")
_RAM = re.compile(
    r"^ {0,8}(Total RAM|Free RAM|Used RAM|Lost RAM|DMA-BUF|ION|GPU|ZRAM|KSM): *(-?[\d,]{1,20})(?:K| kB)(?: \((.*)\))?"
)
_PART = re.compile(r"([\d,]{1,20})(?:K| kB) (cached pss|cached kernel|free|used pss|kernel)")
_KEPT = {
    "ZRAM": "zram_used_kb",
    "GPU": "gpu_kb",
    "DMA-BUF": "dmabuf_kb",
    "ION": "dmabuf_kb",
}
REPORTED_RAM = {
    "Free RAM": "reported_free_ram_kb",
    "cached pss": "reported_cached_pss_kb",
    "cached kernel": "reported_cached_kernel_kb",
    "free": "reported_free_kb",
    "Used RAM": "reported_used_ram_kb",
    "used pss": "reported_used_pss_kb",
    "kernel": "reported_kernel_kb",
    "Lost RAM": "reported_lost_ram_kb",
}
"""The key in a capture's `system` for each number in the RAM lines of dumpsys."""


def parse_system_meminfo(text: str) -> SystemMeminfo:
    """Parse the lists of the whole phone."""
    reader = _SystemReader()
    for line in text.splitlines():
        reader.line(line.rstrip())
    return reader.found


class _SystemReader:
    def __init__(self) -> None:
        self.found = SystemMeminfo()
        self.section = ""
        self.level = ""
        self.depth: int | None = None

    def line(self, line: str) -> None:
        if line.endswith(":"):
            self.section, self.depth = _SECTIONS.get(line.strip().removesuffix(":"), ""), None
        elif ram := _RAM.match(line):
            self.found.ram[ram[1]] = _number(ram[2])
            if ram[1] in ("Free RAM", "Used RAM"):
                self.found.ram.update({label: _number(kb) for kb, label in _PART.findall(ram[3] or "")})
            self.section = ""
        elif self.section and (amount := _AMOUNT.match(line)):
            self._amount(amount)

    def _amount(self, amount: re.Match[str]) -> None:
        """Read a line of a section; the lines below a category are indented further than it."""
        shift = len(amount[1]) + len(amount[2])
        self.depth = shift if self.depth is None else self.depth
        kb, label = _number(amount[2]), amount[4]
        owner = _OWNER.match(label)
        if self.section in ("by_process", "rss_by_process"):
            target = self.found.by_process if self.section == "by_process" else self.found.rss_by_process
            target.append(_total(kb, label, owner, amount[3]))
        elif self.section == "by_oom" and owner:
            self.found.oom_levels[int(owner[2])] = self.level
        elif self.section == "by_oom":
            self.level = label
            self.found.by_oom[label] = kb
        elif shift <= self.depth:
            self.found.by_category[label] = kb


def _total(kb: int, label: str, owner: re.Match[str] | None, in_swap: str | None) -> ProcessTotal:
    if owner is None:
        return ProcessTotal(kb, label, None)
    if in_swap is None and (swap := _IN_SWAP.search(owner[3])):
        in_swap = swap[1]
    return ProcessTotal(kb, owner[1], int(owner[2]), None if in_swap is None else _number(in_swap))


def rows_of_totals(found: SystemMeminfo) -> dict[int, tuple[str, ReportedRows]]:
    """The name and row of each process by pid, with fidelity `totals`.

    The PSS includes the swap PSS, unless that is printed separately. Since Android 13 the RSS list comes first, so a
    truncated text may have nothing else.
    """
    names: dict[int, str] = {}
    counters: dict[int, dict[str, int]] = {}
    for one in found.by_process:
        if one.pid is None:
            continue
        names[one.pid], counters[one.pid] = one.process, {"pss_kb": one.kb}
        if one.swap_kb is not None and one.swap_kb <= one.kb:
            counters[one.pid] = {"pss_kb": one.kb - one.swap_kb, "swap_pss_kb": one.swap_kb}
    for one in found.rss_by_process:
        if one.pid is not None:
            names.setdefault(one.pid, one.process)
            counters.setdefault(one.pid, {})["rss_kb"] = one.kb
    return {
        pid: (names[pid], ReportedRows("totals", [""], {name: [kb] for name, kb in row.items()}))
        for pid, row in counters.items()
    }


def system_facts_of(found: SystemMeminfo) -> dict[str, int]:
    """The facts (kB) that a capture stores in addition to /proc/meminfo.

    These are zram's own size, GPU and dma-bufs, and the RAM lines.
    """
    facts = {key: found.ram[label] for label, key in {**_KEPT, **REPORTED_RAM}.items() if label in found.ram}
    if "Total RAM" in found.ram:
        facts["reported_total_ram_kb"] = found.ram["Total RAM"]
    return facts


def _number(text: str) -> int:
    digits = text.replace(",", "")
    return int(digits) if digits.removeprefix("-").isdecimal() else 0
