"""The columns of two captures for a comparison VMA by VMA."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from droidanon.analysis.sums import key_column
from droidanon.analysis.view import View
from droidanon.columns import BoolArray, Coded, IntArray, distinct_codes
from droidanon.model import Process

Addresses = npt.NDArray[np.uint64]

_BATCH = 1 << 18
"""The number of VMAs that are compared at once; a comparison takes about 200 bytes for each."""


@dataclass(frozen=True, slots=True, eq=False)
class _VmaColumns:
    """Name, permissions, range and memory (kB) of VMAs."""

    name: Coded
    perms: Coded
    start: Addresses
    end: Addresses
    kb: IntArray
    missing: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class VmaSide(_VmaColumns):
    """The VMAs of one capture; `process` is the index in `processes`."""

    processes: Sequence[Process]
    process: npt.NDArray[np.int32]

    @classmethod
    def of(cls, view: View, counter: str) -> VmaSide:
        """The counted VMAs of a capture."""
        rows = np.flatnonzero(view.counted)
        vmas = view.capture.vmas
        values, gone = view.counter(counter)
        return cls(
            key_column(view, "name").take(rows),
            vmas.perms.take(rows),
            vmas.start[rows],
            vmas.end[rows],
            values[rows],
            np.zeros(len(rows), np.bool_) if gone is None else gone[rows],
            view.capture.processes,
            vmas.process[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class ComparedVmas(_VmaColumns):
    """The VMAs of both captures, base's first, with their side and owner."""

    is_new: BoolArray
    owner: Coded

    @classmethod
    def joined(
        cls, sides: Sequence[VmaSide], owners: Sequence[Sequence[str]], renamed: Mapping[str, str]
    ) -> ComparedVmas:
        """The VMAs of base and new; `owners` has a word for each process of each side."""
        base, new = sides
        words = [Coded.of(of_side).take(side.process) for side, of_side in zip(sides, owners, strict=True)]
        return cls(
            Coded.concat([base.name, new.name.renamed(renamed)]),
            Coded.concat([base.perms, new.perms]),
            np.concatenate([base.start, new.start]),
            np.concatenate([base.end, new.end]),
            np.concatenate([base.kb, new.kb]),
            np.concatenate([base.missing, new.missing]),
            np.arange(len(base.process) + len(new.process)) >= len(base.process),
            Coded.concat(words),
        )

    def __len__(self) -> int:
        return len(self.is_new)

    @property
    def size_kb(self) -> npt.NDArray[np.int64]:
        """The sizes of the address ranges."""
        return ((self.end - self.start) // np.uint64(1024)).astype(np.int64)

    def take(self, rows: npt.NDArray[np.intp]) -> ComparedVmas:
        """Some of its rows."""
        return ComparedVmas(*(getattr(self, column.name).take(rows) for column in fields(self)))

    def batches(self) -> Iterator[npt.NDArray[np.intp]]:
        """The rows of successive owners in batches of about _BATCH rows, unless one owner has more."""
        owner = self.owner
        begins = np.cumsum(np.bincount(owner.codes, minlength=1)) // _BATCH
        batch = begins.astype(np.int32)[owner.codes] if len(owner) else owner.codes
        for number in distinct_codes(begins).tolist():
            yield np.flatnonzero(batch == number)
