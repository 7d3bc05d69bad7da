"""Chooses one text per process, because a folder may contain its smaps, its maps and its showmap output."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from droidanon.model import Problem
from droidanon.sources.background_parser import Intake
from droidanon.sources.files.file_names import PROC_TEXTS, path_of
from droidanon.sources.files.process_text import ProcessText

_RANK = ("smaps", "showmap", "pmap", "meminfo", "rollup", "maps", "summary", "totals")
"""The order of preference of several texts of a process: those that report most of its memory come first."""


@dataclass(slots=True)
class ChosenTexts:
    """The text to use per process and folder; `intake` has the texts that were handed over.

    Texts of one process in several folders, or different texts of the same kind, are all used, and `double_problems`
    reports them.
    """

    intake: Intake | None
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _chosen: dict[tuple[PurePosixPath, int | str], ProcessText] = field(default_factory=dict)

    def add(self, text: ProcessText) -> None:
        """Uses a text, unless a known text of the process reports more."""
        place = (text.folder, _key_of(text))
        known = self._chosen.setdefault(place, text)
        if known is text:
            return
        better, worse = sorted((known, text), key=lambda one: (one.is_empty, _RANK.index(one.detail)))
        if known.detail != text.detail:
            self._chosen[place] = better
            self.notes.append(f"left out {worse.file}: {better.file} has more details of the same process")
        elif self._are_equal(known, text):
            self.problems.append(Problem(worse.file, f"left out: the same as {better.file}"))
        else:
            self._chosen[text.folder, f"{place[1]}, {len(self._chosen)}"] = text

    def texts(self) -> list[ProcessText]:
        """The chosen texts, in the order in which their processes were added."""
        return list(self._chosen.values())

    def _are_equal(self, one: ProcessText, other: ProcessText) -> bool:
        sizes = {text.size if text.handed is not None else len(text.text) for text in (one, other)}
        return len(sizes) == 1 and one.reported == other.reported and self._bytes(one) == self._bytes(other)

    def _bytes(self, text: ProcessText) -> bytes:
        """The bytes of a text, even if it was handed over."""
        return text.text if self.intake is None or text.handed is None else self.intake.text_of(text.handed)


def _key_of(text: ProcessText) -> int | str:
    """A key that identifies a text's process within its folder."""
    if text.process.pid is not None:
        return text.process.pid
    return "the process of this folder" if path_of(text.file).stem in PROC_TEXTS else text.file
