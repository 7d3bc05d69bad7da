"""Redacts a dataset: keeps the facts, and removes texts that identify apps, users and phones."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from droidanon.fleet.change import change
from droidanon.fleet.dataset import Dataset, open_or_create
from droidanon.fleet.schema import CAPTURES, FACTS, KEPT, PARTITIONS, PROCESSES, WHOLE_PHONE, arrow_schema
from droidanon.fleet.table_files import read_rows, write_table
from droidanon.model import NOT_REPORTED
from droidanon.share.captures import Redactor
from droidanon.taxonomy.classify import classify_names
from droidanon.taxonomy.rules import load_rules

if TYPE_CHECKING:
    import pyarrow as pa

    from droidanon.sources.source import Progress

_UNKNOWN = "unknown."
_WHOLE = {
    "capture_id": "capture",
    "source_digest": "capture",
    "device": "model",
    "device_id": "serial",
    "build": "version",
    "version_name": "version",
    "device_build": "build",
    "source": "source",
}
"""Text columns that are replaced as a whole, and their kind."""


def share_dataset(text: str, folder: Path, redactor: Redactor, progress: Progress | None) -> None:
    """Write a redacted copy of a dataset into an empty folder. Kept captures are left out."""
    dataset = Dataset.open(text)
    redactor.ledger.losses["captures that the dataset keeps"] += len(dataset.files(KEPT))
    location, _salt = open_or_create(str(folder))
    columns = _TableRedactor(redactor)
    with change(location) as made:
        for table in (FACTS, PROCESSES, CAPTURES):
            names = dataset.files(table)
            for place, name in enumerate(names):
                if progress is not None:
                    progress(place, len(names), f"files of {table}")
                rows = read_rows(dataset.location, name, table)
                with made.new_file(columns.path(table, name)) as stream:
                    write_table(stream, table, (columns.redacted(part, table) for part in rows))
        made.commit()


def empty_tables() -> Iterator[bytes]:
    """An empty file of each table, which contains only what Parquet itself writes."""
    for table in (FACTS, PROCESSES, CAPTURES):
        stream = io.BytesIO()
        write_table(stream, table, [])
        yield stream.getvalue()


class _TableRedactor:
    """Redacts the columns of tables."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._changes: dict[str, Callable[[str], str]] = {
            **dict.fromkeys(("app", "process", "capture_app"), self._process),
            **dict.fromkeys(("state", "state_source", "fidelity", "heap", "access", "caveats"), self._words),
            **{name: self._whole(kind) for name, kind in _WHOLE.items()},
            "tool_version": redactor.word,
            "ram_tier": redactor.word,
            "created": redactor.time,
            "month": self._month,
        }

    def path(self, table: str, name: str) -> str:
        """The new path of a file: redacted partitions, and a name that does not reveal the order of apps."""
        from urllib.parse import quote, unquote

        *folders, _file = name.split("/")
        parts = []
        for folder in folders[1:]:
            key, equals, value = folder.partition("=")
            known = self._changes.get(key, self._redactor.word)
            shown = key if key in PARTITIONS else self._redactor.key(key)
            parts.append(f"{shown}{equals}{quote(known(unquote(value)), safe='')}")
        return "/".join((table, *parts, f"{self._redactor.pseudonyms.letters('file of a dataset', name)}.parquet"))

    def redacted(self, part: pa.Table, table: str) -> pa.Table:
        """Redact rows of a table."""
        import pyarrow as pa

        schema = arrow_schema(table)
        arrays = {name: part[name].combine_chunks() for name in part.column_names}
        if "category" in arrays:
            arrays["name"], arrays["category"] = self._names(arrays["name"], arrays["category"])
        for name, change_text in self._changes.items():
            if name in arrays:
                arrays[name] = _mapped(arrays[name], change_text)
        if "labels" in arrays:
            labels = [
                None if one is None else list(self._redactor.labels(dict(one)).items())
                for one in arrays["labels"].to_pylist()
            ]
            arrays["labels"] = pa.array(labels, schema.field("labels").type)
        for name in ("user", "version_code"):
            if name in arrays and not self._keeps(name):
                known = part.num_rows - arrays[name].null_count
                self._redactor.ledger.losses["users" if name == "user" else "version codes"] += known
                arrays[name] = pa.nulls(part.num_rows, schema.field(name).type)
        if "kept" in arrays:
            arrays["kept"] = pa.array([False] * part.num_rows)
        return pa.Table.from_arrays(
            [arrays[name].cast(schema.field(name).type) for name in schema.names], schema=schema
        )

    def _keeps(self, name: str) -> bool:
        return self._redactor.keeps("uid" if name == "user" else "version", "0")

    def _process(self, text: str) -> str:
        return text if text == WHOLE_PHONE else self._redactor.process(text)

    def _month(self, text: str) -> str:
        return text if re.fullmatch(r"\d{4}-\d\d", text) else self._redactor.word(text)

    def _words(self, text: str) -> str:
        return text if text == NOT_REPORTED else self._redactor.word(text)

    def _whole(self, kind: str) -> Callable[[str], str]:
        names = self._redactor.names
        if kind == "capture":
            return lambda text: names.hashed("capture", text)
        return lambda text: names.whole(kind, text) if text else text

    def _names(self, names: Any, categories: Any) -> tuple[Any, Any]:
        """Redact names of memory, and the categories derived from a word of names without a rule."""
        import pyarrow as pa

        old = [name for name in names.dictionary.to_pylist() if name != NOT_REPORTED]
        renamed = dict(zip(old, self._redactor.names.vma_names(old), strict=True))
        given = {one.name: one.category for one in classify_names(list(renamed.values()))}
        known: dict[tuple[str | None, str | None], str | None] = {}
        for pair in set(zip(names.to_pylist(), categories.to_pylist(), strict=True)):
            name, category = pair
            known[pair] = category and self._category(category, given.get(renamed.get(name or "", ""), ""))
        new = [known[pair] for pair in zip(names.to_pylist(), categories.to_pylist(), strict=True)]
        coded = pa.array(new, pa.string()).dictionary_encode()
        return _mapped(names, lambda name: renamed.get(name, name)), coded.cast(categories.type)

    def _category(self, category: str, given: str) -> str:
        """Redact a category; `given` is that of the redacted name."""
        if category in (*_own_categories(), NOT_REPORTED):
            return category
        if category.startswith(_UNKNOWN) and given.startswith(_UNKNOWN):
            return given
        return ".".join(self._redactor.word(part) for part in category.split("."))


@cache
def _own_categories() -> frozenset[str]:
    rules = load_rules()
    return frozenset({rule.category for rule in rules.rules} | {rule.category for rule in rules.unnamed})


def _mapped(array: Any, change_text: Callable[[str], str]) -> Any:
    """Change each distinct text of a dictionary-encoded column; unused texts are dropped."""
    import pyarrow as pa

    plain = array.cast(pa.string())
    coded = plain.dictionary_encode()
    values = [change_text(value) for value in coded.dictionary.to_pylist()]
    return (
        pa.DictionaryArray.from_arrays(coded.indices, pa.array(values, pa.string()))
        .cast(pa.string())
        .dictionary_encode()
    )
