"""smaps, maps and smaps_rollup texts of many processes to one table of VMAs (bytes in, columns out)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from droidanon.model import Process, VmaTable
from droidanon.smaps.bodies import Positions
from droidanon.smaps.fast import PADDING, Dictionaries, FastRows, parse_fast
from droidanon.smaps.slow import SlowResult, parse_slow
from droidanon.smaps.table import TableBuilder
from droidanon.smaps.template import FLAGS_LABEL, Template, learn

_BLOCK = 4 << 20
"""Bytes that are worked on at once: what stays in the processor's cache."""
_WORTH_LEARNING = 64 << 10
"""Bytes of a stretch that the known layouts do not fit, from which on another layout is looked for."""
_HEX = frozenset(b"0123456789abcdef")


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """The VMAs of some texts, and what else there is to know of each text (lists with one value a text)."""

    vmas: VmaTable
    rows: list[int]
    tails: list[bytes | None]
    """What follows the last VMA (all of it, where there is none); None for nothing."""
    crlf: list[bool]
    fidelity: list[str]
    """`smaps`, `maps`, `rollup`, or `none`: not one line of smaps (an empty text is `smaps` without VMAs)."""
    problems: list[tuple[int, int, str]]
    """Index of the text, line (from 1), message."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a text that begins and ends between two entries."""

    text: int
    start: int
    stop: int


def parse_texts(texts: Sequence[bytes], *, fast: bool = True) -> Parsed:
    """The VMAs of each text (the smaps, maps or smaps_rollup of one process) in the order given.

    `fast=False` takes the line-by-line path only; both give the same table.
    """
    reader = _Reader(texts, fast)
    reader.run()
    return reader.parsed()


def assemble(processes: Sequence[Process], texts: Sequence[bytes]) -> tuple[
    tuple[Process, ...], VmaTable, list[tuple[int, int, str]]
]:  # fmt: skip
    """The processes with what their texts say of them (rows, fidelity, exact rest), all VMAs, and the problems."""
    parsed = parse_texts(texts)
    described = tuple(
        replace(
            process, rows=parsed.rows[index], text=parsed.tails[index], crlf=parsed.crlf[index],
            fidelity=parsed.fidelity[index] if process.fidelity == "smaps" else process.fidelity,
        )
        for index, process in enumerate(processes)
    )  # fmt: skip
    return described, parsed.vmas, parsed.problems


class _Reader:
    def __init__(self, texts: Sequence[bytes], fast: bool) -> None:
        self.texts = texts
        self.fast = fast
        self.table = TableBuilder()
        self.known = Dictionaries()
        self.templates: list[Template] = []
        count = len(texts)
        self.rows = [0] * count
        self.tails: list[bytes | None] = [None] * count
        self.crlf = [False] * count
        self.fields = [0] * count
        self.problems: list[tuple[int, int, str]] = []
        self.plain: dict[int, bytes] = {}  # texts whose line ends were CRLF

    def run(self) -> None:
        batch: list[_Piece] = []
        size = 0
        for index, text in enumerate(self.texts):
            plain = self._prepare(index, text)
            for piece in _pieces(index, plain):
                batch.append(piece)
                size += piece.stop - piece.start
                if size >= _BLOCK:
                    self._block(batch)
                    batch, size = [], 0
        if batch:
            self._block(batch)

    def _prepare(self, index: int, text: bytes) -> bytes:
        """The text with plain line ends."""
        if b"\r\n" in text[:4096] and text.count(b"\r\n") == text.count(b"\n"):
            text = text.replace(b"\r\n", b"\n")
            self.crlf[index] = True
            self.plain[index] = text
        return text

    def _text(self, index: int) -> bytes:
        return self.plain.get(index, self.texts[index])

    def _block(self, pieces: list[_Piece]) -> None:
        if not self.fast:
            for piece in pieces:
                self._slow(piece, piece.start, piece.stop)
            return
        parts = [memoryview(self._text(piece.text))[piece.start : piece.stop] for piece in pieces]
        buffer = b"".join([*parts, bytes(PADDING)])
        data = np.frombuffer(buffer, np.uint8)
        bounds = np.cumsum([0, *(piece.stop - piece.start for piece in pieces)])
        stretches = [(int(bounds[0]), int(bounds[-1]))]
        taken: list[FastRows] = []
        tried = 0
        while stretches and tried < len(self.templates) + 1:
            if tried == len(self.templates):
                template = self._learn(buffer, stretches)
                if template is None:
                    break
                self.templates.append(template)
            rest: list[tuple[int, int]] = []
            for start, stop in stretches:
                inside = bounds[(bounds > start) & (bounds < stop)]
                rows = parse_fast(
                    data[start : stop + PADDING], stop - start, np.array([0, *(inside - start)]),
                    self.templates[tried], self.known,
                )  # fmt: skip
                if rows is None:
                    rest.append((start, stop))
                    continue
                rows.header += start
                rows.after += start
                taken.append(rows)
                rest += [gap for gap in _gaps(rows, start, stop) if gap[1] - gap[0] >= _WORTH_LEARNING]
            stretches = [gap for gap in rest if gap[1] - gap[0] >= _WORTH_LEARNING] if tried or rest else []
            tried += 1
        self._merge(pieces, bounds, buffer, taken)

    def _learn(self, buffer: bytes, stretches: list[tuple[int, int]]) -> Template | None:
        for start, stop in stretches:
            template = learn(buffer, start, stop)
            if template is not None and not any(
                template.size == known.size and (template.fixed == known.fixed).all() for known in self.templates
            ):
                return template
        return None

    def _merge(self, pieces: list[_Piece], bounds: Positions, buffer: bytes, taken: list[FastRows]) -> None:
        """Give the accepted rows and, for the gaps between them, those of the slow path to the table, in order."""
        headers = np.concatenate([rows.header for rows in taken]) if taken else np.zeros(0, np.int64)
        afters = np.concatenate([rows.after for rows in taken]) if taken else np.zeros(0, np.int64)
        source = np.concatenate([np.full(len(rows.header), i) for i, rows in enumerate(taken)]) if taken else headers
        order = np.argsort(headers, kind="stable")
        headers, afters, source = headers[order], afters[order], source[order]
        within = np.searchsorted(bounds, headers, side="right") - 1
        previous = np.concatenate([[-1], afters[:-1]]) if len(afters) else afters
        previous = np.where(previous > bounds[within], previous, bounds[within])
        broken = headers != previous
        first_in = np.searchsorted(within, np.arange(len(pieces) + 1))
        for number, piece in enumerate(pieces):
            low, high = int(first_in[number]), int(first_in[number + 1])
            shift = piece.start - int(bounds[number])
            at = int(bounds[number])
            run = low
            while run < high:
                breaks = np.flatnonzero(broken[run + 1 : high])
                stop = run + 1 + int(breaks[0]) if len(breaks) else high
                if broken[run]:
                    self._slow(piece, at + shift, int(headers[run]) + shift)
                at = int(afters[stop - 1])
                end = int(headers[stop]) if stop < high else int(bounds[number + 1])
                # A stretch that does not begin with a header belongs to the entry before it.
                back = at < end and buffer[at] not in _HEX
                keep = stop - 1 if back else stop
                self._fast(piece, taken, order, source, run, keep)
                if back:
                    at = int(headers[keep])
                run = stop
            if at < bounds[number + 1]:
                self._slow(piece, at + shift, piece.stop)

    def _fast(
        self, piece: _Piece, taken: list[FastRows], order: Positions, source: Positions, run: int, stop: int
    ) -> None:
        """Rows `run` to `stop` of the sorted order, which are neighbours in their block."""
        while run < stop:
            kind = int(source[run])
            other = np.flatnonzero(source[run:stop] != kind)
            until = run + int(other[0]) if len(other) else stop
            base = sum(len(rows.header) for rows in taken[:kind])
            first = int(order[run]) - base
            self.table.add_fast(piece.text, taken[kind], first, first + until - run, self.known)
            self.rows[piece.text] += until - run
            run = until

    def _slow(self, piece: _Piece, start: int, stop: int) -> None:
        text = self._text(piece.text)
        at_end = stop == len(text)
        result = parse_slow(text[start:stop], at_end=at_end)
        self.table.add_slow(piece.text, result)
        self.rows[piece.text] += len(result.entries)
        self.fields[piece.text] += result.fields
        if result.problems:
            lines = text.count(b"\n", 0, start)
            self.problems += [(piece.text, lines + line, message) for line, message in result.problems]
        if result.tail:
            self._keep_tail(piece, result, at_end)

    def _keep_tail(self, piece: _Piece, result: SlowResult, at_end: bool) -> None:
        if at_end:
            self.tails[piece.text] = result.tail
        else:
            self.table.prepend(result.tail)

    def parsed(self) -> Parsed:
        vmas = self.table.build()
        self._report_short_ends(vmas)
        fidelity = [self._fidelity(index, vmas) for index in range(len(self.texts))]
        self.problems.sort(key=lambda problem: problem[:2])
        return Parsed(vmas, self.rows, self.tails, self.crlf, fidelity, self.problems)

    def _fidelity(self, index: int, vmas: VmaTable) -> str:
        if not self.rows[index]:
            return "smaps" if self.fields[index] or not self.texts[index] else "none"
        first = sum(self.rows[:index])
        if self.rows[index] == 1 and vmas.name[first] == "[rollup]":
            return "rollup"
        lines = vmas.layouts[vmas.layout[first]].lines
        last = vmas.layouts[vmas.layout[first + self.rows[index] - 1]].lines
        return "smaps" if lines or last else "maps"

    def _report_short_ends(self, vmas: VmaTable) -> None:
        """A text that was cut between two lines shows only in its last entry having fewer counters."""
        row = 0
        for index, count in enumerate(self.rows):
            row += count
            if count < 2:
                continue
            last, before = (vmas.layouts[vmas.layout[row - back]].lines for back in (1, 2))
            missing = _kinds(before) - _kinds(last)
            if missing and len(last) < len(before):
                text = self.texts[index]
                message = f"the last entry ends early: {len(missing)} of its lines are missing"
                self.problems.append((index, text.count(b"\n") + (not text.endswith(b"\n")), message))


def _kinds(lines: tuple[tuple[str | int, ...], ...]) -> set[str]:
    return {str(line[1]) if line[0] == "counter" else str(line[0]) for line in lines} - {"name"}


def _gaps(rows: FastRows, start: int, stop: int) -> list[tuple[int, int]]:
    befores = np.concatenate([[start], rows.after])
    nexts = np.concatenate([rows.header, [stop]])
    wide = np.flatnonzero(nexts - befores > 0)
    return [(int(befores[gap]), int(nexts[gap])) for gap in wide]


def _pieces(index: int, text: bytes) -> Iterator[_Piece]:
    """The text in pieces of about a block, cut where an entry ends for sure: flags, then a header."""
    start = 0
    while len(text) - start > _BLOCK + _BLOCK // 2:
        at = start + _BLOCK
        while True:
            flags = text.find(b"\n" + FLAGS_LABEL, at)
            newline = text.find(b"\n", flags + 1) if flags >= 0 else -1
            if newline < 0 or newline + 1 >= len(text):
                newline = -1
                break
            if text[newline + 1] in _HEX:
                break
            at = newline
        if newline < 0:
            break
        yield _Piece(index, start, newline + 1)
        start = newline + 1
    if start < len(text) or not text:
        yield _Piece(index, start, len(text))
