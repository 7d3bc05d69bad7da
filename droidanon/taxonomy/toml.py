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


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands: the `number`-th (from 0) table `[[kind]]` of a text. Lines are looked for when they are told."""

    path: Path | str
    text: str = ""
    kind: str = ""
    number: int = 0
    label: str = ""

    def at(self, key: str = "") -> str:
        """`FILE:LINE: rule 'ID'`, the line being that of a key of the entry where it has one, else of the entry."""
        line = self._line(key)
        return f"{self.path}{f':{line}' if line else ''}{f': {self.label}' if self.label else ''}"

    def _line(self, key: str) -> int | None:
        heads = list(re.finditer(rf"^[ \t]*\[\[[ \t]*{self.kind}[ \t]*\]\]", self.text, re.MULTILINE))
        if not self.kind or self.number >= len(heads):  # written some other way
            return None
        start = heads[self.number].end()
        end = re.compile(r"^[ \t]*\[\[?[A-Za-z]", re.MULTILINE).search(self.text, start)
        body = self.text[start : end.start() if end else len(self.text)]
        found = re.search(rf"^[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*=", body, re.MULTILINE) if key else None
        return 1 + self.text.count("\n", 0, start + (found.start() if found else 0))


class TomlFile:
    """A file, its bytes and its values. InputError where it can't be read or is no TOML."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.raw = path.read_bytes()
            self.text = self.raw.decode()
            self.table = tomllib.loads(self.text)
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise InputError(f"{path}: not TOML: not UTF-8 text") from error
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
            found[kind] = [
                (Place(self.path, self.text, kind, number, f"rule {table.get('id')!r}"), table)
                for number, table in enumerate(tables)
            ]
        return found

    def _line_of(self, key: str) -> str:
        found = re.search(rf"^[ \t]*(?:\[\[?[ \t]*)?[\"']?{re.escape(key)}\b", self.text, re.MULTILINE)
        return f":{1 + self.text.count(chr(10), 0, found.start())}" if found else ""
