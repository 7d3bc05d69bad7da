"""Files next to the texts that identify processes (ps, /proc/PID, a note) and the phone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from droidanon.model import Problem
from droidanon.platform.readers.phone_limits import phone_limits
from droidanon.platform.readers.procfs import (
    Listed,
    comm_of_stat,
    device_facts,
    is_kernel_thread,
    package_of_process,
    parse_getprop,
    parse_number,
    parse_ps,
    parse_stat,
    parse_status,
    process_name,
    system_facts,
)
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.files.contents import Item
from droidanon.sources.files.detect import Kind
from droidanon.sources.files.file_names import PROC_TEXTS

Listing = dict[int, Listed]
_NOTE_LINE = re.compile(r"^([A-Za-z]+):[ \t]*(\S.*?)\s*$", re.MULTILINE)
_KERNEL = re.compile(r"Linux version (\S+)")


@dataclass(slots=True)
class ContextFiles:
    """The context files of each folder; `used` counts processes by the file that named them."""

    listings: dict[PurePosixPath, list[tuple[str, Listing]]] = field(default_factory=dict)
    processes: dict[PurePosixPath, dict[str, bytes]] = field(default_factory=dict)
    notes: dict[PurePosixPath, tuple[str, str, int]] = field(default_factory=dict)
    device: dict[str, str | int] = field(default_factory=dict)
    limits: dict[str, str | int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    used: dict[str, int] = field(default_factory=dict)
    _system: dict[str, tuple[str, str]] = field(default_factory=dict)
    _differing: set[str] = field(default_factory=set)
    _reported: dict[str, int] = field(default_factory=dict)
    """The phone's memory as tools printed it."""

    def take(self, kind: Kind, item: Item) -> None:
        """Adds a context file."""
        folder = item.path.parent
        text = item.data.decode("utf-8", "backslashreplace")
        if kind is Kind.PROCESS:
            self.processes.setdefault(folder, {})[item.path.name] = item.data
        elif kind is Kind.PS:
            self.listings.setdefault(folder, []).append((item.name, parse_ps(text)))
        elif kind is Kind.META:
            lines = {key.lower(): value for key, value in _NOTE_LINE.findall(text)}
            self.notes[folder] = (item.name, lines["package"], int(lines["pid"][:9]))
        elif kind is Kind.GETPROP:
            properties = parse_getprop(text)
            self.add_device(device_facts(properties), item.name)
            self.limits.update(phone_limits(properties)[0])
        elif kind is Kind.VERSION and (match := _KERNEL.match(text)):
            self.add_device({"kernel": match[1]}, item.name)
        else:
            self._take_system("meminfo" if kind is Kind.MEMINFO else item.path.name.removesuffix("s"), item.name, text)

    def _take_system(self, what: str, name: str, text: str) -> None:
        known = self._system.setdefault(what, (name, text))
        if known[1] != text:
            self.problems.append(Problem(name, f"left out: {known[0]} is used instead"))

    def add_system(self, facts: Mapping[str, int]) -> None:
        """Adds numbers (kB) for the phone that a tool printed; the kernel's own files take precedence."""
        self._reported.update(facts)

    def add_device(self, facts: Mapping[str, str | int], where: str) -> None:
        """Adds facts of the phone; contradictory ones are dropped, because the texts come from different phones."""
        for key, value in facts.items():
            if self.device.setdefault(key, value) != value and key not in self._differing:
                self._differing.add(key)
                self.problems.append(
                    Problem(
                        where, f"{key} is {value} here but {self.device[key]} in other files; the capture has neither"
                    )
                )

    def facts(self) -> tuple[dict[str, str | int], dict[str, int]]:
        """The known facts of the phone, and of its memory."""
        texts = {what: text for what, (_, text) in self._system.items()}
        system = system_facts(texts.get("meminfo", ""), texts.get("uptime", ""), texts.get("vmstat", ""))
        device = {key: value for key, value in self.device.items() if key not in self._differing}
        return device, {**self._reported, **system}

    def kernel_thread(self, folder: PurePosixPath) -> bool:
        """Whether a folder's /proc/PID/stat belongs to a kernel thread."""
        return is_kernel_thread(self._text(folder, "stat"))

    def add_facts(self, process: ProcessFacts, file: PurePosixPath) -> bool:
        """Add facts to the process of a text from files in its folder, or a ps listing there or in the parent folder.

        Returns False if there are none.
        """
        folder = file.parent
        if file.stem in PROC_TEXTS and (files := self.processes.get(folder)):
            self._add_proc(process, folder, files)
            return True
        if (note := self.notes.get(folder)) is not None:
            where, package, pid = note
            if process.pid == pid or (process.pid is None and file.stem in PROC_TEXTS):
                self._count(where)
                process.name, process.pid, process.package = package, pid, package_of_process(package)
                return True
        for place in (folder, folder.parent):
            found = [
                (where, listing[process.pid])
                for where, listing in self.listings.get(place, ())
                if process.pid is not None and process.pid in listing
            ]
            if found:
                where, listed = found[0]
                self._count(where)
                for other, differing in found[1:]:
                    if differing.name != listed.name:
                        message = (
                            f"pid {process.pid} is {differing.name} here but {listed.name} in {where}, which is used"
                        )
                        self.problems.append(Problem(other, message))
                process.name, process.ppid, process.uid = listed.name, listed.ppid, listed.uid
                process.package = package_of_process(listed.name, listed.uid)
                return True
        return False

    def _add_proc(self, process: ProcessFacts, folder: PurePosixPath, files: Mapping[str, bytes]) -> None:
        stat = self._text(folder, "stat")
        status = parse_status(self._text(folder, "status"))
        ppid, start = parse_stat(stat)
        comm = files.get("comm") or comm_of_stat(stat).encode()
        if files.get("cmdline") or comm:
            process.name = process_name(files.get("cmdline", b""), comm)
            self._count(f"{folder.parent}/*/{'cmdline' if files.get('cmdline') else 'stat'}")
        if process.pid is None:
            process.pid = parse_number(stat.partition(" ")[0])
        process.package, process.uid = package_of_process(process.name, status.uid), status.uid
        process.ppid = status.ppid if ppid is None else ppid
        process.start_time = start
        process.oom_score_adj = parse_number(self._text(folder, "oom_score_adj"))
        process.status_kb = status.columns()

    def _text(self, folder: PurePosixPath, name: str) -> str:
        return self.processes.get(folder, {}).get(name, b"").decode("utf-8", "backslashreplace")

    def _count(self, where: str) -> None:
        self.used[where] = self.used.get(where, 0) + 1
