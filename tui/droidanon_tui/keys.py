"""Views of the table of keys: bindings, the bottom line, the sections of the help screen, the palette's commands."""

from __future__ import annotations

from collections.abc import Collection

from textual.binding import Binding, BindingType

from droidanon_tui.key_table import (
    EVERYWHERE,
    EXPLORE,
    KEYS,
    LIBRARY,
    LIVE,
    TABLE,
    TIMELINE,
    TREEMAP,
    WATERFALL,
    Key,
)

__all__ = [
    "EVERYWHERE",
    "EXPLORE",
    "KEYS",
    "LIBRARY",
    "LIVE",
    "SCREEN_TITLES",
    "TABLE",
    "TIMELINE",
    "TREEMAP",
    "WATERFALL",
    "Key",
    "bindings",
    "commands",
    "help_sections",
    "line_keys",
]

SCREEN_TITLES = {
    EVERYWHERE: "Everywhere",
    TABLE: "In a table",
    TREEMAP: "In a treemap",
    WATERFALL: "In a waterfall",
    LIBRARY: "Library",
    LIVE: "Live",
    TIMELINE: "In Live's timeline",
    EXPLORE: "Explore",
}


def bindings(where: str) -> list[BindingType]:
    """Textual's bindings of a screen, a widget, or the app."""
    return [Binding(key.key, key.action, key.label or key.help, show=False) for key in KEYS if where in key.where]


_FIRST = {EXPLORE: ("enter", "slash", "d", "a", "t", "g", "c", "backspace", "m", "W", "space", "p", "u")}
"""The order of a screen's bottom line, if it differs from the table's."""


def line_keys(where: str, now: Collection[str] = ()) -> list[Key]:
    """The keys of a screen's bottom line under the conditions `now`, the most useful first and the app's own last."""
    there = {where, *({TREEMAP} if where == EXPLORE else ())}
    own = [key for key in KEYS if there & set(key.where) and key.label and (not key.when or key.when in now)]
    first = _FIRST.get(where, ())
    own.sort(key=lambda key: first.index(key.key) if key.key in first else len(first) + (not key.prominent))
    return [*own, *(key for key in KEYS if EVERYWHERE in key.where and key.label)]


def help_sections(first: str = "") -> list[tuple[str, list[Key]]]:
    """The help screen: titles and keys, beginning with the screen (or widget) that help was called from."""
    order = sorted(SCREEN_TITLES, key=lambda where: where != first)
    return [(SCREEN_TITLES[where], [key for key in KEYS if where in key.where]) for where in order]


def commands(where: str) -> list[Key]:
    """The palette's commands on a screen."""
    return [key for key in KEYS if key.command and (where in key.where or EVERYWHERE in key.where)]
