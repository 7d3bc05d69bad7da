"""Everything about one VMA: range, permissions, flags, file, neighbours, counters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from droidanon.escape import escape_text
from droidanon.smaps.vm_flags import VM_FLAGS
from droidanon.wording import NO_NAME
from droidanon_tui.explore.facts import process_titles
from droidanon_tui.explore.rows import counter_order
from droidanon_tui.formats import counter_title, unit_shape
from droidanon_tui.widgets.text_sections import TextSection

if TYPE_CHECKING:
    from droidanon.analysis.view import View
    from droidanon.columns import VmaTable

_PERMISSIONS = {"r": "readable", "w": "writable", "x": "executable", "s": "shared", "p": "private"}
_NEIGHBOURS = 3
"""VMAs to show on each side."""


def vma_sections(view: View, at: int, unit: str) -> list[TextSection]:
    """A row of the capture's table of VMAs."""
    return [
        TextSection("VMA", _facts(view, at)),
        TextSection("Counters", _counters(view, at, unit)),
        TextSection("Neighbours in the address space", _neighbours(view.capture.vmas, at)),
    ]


def _facts(view: View, at: int) -> list[tuple[str, str]]:
    vmas = view.capture.vmas
    process = view.capture.processes[int(vmas.process[at])]
    title = process_titles(view)[int(vmas.process[at])]
    pid = f"pid {process.pid}" if process.pid is not None else ""
    perms, flags = vmas.perms[at], vmas.flags[at].split()
    lines = [
        ("process", " · ".join(filter(None, [escape_text(title), pid]))),
        ("name", escape_text(vmas.name[at]) or NO_NAME),
        ("range", f"{_range(vmas, at)} · {_size(vmas, at)}"),
        ("permissions", f"{perms} · {', '.join(_PERMISSIONS[sign] for sign in perms if sign in _PERMISSIONS)}"),
        ("VmFlags", ", ".join(f"{flag} {VM_FLAGS.get(flag, '(unknown)')}" for flag in flags) or "not reported"),
        ("offset", f"{int(vmas.offset[at]):#x}"),
        ("device, inode", f"{escape_text(vmas.device[at])} {int(vmas.inode[at])}"),
        ("heap", " ▸ ".join(filter(None, [view.key("heap")[at], view.key("sub_heap")[at]]))),
        ("category", escape_text(view.key("category")[at])),
    ]
    return [(name, text) for name, text in lines if text]


def _counters(view: View, at: int, unit: str) -> list[tuple[str, str]]:
    """Every counter; `-` if the kernel did not print it for this VMA."""
    shape = unit_shape(unit)
    shown = []
    for name in counter_order(view.counters):
        values, missing = view.counter(name)
        known = missing is None or not missing[at]
        shown.append((counter_title(name), f"{shape(int(values[at]))} {unit}" if known else "-"))
    width = max((len(text) for _, text in shown), default=0)
    return [(title, text.rjust(width)) for title, text in shown]


def _neighbours(vmas: VmaTable, at: int) -> list[tuple[str, str]]:
    """The VMAs before and after it, and the holes between them."""
    first, last = vmas.bounds_of(int(vmas.process[at]))
    rows = range(max(first, at - _NEIGHBOURS), min(last, at + _NEIGHBOURS + 1))
    lines: list[tuple[str, str]] = []
    for row in rows:
        if row > rows[0] and (hole := int(vmas.start[row]) - int(vmas.end[row - 1])) > 0:
            lines.append(("", f"    hole of {hole // 1024:,} kB"))
        mark = "▶" if row == at else " "
        name = escape_text(vmas.name[row]) or NO_NAME
        lines.append(("", f"{mark} {_range(vmas, row)} {vmas.perms[row]} {_size(vmas, row)}  {name}"))
    return lines


def _range(vmas: VmaTable, at: int) -> str:
    return f"{int(vmas.start[at]):x}-{int(vmas.end[at]):x}"


def _size(vmas: VmaTable, at: int) -> str:
    return f"{(int(vmas.end[at]) - int(vmas.start[at])) // 1024:,} kB"
