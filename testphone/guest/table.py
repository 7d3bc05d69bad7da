"""The kernel's table beside what the processes allocated, as Markdown."""

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
"""The counters with a column of their own; others are told in the last one where the process knows them and they are not 0."""


def format_table(capture: Capture, ledgers: dict[str, Ledger]) -> str:
    """A table a process (by name); VMAs alike in all that is shown are one row."""
    parts = []
    differing = told = 0
    for process, ledger in ledgers.items():
        found = list(pairs(capture, process, ledger))
        differing += sum(bool(pair.differences()) for pair in found)
        told += sum(1 + len(pair.row.counters) for pair in found)
        rows = Counter(_cells(pair) for pair in found)
        lines = [f"### {process}", "", f"| VMA | {' | '.join(COLUMNS.values())} | else |"]
        lines.append(f"|---|{'---:|' * len(COLUMNS)}---|")
        for (name, *cells), times in rows.items():
            lines.append(_line([name if times == 1 else f"{name} (×{times})", *cells]))
        parts.append("\n".join(lines))
    vmas = sum(len(ledger.rows) for ledger in ledgers.values())
    end = (
        f"{vmas} VMAs with {told} names and counters known to their processes; "
        f"the kernel reports other values for {differing} VMAs."
    )
    return "\n\n".join([*parts, end])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(pair: Pair) -> tuple[str, ...]:
    """The name, a cell a column, and the rest: what the process told / what the kernel tells, in kB."""
    name = pair.row.name or "(no name)"
    if pair.name != pair.row.name:
        name += " ≠ no such VMA" if pair.name is None else f" ≠ {pair.name}"
    beyond = [f"{key} {_beside(pair, key)}" for key, kb in pair.row.counters.items() if key not in COLUMNS and kb]
    return (f"`{name}`", *(_beside(pair, key) for key in COLUMNS), ", ".join(beyond))


def _beside(pair: Pair, key: str) -> str:
    told, seen = pair.row.counters.get(key), pair.counters.get(key)
    left, right = ("-" if kb is None else str(kb) for kb in (told, seen))
    return f"{left} / {right}" if told is None or told == seen else f"**{left} ≠ {right}**"
