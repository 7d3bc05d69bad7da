"""The Library's rows: devices and captures, and advice if there are none."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from droidanon.store.series import SUFFIX
from droidanon.units import format_bytes
from droidanon.wording import counted
from droidanon_tui.formats import Number, format_count, unit_shape
from droidanon_tui.widgets.base_mark import SIGN
from droidanon_tui.widgets.columns import TreeColumn
from droidanon_tui.widgets.records import Record, RecordLevel

if TYPE_CHECKING:
    from droidanon.sources.phone.devices import DeviceSummary
    from droidanon.store.library import CaptureSummary
    from droidanon_tui.library.state import LibraryState

_OWN_WORDS = frozenset({"label", "time", "note"})
"""Labels that need no key next to their value."""
_NAME_WIDTHS = 16, 28
"""Of the column of names: the least, and the most that it gets before other columns do."""
SELECTED = "x"
NO_DEVICES = "no phone: enable USB debugging and plug one in, or adb connect HOST:PORT"


def format_size(number: Number) -> str:
    return "-" if number is None else format_bytes(int(number))


def device_columns() -> list[TreeColumn]:
    return [
        TreeColumn("model", "Device", "text", 18),
        TreeColumn("serial", "serial", "text", 20, keep=3),
        TreeColumn("android", "Android", "text", 7, keep=5),
        TreeColumn("access", "access", "text", 8, keep=4),
        TreeColumn("pages", "pages", "text", 6, keep=2),
        TreeColumn("state", "state", "text", 26, flexible=1),
    ]


def capture_columns(unit: str, longest_name: int, *, labelled: bool) -> list[TreeColumn]:
    """`longest_name`: of the captures, in characters. `labelled`: some capture has labels."""
    name_width = min(max(longest_name, _NAME_WIDTHS[0]), _NAME_WIDTHS[1])
    labels = [TreeColumn("labels", "labels", "text", 16, keep=6, flexible=2)] if labelled else []
    return [
        TreeColumn("mark", "", "text", 3),
        TreeColumn("when", "when", "text", 19, keep=8),
        TreeColumn("name", "Capture", "text", name_width, flexible=2, kept_end=0.6),
        *labels,
        TreeColumn("app", "app", "text", 17, keep=5, flexible=1),
        TreeColumn("device", "device", "text", 12, keep=4),
        TreeColumn("total", "total PSS", width=11, keep=7, shape=unit_shape(unit)),
        TreeColumn("processes", "proc.", width=6, keep=2, shape=format_count),
        TreeColumn("access", "access", "text", 7, keep=2),
        TreeColumn("size", "size", width=9, keep=1, shape=format_size),
        TreeColumn("problems", "probl.", width=6, keep=3, shape=format_count),
    ]


def device_level(devices: Sequence[DeviceSummary]) -> RecordLevel:
    """One row per device; a device that is not ready shows the reason."""
    return RecordLevel([Record(device.serial, _device_cells(device), device) for device in devices])


def _device_cells(device: DeviceSummary) -> dict[str, str | int | float | None]:
    ready = device.state == "device"
    size = device.page_size
    return {
        "model": device.model or device.serial,
        "serial": device.serial,
        "android": str(device.android or "-") if ready else "-",
        "access": (device.access or "-") if ready else "-",
        "pages": f"{size // 1024} KB" if size else "-",
        "state": _state_words(device),
    }


def _state_words(device: DeviceSummary) -> str:
    """The device's state, and how to get (full) access."""
    if device.state == "device":
        return device.advice or "ready"
    return device.advice if device.advice.startswith(device.state) else f"{device.state}: {device.advice}"


def capture_level(state: LibraryState, base: Container[str]) -> RecordLevel:
    """One row per capture that matches the filter, with the error if it can't be opened. `base`: the marked paths."""
    return RecordLevel([Record(str(item.path), _capture_cells(item, state, base), item) for item in state.shown()])


def _capture_cells(
    item: CaptureSummary, state: LibraryState, base: Container[str]
) -> dict[str, str | int | float | None]:
    mark = f"{SELECTED if item.path in state.selected else ' '} {SIGN if str(item.path) in base else ' '}"
    if item.error:
        return {
            "mark": mark,
            "name": item.path.name,
            "labels": item.error,
            "app": "can't be opened",
            "when": "-",
            "size": item.size or None,
        }
    name = state.name(item.path)
    return {
        "mark": mark,
        "when": local_time(item.created),
        "name": f"{name}/ ({counted(item.captures, 'capture')})" if item.path.suffix != SUFFIX else name,
        "labels": label_words(item.labels or {}),
        "device": item.device or "-",
        "app": item.app or "all",
        "total": item.total_pss_kb,
        "processes": item.processes,
        "access": item.access or "-",
        "size": item.size,
        "problems": item.problems,
    }


def label_words(labels: Mapping[str, str]) -> str:
    """Labels in one line; some need no key next to their value."""
    return "  ".join(value if key in _OWN_WORDS else f"{key}={value}" for key, value in labels.items())


@lru_cache(maxsize=10_000)
def local_time(created: str) -> str:
    """A capture's time in this computer's time zone, to the second; the original text if it is not a time."""
    try:
        return datetime.fromisoformat(created).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return created[:19].replace("T", " ") or "-"


NO_MATCH = "no capture matches the filter; esc clears it"
NO_CAPTURES = """No captures in this folder yet. To get one:

space  capture from the phone selected above
O      open the sample that is bundled with droidanon
       or open a file: droidanon tui FILE (a capture, or a saved /proc/PID/smaps)"""
