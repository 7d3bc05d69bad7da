"""Compares the kernel's numbers with the amounts that processes allocated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from droidanon.model import Capture
from testphone.guest.ledger import Ledger, LedgerRow


@dataclass(frozen=True)
class Pair:
    """A row of a ledger, and the VMA of the same range in a capture (None if there is none)."""

    row: LedgerRow
    name: str | None
    counters: dict[str, int]

    def differences(self) -> list[str]:
        """The kernel's numbers that differ from the ledger."""
        if self.name is None:
            return [f"{self.row.name}: no VMA has the range {self.row.start:x}-{self.row.end:x}"]
        found = [f"name {self.name}"] if self.name != self.row.name else []
        for key, allocated in self.row.counters.items():
            seen = self.counters.get(key)
            if seen != allocated:
                found.append(f"{key} {seen}, not {allocated}")
        return [f"{self.row.name}: {text}" for text in found]


def pairs(capture: Capture, name: str, ledger: Ledger) -> Iterator[Pair]:
    """Each row of a process's ledger with its VMA; `name` is the process's."""
    index = next(number for number, process in enumerate(capture.processes) if process.name == name)
    vmas = capture.vmas
    ranges = {(int(vmas.start[at]), int(vmas.end[at])): at for at in range(len(vmas)) if int(vmas.process[at]) == index}
    for row in ledger.rows:
        at = ranges.get((row.start, row.end))
        if at is None:
            yield Pair(row, None, {})
            continue
        counters = {
            key: int(column[at])
            for key, column in vmas.counters.items()
            if key not in vmas.missing or not vmas.missing[key][at]
        }
        yield Pair(row, vmas.name[at], counters)


def differences(capture: Capture, name: str, ledger: Ledger) -> list[str]:
    """All differences between the kernel's numbers and the ledger of a process."""
    return [text for pair in pairs(capture, name, ledger) for text in pair.differences()]
