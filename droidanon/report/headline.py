"""The line of an app's anon + swap, total PSS, and share of Google Play's limit."""

from __future__ import annotations

from typing import Any

from droidanon.analysis.limits.anon_swap import Basis
from droidanon.analysis.limits.headline import Headline
from droidanon.analysis.limits.wording import share_text
from droidanon.units import format_kb
from droidanon.wording import counted


def headline_line(found: Headline) -> str:
    """One line: the numbers, the basis of anon + swap, and the largest share of Google Play's limit."""
    pss = f"total PSS {_kb(found.total_pss_kb)}"
    share = "" if found.nearest is None else f"; {share_text(found.nearest, alone=found.processes == 1)}"
    return f"{found.app}: anon + swap {_kb(found.anon_swap_kb)}{_origin(found)}, {pss}{share}"


def headline_record(found: Headline | None) -> dict[str, Any] | None:
    """The headline as an object for JSON."""
    if found is None:
        return None
    use = found.nearest
    return {
        "app": found.app,
        "processes": found.processes,
        "judged": found.judged,
        "upper_bounds": found.upper_bounds,
        "anon_swap_kb": found.anon_swap_kb,
        "basis": found.basis,
        "total_pss_kb": found.total_pss_kb,
        "nearest": None
        if use is None
        else {
            "process": use.process.name,
            "pid": use.process.pid,
            "state": use.state,
            "anon_swap_kb": use.anon_swap_kb,
            "basis": use.basis,
            "play_threshold_kb": use.play_kb,
            "play_percent": None if use.play_share is None else 100 * use.play_share,
        },
    }


def _origin(found: Headline) -> str:
    """The basis of the sum, and its number of processes."""
    if found.basis is None:
        return ""
    words = []
    if found.basis is Basis.JUDGED:
        words.append("judged" if found.limited else "from status")
    elif found.judged:
        words.append(f"upper bound: status of {counted(found.upper_bounds, 'process')} is missing")
    else:
        words.append("upper bound, from smaps")
    read = found.judged + found.upper_bounds
    if read < found.processes:
        words.append(f"{read} of {found.processes} processes")
    return f" ({'; '.join(words)})"


def _kb(value: int | None) -> str:
    return "unknown" if value is None else f"{format_kb(value)} kB"
