"""Removes text that droidanon does not use from a capture."""

from __future__ import annotations

import re
from dataclasses import replace

from droidanon.model import Capture, Problem, Process
from droidanon.platform.readers.own_text import is_smaps_line, own_text, smaps_lines

_QUOTE = re.compile(r"(.+?): (['\"])(.*)\2", re.DOTALL)
"""A problem of the smaps parser: a message and the line as Python writes it."""
_OF_A_LINE = re.compile(r", line \d+$")


def without_foreign_text(capture: Capture) -> Capture:
    """The capture without foreign lines in its texts; all numbers and facts stay the same.

    Lines are foreign unless the kernel or a platform tool prints them about the memory of the process. An example is
    whatever follows a table in a bug report. Problems no longer quote such lines.
    """
    # An empty text belongs to a process whose first row has the bytes of its file, e.g. in UTF-16 or quoted.
    owner = capture.vmas.process
    whole = {int(owner[row]) for row, text in capture.vmas.text.items() if not text}
    texts = {row: smaps_lines(text) for row, text in capture.vmas.text.items() if int(owner[row]) not in whole}
    return replace(
        capture,
        processes=tuple(map(_with_own_text, capture.processes)),
        vmas=replace(capture.vmas, text={row: text for row, text in texts.items() if text}),
        problems=tuple(map(_without_quote, capture.problems)),
    )


def foreign_bytes(capture: Capture) -> int:
    """The number of bytes that `without_foreign_text` removes."""
    own = without_foreign_text(capture)
    return _text_bytes(capture) - _text_bytes(own)


def _text_bytes(capture: Capture) -> int:
    processes = sum(len(process.text or b"") for process in capture.processes)
    problems = sum(len(problem.message) for problem in capture.problems)
    return processes + sum(map(len, capture.vmas.text.values())) + problems


def _with_own_text(process: Process) -> Process:
    return process if not process.text else replace(process, text=own_text(process.fidelity, process.text))


def _without_quote(problem: Problem) -> Problem:
    found = _QUOTE.fullmatch(problem.message) if _OF_A_LINE.search(problem.where) else None
    if found is None or is_smaps_line(found[3].removesuffix("…").encode()):
        return problem
    return replace(problem, message=found[1])
