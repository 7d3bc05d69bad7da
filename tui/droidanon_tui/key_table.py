"""The one table of keys. Bindings, the bottom line, the help screen and the palette are all made from it."""

from __future__ import annotations

from dataclasses import dataclass

TABLE = "table"
TREEMAP = "treemap"
WATERFALL = "waterfall"
LIBRARY = "library"
LIVE = "live"
TIMELINE = "timeline"
EXPLORE = "explore"
EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `where`: the screens and widgets that have it. `label`: its text in the bottom line; '' keeps it out."""

    key: str
    action: str
    label: str
    where: tuple[str, ...]
    help: str
    shown: str = ""
    """How the key is written, if not by Textual's name for it."""
    prominent: bool = False
    """Among the first in the bottom line."""
    short: str = ""
    """The label in a narrow line."""
    when: str = ""
    """A condition for the bottom line: in a `diff`, with a `base`, with a `phone`, with several `apps`, in a
    `treemap`."""
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
        "Filter as you type. The table's bottom line shows the total.",
        shown="/",
        prominent=True,
        command="Filter the table",
    ),
    Key(
        "c",
        "counter",
        "counter",
        (EXPLORE,),
        "Next counter: total PSS, USS, RSS, swap PSS, ...",
        prominent=True,
        command="Next counter (anonymous, swap, USS, ...)",
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
        "enter", "choose", "open", (LIBRARY,), "Watch the phone, play the series, or open the capture.", prominent=True
    ),
    Key("enter", "choose", "open", (LIVE,), "Read the app in full now and open it in Explore.", prominent=True),
    Key(
        "slash",
        "filter",
        "filter",
        (LIVE,),
        "Show only processes with these words in their name.",
        shown="/",
        prominent=True,
        command="Filter the processes",
    ),
    Key(
        "f",
        "follow",
        "follow",
        (LIVE,),
        "Follow the app: read it in full repeatedly, for the timeline by category. Press again to stop.",
        prominent=True,
        command="Follow the app by category",
    ),
    Key(
        "m",
        "mark",
        "base",
        (LIVE,),
        "Mark the base: the present, or the moment at the timeline's cursor.",
        prominent=True,
        command="Mark the base",
    ),
    Key(
        "d",
        "diff",
        "diff",
        (LIVE,),
        "Compare the base with the present, or with the moment at the timeline's cursor.",
        prominent=True,
        command="Compare with the base",
    ),
    Key(
        "n",
        "note",
        "note",
        (LIVE,),
        "Add a note to the present, or to the moment at the timeline's cursor.",
        prominent=True,
        command="Add a note",
    ),
    Key(
        "R",
        "record",
        "record",
        (LIVE,),
        "Record: follow this app and store every reading in a new series. Press again to stop.",
        prominent=True,
        command="Record a series",
    ),
    Key(
        "g",
        "grouping",
        "apps",
        (LIVE,),
        "One row per process, or one row per app.",
        prominent=True,
        command="One row per process or per app",
    ),
    Key(
        "plus,equals_sign",
        "faster",
        "",
        (LIVE,),
        "Sample more often, or play a series faster.",
        shown="+",
        command="Sample more often",
    ),
    Key(
        "minus",
        "slower",
        "",
        (LIVE,),
        "Sample less often, or play a series slower.",
        shown="-",
        command="Sample less often",
    ),
    Key(
        "F",
        "full_pace",
        "",
        (LIVE,),
        "Change how often a followed app is read in full: 5 s to 5 min.",
        command="Change how often to read in full",
    ),
    Key(
        "v",
        "span",
        "",
        (LIVE,),
        "Change the time span of the timeline: everything, 30, 5 or 1 minutes.",
        command="Change the timeline's span",
    ),
    Key("w", "next_phone", "next phone", (LIVE,), "Switch to the next watched phone.", command="Next watched phone"),
    Key("W", "stop", "", (LIVE,), "Stop watching this phone.", command="Stop watching this phone"),
    Key(
        "space", "capture", "capture", (LIBRARY,), "Capture from the phone now.", prominent=True, command="Capture now"
    ),
    Key(
        "space",
        "capture",
        "capture",
        (EXPLORE,),
        "Capture from the phone now.",
        when="phone",
        prominent=True,
        command="Capture now",
    ),
    Key(
        "space",
        "capture",
        "capture",
        (LIVE,),
        "Capture from the phone now. In a series: play or pause.",
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
        "Mark this capture as the base. Press again to remove the mark.",
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
        "Compare the base with this capture. Press again to show the capture alone.",
        when="base",
        prominent=True,
        command="Compare with the base",
    ),
    Key(
        "a",
        "changed",
        "changed/all",
        (EXPLORE,),
        "In a diff: show changed rows only, or all rows.",
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
        "List devices and captures again.",
        prominent=True,
        command="List devices and captures again",
    ),
    Key(
        "o",
        "sample",
        "sample",
        (LIBRARY,),
        "Open the capture that is bundled with droidanon.",
        command="Open the sample",
    ),
    Key(
        "z",
        "share",
        "",
        (EXPLORE,),
        "Cycle: all names, names with own pages, names with inherited pages.",
        command="Own pages, inherited pages or all",
    ),
    Key(
        "t",
        "treemap",
        "treemap",
        (EXPLORE,),
        "Show the rows as a treemap, or as a table again.",
        prominent=True,
        command="Treemap or table",
    ),
    Key(
        "W",
        "waterfall",
        "waterfall",
        (EXPLORE,),
        "In a diff: show the steps from base to new.",
        when="diff",
        prominent=True,
        command="Waterfall from base to new",
    ),
    Key(
        "p",
        "apps",
        "apps",
        (EXPLORE,),
        "Open or close the Apps pane.",
        when="apps",
        prominent=True,
        command="Open or fold the Apps pane",
    ),
    Key(
        "u",
        "unit",
        "kB/MiB",
        (LIVE, EXPLORE),
        "Show numbers in kB or MiB.",
        prominent=True,
        command="Numbers in kB or MiB",
    ),
    Key("s", "sort", "sort", (TABLE,), "Sort by the next column. A click on a header sorts, too."),
    Key("S", "reverse", "", (TABLE,), "Reverse the sort order."),
    Key(
        "y", "copy_row", "copy", (EXPLORE,), "Copy the row as a Markdown table.", prominent=True, command="Copy the row"
    ),
    Key("Y", "copy_table", "", (EXPLORE,), "Copy the whole table as Markdown.", command="Copy the table"),
    Key("e", "export", "export", (EXPLORE,), "Write the table to a CSV file.", command="Export the table as CSV"),
    Key(
        "v",
        "columns",
        "columns",
        (EXPLORE,),
        "Choose which counters are shown as columns.",
        command="Choose columns (counters)",
    ),
    Key(
        "b",
        "bars",
        "",
        (EXPLORE,),
        "Scale bars by the largest row, or as shares of the row above.",
        command="Scale bars by the largest row or the row above",
    ),
    Key("w", "swap", "", (EXPLORE,), "In a diff: swap base and new.", command="Swap the sides"),
    Key("left_square_bracket", "history_back", "", (EXPLORE,), "Previous view.", shown="[", command="Previous view"),
    Key("right_square_bracket", "history_forward", "", (EXPLORE,), "Next view.", shown="]", command="Next view"),
    Key(
        "B",
        "bookmark",
        "",
        (EXPLORE,),
        "Bookmark this view and row. Press again to remove the bookmark.",
        command="Bookmark",
    ),
    Key("apostrophe", "next_bookmark", "", (EXPLORE,), "Go to the next bookmark.", shown="'", command="Next bookmark"),
    Key("up,k", "up", "", (TABLE,), "Previous row.", shown="↑ k"),
    Key("down,j", "down", "", (TABLE,), "Next row.", shown="↓ j"),
    Key("left,h", "fold", "", (TABLE,), "Close the row, or go to its parent.", shown="← h"),
    Key("right,l", "unfold", "", (TABLE,), "Open the row, or go to its first child.", shown="→ l"),
    Key("enter", "choose", "", (TABLE,), "Open or close the row. In Apps: show only this process."),
    Key("pageup", "page_up", "", (TABLE,), "One page up."),
    Key("pagedown", "page_down", "", (TABLE,), "One page down."),
    Key("up,k", "up", "", (TREEMAP,), "Tile above.", shown="↑ k"),
    Key("down,j", "down", "", (TREEMAP,), "Tile below.", shown="↓ j"),
    Key("left,h", "left", "", (TREEMAP,), "Tile to the left.", shown="← h"),
    Key("right,l", "right", "", (TREEMAP,), "Tile to the right.", shown="→ l"),
    Key("enter", "enter", "into", (TREEMAP,), "Zoom into the tile.", when="treemap"),
    Key("enter", "choose", "row", (WATERFALL,), "Go to this step's row in the table.", prominent=True),
    Key("escape", "app.back", "back", (WATERFALL,), "Back to the table.", shown="esc", prominent=True),
    Key("backspace", "out", "out", (TREEMAP,), "Zoom out one level.", when="treemap"),
    Key("home", "first", "", (TABLE,), "First row."),
    Key("end", "last", "", (TABLE,), "Last row."),
    Key("left,h", "earlier", "", (TIMELINE,), "Previous moment. The table shows it, too.", shown="← h"),
    Key("right,l", "later", "", (TIMELINE,), "Next moment.", shown="→ l"),
    Key("end", "now", "", (TIMELINE,), "Return to the present."),
    Key("tab", "app.focus_next", "", (EVERYWHERE,), "Next pane."),
    Key("1", "app.library", "", (EVERYWHERE,), "Library: devices and captures.", command="Go to the Library"),
    Key("2", "app.live", "", (EVERYWHERE,), "Live: a connected phone, now and over time.", command="Go to Live"),
    Key("3", "app.explore", "", (EVERYWHERE,), "Explore: one capture, or a diff.", command="Go to Explore"),
    Key("escape", "app.back", "", (EVERYWHERE,), "One step back.", shown="esc"),
    Key("question_mark", "app.help", "keys", (EVERYWHERE,), "Show all keys.", shown="?", command="Show all keys"),
    Key("ctrl+z", "app.suspend_process", "", (EVERYWHERE,), "Suspend droidanon. The shell command fg resumes it."),
    Key("q", "app.quit", "quit", (EVERYWHERE,), "Quit.", command="Quit"),
)
