"""Live's texts: a process's state by its OOM adjustment, the phone's memory, the cost of watching."""

from __future__ import annotations

import time

from droidanon.sources.sampling.sample import SystemSample

_STATES = (
    (900, "cached"),
    (800, "service B"),
    (700, "previous"),
    (600, "home"),
    (500, "service"),
    (400, "heavy"),
    (300, "backup"),
    (200, "perceptible"),
    (100, "visible"),
    (50, "recent"),
    (0, "foreground"),
    (-800, "persistent"),
    (-900, "system"),
)
"""The least oom_score_adj of each state (ProcessList.java of the platform's am package, Android 10 to 16)."""
FOREGROUND = 0
"""oom_score_adj of the app in the foreground and the processes it depends on."""
_MEGABYTE = 1024
_GIGABYTE = 1024 * 1024


def state_word(adjustment: int | None) -> str:
    """The activity manager's state of a process; `native` is one that it does not manage."""
    if adjustment is None:
        return "-"
    return next((word for least, word in _STATES if adjustment >= least), "native")


def format_amount(kb: int | None) -> str:
    """kB in the unit that suits a status line."""
    if kb is None:
        return "-"
    if kb >= _GIGABYTE:
        return f"{kb / _GIGABYTE:.1f} GB"
    return f"{kb / _MEGABYTE:.0f} MB" if kb >= _MEGABYTE else f"{kb} kB"


def memory_words(system: SystemSample) -> str:
    """The phone's memory, swap, zram and pressure, as far as they are readable."""
    parts = []
    if system.mem_total_kb is not None and system.mem_available_kb is not None:
        parts.append(f"available {_pair(system.mem_available_kb, 'of', system.mem_total_kb)}")
    if system.swap_total_kb and system.swap_used_kb is not None:
        parts.append(f"swap {_pair(system.swap_used_kb, 'of', system.swap_total_kb)}")
    if system.pressure_some is not None:
        full = "" if system.pressure_full is None else f" (full {system.pressure_full:.1f} %)"
        parts.append(f"pressure {system.pressure_some:.1f} %{full}")
    if system.zram_data_kb and system.zram_used_kb is not None:
        parts.append(f"zram {_pair(system.zram_data_kb, 'in', system.zram_used_kb)}")
    return " · ".join(parts)


def _pair(kb: int, word: str, other_kb: int) -> str:
    """Two amounts; a common unit is written once."""
    first, second = format_amount(kb), format_amount(other_kb)
    if first.rpartition(" ")[2] == second.rpartition(" ")[2]:
        first = first.rpartition(" ")[0]
    return f"{first} {word} {second}"


def format_seconds(seconds: float) -> str:
    """Seconds, with one decimal below 10."""
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def pace_words(wanted_s: float, kept_s: float, cost_share: float | None) -> str:
    """The sampling interval, and its cost to the phone."""
    slowed = f" (requested {format_seconds(wanted_s)}, slowed down)" if kept_s > wanted_s * 1.05 else ""
    cost = "" if cost_share is None else f" · costs {cost_share * 100:.1f} % of a core"
    return f"every {format_seconds(kept_s)}{slowed}{cost}"


def clock_text(moment: float) -> str:
    """The host's time of day."""
    return time.strftime("%H:%M:%S", time.localtime(moment))


def ago_text(seconds: float) -> str:
    """A span of time in its largest unit."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def format_share(share: float | None) -> str:
    """The used part of a limit; above the limit with a mark that is visible without colour."""
    return "-" if share is None else f"{100 * share:.1f} %{'!' if share > 1 else ''}"
