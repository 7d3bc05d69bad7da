"""Reads and validates a budget file. Every mistake is an InputError with the line of the key.

`[budget]` has the defaults of its rows, each row is a `[[budget.row]]`. The file may be the `droidanon.toml` that has
rules for names too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from droidanon.analysis.budgets.model import LIMITER, PLAY, Budget, BudgetRow, LimitKind, MemorySelector
from droidanon.analysis.limits.states import PlayState
from droidanon.analysis.stats.power import Effect
from droidanon.counters import DEFAULT_COUNTER, counter_name
from droidanon.errors import InputError, UsageError
from droidanon.taxonomy.rules import BUDGET
from droidanon.taxonomy.toml import Location, TomlFile
from droidanon.units import parse_size_kb

TABLE, ROW = BUDGET, f"{BUDGET}.row"
FILE_NAME = "droidanon.toml"
_DEFAULTS = ("app", "counter", "baseline", "taxonomy", "headroom")
_SELECTORS = ("app", "process", "category", "name", "heap")
_SHARE_KEYS = ("of", "state", "ram", "game")
_KINDS = tuple(LimitKind)
_ROW_KEYS = ("id", *_SELECTORS, "counter", "count", *_KINDS, *_SHARE_KEYS, "optional")
_MOST = 1 << 62
"""Above any number of kB or of things in a process."""
_SOURCE_KINDS = ("label:", "adb:", "local:", "bugreport:")


def find_budget(start: Path) -> Path | None:
    """The nearest `droidanon.toml` with a `[budget]` in a folder or the folders above it."""
    for folder in (start, *start.parents):
        path = folder / FILE_NAME
        if path.is_file() and TABLE in TomlFile(path).table:
            return path
    return None


def load_budget(path: Path, *, complete: bool = True) -> Budget:
    """The budget of a file. With `complete=False` a row may lack its limit; it then has a `max` of 0.

    Raises:
        InputError: the file cannot be read or has a mistake; the message names the file and the line.
    """
    file = TomlFile(path)
    table = file.table.get(TABLE)
    if not isinstance(table, dict):
        raise InputError(f"{path}: no [budget]; write [budget] and a [[budget.row]] for each limit")
    place = file.location(TABLE)
    _check_keys(table, (*_DEFAULTS, "row"), place)
    for key in _DEFAULTS:
        _text(table, key, place)
    entries = table.get("row", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries) or not entries:
        raise InputError(f"{place.at('row')}: a budget needs rows; write each as [[budget.row]]")
    rows = [
        _row(entry, table, where, complete=complete)
        for entry, where in zip(entries, file.locations(ROW, entries, "row"), strict=True)
    ]
    _check_titles(rows)
    baseline = _baseline(table.get("baseline"), path.parent)
    return Budget(path, tuple(rows), baseline, table.get("taxonomy"), table.get("headroom"))


def _baseline(text: str | None, folder: Path) -> str | None:
    """The source of the baseline; a path is relative to the budget file."""
    if text is None or text.startswith(_SOURCE_KINDS) or Path(text).is_absolute():
        return text
    return str(folder / text)


def _row(entry: Mapping[str, Any], defaults: Mapping[str, Any], place: Location, *, complete: bool) -> BudgetRow:
    _check_keys(entry, _ROW_KEYS, place)
    for key in ("id", *_SELECTORS, "counter", "count", *_SHARE_KEYS[:3]):
        _text(entry, key, place)
    for key in ("game", "optional"):
        if not isinstance(entry.get(key, False), bool):
            raise InputError(f"{place.at(key)}: {key} must be true or false")
    kind = _kind(entry, place, complete=complete)
    selector = MemorySelector(
        **{key: entry.get(key) for key in _SELECTORS[1:]}, app=entry.get("app", defaults.get("app"))
    )
    what = _what(entry, defaults, kind, selector, place)
    limit = _limit(entry, kind, what, place) if kind in entry else Effect(0.0, percent="share_of" in what)
    title = entry.get("id") or _title(selector, kind, what, defaults.get("app"))
    return BudgetRow(title, place, selector, kind, limit, optional=entry.get("optional", False), **what)


def _kind(entry: Mapping[str, Any], place: Location, *, complete: bool) -> LimitKind:
    kinds = [kind for kind in _KINDS if kind in entry]
    if len(kinds) > 1:
        raise InputError(f"{place.at(kinds[1])}: a row has one limit, not {' and '.join(kinds)}; write two rows")
    if kinds:
        return kinds[0]
    if complete:
        raise InputError(f"{place.at()}: the limit is missing: give one of {', '.join(_KINDS)}")
    return LimitKind.SHARE if "of" in entry else LimitKind.MAX


def _what(
    entry: Mapping[str, Any], defaults: Mapping[str, Any], kind: LimitKind, selector: MemorySelector, place: Location
) -> dict[str, Any]:
    """Parse what a row measures: a counter, a count, or a share of a limit."""
    if kind is LimitKind.SHARE:
        return _share(entry, selector, place)
    for key in _SHARE_KEYS:
        if key in entry:
            raise InputError(f"{place.at(key)}: {key} needs max_share")
    if "count" not in entry:
        return {"counter": counter_name(entry.get("counter") or defaults.get("counter") or DEFAULT_COUNTER)}
    if "counter" in entry:
        raise InputError(f"{place.at('count')}: a row has a counter or a count, not both")
    if entry["count"] != "vmas" and not selector.of_processes:
        raise InputError(f"{place.at('count')}: only vmas can be counted by category, name or heap")
    return {"count": entry["count"]}


def _share(entry: Mapping[str, Any], selector: MemorySelector, place: Location) -> dict[str, Any]:
    for key in ("counter", "count"):
        if key in entry:
            raise InputError(f"{place.at(key)}: max_share is of anon + swap; leave out {key}")
    if not selector.of_processes:
        raise InputError(f"{place.at('max_share')}: the limits of Google Play and the memory limiter are per process")
    if entry.get("of", PLAY) not in (PLAY, LIMITER):
        raise InputError(f"{place.at('of')}: of must be {PLAY} or {LIMITER}")
    state = entry.get("state")
    if state is not None and state not in tuple(PlayState):
        raise InputError(f"{place.at('state')}: state must be one of {', '.join(PlayState)}")
    try:
        ram_kb = None if "ram" not in entry else round(parse_size_kb(entry["ram"]))
    except ValueError as error:
        raise InputError(f"{place.at('ram')}: ram is {error}") from error
    except OverflowError as error:
        raise InputError(f"{place.at('ram')}: ram is too large") from error
    return {
        "share_of": entry.get("of", PLAY),
        "state": None if state is None else PlayState(state),
        "ram_kb": ram_kb,
        "game": entry.get("game", False),
    }


def _limit(entry: Mapping[str, Any], kind: LimitKind, what: Mapping[str, Any], place: Location) -> Effect:
    """The amount of a limit, in the row's unit."""
    value = entry[kind]
    if "count" in what and isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _MOST:
        return Effect(float(value), percent=False)
    examples = {"share_of": '"80%"', "count": "500"}.get(next(iter(what)), '"120MB"')
    if kind is LimitKind.GROWTH:
        examples = f'"3%" or {examples if "count" in what else chr(34) + "2MB" + chr(34)}'
    wrong = InputError(f"{place.at(kind)}: {kind} must be written like {examples}, not {value!r}")
    if not isinstance(value, str):
        raise wrong
    try:
        limit = Effect.parse(value)
    except UsageError as error:
        raise wrong from error
    if limit.percent != ("share_of" in what) and not (kind is LimitKind.GROWTH and limit.percent):
        raise wrong
    if "count" in what and not limit.percent:
        raise wrong
    return limit


def _title(selector: MemorySelector, kind: LimitKind, what: Mapping[str, Any], default_app: str | None) -> str:
    """A name for a row without an id, from its selection (except the app of all rows), measure and limit."""
    app = None if selector.app == default_app else selector.app
    parts = [selector.process or app, selector.category, selector.heap, selector.name]
    draft = BudgetRow("", Location(""), selector, kind, Effect(0.0, percent=False), **what)
    ends = {LimitKind.GROWTH: "growth", LimitKind.PER_MINUTE: "per minute", LimitKind.PER_CYCLE: "per cycle"}
    words = [*filter(None, parts), draft.measure, ends.get(kind, ""), draft.state or ""]
    return " ".join(filter(None, words))


def _check_titles(rows: list[BudgetRow]) -> None:
    seen: set[str] = set()
    for row in rows:
        if row.title in seen:
            raise InputError(f"{row.place.at('id')}: two rows are called {row.title!r}; give this one an id of its own")
        seen.add(row.title)


def _check_keys(table: Mapping[str, Any], known: tuple[str, ...], place: Location) -> None:
    for key in table:
        if key not in known:
            raise InputError(f"{place.at(key)}: unknown key {key!r}; allowed: {', '.join(known)}")


def _text(table: Mapping[str, Any], key: str, place: Location) -> None:
    if not isinstance(table.get(key, "x"), str) or table.get(key) == "":
        raise InputError(f"{place.at(key)}: {key} must be text, and not empty")
