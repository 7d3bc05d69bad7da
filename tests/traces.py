"""Perfetto traces for tests, made by the perfetto package's own message classes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as messages

BOOT, DAY = 1_000_000_000_000, 1_767_323_045_000_000_000
"""A time since boot (ns), and the time of the day (ns after 1970) at that moment: 2026-01-02T03:04:05Z."""
_FIELDS = {
    "Size": "size_kb",
    "Rss": "rss_kb",
    "Anonymous": "anonymous_kb",
    "Swap": "swap_kb",
    "Shared_Clean": "shared_clean_kb",
    "Shared_Dirty": "shared_dirty_kb",
    "Private_Clean": "private_clean_kb",
    "Private_Dirty": "private_dirty_kb",
    "Locked": "locked_kb",
    "Pss": "pss_kb",
    "SwapPss": "swap_pss_kb",
}
_HEADER = re.compile(r"^[0-9a-f]+-[0-9a-f]+ \S{4} \S+ \S+ \S+ *(.*)$")
_COUNTER = re.compile(r"^(\w+): +([0-9]+) kB$")


def head(*, period_ms: int = 0, clock: bool = True) -> list[Any]:
    """What a trace begins with: clocks, the system, processes 7 (an app's), 8 (a daemon), the configuration."""
    clocks, system, tree, config = (messages.TracePacket() for _ in range(4))
    if clock:
        for number, time in ((6, BOOT), (1, DAY)):
            clocks.clock_snapshot.clocks.add(clock_id=number, timestamp=time)
    system.system_info.android_build_fingerprint = "google/raven/raven:16/BP1A/1:user/release-keys"
    system.system_info.android_sdk_version = 36
    system.system_info.utsname.release = "6.1.99-android14"
    tree.process_tree.processes.add(pid=7, ppid=1, cmdline=["com.example.app:remote", ""], uid=10123)
    tree.process_tree.processes.add(pid=8, ppid=1, cmdline=["surfaceflinger"], cmdline_is_comm=True)
    source = config.trace_config.data_sources.add().config
    source.name = "linux.smaps"
    source.process_smaps_config.read_period_ms = period_ms
    return [clocks, system, tree, config]


def packed(
    pid: int, smaps: str, *, seconds: float = 0, fields: Sequence[str] = tuple(_FIELDS), aggregated: bool = False
) -> Any:
    """An smaps text as perfetto's linux.smaps records it: every mapping, or sums by name (as it does by default)."""
    rows: list[tuple[str, dict[str, int]]] = []
    for line in smaps.splitlines():
        if header := _HEADER.match(line):
            rows.append((header[1], {}))
        elif (counter := _COUNTER.match(line)) and counter[1] in fields:
            rows[-1][1][_FIELDS[counter[1]]] = int(counter[2])
    packet = messages.TracePacket(timestamp=BOOT + int(seconds * 1e9))
    packet.smaps_packet.pid = pid
    packet.smaps_packet.recording_type = 1
    entries = packet.smaps_packet.packed_entries
    names = list(dict.fromkeys(["", *(name for name, _ in rows)]))
    entries.string_table.extend(names)
    if aggregated:
        entries.aggregate_count.extend(sum(name == one for name, _ in rows) for one in names)
        rows = [(one, _sum([counters for name, counters in rows if name == one])) for one in names]
    else:
        entries.name_id.extend(names.index(name) for name, _ in rows)
    for key in fields:
        field = _FIELDS[key]
        if any(field in counters for _, counters in rows):
            getattr(entries, field).extend(counters.get(field, 0) for _, counters in rows)
    return packet


def _sum(rows: list[dict[str, int]]) -> dict[str, int]:
    return {field: sum(row[field] for row in rows) for field in (rows[0] if rows else {})}


def serialised(packets: Sequence[Any]) -> bytes:
    """The bytes of a trace file."""
    data: bytes = messages.Trace(packet=packets).SerializeToString()
    return data
