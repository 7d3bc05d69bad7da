"""The data that flows through droidanon: columns of VMAs, the processes they belong to, a capture.

Words are those of docs/architecture.md. kB is 1024 bytes, as the kernel prints it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

if TYPE_CHECKING:
    IntArray = npt.NDArray[np.int64] | npt.NDArray[np.int32]
    BoolArray = npt.NDArray[np.bool_]
else:  # numpy.typing takes a tenth of the time in which a capture is opened and shown
    IntArray = BoolArray = np.ndarray

FIDELITIES = ("smaps", "maps", "showmap", "perfetto", "meminfo", "rollup", "status", "none")
"""What a process's rows are; `none`: nothing could be read (see the capture's problems)."""

VMA_FIDELITIES = frozenset({"smaps", "maps", "rollup"})
"""Those whose rows were entries of a text of the kernel's; the rows of the others are no VMAs and have no address."""

NOT_REPORTED = "(not told)"
"""The group of rows in a breakdown that is finer than what their source told."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was not whole or could not be read; `where` names file, process or line."""

    where: str
    message: str
    kind: str = field(default="", compare=False)
    """A stable word for programs: of a process the outcome of reading it (`denied`, `ended`, ...); empty for most."""

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A column of repeated values: `values[codes[row]]` is the value of a row."""

    codes: npt.NDArray[np.int32]
    values: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> str:
        value: str = self.values[self.codes[row]]
        return value

    def take(self, rows: npt.NDArray[Any] | slice) -> Coded:
        """The same column for some rows (an index array, a mask or a slice)."""
        return Coded(self.codes[rows], self.values)

    def to_list(self) -> list[str]:
        return [self.values[code] for code in self.codes.tolist()]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a kernel prints one entry, so that its exact bytes can be written again from the columns.

    `name_column` is the column (from 0) at which a header's name starts; `blank` tells whether a
    header without a name ends in one blank. `lines` are the lines after the header, in order:
    `("counter", key, text before the number, width the number is right-aligned in, text after it)`,
    `("name", text before the name)` and `("flags", text before the flags, text after them)`.
    """

    name_column: int
    blank: bool
    lines: tuple[tuple[str | int, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class VmaTable:
    """The VMAs of any number of processes as columns, one row each, in the order they were printed.

    `process` is the index into the processes they belong to and never falls. A counter holds 0 in
    the rows of `missing[counter]`, where the kernel did not print it; a counter without an entry
    in `missing` was printed everywhere. `text` holds the exact bytes of the (few) rows that the
    other columns can't rebuild. `name` is text: UTF-8, any other byte as `\\xNN`.

    A process of a fidelity below smaps has one row a name or mapping (`showmap`, `perfetto`), a heap (`meminfo`: the name is its label, or
    `LABEL/SUB-HEAP`) or one in all (`status`); such rows are no VMAs: their addresses are 0, all else is empty.
    """

    process: npt.NDArray[np.int32]
    start: npt.NDArray[np.uint64]
    end: npt.NDArray[np.uint64]
    perms: Coded
    offset: npt.NDArray[np.uint64]
    device: Coded
    inode: npt.NDArray[np.uint64]
    name: Coded
    flags: Coded
    counters: Mapping[str, IntArray]
    missing: Mapping[str, BoolArray] = field(default_factory=dict)
    layout: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    layouts: tuple[Layout, ...] = ()
    text: Mapping[int, bytes] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.process)


@dataclass(frozen=True, slots=True)
class Process:
    """One process of a capture. None is unknown; `rows` is the number of its VMAs."""

    name: str
    """cmdline up to its first NUL, else `[comm]`, else what the source tells (a file's stem)."""
    pid: int | None = None
    package: str | None = None
    uid: int | None = None
    ppid: int | None = None
    start_time: int | None = None
    """Clock ticks after boot (field 22 of /proc/PID/stat)."""
    oom_score_adj: int | None = None
    oom_level: str | None = None
    """The OOM level under which `dumpsys meminfo` listed it (`Cached`), where the source has that list."""
    rows: int = 0
    fidelity: str = "smaps"
    reference: bool = False
    """A zygote that was read along with an app to tell inherited pages apart; it is in no total."""
    text: bytes | None = None
    """The exact text of a process without rows, or what follows its last row; else None."""
    crlf: bool = False
    version_name: str | None = None
    version_code: int | None = None
    debuggable: bool | None = None
    """Whether the app may be debugged: its numbers are not those of its release."""
    abi: str | None = None
    compile_filter: str | None = None
    """How much of the app ART has compiled (`speed-profile`, `verify`, ...)."""
    age_s: float | None = None
    """Seconds from the process's start to its reading."""
    read_s: float | None = None
    """Seconds that its reading took on the phone."""
    status_kb: Mapping[str, int] = field(default_factory=dict)
    """Lines of /proc/PID/status in kB, by snake case of the kernel's key: `rss_anon_kb`, `vm_swap_kb`, ..."""
    not_in_smaps_kb: Mapping[str, int] = field(default_factory=dict)
    """Memory that smaps does not show, kB by the source's label (`EGL mtrack`, `GL mtrack`, ...); in no total of VMAs."""
    objects: Mapping[str, int] = field(default_factory=dict)
    """Counts of the Objects block of `dumpsys meminfo`, by its labels (`Views`, `Activities`, ...)."""
    procrank_kb: Mapping[str, int] = field(default_factory=dict)
    """What AOSP's procrank printed of it, where the source has its output: it counts pages, not rounded VMAs."""

    @property
    def app(self) -> str:
        """The package, else the process's own name."""
        return self.package or self.name

    @property
    def user(self) -> int | None:
        """The Android user (uid // 100000)."""
        return None if self.uid is None else self.uid // 100_000


@dataclass(frozen=True, slots=True)
class ReportedRows:
    """Rows of a process that are no VMAs, as a source of lower fidelity told them: names and counters (kB), a value a row.

    None is a counter that was not told of that row. `fidelity` is `showmap`, `perfetto`, `meminfo` or `status`.
    """

    fidelity: str
    names: Sequence[str]
    counters: Mapping[str, Sequence[int | None]]


@dataclass(frozen=True, slots=True)
class Preparation:
    """What was asked of a phone before it was read: `trim`, `gc`, `settle` or `freeze`, in this order.

    `answer` says what was done and what the phone said to it; `done`: all of it could be done.
    """

    kind: str
    done: bool
    answer: str


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """One pass over the chosen processes of one source.

    `device` has what is known of: serial, model, android (release as text), sdk, build, kernel,
    page_size, abi. `system` has numbers of /proc/meminfo in kB and uptime_s where told.
    """

    processes: tuple[Process, ...]
    vmas: VmaTable
    source: str
    created: str = ""
    """ISO 8601, UTC, to the second."""
    access: str = ""
    device: Mapping[str, str | int] = field(default_factory=dict)
    system: Mapping[str, int] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    """What its source was taken for, where there is more than one way to see it; nothing is wrong."""
    preparations: tuple[Preparation, ...] = ()
    partial: bool = False
    tool_version: str = ""
    app: str = ""
    """The app (or process) that was asked for; empty: all of them."""

    @property
    def counted(self) -> tuple[Process, ...]:
        """The processes that are in its totals: all but reference processes."""
        return tuple(process for process in self.processes if not process.reference)

    @property
    def counted_vmas(self) -> int:
        """How many VMAs they have."""
        return sum(process.rows for process in self.counted if process.fidelity in VMA_FIDELITIES)

    @property
    def android(self) -> int | None:
        """The Android release as a number, None where the source does not tell."""
        digits = str(self.device.get("android", "")).split(".")[0]
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 4 else None


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A result: key columns beside number columns, `len(rows)` rows; numbers are int64 or float64.

    A number is unknown where `missing[column]` is true (its value there is 0).
    """

    keys: Mapping[str, Sequence[str | int | None]]
    numbers: Mapping[str, npt.NDArray[Any]]
    missing: Mapping[str, BoolArray] = field(default_factory=dict)

    def __len__(self) -> int:
        columns: list[Sequence[Any] | npt.NDArray[Any]] = [*self.keys.values(), *self.numbers.values()]
        return len(columns[0]) if columns else 0

    def number(self, column: str, row: int) -> int | float | None:
        """One number, None where it is missing."""
        mask = self.missing.get(column)
        if mask is not None and mask[row]:
            return None
        value: int | float = self.numbers[column][row].item()
        return value

    def take(self, rows: npt.NDArray[Any]) -> Rows:
        """Some of the rows (an index array or a mask)."""
        kept = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        keys = {key: [values[row] for row in kept.tolist()] for key, values in self.keys.items()}
        missing = {name: mask[kept] for name, mask in self.missing.items() if mask[kept].any()}
        return Rows(keys, {name: values[kept] for name, values in self.numbers.items()}, missing)

    def records(self) -> list[dict[str, str | int | float | None]]:
        """One flat dict a row, missing numbers as None (for JSON)."""
        columns: dict[str, list[Any]] = {key: list(values) for key, values in self.keys.items()}
        for key, values in self.numbers.items():
            column = values.tolist()
            mask = self.missing.get(key)
            if mask is not None:
                column = [None if gone else value for value, gone in zip(column, mask.tolist(), strict=True)]
            columns[key] = column
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def to_pandas(self) -> pd.DataFrame:
        """A DataFrame; missing numbers are <NA>."""
        import pandas as pd

        data: dict[str, Any] = {key: list(values) for key, values in self.keys.items()}
        for key, values in self.numbers.items():
            mask = self.missing.get(key)
            if values.dtype.kind == "f":
                data[key] = values if mask is None else np.where(mask, np.nan, values)
            else:
                data[key] = pd.arrays.IntegerArray(
                    values.astype(np.int64), np.zeros(len(values), bool) if mask is None else mask.copy()
                )
        return pd.DataFrame(data)
