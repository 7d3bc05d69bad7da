"""A cache of a series' sums in its folder: one file per question, with one row per capture. See docs/series.md."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from droidanon.analysis.capture_facts import facts_from
from droidanon.analysis.sides import TOTALS, MomentSums
from droidanon.analysis.sums import Sums
from droidanon.analysis.view import View
from droidanon.columns import Coded, VmaTable
from droidanon.errors import DroidanonError
from droidanon.model import Capture, Problem
from droidanon.store.columns import bytes_array, list_array, values_of
from droidanon.store.metadata import capture_from_json, capture_to_json, check_metadata, parse_json
from droidanon.store.sealed import open_sealed, sealed_file
from droidanon.store.validate import check_chunks

if TYPE_CHECKING:
    import numpy.typing as npt

FOLDER = ".sums"
_KEY = "droidanon_sums"
_MOST_BYTES = 256 << 20
_MOST_FILES = 16
"""Questions that are kept per series; the oldest answers go first."""
_NO_VMAS = VmaTable(
    process=np.zeros(0, np.int32),
    start=np.zeros(0, np.uint64),
    end=np.zeros(0, np.uint64),
    perms=Coded.of(()),
    offset=np.zeros(0, np.uint64),
    device=Coded.of(()),
    inode=np.zeros(0, np.uint64),
    name=Coded.of(()),
    flags=Coded.of(()),
    counters={},
)


@dataclass(frozen=True, slots=True, eq=False)
class KeptMoment:
    """The sums of a capture, with its problems and notes. `identity`: the identity of the capture file."""

    identity: bytes
    moment: MomentSums
    capture: Capture
    """Without VMAs, reference processes and the texts of processes."""
    by_process: Mapping[str, Sequence[int | None]] = field(default_factory=dict)
    """Counters (kB) of each process of `capture`; None where one is missing."""

    @classmethod
    def of(cls, identity: bytes, moment: MomentSums, view: View, counters: Sequence[str] = ()) -> KeptMoment:
        """The sums of a capture, and some counters by process, without its VMAs."""
        capture = view.capture
        processes = tuple(replace(process, text=None) for process in capture.counted)
        by_process = {
            name: [
                kb
                for kb, process in zip(view.kb_by_process(name), capture.processes, strict=True)
                if not process.reference
            ]
            for name in counters
        }
        return cls(identity, moment, replace(capture, processes=processes, vmas=_NO_VMAS), by_process)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems of the capture."""
        return self.capture.problems

    @property
    def notes(self) -> tuple[Problem, ...]:
        """The notes of the capture."""
        return self.capture.notes


def load_moments(folder: Path, question: str, keys: Sequence[str]) -> dict[str, KeptMoment]:
    """Load the stored sums of a series for a question, by capture file; empty if they cannot be read."""
    path = _path(folder, question)
    if path is None:
        return {}
    try:
        if path.stat().st_size > _MOST_BYTES:
            return {}
        return dict(_read(path, question, keys))
    except (DroidanonError, pa.ArrowException, OSError, ArithmeticError, LookupError, TypeError, ValueError):
        return {}


def save_moments(folder: Path, question: str, keys: Sequence[str], moments: Mapping[str, KeptMoment]) -> None:
    """Replace the stored sums of a series for a question. Failure to write is ignored."""
    with suppress(DroidanonError, OSError):
        (folder / FOLDER).mkdir(mode=0o700, exist_ok=True)
        path = _path(folder, question)
        if path is None:
            return
        texts: dict[str, int] = {}
        table = _table(moments, keys, texts)
        metadata = {_KEY: json.dumps({"question": question, "texts": list(texts)}, separators=(",", ":"))}
        with sealed_file(path, table.schema, metadata) as writer:
            writer.write_table(table)
        _delete_oldest(path.parent)


def _path(folder: Path, question: str) -> Path | None:
    """The file of a question; None if it or its folder is a link, which an untrusted series could use to write
    elsewhere."""
    path = folder / FOLDER / f"{question}.parquet"
    for one in (path.parent, path):
        try:
            if stat.S_ISLNK(one.lstat().st_mode):
                return None
        except OSError:
            continue
    return path


def _delete_oldest(folder: Path) -> None:
    files = sorted(folder.glob("*.parquet"), key=lambda path: path.lstat().st_mtime_ns, reverse=True)
    for path in files[_MOST_FILES:]:
        path.unlink(missing_ok=True)


def _table(moments: Mapping[str, KeptMoment], keys: Sequence[str], texts: dict[str, int]) -> pa.Table:
    """One row per capture. Key texts are appended to `texts`, and rows refer to them by number."""
    kept = list(moments.values())
    sums = [one.moment.sums for one in kept]
    columns: dict[str, pa.Array] = {
        "file": list_array(list(moments), pa.string()),
        "identity": bytes_array([one.identity for one in kept]),
        "facts": bytes_array([_facts(one) for one in kept]),
        "values": _lists([one.values for one in sums], np.int64),
        "missing": _lists([one.missing for one in sums], np.uint8),
    }
    for key in keys:
        own = [[texts.setdefault(text, len(texts)) for text in one.keys[key].values] for one in sums]
        columns[f"codes_{key}"] = _lists([one.keys[key].codes for one in sums], np.int32)
        columns[f"texts_{key}"] = _lists([np.array(numbers, np.int32) for numbers in own], np.int32)
    return pa.table(columns)


def _facts(kept: KeptMoment) -> bytes:
    data = capture_to_json(kept.capture)
    del data["layouts"]
    moment = kept.moment
    data["sums"] = {
        "printed": moment.sums.printed,
        "totals": [moment.totals[name] for name in TOTALS],
        "counters": list(moment.facts.counters),
        "by_process": {name: list(values) for name, values in kept.by_process.items()},
        "warnings": [[one.where, one.message, one.kind] for one in moment.facts.warnings],
    }
    return json.dumps(data, separators=(",", ":")).encode()


def _lists(parts: Sequence[npt.NDArray[Any]], kind: type[np.generic]) -> pa.Array:
    ends = np.cumsum([0, *map(len, parts)])
    joined = np.concatenate([part.astype(kind) for part in parts]) if parts else np.zeros(0, kind)
    numbers = pa.Array.from_buffers(pa.from_numpy_dtype(kind), len(joined), [None, pa.py_buffer(joined.tobytes())])
    offsets = pa.Array.from_buffers(pa.int64(), len(ends), [None, pa.py_buffer(ends.astype(np.int64).tobytes())])
    return pa.LargeListArray.from_arrays(offsets, numbers)


def _read(path: Path, question: str, keys: Sequence[str]) -> Iterator[tuple[str, KeptMoment]]:
    file = open_sealed(path)
    check_chunks(file)
    header = parse_json((file.metadata.metadata or {})[_KEY.encode()])
    texts: list[str] = header["texts"]
    if header["question"] != question or not all(isinstance(text, str) for text in texts):
        raise ValueError("another question")
    table = file.read()
    numbers = {
        name: _parts(table[name].combine_chunks(), kind)
        for name, kind in (
            ("values", pa.int64()),
            ("missing", pa.uint8()),
            *((f"{part}_{key}", pa.int32()) for key in keys for part in ("codes", "texts")),
        )
    }
    for row, (name, identity, facts) in enumerate(
        zip(*(table[name].to_pylist() for name in ("file", "identity", "facts")), strict=True)
    ):
        part = {key: values[row] for key, values in numbers.items()}
        columns = {key: _coded(part[f"codes_{key}"], part[f"texts_{key}"], texts) for key in keys}
        lengths = {len(part["missing"]), *map(len, columns.values())}
        if lengths != {len(part["values"])}:
            raise ValueError("columns differ in length")
        yield name, _restored(identity, parse_json(facts), columns, part["values"], part["missing"].astype(np.bool_))


def _parts(array: Any, kind: pa.DataType) -> list[npt.NDArray[Any]]:
    """The numbers of each row."""
    if array.type != pa.large_list(kind) or array.null_count or array.values.null_count:
        raise ValueError("another type of column")
    array.validate(full=True)
    (flat, _), (ends, _) = values_of(array.values), values_of(array.offsets)
    return [flat[begin:end] for begin, end in pairwise(ends.tolist())]


def _coded(codes: npt.NDArray[np.int32], own: npt.NDArray[np.int32], texts: Sequence[str]) -> Coded:
    if len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) < len(own):
        raise ValueError("codes without a text")
    if len(own) and int(own.min()) < 0:
        raise ValueError("a text before the first")
    return Coded(codes, tuple([texts[number] for number in own.tolist()]))


def _restored(
    identity: bytes,
    data: Mapping[str, Any],
    columns: Mapping[str, Coded],
    values: npt.NDArray[np.int64],
    missing: npt.NDArray[np.bool_],
) -> KeptMoment:
    if isinstance(data["processes"], dict):
        data["processes"].pop("text", None)
    check_metadata(data, sum(data["processes"]["rows"]))
    capture = capture_from_json(data, _NO_VMAS)
    kept = data["sums"]
    warnings = tuple(Problem(*map(_text, fields)) for fields in kept["warnings"])
    totals = dict(zip(TOTALS, map(_whole, kept["totals"]), strict=True))
    facts = facts_from(capture, warnings, tuple(map(_text, kept["counters"])))
    by_process = {name: list(map(_whole, kb)) for name, kb in kept["by_process"].items()}
    if any(len(kb) != len(capture.processes) for kb in by_process.values()):
        raise ValueError("counters of other processes")
    moment = MomentSums(Sums(columns, values, missing, bool(kept["printed"])), totals, facts)
    return KeptMoment(identity, moment, capture, by_process)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _whole(value: Any) -> int | None:
    if value is not None and (type(value) is not int or abs(value) >= 1 << 62):
        raise ValueError("not a number of kB")
    return value
