"""Parses the list that Android's ActivityManager logs when memory is low: one PSS per process.

`Low on memory:` is followed by lines such as `  ntv N   30464: surfaceflinger (pid 500) native` (AOSP frameworks/base
services/core AppProfiler and ActivityManagerService, appendBasicMemEntry and appendMemInfo).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from droidanon.model import ReportedRows

LOW_MEMORY = re.compile(r"^.{0,200}?\bLow on memory\b")
_PROCESS = re.compile(
    r"^.{0,120}?\b([a-z]{3,6}|[a-z]+ ?\+ ?\d{1,3}) +(?:[A-Z]{1,4} +)?([\d,]{1,15})(?:K| kB)?: (\S.{0,200}?)"
    r"(?: \([\d,.]{1,15}[KMG]B? memtrack\))? \((?:pid )?(\d{1,10})\)"
)
"""Android 4.4 and 5 print `2750 kB: zygote (1861) native`."""


@dataclass(frozen=True, slots=True)
class ListedProcess:
    """One line of the list; `pss_kb` includes memtrack's memory and the swap PSS."""

    pid: int
    name: str
    pss_kb: int

    def reported(self) -> ReportedRows:
        """The row for a capture, with fidelity `totals`."""
        return ReportedRows("totals", [""], {"pss_kb": [self.pss_kb]})


def parse_low_memory(lines: Iterable[str]) -> list[list[ListedProcess]]:
    """All lists in a text, in order."""
    found: list[list[ListedProcess]] = []
    for line in lines:
        if LOW_MEMORY.match(line[:400]):
            found.append([])
        elif found and (match := _PROCESS.match(line[:600])):
            found[-1].append(ListedProcess(int(match[4]), match[3], int(match[2].replace(",", "") or 0)))
    return [processes for processes in found if processes]
