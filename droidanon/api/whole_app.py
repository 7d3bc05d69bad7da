"""The result of `droidanon.whole_app`: all processes of an app together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from droidanon.analysis.whole_app import SUMS
from droidanon.api.results import problems_frame
from droidanon.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from droidanon.analysis.whole_app import FreedRange, Member, WholeApp


@dataclass(frozen=True, repr=False, eq=False)
class AppMemory:
    """The memory of all processes of an app. Numbers are in kB; None means unknown.

    Attributes:
        app: the package.
        processes: one row per process, largest PSS first: `process`, `pid`, `kind` (`app`, `isolated`, `webview` or
            `sdk sandbox`), `anon_swap_kb`, `basis`, `rss_kb`, `uss_kb`, `pss_kb`, `swap_kb`, `swap_pss_kb`,
            `inherited_kb`.
        totals: the sums of these numbers.
        freed_ram_kb: the minimum and maximum RAM freed by killing all processes.
        freed_swap_kb: the same for swapped pages, uncompressed.
        inherited_pss_kb: PSS minus USS of the mappings inherited from the zygote.
        warnings: reasons to doubt the sums: `where`, `message`.
    """

    app: str
    processes: pd.DataFrame
    totals: Mapping[str, int | None]
    freed_ram_kb: tuple[int, int] | None
    freed_swap_kb: tuple[int, int] | None
    inherited_pss_kb: int | None
    warnings: pd.DataFrame

    @classmethod
    def of(cls, found: WholeApp) -> AppMemory:
        return cls(
            found.app,
            _processes_frame(found.members),
            {"anon_swap_kb": found.anon_swap_kb, **found.totals},
            _pair(found.freed_ram),
            _pair(found.freed_swap),
            found.inherited_pss_kb,
            problems_frame(found.warnings),
        )

    def __repr__(self) -> str:
        freed = "unknown" if self.freed_ram_kb is None else "{:,} to {:,} kB".format(*self.freed_ram_kb)
        return f"<AppMemory of {self.app}: {counted(len(self.processes), 'process')}, a kill frees {freed} of RAM>"


def _processes_frame(members: tuple[Member, ...]) -> pd.DataFrame:
    numbers = [member.anon_swap for member in members]
    data: dict[str, Any] = {
        "process": [member.process.name for member in members],
        "pid": _integers(member.process.pid for member in members),
        "kind": [str(member.kind) for member in members],
        "anon_swap_kb": _integers(None if number is None else number.kb for number in numbers),
        "basis": [None if number is None else str(number.basis) for number in numbers],
    }
    data.update({name: _integers(member.kb[name] for member in members) for name in SUMS})
    return pd.DataFrame(data)


def _integers(values: Iterable[int | None]) -> pd.Series[Any]:
    return pd.Series(list(values), dtype="Int64")


def _pair(freed: FreedRange | None) -> tuple[int, int] | None:
    return None if freed is None else (freed.low_kb, freed.high_kb)
