"""Selects captures by label: `label:KEY=VALUE` in the folder of captures, `FOLDER#KEY=VALUE` in any other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.errors import InputError, UsageError
from droidanon.escape import escape_text
from droidanon.model import Capture, Problem
from droidanon.sources.selection import EVERYTHING, Selection
from droidanon.sources.source import Progress
from droidanon.wording import counted, listed

if TYPE_CHECKING:
    from droidanon.store.labels import LabelledCapture

_NEXT_LABEL = re.compile(r",(?=[^,=]+=)")
_NEWEST = re.compile(r"(.*)@([1-9][0-9]{0,5})", re.DOTALL)
_MOST_LISTED = 12
_MOST_UNREADABLE = 3
_FORM = "label:KEY=VALUE, label:KEY=VALUE,KEY=VALUE or label:KEY=VALUE@5 for the newest 5"


@dataclass(frozen=True, slots=True)
class LabelQuery:
    """Labels that captures must have, and how many of the newest matches to use (None: all)."""

    labels: Mapping[str, str]
    newest: int | None = None

    @classmethod
    def parse(cls, text: str) -> LabelQuery:
        """Parse `build=1.0.0,device=oriole@5`. Raises UsageError for any other form."""
        match = _NEWEST.fullmatch(text)
        words, newest = (match[1], int(match[2])) if match else (text, None)
        labels = {}
        for word in _NEXT_LABEL.split(words):
            key, equals, value = word.partition("=")
            if not equals or not key:
                raise UsageError(f"not a selection by label: {escape_text(text)!r}; write {_FORM}")
            labels[key.strip()] = value
        return cls(labels, newest)

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether a capture has all of these labels."""
        return all(labels.get(key) == value for key, value in self.labels.items())

    def __str__(self) -> str:
        return ",".join(f"{key}={value}" for key, value in self.labels.items())


def find_labelled(folder: Path, query: LabelQuery) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """The files of matching captures, oldest first, and notes about files that cannot be opened and may match.

    Raises InputError, listing the existing labels, if none matches.
    """
    from droidanon.store.labels import labelled_captures

    where = escape_text(str(folder))
    if not folder.is_dir():
        raise InputError(f"{where}: no such folder of captures; set DROIDANON_CAPTURES or write FOLDER#{query}")
    unreadable: list[Path] = []
    there = labelled_captures(folder, unreadable)
    found = [str(one.path) for one in there if query.matches(one.labels)]
    if not found:
        raise InputError(f"{where}: {escape_text(_nothing_matches(query, there))}")
    notes = []
    if unreadable:
        names = listed([escape_text(path.name) for path in unreadable], _MOST_UNREADABLE)
        count = counted(len(unreadable), "file")
        notes.append(Problem(where, f"{count} that may have {query} cannot be opened: {names}"))
    return tuple(found[-query.newest :] if query.newest else found), tuple(notes)


def _nothing_matches(query: LabelQuery, there: Sequence[LabelledCapture]) -> str:
    labels = sorted({f"{key}={value}" for one in there for key, value in one.labels.items()})
    if not labels:
        return f"no capture has a label (of {counted(len(there), 'capture')}); add labels with capture --label {query}"
    return f"no capture has {query}; the labels there are {listed(labels, _MOST_LISTED)}"


@dataclass(frozen=True, slots=True)
class LabelledSource:
    """Several captures with a label, passed to a command that reads one."""

    text: str
    paths: tuple[str, ...]

    def describe(self) -> str:
        return f"{counted(len(self.paths), 'capture')} with {self.text}"

    def read(self, selection: Selection = EVERYTHING, progress: Progress | None = None) -> Capture:
        """Raise UsageError, because a single capture is required."""
        del selection, progress
        shown = escape_text(self.text)
        raise UsageError(
            f"{shown}: {counted(len(self.paths), 'capture')}, and one is wanted; {shown.rpartition('@')[0] or shown}@1 "
            "is the newest"
        )
