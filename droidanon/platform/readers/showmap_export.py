"""Converts the CSV and JSON of `showmap -o csv` and `-o json` (AOSP libmeminfo, libsmapinfo) to its plain table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from droidanon.platform.readers.procfs import parse_number

_TITLES = (
    ("virtual size", "size"),
    ("RSS", "RSS"),
    ("PSS", "PSS"),
    ("shared clean", "clean"),
    ("shared dirty", "dirty"),
    ("private clean", "clean"),
    ("private dirty", "dirty"),
    ("swap", "swap"),
    ("swapPSS", "swapPSS"),
    ("Anon HugePages", "HugePages"),
    ("Shmem PmdMapped", "PmdMapped"),
    ("File PmdMapped", "PmdMapped"),
    ("Shared Hugetlb", "Hugetlb"),
    ("Private Hugetlb", "Hugetlb"),
    ("Locked", "Locked"),
)
"""Titles in the exports, and in the plain table."""
_LEAST = 9
_COUNT, _NAME = "#", "object"
_CSV_START, _JSON_START = '"virtual size",', '{"virtual size":'


def plain_table(text: str) -> str | None:
    """The plain table of an export, rows in order; None for any other text. Rows of another form are left out."""
    for line_number, line in enumerate(lines := text.splitlines()):
        bare = line.strip()
        if _CSV_START in bare and bare.endswith(f'"{_NAME}"'):
            return _table(csv.DictReader(io.StringIO("\n".join(lines[line_number:]))))
        if bare.lstrip("[ ").startswith(_JSON_START):
            return _table(_records(bare))
    return None


def _records(line: str) -> Sequence[Mapping[str, Any]]:
    """The objects of a JSON list; empty if it is torn."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return ()
    return [record for record in found if isinstance(record, dict)] if isinstance(found, list) else ()


def _table(records: Iterable[Mapping[str, Any]]) -> str:
    out: list[str] = []
    titles: list[tuple[str, str]] = []
    for record in records:
        if not titles:
            titles = [pair for pair in _TITLES if pair[0] in record]
            if len(titles) < _LEAST:
                return ""
            out.append(" ".join([*(title for _key, title in titles), _COUNT, _NAME]))
        numbers = [parse_number(str(record.get(key, ""))) for key, _title in titles]
        if None in numbers:
            continue
        count = parse_number(str(record.get(_COUNT, ""))) or 0
        name = " ".join(str(record.get(_NAME) or "").split("\n"))
        out.append(f"{' '.join(f'{number:8d}' for number in (*numbers, count))} {name}")
    return "".join(f"{line}\n" for line in out)
