"""The keys of Live and of its timeline."""

from __future__ import annotations

from droidanon_tui.key_tables.key import Key

LIVE_KEYS = (
    Key("enter", "choose", "open", "Read the app in full now and open it in Explore.", prominent=True),
    Key(
        "slash",
        "filter",
        "filter",
        "Show only processes with these words in their name.",
        shown="/",
        prominent=True,
        command="Filter the processes",
    ),
    Key(
        "f",
        "follow",
        "follow",
        "Follow the app: read it in full repeatedly, for the timeline by category. Press again to stop.",
        prominent=True,
        command="Follow the app by category",
    ),
    Key(
        "m",
        "mark",
        "base",
        "Mark the base: the present, or the moment at the timeline's cursor.",
        prominent=True,
        command="Mark the base",
    ),
    Key(
        "d",
        "diff",
        "diff",
        "Compare the base with the present, or with the moment at the timeline's cursor.",
        prominent=True,
        command="Compare with the base",
    ),
    Key(
        "n",
        "note",
        "note",
        "Add a note to the present, or to the moment at the timeline's cursor.",
        prominent=True,
        command="Add a note",
    ),
    Key(
        "R",
        "record",
        "record",
        "Record: follow this app and store every reading in a new series. Press again to stop.",
        prominent=True,
        command="Record a series",
    ),
    Key(
        "g",
        "grouping",
        "apps",
        "One row per process, or one row per app.",
        prominent=True,
        command="One row per process or per app",
    ),
    Key(
        "plus,equals_sign",
        "faster",
        "",
        "Sample more often, or play a series faster.",
        shown="+",
        command="Sample more often",
    ),
    Key("minus", "slower", "", "Sample less often, or play a series slower.", shown="-", command="Sample less often"),
    Key(
        "F",
        "full_pace",
        "",
        "Change how often a followed app is read in full: 5 s to 5 min.",
        command="Change how often to read in full",
    ),
    Key(
        "T",
        "span",
        "",
        "Change the time span of the timeline: everything, 30, 5 or 1 minutes.",
        command="Change the timeline's span",
    ),
    Key("N", "next_phone", "next phone", "Switch to the next watched phone.", command="Next watched phone"),
    Key("X", "stop", "", "Stop watching this phone.", command="Stop watching this phone"),
    Key(
        "space",
        "capture",
        "capture",
        "Capture from the phone now.",
        prominent=True,
        command="Capture now",
    ),
    Key("P", "play", "", "Play or pause a series.", command="Play or pause"),
    Key("u", "unit", "kB/MiB", "Show numbers in kB or MiB.", prominent=True, command="Numbers in kB or MiB"),
)
TIMELINE_KEYS = (
    Key("left,h", "earlier", "", "Previous moment. The table shows it, too.", shown="← h", sense="left"),
    Key("right,l", "later", "", "Next moment.", shown="→ l", sense="right"),
    Key("end", "now", "", "Return to the present.", sense="last"),
)
