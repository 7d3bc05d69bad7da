"""The keys of the Library."""

from __future__ import annotations

from droidanon_tui.key_tables.key import Key

LIBRARY_KEYS = (
    Key("enter", "choose", "open", "Watch the phone, play the series, or open the capture.", prominent=True),
    Key("space", "capture", "capture", "Capture from the phone now.", prominent=True, command="Capture now"),
    Key(
        "x",
        "select",
        "select",
        "Select captures that are replicates of one condition, for m and d.",
        prominent=True,
        command="Select for comparison",
    ),
    Key(
        "m",
        "mark",
        "base",
        "Mark this capture as the base. Press again to remove the mark.",
        prominent=True,
        command="Mark as base",
    ),
    Key("d", "diff", "diff", "Compare the base with this capture.", prominent=True, command="Compare with the base"),
    Key(
        "r",
        "refresh",
        "refresh",
        "List devices and captures again.",
        prominent=True,
        command="List devices and captures again",
    ),
    Key("o", "sample", "sample", "Open the capture that is bundled with droidanon.", command="Open the sample"),
)
