"""The one table of keys: bindings, the line of keys at the bottom, the help screen and the palette come from it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from textual.binding import Binding, BindingType

TABLE = "table"
TREEMAP = "treemap"
WATERFALL = "waterfall"
LIBRARY = "library"
LIVE = "live"
TIMELINE = "timeline"
EXPLORE = "explore"
HELP = "help"
EVERYWHERE = "everywhere"

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


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `where` are the screens that have it; `label` stands in the bottom line ('' keeps it out)."""

    key: str
    action: str
    label: str
    where: tuple[str, ...]
    help: str
    shown: str = ""
    """How the key is written, where Textual's name for it is not it."""
    prominent: bool = False
    """Among the first in the bottom line."""
    short: str = ""
    """The label in a narrow line."""
    when: str = ""
    """The bottom line has it only then: in a `diff`, beside a `base`, where there is a `phone` or several `apps`, in a `treemap`."""
    command: str = ""
    """Its title in the command palette; '' keeps it out."""

    @property
    def face(self) -> str:
        return self.shown or self.key.partition(",")[0]


KEYS: tuple[Key, ...] = (
    Key(
        "slash",
        "filter",
        "filter",
        (EXPLORE,),
        "Filter as you type; the table's bottom line has the total.",
        shown="/",
        prominent=True,
        command="Filter the table",
    ),
    Key(
        "c",
        "counter",
        "counter",
        (EXPLORE,),
        "Next counter (total PSS, USS, RSS, swap, ...).",
        prominent=True,
        command="Next counter",
    ),
    Key("C", "counter_back", "", (EXPLORE,), "Previous counter.", command="Previous counter"),
    Key(
        "g",
        "grouping",
        "heap/category",
        (EXPLORE,),
        "Group by category, or by heap as dumpsys meminfo does.",
        short="group",
        prominent=True,
        command="Group by category or by heap",
    ),
    Key(
        "enter",
        "choose",
        "open",
        (LIBRARY,),
        "Watch the phone (or play the series) in Live, or open the capture in Explore.",
        prominent=True,
    ),
    Key("enter", "choose", "open", (LIVE,), "Read the app in full now and open it in Explore.", prominent=True),
    Key(
        "slash",
        "filter",
        "filter",
        (LIVE,),
        "Only processes with these words in their name.",
        shown="/",
        prominent=True,
        command="Filter the processes",
    ),
    Key(
        "f",
        "follow",
        "follow",
        (LIVE,),
        "Read this app in full again and again, for the timeline by category; once more ends it.",
        prominent=True,
        command="Follow the app by category",
    ),
    Key(
        "m",
        "mark",
        "base",
        (LIVE,),
        "Mark the base: now, or the moment at the timeline's cursor.",
        prominent=True,
        command="Mark the base now",
    ),
    Key(
        "d",
        "diff",
        "diff",
        (LIVE,),
        "Compare the base with now, or with the moment at the timeline's cursor.",
        prominent=True,
        command="Compare with the base",
    ),
    Key(
        "n",
        "note",
        "note",
        (LIVE,),
        "A note at this moment, or at the timeline's cursor.",
        prominent=True,
        command="Note",
    ),
    Key(
        "R",
        "record",
        "record",
        (LIVE,),
        "Follow this app and keep every reading in a folder of its own; once more ends it.",
        prominent=True,
        command="Record a series",
    ),
    Key(
        "g",
        "grouping",
        "apps",
        (LIVE,),
        "A row a process, or a row an app.",
        prominent=True,
        command="Processes or apps",
    ),
    Key(
        "plus,equals_sign",
        "faster",
        "",
        (LIVE,),
        "Look more often, or play a series faster.",
        shown="+",
        command="Look more often",
    ),
    Key(
        "minus",
        "slower",
        "",
        (LIVE,),
        "Look less often, or play a series slower.",
        shown="-",
        command="Look less often",
    ),
    Key(
        "F",
        "full_pace",
        "",
        (LIVE,),
        "How often the followed app is read in full: 5 s to 5 min.",
        command="How often to read in full",
    ),
    Key(
        "v",
        "span",
        "",
        (LIVE,),
        "How much time the timeline shows: all, 30, 5 or 1 minutes.",
        command="Timeline's span",
    ),
    Key("w", "next_phone", "next phone", (LIVE,), "The next of the phones that are watched.", command="Next phone"),
    Key("W", "stop", "", (LIVE,), "Watch this phone no longer.", command="Stop watching"),
    Key(
        "space", "capture", "capture", (LIBRARY,), "Capture now from the phone.", prominent=True, command="Capture now"
    ),
    Key(
        "space",
        "capture",
        "capture",
        (EXPLORE,),
        "Capture now from the phone.",
        when="phone",
        prominent=True,
        command="Capture now",
    ),
    Key(
        "space",
        "capture",
        "capture",
        (LIVE,),
        "Capture now from the phone; a recorded series is played, or paused.",
        prominent=True,
        command="Capture now, or play and pause",
    ),
    Key(
        "x",
        "select",
        "select",
        (LIBRARY,),
        "Select captures that are replicates of one condition, for m and d.",
        prominent=True,
        command="Select for comparison",
    ),
    Key(
        "m",
        "mark",
        "base",
        (LIBRARY, EXPLORE),
        "Mark this capture as the base; once more takes the mark away.",
        prominent=True,
        command="Mark as base",
    ),
    Key(
        "d",
        "diff",
        "diff",
        (LIBRARY,),
        "Compare the base with this capture.",
        prominent=True,
        command="Compare with the base",
    ),
    Key(
        "d",
        "diff",
        "diff/alone",
        (EXPLORE,),
        "Compare the base with this capture; once more shows it alone.",
        when="base",
        prominent=True,
        command="Compare with the base",
    ),
    Key(
        "a",
        "changed",
        "changed/all",
        (EXPLORE,),
        "In a diff: changed rows only, or all.",
        short="all",
        when="diff",
        prominent=True,
        command="Changed rows or all",
    ),
    Key(
        "r",
        "refresh",
        "refresh",
        (LIBRARY,),
        "Look for devices and captures again.",
        prominent=True,
        command="Refresh the Library",
    ),
    Key("o", "sample", "sample", (LIBRARY,), "Open the capture that ships with droidanon.", command="Open the sample"),
    Key(
        "z",
        "share",
        "",
        (EXPLORE,),
        "Names with pages of the app's own, with the zygote's, or all.",
        command="Own, inherited or all",
    ),
    Key(
        "t",
        "treemap",
        "treemap",
        (EXPLORE,),
        "The same rows as a treemap, or as the table again.",
        prominent=True,
        command="Treemap or table",
    ),
    Key(
        "W",
        "waterfall",
        "waterfall",
        (EXPLORE,),
        "In a diff: from base to new in steps.",
        when="diff",
        prominent=True,
        command="Waterfall",
    ),
    Key(
        "p",
        "apps",
        "apps",
        (EXPLORE,),
        "Open or fold the Apps pane.",
        when="apps",
        prominent=True,
        command="Open or fold the Apps pane",
    ),
    Key("u", "unit", "kB/MiB", (LIVE, EXPLORE), "Numbers in kB or MiB.", prominent=True, command="kB or MiB"),
    Key("s", "sort", "sort", (TABLE,), "Sort by the next column (a click on a header does too)."),
    Key("S", "reverse", "", (TABLE,), "Sort the other way round."),
    Key(
        "y", "copy_row", "copy", (EXPLORE,), "Copy the row as a Markdown table.", prominent=True, command="Copy the row"
    ),
    Key("Y", "copy_table", "", (EXPLORE,), "Copy what the table shows as a Markdown table.", command="Copy the table"),
    Key("e", "export", "export", (EXPLORE,), "Write what the table shows into a CSV file.", command="Export the table"),
    Key("v", "columns", "columns", (EXPLORE,), "Choose the counters that have a column.", command="Choose columns"),
    Key(
        "b",
        "bars",
        "",
        (EXPLORE,),
        "Bars against the largest row, or as shares of the row above.",
        command="Bars: largest row or share of the row above",
    ),
    Key("w", "swap", "", (EXPLORE,), "In a diff: swap the sides.", command="Swap the sides"),
    Key(
        "left_square_bracket",
        "history_back",
        "",
        (EXPLORE,),
        "Back to where one was before.",
        shown="[",
        command="Back",
    ),
    Key("right_square_bracket", "history_forward", "", (EXPLORE,), "Forward again.", shown="]", command="Forward"),
    Key("B", "bookmark", "", (EXPLORE,), "Bookmark this view and row; once more forgets it.", command="Bookmark"),
    Key("apostrophe", "next_bookmark", "", (EXPLORE,), "To the next bookmark.", shown="'", command="Next bookmark"),
    Key("up,k", "up", "", (TABLE,), "One row up.", shown="↑ k"),
    Key("down,j", "down", "", (TABLE,), "One row down.", shown="↓ j"),
    Key("left,h", "fold", "", (TABLE,), "Close the row, else go to the row above it in the tree.", shown="← h"),
    Key("right,l", "unfold", "", (TABLE,), "Open the row, else go to its first child.", shown="→ l"),
    Key("enter", "choose", "", (TABLE,), "Open or close the row; in Apps: show this process only."),
    Key("pageup", "page_up", "", (TABLE,), "One page up."),
    Key("pagedown", "page_down", "", (TABLE,), "One page down."),
    Key("up,k", "up", "", (TREEMAP,), "To the tile above.", shown="↑ k"),
    Key("down,j", "down", "", (TREEMAP,), "To the tile below.", shown="↓ j"),
    Key("left,h", "left", "", (TREEMAP,), "To the tile on the left.", shown="← h"),
    Key("right,l", "right", "", (TREEMAP,), "To the tile on the right.", shown="→ l"),
    Key("enter", "enter", "into", (TREEMAP,), "Into the tile: what it is made of.", when="treemap"),
    Key("enter", "choose", "row", (WATERFALL,), "To this step's row in the table.", prominent=True),
    Key("escape", "app.back", "back", (WATERFALL,), "Back to the table.", shown="esc", prominent=True),
    Key("backspace", "out", "out", (TREEMAP,), "Out again, one level.", when="treemap"),
    Key("home", "first", "", (TABLE,), "To the first row."),
    Key("end", "last", "", (TABLE,), "To the last row."),
    Key("left,h", "earlier", "", (TIMELINE,), "To the moment before; the table shows it too.", shown="← h"),
    Key("right,l", "later", "", (TIMELINE,), "To the next moment.", shown="→ l"),
    Key("end", "now", "", (TIMELINE,), "Back to now."),
    Key("tab", "app.focus_next", "", (EVERYWHERE,), "To the next pane."),
    Key("1", "app.library", "", (EVERYWHERE,), "Library: devices and captures.", command="Library"),
    Key("2", "app.live", "", (EVERYWHERE,), "Live: a connected phone now, and over time.", command="Live"),
    Key("3", "app.explore", "", (EVERYWHERE,), "Explore: one capture, or base against new.", command="Explore"),
    Key("escape", "app.back", "", (EVERYWHERE,), "One step back, always.", shown="esc"),
    Key("question_mark", "app.help", "keys", (EVERYWHERE,), "These keys.", shown="?", command="Keys"),
    Key("q", "app.quit", "quit", (EVERYWHERE,), "Quit.", command="Quit"),
)


def bindings(where: str) -> list[BindingType]:
    """Textual's bindings of a screen, of the table, or of the app."""
    return [Binding(key.key, key.action, key.label or key.help, show=False) for key in KEYS if where in key.where]


_FIRST = {EXPLORE: ("enter", "slash", "d", "a", "t", "g", "c", "backspace", "m", "W", "space", "p", "u")}
"""A screen's own order in its bottom line, where that is not the table's."""


def line_keys(where: str, now: Collection[str] = ()) -> list[Key]:
    """The keys of a screen's bottom line as things are `now`, most useful first; the app's own come last."""
    there = {where, *({TREEMAP} if where == EXPLORE else ())}
    own = [key for key in KEYS if there & set(key.where) and key.label and (not key.when or key.when in now)]
    first = _FIRST.get(where, ())
    own.sort(key=lambda key: first.index(key.key) if key.key in first else len(first) + (not key.prominent))
    return [*own, *(key for key in KEYS if EVERYWHERE in key.where and key.label)]


def help_sections(first: str = "") -> list[tuple[str, list[Key]]]:
    """The help screen: each screen's title and its keys; those of the screen where one asks come first."""
    order = sorted(SCREEN_TITLES, key=lambda where: where != first)
    return [(SCREEN_TITLES[where], [key for key in KEYS if where in key.where]) for where in order]


def commands(where: str) -> list[Key]:
    """The palette's commands on a screen."""
    return [key for key in KEYS if key.command and (where in key.where or EVERYWHERE in key.where)]
