"""A capture, its processes, and the problems found while reading them.

docs/architecture.md defines the terms. A kB is 1024 bytes, as in the kernel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from droidanon.columns import VmaTable
from droidanon.escape import elided
from droidanon.uids import USER_SPAN

FIDELITIES = (
    "smaps",
    "maps",
    "showmap",
    "pmap",
    "perfetto",
    "meminfo",
    "summary",
    "rollup",
    "totals",
    "status",
    "none",
)
"""The kind of a process's rows; `none`: nothing could be read (see the capture's problems)."""

VMA_FIDELITIES = frozenset({"smaps", "maps", "rollup"})
"""Fidelities whose rows are entries of a text of the kernel; the rows of the others are not VMAs and have no
address."""

HEAPLESS_FIDELITIES = frozenset({"summary", "rollup", "totals", "status"})
"""Fidelities whose rows are sums over heaps."""

NOT_REPORTED = "(not reported)"
"""The group of rows in a breakdown that is finer than the data of their source."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read, or only in part; `where` names the file, process or line."""

    where: str
    message: str
    kind: str = field(default="", compare=False)
    """A stable word for programs: of a process the outcome of reading it (`denied`, `ended`, ...); empty for most."""

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class ProcessIdentity:
    """What identifies a process; selections look at nothing else."""

    __slots__ = ()
    name: str
    pid: int | None
    package: str | None
    uid: int | None
    reference: bool

    @property
    def app(self) -> str:
        """The package, else the process's own name."""
        return self.package or self.name

    @property
    def user(self) -> int | None:
        """The Android user (uid // 100000)."""
        return None if self.uid is None else self.uid // USER_SPAN

    @property
    def is_zygote(self) -> bool:
        """Whether apps are forked from this process."""
        name = self.name
        return name in ("zygote", "zygote64", "usap32", "usap64", "webview_zygote32") or name.endswith("_zygote")


@dataclass(frozen=True, slots=True)
class Process(ProcessIdentity):
    """One process of a capture. None means unknown; `rows` is the number of its VMAs."""

    name: str
    """cmdline up to its first NUL, else `[comm]`, else what the source has (a file's stem). As of the package, the
    middle of more than `escape.MOST_SHOWN` characters is replaced by its checksum."""
    pid: int | None = None
    package: str | None = None
    uid: int | None = None
    ppid: int | None = None
    start_time: int | None = None
    """Clock ticks after boot (field 22 of /proc/PID/stat)."""
    oom_score_adj: int | None = None
    oom_level: str | None = None
    """The OOM level under which `dumpsys meminfo` listed it (`Cached`), where the source has that list."""
    state: str | None = None
    """The platform's code of its state (`TOP`, `FGS`, `CEM`; AOSP ProcessList.makeProcStateString)."""
    rows: int = 0
    fidelity: str = "smaps"
    reference: bool = False
    """A zygote that was read along with an app to separate inherited pages; it is in no total."""
    text: bytes | None = None
    """The exact text of a process without rows, or what follows its last row; else None."""
    crlf: bool = False
    version_name: str | None = None
    version_code: int | None = None
    debuggable: bool | None = None
    """Whether the app may be debugged: its numbers are not those of its release."""
    large_heap: bool | None = None
    """Whether the app's manifest has android:largeHeap."""
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
    """Memory that smaps does not show, kB by the source's label (`EGL mtrack`, `GL mtrack`, ...); in no total of
    VMAs."""
    heap_alloc_kb: Mapping[str, int] = field(default_factory=dict)
    """`Heap Alloc` of `dumpsys meminfo` by heap (`Native Heap`): memory in use, as the app's allocator counts it."""
    objects: Mapping[str, int] = field(default_factory=dict)
    """Counts of the Objects block of `dumpsys meminfo`, by its labels (`Views`, `Activities`, ...)."""
    cgroup_kb: Mapping[str, int] = field(default_factory=dict)
    """Memory of the process's own cgroup (memory.stat, memory.swap.current) and its limits (memory.high,
    memory.swap.max), where they may be read; a limit that is not set is absent."""
    procrank_kb: Mapping[str, int] = field(default_factory=dict)
    """The numbers of AOSP's procrank, if the source has its output: it counts pages, not rounded VMAs."""

    def __post_init__(self) -> None:
        # Android's package names have 223 characters at most (FrameworkParsingPackageUtils), but argv[0] has any size,
        # and a result repeats it in each of the process's rows.
        for key in ("name", "package"):
            text = getattr(self, key)
            if text is not None:
                object.__setattr__(self, key, elided(text))


@dataclass(frozen=True, slots=True)
class ReportedRows:
    """Rows that another program printed for a process: names and counters (kB), one value per row. They are not VMAs.

    None means that the counter was not printed for that row. `fidelity` is `showmap`, `pmap`, `perfetto`, `meminfo`,
    `summary`, `totals` or `status`.
    """

    fidelity: str
    names: Sequence[str]
    counters: Mapping[str, Sequence[int | None]]


@dataclass(frozen=True, slots=True)
class Preparation:
    """A step taken before reading a phone: `trim`, `gc`, `settle` or `freeze`, in this order.

    `answer`: the actions and the phone's replies; `done`: whether every action succeeded.
    """

    kind: str
    done: bool
    answer: str


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """One pass over the selected processes of one source.

    `device` may have: serial, model, android (release as text), sdk, build, kernel, page_size, abi. `system` may have
    numbers from /proc/meminfo in kB, and uptime_s.
    """

    processes: tuple[Process, ...]
    vmas: VmaTable
    source: str
    created: str = ""
    """ISO 8601, UTC, to the second."""
    access: str = ""
    device: Mapping[str, str | int] = field(default_factory=dict)
    system: Mapping[str, int] = field(default_factory=dict)
    limits: Mapping[str, str | int] = field(default_factory=dict)
    """Limits that the phone sets for the memory of processes (platform/readers/phone_limits.py)."""
    labels: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    """Assumptions made while reading it; nothing is wrong."""
    preparations: tuple[Preparation, ...] = ()
    partial: bool = False
    tool_version: str = ""
    app: str = ""
    """The selected app (or process); empty for all."""

    @property
    def counted(self) -> tuple[Process, ...]:
        """The processes that count towards totals: all except reference processes."""
        return tuple(process for process in self.processes if not process.reference)

    @property
    def only_app(self) -> str | None:
        """The only app in the totals; None if there are several or none."""
        apps = {process.app for process in self.counted if process.rows or process.status_kb}
        return apps.pop() if len(apps) == 1 else None

    @property
    def counted_vmas(self) -> int:
        """The number of VMAs of the counted processes."""
        return sum(process.rows for process in self.counted if process.fidelity in VMA_FIDELITIES)

    @property
    def android(self) -> int | None:
        """The Android release as a number; None if unknown."""
        digits = str(self.device.get("android", "")).split(".")[0]
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 4 else None
