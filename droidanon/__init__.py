"""Android memory by name: reads smaps, breaks memory down by app, heap and category, and compares captures.

Names are imported on first use, so that `import droidanon` is fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from droidanon.version import __version__

if TYPE_CHECKING:
    from droidanon.api.captures import CaptureList, OpenedCapture, OpenedSeries
    from droidanon.api.checks import CheckResult, check
    from droidanon.api.exits import exits
    from droidanon.api.functions import breakdown, classify, diff, insights, limits, trend, whole_app
    from droidanon.api.limits import AppLimits
    from droidanon.api.reading import capture, load, open, parse_smaps, save
    from droidanon.api.results import Comparison, Growth, Insights
    from droidanon.api.whole_app import AppMemory
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
    from droidanon.fleet.opened import OpenedDataset, open_dataset
    from droidanon.model import Capture, Problem, Process
    from droidanon.naming import NamedPages, named_buffer, set_vma_name
    from droidanon.share.functions import redact

_HOMES = {
    **dict.fromkeys(("CaptureList", "OpenedCapture", "OpenedSeries"), "droidanon.api.captures"),
    "AppLimits": "droidanon.api.limits",
    "AppMemory": "droidanon.api.whole_app",
    "exits": "droidanon.api.exits",
    **dict.fromkeys(("Comparison", "Growth", "Insights"), "droidanon.api.results"),
    **dict.fromkeys(("CheckResult", "check"), "droidanon.api.checks"),
    **dict.fromkeys(
        ("breakdown", "classify", "diff", "insights", "limits", "trend", "whole_app"), "droidanon.api.functions"
    ),
    **dict.fromkeys(("capture", "load", "open", "parse_smaps", "save"), "droidanon.api.reading"),
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
    **dict.fromkeys(("OpenedDataset", "open_dataset"), "droidanon.fleet.opened"),
    **dict.fromkeys(("Capture", "Problem", "Process"), "droidanon.model"),
    "VmaTable": "droidanon.columns",
    "redact": "droidanon.share.functions",
    **dict.fromkeys(("NamedPages", "named_buffer", "set_vma_name"), "droidanon.naming"),
}

__all__ = [
    "AccessError",
    "AppLimits",
    "AppMemory",
    "BudgetError",
    "Capture",
    "CaptureList",
    "CheckResult",
    "Comparison",
    "DeviceError",
    "DroidanonError",
    "Growth",
    "InputError",
    "Insights",
    "NamedPages",
    "NamingError",
    "OpenedCapture",
    "OpenedDataset",
    "OpenedSeries",
    "Problem",
    "Process",
    "ProcessError",
    "UsageError",
    "VmaTable",
    "__version__",
    "breakdown",
    "capture",
    "check",
    "classify",
    "diff",
    "exits",
    "insights",
    "limits",
    "load",
    "named_buffer",
    "open",
    "open_dataset",
    "parse_smaps",
    "redact",
    "save",
    "set_vma_name",
    "trend",
    "whole_app",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'droidanon' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
