"""Reads the memory of processes in a Perfetto trace, using the message classes of the perfetto package (an extra)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from droidanon.errors import DroidanonError, InputError
from droidanon.model import ReportedRows
from droidanon.platform.readers.procfs import package_of_process
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.perfetto.packets import CutOff, inflate, packets, unpack_zstd

_COUNTERS = (
    "size_kb",
    "rss_kb",
    "anonymous_kb",
    "swap_kb",
    "shared_clean_kb",
    "shared_dirty_kb",
    "private_clean_kb",
    "private_dirty_kb",
    "locked_kb",
    "pss_kb",
    "pss_dirty_kb",
    "swap_pss_kb",
)
"""Fields of PackedSmaps (protos/perfetto/trace/profiling/smaps.proto); all have the names of our counters."""
_OF_ENTRY = {
    "size_kb": "size_kb",
    "private_dirty_kb": "private_dirty_kb",
    "swap_kb": "swap_kb",
    "locked_kb": "locked_kb",
    "private_clean_resident_kb": "private_clean_kb",
    "shared_dirty_resident_kb": "shared_dirty_kb",
    "shared_clean_resident_kb": "shared_clean_kb",
    "proportional_resident_kb": "pss_kb",
}
"""Fields of SmapsEntry by our counters; Chromium writes all of them, ART's heap dump the first three."""
MAX_BYTES = 4 << 30
"""The limit for the decompressed packets of a trace."""
_BOOTTIME, _REALTIME = 6, 1
_POSTFORK = 2
_OF_ART = re.compile(r"/system/|/vendor/|/data/app/|\[anon:.*extracted in memory from /(?:system|vendor|data/app)/")
"""ShouldSampleSmapsEntry in art/perfetto_hprof/perfetto_hprof.cc."""
_MOST_KB = 1 << 50
"""More than any machine has; sums of such numbers fit into 64 bits."""
_NANO = 1e9

MISSING = (
    "to read the smaps packets of a Perfetto trace, install the perfetto package (0.59 or newer): "
    "pip install 'droidanon[perfetto]'"
)
OF_ART = (
    "written by ART's heap dump, which includes only files of /system, /vendor and /data/app (perfetto_hprof.cc): "
    "its sums are not those of the process"
)
AFTER_FORK = "read in a fork of the process: private, shared and PSS numbers count pages that parent and fork share"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rows of one process at one time (nanoseconds since boot); `warnings` are reasons to doubt them.

    `packet` is a trace that contains only the packet with these rows.
    """

    time: int
    pid: int
    reported: ReportedRows
    packet: bytes
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class Trace:
    """All snapshots of a trace in passes over its processes, and its facts about the phone."""

    passes: list[list[Snapshot]] = field(default_factory=list)
    processes: dict[int, ProcessFacts] = field(default_factory=dict)
    device: dict[str, str | int] = field(default_factory=dict)
    realtime_shift: int | None = None
    """Nanoseconds between the clock of timestamps and 1970."""
    problems: list[str] = field(default_factory=list)

    def created(self, number: int) -> str:
        """The start of a pass (from 0), ISO 8601, UTC; empty if the trace has no wall clock."""
        if self.realtime_shift is None:
            return ""
        seconds = (self.passes[number][0].time + self.realtime_shift) / _NANO
        try:
            return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        except (ValueError, OverflowError, OSError):  # not a valid time
            return ""


def parse_trace(data: bytes) -> Trace:
    """Read a trace as far as it is complete. Raises DroidanonError without the perfetto package."""
    return _TraceReader(_messages()).read(data)


def _messages() -> Any:
    try:
        from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as messages
    except ImportError as error:
        raise DroidanonError(MISSING) from error
    if "packed_entries" not in messages.SmapsPacket.DESCRIPTOR.fields_by_name:
        raise DroidanonError(MISSING)
    return messages


class _TraceReader:
    def __init__(self, messages: Any) -> None:
        self.messages = messages
        self.found = Trace()
        self.snapshots: list[Snapshot] = []
        self.period_ns: int | None = None
        self.in_parts = False
        self.unreadable: Counter[str] = Counter()
        self.left = MAX_BYTES

    def read(self, data: bytes) -> Trace:
        for packet in self._packets(data):
            self._packet(packet)
        self.found.problems += [
            f"{count} packets left out: {why}" if count > 1 else f"a packet left out: {why}"
            for why, count in self.unreadable.items()
        ]
        self.found.passes = self._passes()
        return self.found

    def _packets(self, data: bytes, inside: bool = False) -> Iterator[Any]:
        from google.protobuf.message import DecodeError

        try:
            for frame in packets(data):
                try:
                    packet = self.messages.TracePacket.FromString(frame)
                except DecodeError:
                    self.unreadable["damaged"] += 1
                    continue
                packed = packet.WhichOneof("data") if not inside else None
                if packed in ("compressed_packets", "zstd_compressed_packets"):
                    yield from self._packets(self._unpack(packed, getattr(packet, packed)), inside=True)
                else:
                    yield packet
        except CutOff:
            self.found.problems.append("the trace ends inside a packet")
        except InputError as error:
            self.found.problems.append(f"{error}; the rest is left out")

    def _unpack(self, packed: str, data: bytes) -> bytes:
        try:
            found = (inflate if packed == "compressed_packets" else unpack_zstd)(data, self.left)
        except InputError as error:
            self.unreadable[str(error)] += 1
            return b""
        self.left -= len(found)
        return found

    def _packet(self, packet: Any) -> None:
        kind = packet.WhichOneof("data")
        if kind == "smaps_packet":
            self._smaps(packet, packet.smaps_packet)
        elif kind == "process_tree":
            for process in packet.process_tree.processes:
                self._process(process)
        elif kind == "system_info":
            self._system(packet.system_info)
        elif kind == "clock_snapshot":
            clocks = {clock.clock_id: clock.timestamp for clock in packet.clock_snapshot.clocks}
            if self.found.realtime_shift is None and {_BOOTTIME, _REALTIME} <= clocks.keys():
                self.found.realtime_shift = clocks[_REALTIME] - clocks[_BOOTTIME]
        elif kind == "trace_config":
            for source in packet.trace_config.data_sources:
                if source.config.HasField("process_smaps_config"):
                    config = source.config.process_smaps_config
                    self.period_ns = config.read_period_ms * 1_000_000 or None
                    self.in_parts = config.max_processes_per_period > 0

    def _process(self, process: Any) -> None:
        name = _text(process.cmdline[0]) if process.cmdline else ""
        if not name:
            return
        name = f"[{name}]" if process.cmdline_is_comm else name
        uid = process.uid if process.HasField("uid") else None
        self.found.processes[process.pid] = ProcessFacts(
            name, pid=process.pid, package=package_of_process(name, uid), uid=uid, ppid=process.ppid or None
        )

    def _system(self, system: Any) -> None:
        build = _text(system.android_build_fingerprint)
        facts = {
            "build": build,
            "sdk": system.android_sdk_version,
            "kernel": _text(system.utsname.release),
            "abi": _text(system.utsname.machine),
            "page_size": system.page_size,
            "android": build.partition(":")[2].partition("/")[0],
        }
        self.found.device.update({key: value for key, value in facts.items() if value})

    def _smaps(self, whole: Any, packet: Any) -> None:
        if packet.HasField("packed_entries"):
            reported = self._packed(packet.packed_entries)
        else:
            reported = _entries(packet.entries)
        if reported is None:
            self.unreadable[f"its columns differ in length (pid {packet.pid})"] += 1
            return
        if any((value or 0) > _MOST_KB for column in reported.counters.values() for value in column):
            self.unreadable[f"a number larger than any memory (pid {packet.pid})"] += 1
            return
        warnings = []
        if not packet.HasField("packed_entries") and all(_OF_ART.match(name) for name in reported.names):
            warnings.append(OF_ART)
        if packet.recording_type == _POSTFORK:
            warnings.append(AFTER_FORK)
        alone = self.messages.Trace(packet=[whole]).SerializeToString()
        self.snapshots.append(Snapshot(whole.timestamp, packet.pid, reported, alone, tuple(warnings)))

    def _packed(self, packed: Any) -> ReportedRows | None:
        """Rows from columns; None if their lengths differ. An aggregated name without mappings is not a row."""
        strings = [_text(name) for name in packed.string_table]
        columns = {name: list(getattr(packed, name)) for name in _COUNTERS if len(getattr(packed, name))}
        codes = list(packed.name_id) or list(range(len(strings)))
        if any(code >= len(strings) for code in codes) or any(len(one) != len(codes) for one in columns.values()):
            return None
        merged = list(packed.aggregate_count)
        if merged and len(merged) != len(codes):
            return None
        rows = [row for row in range(len(codes)) if not merged or merged[row]]
        return ReportedRows(
            "perfetto",
            [strings[codes[row]] for row in rows],
            {name: [column[row] for row in rows] for name, column in columns.items()},
        )

    def _passes(self) -> list[list[Snapshot]]:
        """Group snapshots into passes; a new pass begins when a process occurs again or, if the period is known, after
        a pause.
        """
        found: list[list[Snapshot]] = []
        pids: set[int] = set()
        pause = self.period_ns // 2 if self.period_ns and not self.in_parts else None
        for one in sorted(self.snapshots, key=lambda snapshot: snapshot.time):
            late = pause is not None and bool(found) and one.time - found[-1][-1].time > pause
            if not found or one.pid in pids or late:
                found.append([])
                pids = set()
            found[-1].append(one)
            pids.add(one.pid)
        return found


def _entries(entries: Any) -> ReportedRows:
    """Rows of the older format: one message per mapping or name."""
    fields = [field for field in _OF_ENTRY if any(entry.HasField(field) for entry in entries)]
    return ReportedRows(
        "perfetto",
        [_text(entry.path or entry.file_name) for entry in entries],
        {
            _OF_ENTRY[field]: [getattr(entry, field) if entry.HasField(field) else None for entry in entries]
            for field in fields
        },
    )


def _text(value: str | bytes) -> str:
    """A field as text: protobuf returns bytes if it is not UTF-8."""
    return value if isinstance(value, str) else value.decode("utf-8", "backslashreplace")
