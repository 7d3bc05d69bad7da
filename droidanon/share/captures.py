"""Redacts a capture: keeps all numbers, and removes texts that identify apps, users and phones."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.columns import Coded, Layout, VmaTable
from droidanon.counters import COUNTERS, NOT_SUMS
from droidanon.model import HEAPLESS_FIDELITIES, NOT_REPORTED, Capture, Preparation, Problem, Process
from droidanon.share.ledger import Ledger
from droidanon.share.names import NameRedactor
from droidanon.share.policy import Policy
from droidanon.share.pseudonyms import Pseudonyms
from droidanon.smaps.names import column_of
from droidanon.taxonomy.explain import read_counters

if TYPE_CHECKING:
    import numpy.typing as npt

_LABELLED = HEAPLESS_FIDELITIES | {"meminfo"}
"""Fidelities whose names are labels of the platform."""
_FACTS = {"serial": "serial", "model": "model", "build": "build", "product": "model", "name": "model"}
"""Facts of a device that have their own rules, and the kind of these rules."""
_MAPPINGS = ("status_kb", "not_in_smaps_kb", "heap_alloc_kb", "objects", "cgroup_kb", "procrank_kb")
_WORDS = ("oom_level", "state", "abi", "compile_filter")
"""Facts of a process that are the platform's words."""
_NUMBER = re.compile(r"(?!(?:\D*\d){6})\d{1,5}(?:\.\d{1,5}){0,2}(?:[KMGT]B)?")
_RELEASE = re.compile(r"(\d{1,4}(?:\.\d{1,4}){1,2})(.*)", re.DOTALL)
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?")
_SCHEME = re.compile(r"(adb|local|bugreport|label):(.*)", re.DOTALL)
_PERMS, _DEVICE, _FLAGS = r"[-rwxsp]{4}", r"[0-9a-f]{2,4}:[0-9a-f]{2,6}", r"(?:[a-z0-9?]{2} ?)*"


class Redactor:
    """Redacts captures, and the values that series and datasets share with them."""

    def __init__(self, policy: Policy, salt: bytes) -> None:
        self.ledger = Ledger()
        self.pseudonyms = Pseudonyms(salt)
        self.names = NameRedactor(policy, self.pseudonyms, self.ledger)
        self._policy = policy

    def capture(self, capture: Capture) -> Capture:
        """The capture with all its numbers; equal texts get equal pseudonyms in all captures."""
        for process in capture.processes:  # packages must be known before paths that contain them
            if process.package:
                self.names.package(process.package)
        return replace(
            capture,
            processes=tuple(map(self._process, capture.processes)),
            vmas=self._vmas(capture),
            source=self.source(capture.source),
            created=self.time(capture.created),
            access=self.word(capture.access),
            device={self.key(key): self._fact(key, value) for key, value in capture.device.items()},
            system={self.key(key): value for key, value in capture.system.items()},
            limits={self.key(key): self._fact("", value) for key, value in capture.limits.items()},
            labels=self.labels(capture.labels),
            problems=self._problems("problems", capture.problems),
            notes=self._problems("notes", capture.notes),
            preparations=tuple(map(self._preparation, capture.preparations)),
            tool_version=self.word(capture.tool_version),
            app=self.process(capture.app),
        )

    def process(self, text: str) -> str:
        """Redact the name of a process, or a package."""
        return self.names.process(text) if text else ""

    def labels(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Redact labels: keys that are not the platform's words, and all values except short numbers."""
        return {self.key(key): self._value(value) for key, value in labels.items()}

    def source(self, text: str) -> str:
        """Redact a source; its scheme is kept."""
        found = _SCHEME.fullmatch(text)
        scheme, rest = found.groups() if found else ("", text)
        if not rest:
            return text
        kind = "serial" if scheme == "adb" else "source"
        return f"{scheme}{':' if scheme else ''}{self.names.whole(kind, rest)}"

    def word(self, text: str) -> str:
        """Keep a word of the platform; replace any other by a pseudonym."""
        return text if not text or _NUMBER.fullmatch(text) else self.names.words(text)

    def key(self, text: str) -> str:
        """Redact the name of a fact or label."""
        return self.names.words(text)

    def time(self, text: str) -> str:
        """Keep a time; drop any other text."""
        return text if not text or _TIME.fullmatch(text) else self._lost("times", text)

    def text(self, sort: str, text: str) -> str:
        """Drop free text, unless a rule keeps or hashes it."""
        if not text:
            return text
        rule = self._policy.find("text", text)
        if rule.action == "drop":
            return self._lost(sort, text)
        return self.names.whole("text", text)

    def keeps(self, kind: str, text: str) -> bool:
        """Whether a rule keeps a text."""
        return self._policy.find(kind, text).action == "keep"

    def uid(self, uid: int | None) -> int | None:
        """Redact a uid."""
        if uid is None or self.keeps("uid", str(uid)):
            return uid
        self.ledger.losses["uids"] += 1
        return None

    def _lost(self, sort: str, text: str) -> str:
        self.ledger.lose(sort, text)
        return ""

    def _value(self, text: str) -> str:
        return text if _NUMBER.fullmatch(text) else self.names.whole("label", text) if text else text

    def _fact(self, key: str, value: str | int) -> str | int:
        if not isinstance(value, str):
            return value if not key or self.key(key) == key else self._short(value)
        if not value:
            return value
        if key in _FACTS:
            return self.names.whole(_FACTS[key], value)
        if _TIME.fullmatch(value) or _NUMBER.fullmatch(value):
            return value
        release = _RELEASE.fullmatch(value)
        if key == "kernel" and release:
            return release[1] + (f"-{self.names.whole('build', release[2])}" if release[2] else "")
        return self.word(value)

    def _short(self, value: int) -> int:
        """Redact a number of unknown meaning, because a long one may be an id."""
        text = str(abs(value))
        return value if len(text) < 6 else int(self.names.words(text))

    def _problems(self, sort: str, problems: Sequence[Problem]) -> tuple[Problem, ...]:
        return tuple(
            Problem(self.text(sort, one.where), self.text(sort, one.message) or "redacted", self.word(one.kind))
            for one in problems
        )

    def _preparation(self, one: Preparation) -> Preparation:
        return Preparation(self.word(one.kind), one.done, self.text("answers to preparations", one.answer))

    def _process(self, process: Process) -> Process:
        if process.text:
            self.ledger.losses["texts of processes"] += 1
        if process.version_code is not None:
            code = str(process.version_code)
            if not self.keeps("version", code):
                self.ledger.lose("version codes", code)
        changes: dict[str, Any] = {
            name: {self.key(key): value for key, value in getattr(process, name).items()} for name in _MAPPINGS
        }
        changes |= {name: self._optional(getattr(process, name)) for name in _WORDS}
        version = process.version_name
        return replace(
            process,
            name=self.process(process.name),
            package=self.names.package(process.package) if process.package else process.package,
            uid=self.uid(process.uid),
            text=None,
            version_name=self.names.whole("version", version) if version else version,
            version_code=self._code(process.version_code),
            **changes,
        )

    def _code(self, code: int | None) -> int | None:
        return code if code is not None and self.keeps("version", str(code)) else None

    def _optional(self, text: str | None) -> str | None:
        return None if text is None else self.word(text)

    def _vmas(self, capture: Capture) -> VmaTable:
        vmas = capture.vmas
        if vmas.text:
            self.ledger.losses["VMAs with unusual text"] += len(vmas.text)
        known = {key for key in vmas.counters if self._is_counter(key)}
        return replace(
            vmas,
            name=self._vma_names(capture),
            perms=self._formed(vmas.perms, _PERMS, "?---"),
            device=self._formed(vmas.device, _DEVICE, "00:00"),
            flags=self._formed(vmas.flags, _FLAGS, ""),
            counters={key: values for key, values in vmas.counters.items() if key in known},
            missing={key: gone for key, gone in vmas.missing.items() if key in known},
            layouts=tuple(self._layout(one, vmas.counters) for one in vmas.layouts),
            text={},
        )

    def _is_counter(self, key: str) -> bool:
        if key in COUNTERS or key in NOT_SUMS or key in read_counters():
            return True
        self.ledger.lose("counters that Android does not have", key)
        return False

    def _vma_names(self, capture: Capture) -> Coded:
        column = capture.vmas.name
        labelled = _rows_of(capture)
        if not labelled.any():
            return self._renamed(column, self.names.vma_names)
        labels = self._renamed(column.take(labelled), lambda names: list(map(self.key, names)))
        names = self._renamed(column.take(~labelled), self.names.vma_names)
        both = Coded.concat([labels, names])
        codes = np.empty_like(both.codes)
        codes[labelled], codes[~labelled] = both.codes[: len(labels)], both.codes[len(labels) :]
        return Coded(codes, both.values)

    def _renamed(self, column: Coded, rename: Callable[[Sequence[str]], list[str]]) -> Coded:
        column = column.compact()
        names = [name for name in column.values if name != NOT_REPORTED]
        return column.renamed(dict(zip(names, rename(names), strict=True)))

    def _formed(self, column: Coded, form: str, other: str) -> Coded:
        """A column printed by the kernel; texts of another form are dropped."""
        column = column.compact()
        return column.map(lambda text: text if not text or re.fullmatch(form, text) else self._formless(text, other))

    def _formless(self, text: str, other: str) -> str:
        self.ledger.lose("permissions, devices and flags of another form", text)
        return other

    def _layout(self, layout: Layout, counters: Mapping[str, Any]) -> Layout:
        """The layout of an entry, with only the kernel's own words."""
        lines: list[tuple[str | int, ...]] = []
        for line in layout.lines:
            if line[0] == "counter":
                _, key, before, width, after = line
                if not self._is_counter(column_of(str(key), bool(after), counters)):
                    continue
                before = before if re.fullmatch(rf"{re.escape(str(key))}:[ \t]*", str(before)) else f"{key}:"
                lines.append(("counter", key, before, width, after if after in ("", " kB") else " kB"))
            elif line[0] == "name":
                lines.append(("name", line[1] if re.fullmatch(r"Name:[ \t]*", str(line[1])) else "Name:           "))
            else:
                lines.append(("flags", "VmFlags: " if str(line[1]).strip() != "VmFlags:" else line[1], _blank(line[2])))
        return replace(layout, lines=tuple(lines))


def _blank(text: str | int) -> str:
    return str(text) if not str(text).strip() else ""


def _rows_of(capture: Capture) -> npt.NDArray[Any]:
    """The rows whose names are labels."""
    which = np.array([process.fidelity in _LABELLED for process in capture.processes], np.bool_)
    return which[capture.vmas.process] if len(which) else np.zeros(0, np.bool_)
