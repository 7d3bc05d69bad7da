"""A Perfetto trace: for each capture the process tree, status counters, and the VMAs of each process as `linux.smaps`
records (protos/perfetto/trace/profiling/smaps.proto), written with the perfetto package's builder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from droidanon.errors import DroidanonError
from droidanon.exports.formats import ExportData
from droidanon.exports.times import epoch_seconds, with_times
from droidanon.model import NOT_REPORTED, Capture, Process
from droidanon.wording import counted

if TYPE_CHECKING:
    from droidanon.analysis.view import View

MISSING = "to write a Perfetto trace, install the perfetto package (0.59 or newer): pip install 'droidanon[perfetto]'"
_NANO = 1_000_000_000
_BOOTTIME, _REALTIME = 6, 1
_STANDALONE = 1
_HIGHEST_PID = 1 << 22
"""PID_MAX_LIMIT of 64-bit kernels (include/linux/threads.h); processes without a pid get numbers above it."""
_UP_S = 1
"""Seconds from boot to the first capture, if its uptime is unknown."""


def write(data: ExportData, file: BinaryIO) -> tuple[str, ...]:
    """Write all captures, oldest first; returns notes about omitted or invented data."""
    trace = _TraceWriter(file)
    if data.series:
        for view, time in with_times(data.views, "Perfetto"):
            trace.add(view, time)
    else:
        *_, view = data.views
        trace.add(view, epoch_seconds(view))
    trace.end()
    return tuple(trace.notes())


class _TraceWriter:
    """A trace being written, and counts for its notes."""

    def __init__(self, file: BinaryIO) -> None:
        try:
            from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as messages
            from perfetto.trace_builder.proto_builder import StreamingTraceProtoBuilder
        except ImportError as error:
            raise DroidanonError(MISSING) from error
        if "packed_entries" not in messages.SmapsPacket.DESCRIPTOR.fields_by_name:
            raise DroidanonError(MISSING)
        self.builder = StreamingTraceProtoBuilder(file)
        self.smaps_fields = [field.name for field in messages.PackedSmaps.DESCRIPTOR.fields]
        self.status_fields = [field.name for field in messages.ProcessStats.Process.DESCRIPTOR.fields]
        self.first: int | None = None
        self.last: int | None = None
        self.period: int | None = None
        self.boot_ns = 0
        self.invented = self.without_names = self.incomplete = 0

    def add(self, view: View, time: int | None) -> None:
        """Add a capture, made `time` seconds after 1970 (None: unknown)."""
        capture = view.capture
        if self.last is None:
            self._begin(capture, time)
        elif time is not None:
            gap = time - self.last
            self.period = gap if self.period is None else min(gap, self.period)
        self.last = time
        moment = self.boot_ns + ((time or 0) - (self.first or 0)) * _NANO
        chosen = list(self._numbered(capture))
        self._tree(chosen, moment)
        self._status(chosen, moment)
        bounds = np.searchsorted(capture.vmas.process, np.arange(len(capture.processes) + 1)).tolist()
        for index, pid, _ in chosen:
            self._smaps(view, bounds[index], bounds[index + 1], pid, moment)

    def end(self) -> None:
        """Add the configuration with the period of a series, which separates captures that share no process."""
        if self.period is not None:
            packet = self.builder.create_packet()
            source = packet.trace_config.data_sources.add().config
            source.name = "linux.smaps"
            source.process_smaps_config.read_period_ms = self.period * 1000
            self.builder.write_packet(packet)

    def notes(self) -> Iterator[str]:
        """Notes about omitted and invented data."""
        if self.invented:
            yield f"{counted(self.invented, 'process')} without a pid of its own: numbered above {_HIGHEST_PID:,}"
        if self.without_names:
            yield f"left out: the rows of {counted(self.without_names, 'process')} without names, such as sums by heap"
        if self.incomplete:
            yield f"left out: {counted(self.incomplete, 'counter')} of single processes, unknown in some of their rows"

    def _begin(self, capture: Capture, time: int | None) -> None:
        self.first = time
        self.boot_ns = int(capture.system.get("uptime_s", _UP_S)) * _NANO
        if time is not None:
            packet = self.builder.create_packet()
            for clock, now in ((_BOOTTIME, self.boot_ns), (_REALTIME, time * _NANO)):
                packet.clock_snapshot.clocks.add(clock_id=clock, timestamp=now)
            self.builder.write_packet(packet)
        packet = self.builder.create_packet()
        _describe(packet.system_info, capture.device)
        self.builder.write_packet(packet)

    def _numbered(self, capture: Capture) -> Iterator[tuple[int, int, Process]]:
        """The included processes with their index and pid; one without a valid and unique pid gets a number."""
        used: set[int] = set()
        for index, process in enumerate(capture.processes):
            if process.reference:
                continue
            pid = process.pid
            if pid is None or pid in used or pid > _HIGHEST_PID:
                self.invented += 1
                pid = _HIGHEST_PID + 1 + index
            used.add(pid)
            yield index, pid, process

    def _tree(self, chosen: list[tuple[int, int, Process]], moment: int) -> None:
        packet = self.builder.create_packet()
        packet.timestamp = moment
        for _, pid, process in chosen:
            is_comm = process.name.startswith("[") and process.name.endswith("]")
            one = packet.process_tree.processes.add(pid=pid, cmdline=[process.name[1:-1] if is_comm else process.name])
            if is_comm:
                one.cmdline_is_comm = True
            if process.ppid is not None:
                one.ppid = process.ppid
            if process.uid is not None:
                one.uid = process.uid
        self.builder.write_packet(packet)

    def _status(self, chosen: list[tuple[int, int, Process]], moment: int) -> None:
        packet = self.builder.create_packet()
        packet.timestamp = moment
        for _, pid, process in chosen:
            known = {key: kb for key, kb in process.status_kb.items() if key in self.status_fields}
            if process.oom_score_adj is not None:
                known["oom_score_adj"] = process.oom_score_adj
            if known:
                packet.process_stats.processes.add(pid=pid, **known)
        if packet.HasField("process_stats"):
            self.builder.write_packet(packet)

    def _smaps(self, view: View, begin: int, end: int, pid: int, moment: int) -> None:
        """Add the rows of a process; a counter missing in one of them has no column."""
        if begin == end:
            return
        rows = slice(begin, end)
        names = view.key("name").take(rows).compact()
        if names.values == (NOT_REPORTED,):
            self.without_names += 1
            return
        packet = self.builder.create_packet()
        packet.timestamp = moment
        packet.smaps_packet.pid = pid
        packet.smaps_packet.recording_type = _STANDALONE
        packed = packet.smaps_packet.packed_entries
        packed.string_table.extend(["", *names.values])
        packed.name_id.extend((names.codes + 1).tolist())
        vmas = view.vmas
        for name in self.smaps_fields:
            if name not in vmas.counters:
                continue
            gone = vmas.missing.get(name)
            if gone is None or not gone[rows].any():
                getattr(packed, name).extend(vmas.counters[name][rows].tolist())
            elif not gone[rows].all():
                self.incomplete += 1
        self.builder.write_packet(packet)


def _describe(system: Any, device: Mapping[str, str | int]) -> None:
    """Add the facts about a phone that a trace can hold."""
    if "build" in device:
        system.android_build_fingerprint = str(device["build"])
    for key, field in (("sdk", "android_sdk_version"), ("page_size", "page_size")):
        if isinstance(device.get(key), int):
            setattr(system, field, device[key])
    for key, field in (("kernel", "release"), ("abi", "machine")):
        if key in device:
            setattr(system.utsname, field, str(device[key]))
