"""Parses the smaps, maps and smaps_rollup texts of many processes into one table of VMAs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from droidanon.columns import Layout, VmaTable, distinct_codes
from droidanon.smaps.blocks import Block, blocks
from droidanon.smaps.entry import Keys
from droidanon.smaps.fast import Dictionaries, FastRows, parse_fast, take
from droidanon.smaps.fast_maps import read_maps
from droidanon.smaps.kept import kept_dictionaries
from droidanon.smaps.leftover import Leftover, whole_block
from droidanon.smaps.line_ends import to_newlines
from droidanon.smaps.merge import SlowRange, Sorted, gaps_of, sort_rows
from droidanon.smaps.slow import MOST_PROBLEMS, SlowParser
from droidanon.smaps.table import Columns, SlowRow, TableBuilder, entry_text
from droidanon.smaps.template import Template, learn

_BLOCK = 16 << 20
"""Bytes parsed at once (the stages that depend on the processor's cache split them further)."""
_WORTH_LEARNING = 64 << 10
"""The bytes without a known layout from which on another layout is tried or learnt."""
_MOST_TEMPLATES = 16


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """The VMAs of several texts, and lists with one value per text."""

    vmas: VmaTable
    rows: list[int]
    tails: list[bytes | None]
    """The bytes after the last VMA (the whole text if it has none); None if there are none."""
    crlf: list[bool]
    fidelity: list[str]
    """`smaps`, `maps`, `rollup`, or `none` for a text without a line of smaps (an empty text is `smaps` without VMAs).
    """
    problems: list[tuple[int, int, str]]
    """Index of the text, line (from 1), message; about a hundred per text at most, the last one counts the rest."""


def parse_texts(texts: Sequence[bytes], *, fast: bool = True) -> Parsed:
    """Parse texts (the smaps, maps or smaps_rollup of one process each), in the given order.

    `fast=False` uses only the line-by-line parser; the result is the same.
    """
    with kept_dictionaries() as known:
        reader = TextsReader(fast=fast, known=known)
        reader.add(texts)
        return reader.parsed()


@dataclass(slots=True)
class _State:
    """The state of parsing one text; `text` is set only while it is read."""

    text: bytes
    crlf: bool
    empty: bool
    counters: int = 0
    """The number of counters, or of pieces with rows that have some, so far; only 0 or more matters."""
    pending: bytes = b""
    """Bytes that belong to no entry; they are kept with the next one, so that the text can be written again exactly.

    In `A\\n???\\nB\\n`, with entries A and B, a gap between two rows of the fast path holds `???\\n`. The slow path
    finds no entry in it, so it is pending. B then becomes a row whose exact text (`VmaTable.text`) is `???\\nB\\n`,
    whichever path reads B. If no entry follows, the bytes are the tail of the text.
    """
    tail: bytes | None = None
    counted: tuple[int, int] = (0, 0)
    """A position, and the number of lines before it."""
    problems: int = 0
    more: int = 0


class TextsReader:
    """Parses whole texts, a few at a time, without keeping them. The result equals that of `parse_texts` for all of
    them."""

    def __init__(self, *, fast: bool = True, known: Dictionaries | None = None) -> None:
        self.fast = fast
        self.states: list[_State] = []
        self.keys = Keys()
        self.known = known or Dictionaries()
        self.slow = SlowParser(self.keys)
        self.table = TableBuilder(self.known)
        self.templates: list[Template] = []
        self.problems: list[tuple[int, int, str]] = []

    def add(self, texts: Sequence[bytes]) -> None:
        """Parses more texts."""
        first, rows = len(self.states), self.table.rows
        self.states += [_state(text) for text in texts]
        for block in blocks((state.text for state in self.states[first:]), _BLOCK, first):
            self._read_block(block)
        last_layouts = self.table.last_layouts(rows)
        for index, state in enumerate(self.states[first:], first):
            if index in last_layouts:
                self._report_short_end(index, *last_layouts[index])
            if state.more:
                lines = state.text.count(b"\n") + 1
                self.problems.append((index, lines, f"and {state.more} more problems in this text"))
            state.text = b""

    def _read_block(self, block: Block) -> None:
        """Parses a block: first the fast path, then the slow path for the gaps."""
        rows = sort_rows(self._fast_rows(block) if self.fast else [], block)
        gaps, dropped = gaps_of(rows, block)
        texts: dict[int, bytes] = {}
        if not gaps or gaps[0].start > 0:  # otherwise the pending bytes belong to the gap
            self._give_pending(rows, 0, 0, dropped, block, texts)
        slow: list[SlowRow] = []
        for gap in gaps:
            self._read_gap(gap, rows, dropped, block, slow, texts)
        columns = [
            self._fast_columns(part, dropped[rows.place[number]], block) for number, part in enumerate(rows.parts)
        ]
        if slow:
            columns.append(self.table.slow_columns(slow))
            texts |= {row.position: row.entry.text for row in slow if row.entry.text is not None}
        self.table.add_block(columns, texts)
        for number in distinct_codes(rows.piece[rows.counted]).tolist():
            self.states[block.pieces[number].text].counters += 1

    def _fast_rows(self, block: Block) -> list[FastRows]:
        """The rows of each template, applied to the bytes left over by earlier ones, then the rows of new templates.

        A block of maps, which no template fits, is not searched for a new one.
        """
        accepted: list[FastRows] = []
        left = whole_block(block)
        if left.begins_with_maps():
            rows = read_maps(left.data, left.size, left.starts, self.known)
            if rows is not None and left.size_without(rows) < _WORTH_LEARNING:
                return [left.in_block(rows)]
        for tried in range(_MOST_TEMPLATES):
            if tried == len(self.templates) and not self._learn(left):
                break
            rows = parse_fast(left.data, left.size, left.starts, self.templates[tried], self.known)
            if rows is not None:
                accepted.append(left.in_block(rows))
                if left.size_without(rows) < _WORTH_LEARNING:
                    return accepted
                left = left.without(rows)
        rows = read_maps(left.data, left.size, left.starts, self.known)
        return accepted if rows is None else [*accepted, left.in_block(rows)]

    def _learn(self, left: Leftover) -> bool:
        """Learns a new layout from the bytes that no known layout fits; returns whether it found one."""
        for template in learn(left.data[: left.size]):
            if any(template.same_as(known) for known in self.templates):
                continue
            if all(self.keys.allow(key.encode()) for key, _ in template.form.keys):
                self.templates.append(template)
                return True
        return False

    def _fast_columns(self, rows: FastRows, dropped: np.ndarray, block: Block) -> Columns:
        rows = take(rows, ~dropped)
        owners = np.array([piece.text for piece in block.pieces], np.int32)
        return self.table.fast_columns(rows, owners[np.searchsorted(block.bounds, rows.header, side="right") - 1])

    def _read_gap(
        self,
        gap: SlowRange,
        rows: Sorted,
        dropped: np.ndarray,
        block: Block,
        slow: list[SlowRow],
        texts: dict[int, bytes],
    ) -> None:
        """Parses a gap line by line; bytes outside any entry are stored with the next entry, or after the last one."""
        piece = block.pieces[gap.piece]
        state = self.states[piece.text]
        shift = piece.start - int(block.bounds[gap.piece])
        start, stop = gap.start + shift, gap.stop + shift
        at_end = stop == len(state.text)
        after_counters = state.counters > 0 or gap.after_counters
        result = self.slow.parse(state.text[start:stop], at_end=at_end, after_counters=after_counters)
        state.counters += result.fields
        if result.entries and state.pending:
            result.entries[0].text = state.pending + entry_text(result.entries[0])
            state.pending = b""
        slow += [SlowRow(entry, piece.text, gap.start + entry.position) for entry in result.entries]
        self._keep_problems(piece.text, start, result.problems, result.more)
        if at_end:
            state.tail = state.pending + result.tail or None
        elif result.tail:
            state.pending += result.tail
            self._give_pending(rows, gap.next_row, gap.piece, dropped, block, texts)

    def _give_pending(
        self, rows: Sorted, row: int, piece: int, dropped: np.ndarray, block: Block, texts: dict[int, bytes]
    ) -> None:
        """Adds pending bytes to the fast path's next row in a piece, if it follows them directly."""
        state = self.states[block.pieces[piece].text]
        if not state.pending or row >= len(rows.header) or dropped[row] or rows.piece[row] != piece:
            return
        start, stop = int(rows.header[row]), int(rows.after[row])
        texts[start] = state.pending + block.data[start:stop].tobytes()
        state.pending = b""

    def _keep_problems(self, index: int, start: int, problems: list[tuple[int, str]], more: int) -> None:
        state = self.states[index]
        kept = problems[: max(MOST_PROBLEMS - state.problems, 0)]
        if kept:
            position, lines = state.counted
            lines += state.text.count(b"\n", position, start)
            state.counted = start, lines
            self.problems += [(index, lines + line, message) for line, message in kept]
        state.problems += len(kept)
        state.more += len(problems) - len(kept) + more

    def parsed(self) -> Parsed:
        """The result for all texts so far."""
        vmas = self.table.build()
        bounds = np.searchsorted(vmas.process, np.arange(len(self.states) + 1)).tolist()
        fidelity = [_fidelity(state, vmas, *span) for state, span in zip(self.states, pairwise(bounds), strict=True)]
        self.problems.sort(key=lambda problem: problem[0])
        rows = [stop - first for first, stop in pairwise(bounds)]
        return Parsed(
            vmas,
            rows,
            [state.tail for state in self.states],
            [state.crlf for state in self.states],
            fidelity,
            self.problems,
        )

    def take(self) -> Parsed:
        """The result for the texts since the last call, numbered from 0; the layouts and names learnt so far stay."""
        parsed = self.parsed()
        self.states, self.problems = [], []
        self.table = TableBuilder(self.known)
        return parsed

    def _report_short_end(self, index: int, last: Layout, before: Layout) -> None:
        """Reports a text cut between two lines. Only counters missing from its last entry reveal that."""
        missing = _kinds(before) - _kinds(last)
        if missing and len(last.lines) < len(before.lines):
            text = self.states[index].text
            message = f"the last entry ends early: {len(missing)} of its lines are missing"
            self.problems.append((index, text.count(b"\n") + (not text.endswith(b"\n")), message))


def _state(text: bytes) -> _State:
    """The state of a text, with its line ends converted to newlines."""
    newlines = to_newlines(text)
    return _State(text, False, not text) if newlines is None else _State(newlines, True, False)


def _fidelity(state: _State, vmas: VmaTable, first: int, stop: int) -> str:
    if first == stop:
        return "smaps" if state.counters or state.empty else "none"
    if stop - first == 1 and vmas.name[first] == "[rollup]":
        return "rollup"
    lines = [vmas.layouts[vmas.layout[row]].lines for row in (first, stop - 1)]
    return "smaps" if any(lines) else "maps"


def _kinds(layout: Layout) -> set[str]:
    return {str(line[1]) if line[0] == "counter" else str(line[0]) for line in layout.lines} - {"name"}
