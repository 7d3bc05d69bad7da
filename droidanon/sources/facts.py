"""Collects the facts of a process from several texts; `assemble` turns them into a `Process`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from droidanon.model import Process, ProcessIdentity
from droidanon.uids import PIDS

if TYPE_CHECKING:
    from droidanon.platform.readers.meminfo_table import Meminfo
    from droidanon.platform.readers.process_states import ListedState


@dataclass(slots=True)
class ProcessFacts(ProcessIdentity):
    """The fields of `Process` that do not depend on its rows. None and empty mappings mean unknown."""

    name: str
    pid: int | None = None
    package: str | None = None
    uid: int | None = None
    ppid: int | None = None
    start_time: int | None = None
    oom_score_adj: int | None = None
    oom_level: str | None = None
    state: str | None = None
    reference: bool = False
    version_name: str | None = None
    version_code: int | None = None
    debuggable: bool | None = None
    large_heap: bool | None = None
    abi: str | None = None
    compile_filter: str | None = None
    age_s: float | None = None
    read_s: float | None = None
    status_kb: Mapping[str, int] = field(default_factory=dict)
    not_in_smaps_kb: Mapping[str, int] = field(default_factory=dict)
    heap_alloc_kb: Mapping[str, int] = field(default_factory=dict)
    objects: Mapping[str, int] = field(default_factory=dict)
    cgroup_kb: Mapping[str, int] = field(default_factory=dict)
    procrank_kb: Mapping[str, int] = field(default_factory=dict)

    def add_meminfo(self, table: Meminfo) -> None:
        """Add what smaps lacks: graphics driver memory, allocated memory per heap, and object counts."""
        from droidanon.platform.readers.meminfo import (
            heap_alloc_kb,
            memtrack_kb,
        )  # lazy, because opening a capture does not need it

        self.not_in_smaps_kb = memtrack_kb(table)
        self.heap_alloc_kb = heap_alloc_kb(table)
        self.objects = dict(table.objects)

    def add_state(self, listed: Mapping[int, ListedState]) -> None:
        """Add the activity manager's state. It calls system_server `system`, and does not truncate names."""
        known = listed.get(self.pid or 0)
        if known is not None and (known.name.startswith(self.name) or self.name.startswith(known.name)):
            self.state = known.code
            if self.oom_score_adj is None:
                self.oom_score_adj = known.oom_adj

    def process(self, **of_rows: Any) -> Process:
        """The process, given the fields that depend on its rows. An impossible pid becomes unknown."""
        facts = {name: getattr(self, name) for name in _NAMES}
        for name in ("pid", "ppid"):
            if facts[name] is not None and facts[name] not in PIDS:
                facts[name] = None
        return Process(**facts, **of_rows)


_NAMES = tuple(one.name for one in fields(ProcessFacts))
