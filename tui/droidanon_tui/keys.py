"""Views of the tables of keys: bindings, the bottom line, the sections of the help screen, the palette's commands."""

from __future__ import annotations

from collections.abc import Collection

from textual.binding import Binding, BindingType

from droidanon_tui.key_tables.everywhere import EVERYWHERE_KEYS
from droidanon_tui.key_tables.explore import EXPLORE_KEYS
from droidanon_tui.key_tables.key import Key
from droidanon_tui.key_tables.library import LIBRARY_KEYS
from droidanon_tui.key_tables.live import LIVE_KEYS, TIMELINE_KEYS
from droidanon_tui.key_tables.widgets import TABLE_KEYS, TEXT_KEYS, TREEMAP_KEYS, WATERFALL_KEYS

EVERYWHERE = "everywhere"
TABLE = "table"
TREEMAP = "treemap"
WATERFALL = "waterfall"
TEXT = "text"
LIBRARY = "library"
LIVE = "live"
TIMELINE = "timeline"
EXPLORE = "explore"

KEYS: dict[str, tuple[Key, ...]] = {
    EVERYWHERE: EVERYWHERE_KEYS,
    TABLE: TABLE_KEYS,
    TREEMAP: TREEMAP_KEYS,
    WATERFALL: WATERFALL_KEYS,
    TEXT: TEXT_KEYS,
    LIBRARY: LIBRARY_KEYS,
    LIVE: LIVE_KEYS,
    TIMELINE: TIMELINE_KEYS,
    EXPLORE: EXPLORE_KEYS,
}
"""The keys of each screen and widget."""
SCREEN_TITLES = {
    EVERYWHERE: "Everywhere",
    TABLE: "In a table",
    TREEMAP: "In a treemap",
    WATERFALL: "Waterfall",
    TEXT: "Text",
    LIBRARY: "Library",
    LIVE: "Live",
    TIMELINE: "In Live's timeline",
    EXPLORE: "Explore",
}
_HELP = {
    EXPLORE: (EXPLORE, TABLE, TREEMAP, EVERYWHERE),
    WATERFALL: (WATERFALL, TABLE, EVERYWHERE),
    TEXT: (TEXT, EVERYWHERE),
    LIBRARY: (LIBRARY, TABLE, EVERYWHERE),
    LIVE: (LIVE, TIMELINE, TABLE, EVERYWHERE),
}
"""The keys that work on each screen."""
_FIRST = {
    EXPLORE: (
        "enter",
        "slash",
        "d",
        "c",
        "g",
        "L",
        "i",
        "exclamation_mark",
        "a",
        "m",
        "t",
        "backspace",
        "W",
        "space",
        "p",
    )
}
"""The order of a screen's bottom line, if it differs from its table's."""


def bindings(where: str) -> list[BindingType]:
    """Textual's bindings of a screen, a widget, or the app."""
    return [Binding(key.key, key.action, key.label or key.help, show=False) for key in KEYS[where]]


def line_keys(where: str, now: Collection[str] = ()) -> list[Key]:
    """The keys of a screen's bottom line under the conditions `now`, the most useful first and the app's own last."""
    candidates = KEYS[where] + (TREEMAP_KEYS if where == EXPLORE else ())
    own = [key for key in candidates if key.label and (not key.when or key.when in now)]
    first = _FIRST.get(where, ())
    own.sort(key=lambda key: first.index(key.key) if key.key in first else len(first) + (not key.prominent))
    return [*own, *(key for key in EVERYWHERE_KEYS if key.label)]


def help_sections(where: str) -> list[tuple[str, list[Key]]]:
    """A screen's help: titles and keys, its own first."""
    return [(SCREEN_TITLES[each], list(KEYS[each])) for each in _HELP[where]]


def commands(where: str) -> list[Key]:
    """The palette's commands on a screen."""
    return [key for key in KEYS[where] + EVERYWHERE_KEYS if key.command]
