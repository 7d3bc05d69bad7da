"""How a capture was made, without identifying its phone or its owner's folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from droidanon.html_report.page import FactList
from droidanon.version import __version__
from droidanon.wording import counted

if TYPE_CHECKING:
    from droidanon.analysis.view import View
    from droidanon.model import Capture
    from droidanon.taxonomy.rules import RuleSet

_PHONES = ("adb:", "local:")
_DEVICE = {
    "model": "Model",
    "android": "Android",
    "build": "Build",
    "kernel": "Kernel",
    "page_size": "Page size",
    "abi": "ABI",
}


def capture_facts(view: View, source: str, rules: RuleSet) -> FactList:
    """The known facts of a capture. Serial numbers and folders are left out."""
    capture = view.capture
    fidelity = Counter(process.fidelity for process in capture.counted)
    facts = {
        "Source": source_text(source),
        "Read from": source_text(capture.source),
        "Selection": capture.app or "all processes",
        "Time": time_text(capture.created),
        "Access": capture.access,
        **{label: str(capture.device.get(key, "")) for key, label in _DEVICE.items()},
        **{f"Prepared: {one.kind}": one.answer for one in capture.preparations},
        **{f"Label: {key}": text for key, text in capture.labels.items()},
        "Processes": ", ".join(f"{count:,} from {kind}" for kind, count in sorted(fidelity.items())),
        "Reference processes": _references(capture),
        "Rules": rules_text(rules.identity()),
        "Captured by": f"droidanon {capture.tool_version}" if capture.tool_version else "",
        "Page made by": f"droidanon {__version__}",
    }
    return FactList("How this was made", [(label, text) for label, text in facts.items() if text])


def source_text(source: str) -> str:
    """A source without its serial number or a file's folders."""
    for prefix in _PHONES:
        if source.startswith(prefix):
            return prefix
    prefix, colon, rest = source.partition(":")
    if colon and prefix == "bugreport":
        return f"bugreport:{PurePath(rest).name}"
    return PurePath(source).name or source


def place_text(where: str) -> str:
    """The location of a problem, without a serial number or the folders of a local file."""
    return source_text(where) if where.startswith(_PHONES) or _may_be_here(where) else where


def _may_be_here(where: str) -> bool:
    """Whether a location may be a file of this host, including one that may not be looked up."""
    path = Path(where)
    try:
        return path.is_absolute() and not where.startswith("/proc/") and path.exists()
    except OSError:
        return True


def phone_text(capture: Capture) -> str:
    """Model and Android release, as far as known."""
    android = capture.device.get("android")
    return ", ".join(filter(None, (str(capture.device.get("model", "")), f"Android {android}" if android else "")))


def time_text(created: str) -> str:
    """Convert a time with any offset to `2026-11-29 23:03 UTC`; returns other text unchanged."""
    try:
        time = datetime.fromisoformat(created)
        return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if time.tzinfo else created
    except (ValueError, OverflowError):
        return created


def _references(capture: Capture) -> str:
    count = len(capture.processes) - len(capture.counted)
    return counted(count, "zygote") + ", in no total" if count else ""


def rules_text(identity: Mapping[str, Any]) -> str:
    """The version of the rules, and the user's own rule files without folders."""
    files = ", ".join(PurePath(name).name for name in identity["files"])
    return f"version {identity['version']}" + (f", with {files}" if files else "")
