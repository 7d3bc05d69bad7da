"""The ledgers of the guest's family: what each process has allocated (programs/ledger.h)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class LedgerRow:
    """One VMA: its range, its name as in smaps, and the counters that its process knows."""

    start: int
    end: int
    name: str
    counters: Mapping[str, int]


@dataclass(frozen=True)
class Ledger:
    """All rows of a process; `generation` increases with every change."""

    generation: int
    rows: tuple[LedgerRow, ...]

    def named(self, name: str) -> list[LedgerRow]:
        """The rows with this name, without `[anon:` and `]`."""
        return [row for row in self.rows if row.name == f"[anon:{name}]"]


def parse_ledger(text: str) -> Ledger:
    """Parse the text of a ledger file."""
    head, *lines = text.splitlines()
    rows = []
    for line in lines:
        start, end, name, *items = line.split("\t")
        counters = {key: int(value) for key, _, value in (item.partition("=") for item in items)}
        rows.append(LedgerRow(int(start, 16), int(end, 16), name, counters))
    return Ledger(int(head.split("\t")[1]), tuple(rows))
