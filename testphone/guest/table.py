"""A Markdown table of the kernel's numbers and the amounts that processes allocated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from droidanon.model import Capture
from testphone.guest.compare import Pair, pairs
from testphone.guest.ledger import Ledger

COLUMNS = {
    "size_kb": "Size",
    "rss_kb": "Rss",
    "pss_kb": "Pss",
    "shared_dirty_kb": "Shared_Dirty",
    "private_clean_kb": "Private_Clean",
    "private_dirty_kb": "Private_Dirty",
    "anonymous_kb": "Anonymous",
    "swap_kb": "Swap",
    "swap_pss_kb": "SwapPss",
}
"""The counters with their own column; others share the last column, if the process knows them and they are not 0."""


def format_table(capture: Capture, ledgers: dict[str, Ledger]) -> str:
    """One table per process (by name); VMAs with equal cells share a row."""
    parts = []
    differing = values = 0
    for process, ledger in ledgers.items():
        found = list(pairs(capture, process, ledger))
        differing += sum(bool(pair.differences()) for pair in found)
        values += sum(1 + len(pair.row.counters) for pair in found)
        rows = Counter(_cells(pair) for pair in found)
        lines = [f"### {process}", "", f"| VMA | {' | '.join(COLUMNS.values())} | else |"]
        lines.append(f"|---|{'---:|' * len(COLUMNS)}---|")
        for (name, *cells), times in rows.items():
            lines.append(_line([name if times == 1 else f"{name} (×{times})", *cells]))
        parts.append("\n".join(lines))
    vmas = sum(len(ledger.rows) for ledger in ledgers.values())
    end = (
        f"{vmas} VMAs with {values} names and counters known to their processes; "
        f"the kernel reports other values for {differing} VMAs."
    )
    return "\n\n".join([*parts, end])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(pair: Pair) -> tuple[str, ...]:
    """The name, one cell per column, and the other counters: allocated / printed by the kernel, in kB."""
    name = pair.row.name or "(no name)"
    if pair.name != pair.row.name:
        name += " ≠ no such VMA" if pair.name is None else f" ≠ {pair.name}"
    beyond = [f"{key} {_both_numbers(pair, key)}" for key, kb in pair.row.counters.items() if key not in COLUMNS and kb]
    return (f"`{name}`", *(_both_numbers(pair, key) for key in COLUMNS), ", ".join(beyond))


def _both_numbers(pair: Pair, key: str) -> str:
    allocated, seen = pair.row.counters.get(key), pair.counters.get(key)
    left, right = ("-" if kb is None else str(kb) for kb in (allocated, seen))
    return f"{left} / {right}" if allocated is None or allocated == seen else f"**{left} ≠ {right}**"
