"""Divides the sections of a text into passes over the processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from droidanon.sources.files.smaps_sections import SmapsSection

_MOST_OWNERS = 64
"""The sections per header that are compared with another: without a limit, a text of thousands of sections that have
one header in common would take quadratic time.
"""


def moments(sections: Sequence[SmapsSection]) -> list[list[SmapsSection]]:
    """Group sections into passes over the processes; a new pass begins when a process occurs again.

    Sections belong to one process if they have the same pid or, without pids, share most of their entries.
    """
    found: list[list[SmapsSection]] = []
    known = _Pass()
    for section in sections:
        if not found or not known.add(section):
            known = _Pass()
            known.add(section)
            found.append([])
        found[-1].append(section)
    return found


class _Pass:
    """The processes of one pass."""

    def __init__(self) -> None:
        self._pids: set[int] = set()
        self._groups: dict[tuple[str, str | None] | None, _UnnamedSections] = {}

    def add(self, section: SmapsSection) -> bool:
        """Adds the process of a section; False if the pass already has it."""
        if section.pid is None:
            return self._groups.setdefault(section.inferred, _UnnamedSections()).add(section)
        is_new = section.pid not in self._pids
        self._pids.add(section.pid)
        return is_new


@dataclass(slots=True)
class _UnnamedSections:
    """Sections without a pid whose mappings belong to the same app.

    Processes forked from one zygote share many entries, so sections of different apps are not compared.
    """

    sections: list[SmapsSection] = field(default_factory=list)
    owners: dict[bytes, list[int]] = field(default_factory=dict)
    """The sections that have a header, as places in `sections`."""
    indexed: int = 0
    """The number of sections whose headers are in `owners`."""

    def add(self, section: SmapsSection) -> bool:
        """Adds a section; False if one has most of its entries."""
        if self.sections and self._has(section):
            return False
        self.sections.append(section)
        return True

    def _has(self, section: SmapsSection) -> bool:
        for place in range(self.indexed, len(self.sections)):
            for line in self.sections[place].header_lines():
                owners = self.owners.setdefault(line, [])
                if len(owners) < _MOST_OWNERS:
                    owners.append(place)
        self.indexed = len(self.sections)
        common = Counter(place for line in section.header_lines() for place in self.owners.get(line, ()))
        headers = len(section.headers)
        return any(2 * count > max(headers, len(self.sections[place].headers)) for place, count in common.items())
