"""Android memory by name: smaps in; breakdown by app, heap and category, diff and captures out.

Names are imported when they are first used, so that `import droidanon` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from droidanon.version import __version__

if TYPE_CHECKING:
    from droidanon.api import Change, Growth, breakdown, capture, classify, diff, load, parse_smaps, save, trend
    from droidanon.columns import VmaTable
    from droidanon.errors import (
        AccessError,
        BudgetError,
        DeviceError,
        DroidanonError,
        InputError,
        NamingError,
        ProcessError,
        UsageError,
    )
    from droidanon.model import Capture, Problem, Process
    from droidanon.naming import NamedPages, named_buffer, set_vma_name

_HOMES = {
    **dict.fromkeys(
        ("Change", "Growth", "breakdown", "capture", "classify", "diff", "load", "parse_smaps", "save", "trend"),
        "droidanon.api",
    ),
    **dict.fromkeys(
        (
            "AccessError",
            "BudgetError",
            "DeviceError",
            "DroidanonError",
            "InputError",
            "NamingError",
            "ProcessError",
            "UsageError",
        ),
        "droidanon.errors",
    ),
    **dict.fromkeys(("Capture", "Problem", "Process", "VmaTable"), "droidanon.model"),
    **dict.fromkeys(("NamedPages", "named_buffer", "set_vma_name"), "droidanon.naming"),
}

__all__ = [
    "AccessError",
    "BudgetError",
    "Capture",
    "Change",
    "DeviceError",
    "DroidanonError",
    "Growth",
    "InputError",
    "NamedPages",
    "NamingError",
    "Problem",
    "Process",
    "ProcessError",
    "UsageError",
    "VmaTable",
    "__version__",
    "breakdown",
    "capture",
    "classify",
    "diff",
    "load",
    "named_buffer",
    "parse_smaps",
    "save",
    "set_vma_name",
    "trend",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'droidanon' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
