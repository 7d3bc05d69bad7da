"""Converts the rows of a capture to changes of another capture's rows, its base, and back.

Each row is paired with the most similar row of the base, by process and address. A wrong pairing only costs space,
because every difference is stored. See docs/capture-format.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.columns import BoolArray, Coded, IntArray, VmaTable
from droidanon.store.matching import NONE
from droidanon.store.metadata import parse_value
from droidanon.store.packed import pack, unpack
from droidanon.store.schema import MOST_ROWS

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
else:
    Ints = np.ndarray

Parts = Mapping[str, bytes]
_CODED = ("perms", "device", "name", "flags")
_NUMBERS = {"start": np.uint64, "length": np.uint64, "offset": np.uint64, "inode": np.uint64, "layout": np.int32}
"""Columns of numbers that are no counters; `length` is `end - start`."""
_COUNTER_TYPES = {"int32": np.int32, "int64": np.int64}


def changes_of(base: VmaTable, new: VmaTable, rows: Ints, names: Mapping[str, str]) -> dict[str, bytes]:
    """The parts that restore `new` from `base`.

    Args:
        rows: The row of the base for each row, `NONE` if there is none.
        names: The stored name of each counter of `new`.
    """
    parts: dict[str, bytes] = {"rows": _runs(rows)}
    differences = _differences(base, new, _BaseRows(rows, len(base)), names, parts)
    changed = rows == NONE
    for values in differences.values():
        changed |= values != 0
    places = np.flatnonzero(changed)
    parts["changed"] = pack(np.diff(places, prepend=0))
    own = {name: found for name, values in differences.items() if (found := values[places]).any()}
    _number_parts(own, {f"c.{name}": _counter(new, key)[0][places] for key, name in names.items()}, parts)
    _text_parts(base, new, rows, parts)
    return parts


def _number_parts(differences: Mapping[str, Ints], values: Mapping[str, Ints], parts: dict[str, bytes]) -> None:
    """The differences in changed rows, without columns of zeros; `values` has the counters in these rows.

    A page that becomes resident adds the same kB to Rss, Pss and Private_Dirty. So a counter is stored as its deviation
    from the change of another counter, its model, if that leaves fewer nonzero rows.
    """
    models: dict[str, str] = {}
    for name, own in differences.items():
        least = own
        if name in values:
            base = values[name] - own
            for model in [one for one in differences if one in values and one not in models]:
                if model == name:
                    break
                deviation = values[name] - _expected(base, differences[model])
                if np.count_nonzero(deviation) < np.count_nonzero(least):
                    least, models[name] = deviation, model
        if least.any():
            parts[name] = pack(least)
    if models:
        parts["models"] = json.dumps(models, separators=(",", ":")).encode()


def _expected(base: Ints, change: Ints) -> Ints:
    """The values of a counter if it changed like its model; at least 0."""
    expected: Ints = np.maximum(base + change, 0)
    return expected


def _models(parts: Parts) -> dict[str, str]:
    """The model that a part's numbers deviate from. Raises ValueError if the model has a model itself."""
    models = parse_value(parts["models"]) if "models" in parts else {}
    if not isinstance(models, dict) or any(not isinstance(one, str) or one in models for one in models.values()):
        raise ValueError("invalid models of counters")
    return models


def _differences(
    base: VmaTable, new: VmaTable, rows: _BaseRows, names: Mapping[str, str], parts: dict[str, bytes]
) -> dict[str, Ints]:
    """The difference of each column in each row, by the name of its part."""
    found: dict[str, Any] = {}
    for name in _NUMBERS:
        found[f"n.{name}"] = _minus(_number(new, name), _number(base, name), rows)
    for name in _CODED:
        old, column = getattr(base, name), getattr(new, name)
        codes = old.codes
        if old.values != column.values:
            places = _dictionary_places(old, column)
            parts[f"d.{name}"] = _dictionary(places, column)
            codes = _translated(old, places)
        found[f"n.{name}"] = _minus(column.codes, codes, rows)
    kinds = []
    for own, name in names.items():
        values, gone = _counter(new, own)
        old_values, old_gone = _counter(base, name)
        found[f"c.{name}"] = _minus(values, old_values, rows)
        if gone is not None or old_gone is not None:
            found[f"m.{name}"] = _minus(_mask(gone, len(new)), _mask(old_gone, len(base)), rows)
        kinds.append([name, values.dtype.name, gone is not None])
    if kinds != _kinds_of(base):
        parts["counters"] = json.dumps(kinds).encode()
    return found


def _kinds_of(vmas: VmaTable) -> list[list[Any]]:
    """The name and type of each counter, and whether it is missing in some row."""
    return [[name, vmas.counters[name].dtype.name, name in vmas.missing] for name in vmas.counters]


def _number(vmas: VmaTable, name: str) -> npt.NDArray[Any]:
    column: npt.NDArray[Any] = vmas.end - vmas.start if name == "length" else getattr(vmas, name)
    return column


def _counter(vmas: VmaTable, name: str) -> tuple[npt.NDArray[Any], BoolArray | None]:
    """The values of a counter, and where it is missing (None: nowhere)."""
    if name not in vmas.counters:
        return np.zeros(len(vmas), np.int32), None
    values, gone = vmas.counters[name], vmas.missing.get(name)
    if gone is None or not gone.any():
        return values, None
    return np.where(gone, values.dtype.type(0), values), gone


def _mask(gone: BoolArray | None, rows: int) -> npt.NDArray[np.int8]:
    return np.zeros(rows, np.int8) if gone is None else gone.view(np.int8)


def _minus(new: npt.NDArray[Any], base: npt.NDArray[Any], rows: _BaseRows) -> npt.NDArray[Any]:
    """The difference to add to the base; unsigned 64-bit numbers wrap around."""
    old = rows.take(base)
    if new.dtype == np.int32 and old.dtype == np.int32 and new.flags.c_contiguous:
        # 32-bit differences may overflow, so the nonzero ones are computed in 64 bits.
        found = np.zeros(len(new), np.int64)
        places = np.flatnonzero(new != old)
        found[places] = new[places].astype(np.int64) - old[places]
        return found
    return _signed(new) - _signed(old)


def _signed(values: npt.NDArray[Any]) -> Ints:
    return values.view(np.int64) if values.dtype.itemsize == 8 else values.astype(np.int64)


def _runs(rows: Ints) -> bytes:
    """Rows of the base as runs (first row, length); `NONE` as the first row stands for rows without a base row."""
    if not len(rows):
        return pack(rows)
    follows = (np.diff(rows) == 1) & (rows[:-1] != NONE)
    follows |= (rows[1:] == NONE) & (rows[:-1] == NONE)
    firsts = np.concatenate([[0], np.flatnonzero(~follows) + 1])
    lengths = np.diff(firsts, append=len(rows))
    return pack(np.concatenate([rows[firsts], lengths]))


def rows_from(data: bytes, base_rows: int) -> Ints:
    """Expand runs to rows of the base. Raises ValueError if a row is not in the base, or there are too many."""
    runs = unpack(data)
    half = len(runs) // 2
    firsts, lengths = runs[:half], runs[half:]
    if len(firsts) != len(lengths) or (lengths < 1).any() or (lengths > MOST_ROWS).any():
        raise ValueError("invalid runs of rows")
    if int(lengths.sum()) > MOST_ROWS:
        raise ValueError(f"more than {MOST_ROWS:,} rows")
    if (firsts < NONE).any() or ((firsts != NONE) & (firsts > base_rows - lengths)).any():
        raise ValueError("rows that the base does not have")
    begins = np.cumsum(lengths) - lengths
    steps = np.arange(int(lengths.sum()), dtype=np.int64) - np.repeat(begins, lengths)
    rows: Ints = np.where(np.repeat(firsts, lengths) == NONE, NONE, np.repeat(firsts, lengths) + steps)
    return rows


def _dictionary_places(base: Coded, new: Coded) -> Ints:
    """The base's code for each value of a column's dictionary; `NONE` for a value that the base lacks."""
    known = {value: code for code, value in reversed(list(enumerate(base.values)))}
    return np.array([known.get(value, NONE) for value in new.values], np.int64)


def _translated(base: Coded, places: Ints) -> npt.NDArray[np.int32]:
    """The base's codes translated to the newer dictionary; 0 for values that it lacks."""
    codes = np.zeros(len(base.values), np.int32)
    kept = places != NONE
    codes[places[kept]] = np.flatnonzero(kept)
    return codes[base.codes] if len(codes) else np.zeros(len(base), np.int32)


def _dictionary(places: Ints, new: Coded) -> bytes:
    """A dictionary as runs of values that the base has, and text for all others."""
    values = [new.values[code] for code in np.flatnonzero(places == NONE).tolist()]
    return json.dumps([np.frombuffer(_runs(places), np.uint8).tolist(), values], separators=(",", ":")).encode()


def _dictionary_from(data: bytes, base: Coded) -> tuple[tuple[str, ...], Ints]:
    """The values of a newer dictionary, and the base's code for each."""
    runs, texts = parse_value(data)
    places = rows_from(bytes(runs), len(base.values))
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError("invalid texts of a dictionary")
    values = [base.values[place] if place != NONE else "" for place in places.tolist()]
    for code, text in zip(np.flatnonzero(places == NONE).tolist(), texts, strict=True):
        values[code] = text
    return tuple(values), places


def _text_parts(base: VmaTable, new: VmaTable, rows: Ints, parts: dict[str, bytes]) -> None:
    """The exact bytes of entries that differ from the base, and the rows that no longer have any."""
    old = _texts_of_base(base, rows)
    changes = {row: new.text.get(row) for row in old.keys() | new.text.keys() if old.get(row) != new.text.get(row)}
    if not changes:
        return
    order = sorted(changes)
    lengths = [NONE if (text := changes[row]) is None else len(text) for row in order]
    parts["t.rows"], parts["t.lengths"] = pack(np.array(order)), pack(np.array(lengths))
    parts["t.bytes"] = b"".join(changes[row] or b"" for row in order)


def _texts_of_base(base: VmaTable, rows: Ints) -> dict[int, bytes]:
    if not base.text:
        return {}
    found = np.flatnonzero(np.isin(rows, list(base.text)))
    return {row: base.text[place] for row, place in zip(found.tolist(), rows[found].tolist(), strict=True)}


def _texts(base: VmaTable, rows: Ints, parts: Parts) -> dict[int, bytes]:
    found = _texts_of_base(base, rows)
    if "t.rows" not in parts:
        return found
    places = unpack(parts["t.rows"])
    data, end = parts["t.bytes"], 0
    for row, length in zip(places.tolist(), unpack(parts["t.lengths"], len(places)).tolist(), strict=True):
        if not (0 <= row < len(rows) and NONE <= length <= len(data) - end):
            raise ValueError("texts of rows that do not fit")
        if length == NONE:
            found.pop(row, None)
        else:
            found[row], end = data[end : end + length], end + length
    return dict(sorted(found.items()))


class _BaseRows:
    """The row of the base for each row; `NONE` if there is none."""

    def __init__(self, rows: Ints, base_rows: int) -> None:
        self.rows = rows
        self._new = np.flatnonzero(rows == NONE)
        self._are_all = len(rows) == base_rows and not len(self._new) and bool((np.diff(rows, prepend=NONE) == 1).all())

    def take(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The base's values for these rows, 0 where there is no base row. The result may be `values` itself."""
        if self._are_all:
            return values
        if not len(values):
            return np.zeros(len(self.rows), values.dtype)
        found: npt.NDArray[Any] = values[self.rows]
        found[self._new] = 0
        return found


class RowChanges:
    """The rows of a capture, restored from its base when they are read."""

    def __init__(self, base: VmaTable, base_kinds: list[list[Any]], parts: Parts) -> None:
        """`base_kinds`: the name and type of each counter in the base, and whether any row lacks it."""
        self._base = base
        self._parts = parts
        self._rows = rows_from(parts["rows"], len(base))
        self._base_rows = _BaseRows(self._rows, len(base))
        self._models = _models(parts)
        self._numbers_of_models: dict[str, Ints] = {}
        self._changed = np.cumsum(unpack(parts["changed"]))
        if len(self._changed) and not 0 <= int(self._changed.min()) <= int(self._changed.max()) < len(self._rows):
            raise ValueError("changes of rows that do not exist")
        kinds = parse_value(parts["counters"]) if "counters" in parts else base_kinds
        self.kinds = {name: (_COUNTER_TYPES[kind], bool(gone)) for name, kind, gone in kinds}

    def __len__(self) -> int:
        return len(self._rows)

    def counter(self, name: str) -> tuple[IntArray, BoolArray | None]:
        """The values of a counter, and where it is missing."""
        kind, has_gone = self.kinds[name]
        values, gone = _counter(self._base, name)
        restored = self._restored(values, f"c.{name}", kind)
        if not has_gone:
            return restored, None
        return restored, self._restored(_mask(gone, len(self._base)), f"m.{name}", np.int8).astype(np.bool_)

    def number(self, name: str) -> npt.NDArray[Any]:
        """The values of a column of `_NUMBERS`."""
        return self._restored(_number(self._base, name), f"n.{name}", _NUMBERS[name])

    def coded(self, name: str) -> Coded:
        """A column of repeated values. Its codes are not validated."""
        old: Coded = getattr(self._base, name)
        codes, values = old.codes, old.values
        if f"d.{name}" in self._parts:
            values, places = _dictionary_from(self._parts[f"d.{name}"], old)
            codes = _translated(old, places)
        return Coded(self._restored(codes, f"n.{name}", np.int32), values)

    def texts(self) -> dict[int, bytes]:
        """The exact bytes of entries that columns cannot reproduce."""
        return _texts(self._base, self._rows, self._parts)

    def _restored(self, base: npt.NDArray[Any], part: str, kind: type[Any]) -> npt.NDArray[Any]:
        values = self._base_rows.take(base)
        model = self._models.get(part, "")
        if part not in self._parts and model not in self._parts:
            return values.astype(kind, copy=False)
        own = _signed(values[self._changed])
        if model in self._parts:
            own = _expected(own, self._model(model))
        if part in self._parts:
            own = own + unpack(self._parts[part], len(self._changed))
        if values.dtype != kind:
            wide = _signed(values).astype(np.int64)
            wide[self._changed] = own
            _check_range(part, wide, kind)
            return wide.astype(kind)
        _check_range(part, own, kind)
        restored = values.copy()
        restored[self._changed] = own.view(kind) if kind is np.uint64 else own
        return restored

    def _model(self, part: str) -> Ints:
        """The numbers of a part that is a model of others."""
        if part not in self._numbers_of_models:
            self._numbers_of_models[part] = unpack(self._parts[part], len(self._changed))
        return self._numbers_of_models[part]


def _check_range(part: str, values: Ints, kind: type[Any]) -> None:
    limits = np.iinfo(kind)
    if kind is not np.uint64 and len(values) and not limits.min <= values.min() <= values.max() <= limits.max:
        raise ValueError(f"part {part}: value out of range")
