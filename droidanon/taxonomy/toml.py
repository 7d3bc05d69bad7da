"""TOML files whose mistakes can be told with their line: tomllib gives the values only."""

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
_MOST_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry of a file stands. The line of a key is looked for when it is told."""

    path: Path | str
    label: str = ""
    text: str = ""
    start: int = 0
    """Where in the text the entry begins, behind its `[[kind]]`."""
    line: int | None = None
    """The line of its `[[kind]]`; None where it is written some other way."""

    def at(self, key: str = "") -> str:
        """`FILE:LINE: rule 'ID'`, the line being that of a key of the entry where it has one, else of the entry."""
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
    """A file, its bytes and its values. InputError where it can't be read or is no TOML."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self.raw = file.read(_MOST_BYTES + 1)
            if len(self.raw) > _MOST_BYTES:
                raise InputError(f"{path}: more than {_MOST_BYTES >> 20} MiB, and no file of rules has so much")
            self.text = self.raw.decode()
            self.table = tomllib.loads(self.text)
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise InputError(f"{path}: not TOML: not UTF-8 text") from error
        except RecursionError as error:
            raise InputError(f"{path}: not TOML that can be read: lists or tables in each other, too deep") from error
        except tomllib.TOMLDecodeError as error:
            message, line = str(error), _LINE.search(str(error))
            where = f"{path}:{line[1] or len(self.text.splitlines())}" if line else str(path)
            raise InputError(f"{where}: not TOML: {_LINE.sub('', message)}") from error

    def entries(self, kinds: Sequence[str]) -> Mapping[str, list[tuple[Place, dict[str, Any]]]]:
        """The tables of each kind with their places; InputError for any other key."""
        for key in self.table:
            if key not in kinds:
                known = ", ".join(f"[[{kind}]]" for kind in kinds)
                raise InputError(f"{self.path}{self._line_of(key)}: {key!r} is not known here; there is {known}")
        found = {}
        for kind in kinds:
            tables = self.table.get(kind, [])
            if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
                raise InputError(f"{self.path}{self._line_of(kind)}: {kind} has to be written as [[{kind}]]")
            heads = [*self._heads(kind), *[_NOWHERE] * len(tables)]
            found[kind] = [
                (Place(self.path, f"rule {table.get('id')!r}", self.text, start, line), table)
                for table, (start, line) in zip(tables, heads, strict=False)
            ]
        return found

    def _heads(self, kind: str) -> list[_Head]:
        """Where each `[[kind]]` ends, and its line."""
        heads: list[_Head] = []
        seen, line = 0, 1
        for head in re.finditer(rf"^[ \t]*\[\[[ \t]*{kind}[ \t]*\]\]", self.text, re.MULTILINE):
            line += self.text.count("\n", seen, head.end())
            seen = head.end()
            heads.append((seen, line))
        return heads

    def _line_of(self, key: str) -> str:
        found = re.search(rf"^[ \t]*(?:\[\[?[ \t]*)?[\"']?{re.escape(key)}\b", self.text, re.MULTILINE)
        return f":{1 + self.text.count(chr(10), 0, found.start())}" if found else ""
