"""Sums all processes of an app, and bounds the memory freed by killing them all.

Without counting pages the answer is a range. USS covers the pages that only one process maps, all of which are freed.
PSS also includes the pages that the app's processes share with each other, which are freed, and a part of every page
shared with other processes, which is not. A SwapPss above half of Swap proves that some swapped pages belong to one
process alone, because a page of two or more processes counts at most half (Linux fs/proc/task_mmu.c, smaps_pte_entry).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from droidanon.analysis.limits.anon_swap import AnonSwap, Basis, anon_swap_of_processes
from droidanon.analysis.view import View
from droidanon.columns import BoolArray
from droidanon.counters import INHERITED, SHARED_PARTS
from droidanon.errors import UsageError
from droidanon.model import Capture, Problem, Process
from droidanon.uids import ISOLATED_IDS, SDK_SANDBOX_IDS, app_id
from droidanon.wording import counted, listed

SUMS = ("rss_kb", "uss_kb", "pss_kb", "swap_kb", "swap_pss_kb", INHERITED)
"""The counters that are summed per process."""
_NAMED_APPS = 5


class ProcessKind(StrEnum):
    """The relation of a process to its app."""

    APP = "app"
    """It runs as the app's own uid."""
    SDK_SANDBOX = "sdk sandbox"
    ISOLATED = "isolated"
    """It runs a service in isolation, for the app that bound that service."""
    WEBVIEW = "webview"
    """An isolated process of the WebView package that renders pages for the app."""


@dataclass(frozen=True, slots=True)
class Member:
    """A process of the app: its sums in kB for the counters in SUMS (None: unknown), and its anon + swap."""

    process: Process
    kind: ProcessKind
    kb: dict[str, int | None]
    anon_swap: AnonSwap | None


@dataclass(frozen=True, slots=True)
class FreedRange:
    """The memory freed, in kB: at least `low_kb`, at most `high_kb`."""

    low_kb: int
    high_kb: int


@dataclass(frozen=True, slots=True)
class WholeApp:
    """An app's processes, largest first, and their sums. None means unknown."""

    app: str
    user: int | None
    members: tuple[Member, ...]
    totals: dict[str, int | None]
    """Sums over all processes, by counter; None if a process lacks it."""
    anon_swap_kb: int | None
    basis: Basis | None
    """`judged` if the number of every process is that of /proc/PID/status."""
    freed_ram: FreedRange | None
    freed_swap: FreedRange | None
    """Of the swapped pages, as they were in RAM: zram holds them compressed."""
    inherited_pss_kb: int | None
    """The part of the app's PSS, beyond USS, that lies in mappings inherited from its zygote: the zygote keeps those
    pages as long as it has them."""
    warnings: tuple[Problem, ...] = ()


def whole_app(view: View, app: str | None = None, user: int | None = None) -> WholeApp:
    """Sum an app of a capture; it must be named if there are several. Raises UsageError if the app is ambiguous."""
    chosen = _chosen(view.capture, app, user)
    indices = [index for index in chosen if view.capture.processes[index].fidelity != "none"]
    sums = {name: view.kb_by_process(name) for name in SUMS}
    numbers = anon_swap_of_processes(view)
    members = [_member(view, index, sums, numbers) for index in indices]
    members.sort(key=lambda member: (-(member.kb["pss_kb"] or 0), member.process.name, member.process.pid or 0))
    totals = {name: _total([member.kb[name] for member in members]) for name in SUMS}
    judged = [member.anon_swap for member in members]
    first = view.capture.processes[chosen[0]]
    return WholeApp(
        first.app,
        first.user,
        tuple(members),
        totals,
        _total([None if one is None else one.kb for one in judged]),
        _basis(judged),
        _range(totals["uss_kb"], totals["pss_kb"]),
        _range(_own_swap_kb(view, indices), totals["swap_pss_kb"]),
        _inherited_pss_kb(view, indices),
        _warnings(len(chosen) - len(indices)),
    )


def _member(view: View, index: int, sums: dict[str, list[int | None]], numbers: Sequence[AnonSwap | None]) -> Member:
    process = view.capture.processes[index]
    return Member(process, kind_of(process), {name: sums[name][index] for name in SUMS}, numbers[index])


def kind_of(process: Process) -> ProcessKind:
    """The relation of a process to its app, from its uid; if unknown, from Chromium's names for sandboxed processes."""
    if process.uid is None:
        isolated = ":sandboxed_process" in process.name
    else:
        own_id = app_id(process.uid)
        isolated = own_id in ISOLATED_IDS
        if own_id in SDK_SANDBOX_IDS:
            return ProcessKind.SDK_SANDBOX
    if not isolated:
        return ProcessKind.APP
    own = process.name.partition(":")[0]
    return ProcessKind.WEBVIEW if own != process.app and "webview" in own else ProcessKind.ISOLATED


def _chosen(capture: Capture, app: str | None, user: int | None) -> list[int]:
    """The indices of the app's processes in the capture."""
    counted_processes = [(index, one) for index, one in enumerate(capture.processes) if not one.reference]
    packaged = [(index, one) for index, one in counted_processes if one.package is not None]
    there = [
        (index, one)
        for index, one in (packaged if app is None and packaged else counted_processes)
        if (app is None or app in (one.app, one.name)) and (user is None or one.user == user)
    ]
    names = sorted({one.app for _, one in there})
    if not there:
        raise UsageError(f"no process of {app or 'an app'} in this source")
    if len(names) > 1:
        text = f"{counted(len(names), 'app')} in this source ({listed(names, _NAMED_APPS)}): choose one"
        raise UsageError(text, settings=("app",))
    users = sorted({one.user for _, one in there if one.user is not None})
    if len(users) > 1:
        text = f"{names[0]} runs for users {', '.join(map(str, users))}, with different data: choose one"
        raise UsageError(text, settings=("user",))
    return [index for index, _ in there]


def _total(values: Sequence[int | None]) -> int | None:
    if not values:
        return None
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _basis(numbers: Sequence[AnonSwap | None]) -> Basis | None:
    if not numbers or any(number is None for number in numbers):
        return None
    judged = all(number is not None and number.basis is Basis.JUDGED for number in numbers)
    return Basis.JUDGED if judged else Basis.UPPER_BOUND


def _range(low_kb: int | None, high_kb: int | None) -> FreedRange | None:
    """The range from USS to PSS. PSS is rounded down per VMA, so it may be slightly less than USS."""
    return None if low_kb is None or high_kb is None else FreedRange(low_kb, max(low_kb, high_kb))


def _rows(view: View, indices: Sequence[int]) -> BoolArray:
    of_app = np.zeros(len(view.capture.processes), np.bool_)
    of_app[list(indices)] = True
    chosen: BoolArray = of_app[view.capture.vmas.process]
    return chosen


def _own_swap_kb(view: View, indices: Sequence[int]) -> int | None:
    """The minimum of swapped pages that belong to one process alone; pages of two or more count at most half in
    SwapPss.
    """
    swap, swap_pss = (_known(view, name, indices) for name in ("swap_kb", "swap_pss_kb"))
    if swap is None or swap_pss is None:
        return None
    return int(np.maximum(2 * swap_pss - swap, 0).sum())


def _inherited_pss_kb(view: View, indices: Sequence[int]) -> int | None:
    """The PSS of shared pages in VMAs with inherited pages; at most all of these are inherited."""
    names = (INHERITED, "pss_kb", "uss_kb", *SHARED_PARTS)
    columns = [_known(view, name, indices) for name in names]
    if any(column is None for column in columns):
        return None
    inherited, pss, uss, *_ = (column for column in columns if column is not None)
    return int(np.maximum(pss - uss, 0)[inherited > 0].sum())


def _known(view: View, name: str, indices: Sequence[int]) -> npt.NDArray[np.int64] | None:
    """A counter summed over the app's rows; None if any of them lacks it."""
    if name not in view.counters:
        return None
    rows = _rows(view, indices)
    values, missing = view.counter(name)
    if missing is not None and missing[rows].any():
        return None
    return values[rows].astype(np.int64)


def _warnings(unread: int) -> tuple[Problem, ...]:
    if not unread:
        return ()
    verb = "is" if unread == 1 else "are"
    text = f"{counted(unread, 'process')} of the app could not be read and {verb} in no sum"
    return (Problem("app", text, "unread_process"),)
