"""TOML files with errors that name the line of a mistake; tomllib returns values without lines."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from droidanon.errors import InputError

_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_NEXT_HEAD = re.compile(r"^[ \t]*\[\[?[A-Za-z]", re.MULTILINE)
_Head = tuple[int, int | None]
_NOWHERE: _Head = (0, None)
_MAX_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Location:
    """The position of an entry in a file. The line of a key is looked up only when an error needs it."""

    path: Path | str
    label: str = ""
    text: str = ""
    start: int = 0
    """Where in the text the entry begins, after its `[[kind]]`."""
    line: int | None = None
    """The line of its `[[kind]]`; None if it is written in another way."""

    def at(self, key: str = "") -> str:
        """`FILE:LINE: rule 'ID'`, with the line of a key of the entry if the entry has it, else the entry's line."""
        line = self._line(key)
        return f"{self.path}{f':{line}' if line else ''}{f': {self.label}' if self.label else ''}"

    def _line(self, key: str) -> int | None:
        if not key or self.line is None:
            return self.line
        end = _NEXT_HEAD.search(self.text, self.start)
        body = self.text[self.start : end.start() if end else len(self.text)]
        found = re.search(rf"^[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*=", body, re.MULTILINE)
        return self.line + (body.count("\n", 0, found.start()) if found else 0)


class TomlFile:
    """A TOML file: its bytes (`raw`), `text` and values (`table`).

    Raises:
        InputError: the file cannot be read, is too large or is not TOML.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.raw = _read(path)
        try:
            self.text = self.raw.decode()
            self.table = tomllib.loads(self.text)
        except UnicodeDecodeError as error:
            raise InputError(f"{path}: not TOML: not UTF-8 text") from error
        except RecursionError as error:
            raise InputError(f"{path}: not TOML: lists or tables are nested too deeply") from error
        except tomllib.TOMLDecodeError as error:
            message, line = str(error), _LINE.search(str(error))
            where = f"{path}:{line[1] or len(self.text.splitlines())}" if line else str(path)
            raise InputError(f"{where}: not TOML: {_LINE.sub('', message)}") from error
        except ValueError as error:  # int() refuses thousands of digits
            raise InputError(f"{path}: not TOML: a number is too long") from error

    def entries(self, kinds: Sequence[str]) -> Mapping[str, list[tuple[Location, dict[str, Any]]]]:
        """The tables of each kind (`[[kind]]`) with their locations; InputError for any other key."""
        for key in self.table:
            if key not in kinds:
                known = ", ".join(f"[[{kind}]]" for kind in kinds)
                raise InputError(f"{self.path}{self._line_of(key)}: unknown key {key!r}; allowed: {known}")
        found = {}
        for kind in kinds:
            tables = self.table.get(kind, [])
            if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
                raise InputError(f"{self.path}{self._line_of(kind)}: write {kind} as [[{kind}]]")
            found[kind] = list(zip(self.locations(kind, tables, "rule"), tables, strict=True))
        return found

    def locations(self, kind: str, tables: Sequence[Mapping[str, Any]], label: str) -> list[Location]:
        """The location of each of the tables under `[[kind]]` (`kind` may be a dotted key), in their order."""
        heads = [*self._heads(kind), *[_NOWHERE] * len(tables)]
        return [
            Location(self.path, f"{label} {table['id']!r}" if "id" in table else label, self.text, start, line)
            for table, (start, line) in zip(tables, heads, strict=False)
        ]

    def location(self, kind: str) -> Location:
        """The location of the table `[kind]`."""
        head = re.search(rf"^[ \t]*\[[ \t]*{re.escape(kind)}[ \t]*\]", self.text, re.MULTILINE)
        if head is None:
            return Location(self.path, f"[{kind}]")
        return Location(self.path, f"[{kind}]", self.text, head.end(), 1 + self.text.count("\n", 0, head.end()))

    def _heads(self, kind: str) -> list[_Head]:
        """The end of each `[[kind]]` in the text, and its line."""
        heads: list[_Head] = []
        seen, line = 0, 1
        for head in re.finditer(rf"^[ \t]*\[\[[ \t]*{re.escape(kind)}[ \t]*\]\]", self.text, re.MULTILINE):
            line += self.text.count("\n", seen, head.end())
            seen = head.end()
            heads.append((seen, line))
        return heads

    def _line_of(self, key: str) -> str:
        found = re.search(rf"^[ \t]*(?:\[\[?[ \t]*)?[\"']?{re.escape(key)}\b", self.text, re.MULTILINE)
        return f":{1 + self.text.count(chr(10), 0, found.start())}" if found else ""


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    if len(raw) > _MAX_BYTES:
        raise InputError(f"{path}: larger than {_MAX_BYTES >> 20} MiB, the limit for a rule file")
    return raw
