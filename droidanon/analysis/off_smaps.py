"""Memory that smaps does not show, and object counts. Other tools report them, and they are not part of any total."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from droidanon.model import Capture, Process
from droidanon.rows import Rows

if TYPE_CHECKING:
    from droidanon.analysis.capture_facts import CaptureFacts

PAGE_TABLES = "page tables"
_PHONE = {
    "kernel_stack_kb": "kernel stacks of the whole phone",
    "page_tables_kb": "page tables of the whole phone",
    "gpu_kb": "GPU memory of the whole phone",
    "dmabuf_kb": "dma-bufs of the whole phone",
}
"""Labels of /proc/meminfo and dumpsys about all processes together."""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in kB, or a number of objects, for one process or the whole phone (None)."""

    what: str
    number: int
    process: Process | None


def not_in_smaps(capture: Capture | CaptureFacts) -> list[Amount]:
    """Memory (kB) outside any VMA that the source reports: memtrack, page tables, ...

    Amounts for the whole phone come last, and are left out of captures of an app or a single process.
    """
    found = []
    counted = _counted(capture)
    for process in counted:
        amounts = dict(process.not_in_smaps_kb)
        if "vm_pte_kb" in process.status_kb:
            amounts.setdefault(PAGE_TABLES, process.status_kb["vm_pte_kb"])
        found += [Amount(what, number, process) for what, number in amounts.items()]
    if not capture.app and len(counted) > 1:
        found += [Amount(what, capture.system[key], None) for key, what in _PHONE.items() if key in capture.system]
    return found


def objects(capture: Capture | CaptureFacts) -> list[Amount]:
    """The counts of the Objects blocks that were read."""
    return [Amount(what, number, process) for process in _counted(capture) for what, number in process.objects.items()]


def _counted(capture: Capture | CaptureFacts) -> list[Process]:
    return [process for process in capture.processes if not process.reference]


def amount_rows(found: Iterable[Amount], number: str) -> Rows:
    """One row per amount, with its value in the column `number`; amounts of the whole phone have no app, process or
    pid."""
    amounts = list(found)
    owners = [amount.process for amount in amounts]
    keys: Mapping[str, Sequence[str | int | None]] = {
        **{name: [_key(owner, name) for owner in owners] for name in ("app", "process", "pid")},
        "what": [amount.what for amount in amounts],
    }
    return Rows(keys, {number: np.array([amount.number for amount in amounts], np.int64)})


def amount_sums(found: Iterable[Amount], by: Sequence[str], number: str) -> Rows:
    """Sums by label and any of app, process and pid, largest first; `processes`: how many processes report it."""
    sums: dict[tuple[str | int | None, ...], list[int]] = {}
    for amount in found:
        owner = amount.process
        key = tuple(_key(owner, name) for name in by)
        values = sums.setdefault((*key, amount.what), [0, 0])
        values[0] += amount.number
        values[1] += owner is not None
    order = sorted(sums, key=lambda key: (-sums[key][0], [str(part) for part in key]))
    keys = {name: [key[place] for key in order] for place, name in enumerate((*by, "what"))}
    columns = np.array([sums[key] for key in order], np.int64).reshape(len(order), 2)
    unknown = columns[:, 1] == 0
    missing = {"processes": unknown} if unknown.any() else {}
    return Rows(keys, {number: columns[:, 0], "processes": columns[:, 1]}, missing)


def _key(process: Process | None, name: str) -> str | int | None:
    return None if process is None else {"app": process.app, "process": process.name, "pid": process.pid}[name]
