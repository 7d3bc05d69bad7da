"""The keys of a table, a treemap, a waterfall, a text and a line to type in."""

from __future__ import annotations

from droidanon_tui.key_tables.key import Key

TABLE_KEYS = (
    Key("s", "sort", "sort", "Sort by the next column. A click on a header sorts, too."),
    Key("S", "reverse", "", "Reverse the sort order."),
    Key("up,k", "up", "", "Previous row.", shown="↑ k"),
    Key("down,j", "down", "", "Next row.", shown="↓ j"),
    Key("left,h", "fold", "", "Close the row, or go to its parent.", shown="← h", sense="left"),
    Key("right,l", "unfold", "", "Open the row, or go to its first child.", shown="→ l", sense="right"),
    Key("enter", "choose", "", "Open or close the row; show all about a VMA. In Apps: show only this process."),
    Key("pageup", "page_up", "", "One page up."),
    Key("pagedown", "page_down", "", "One page down."),
    Key("home", "first", "", "First row."),
    Key("end", "last", "", "Last row."),
)
TREEMAP_KEYS = (
    Key("up,k", "up", "", "Tile above.", shown="↑ k"),
    Key("down,j", "down", "", "Tile below.", shown="↓ j"),
    Key("left,h", "left", "", "Tile to the left.", shown="← h"),
    Key("right,l", "right", "", "Tile to the right.", shown="→ l"),
    Key("enter", "choose", "zoom in", "Zoom into the tile.", when="treemap"),
    Key("backspace", "out", "zoom out", "Zoom out one level.", when="treemap"),
)
WATERFALL_KEYS = (
    Key("enter", "choose", "row", "Go to this step's row in the table.", prominent=True),
    Key("escape", "app.back", "back", "Back to the table.", shown="esc", prominent=True),
)
TEXT_KEYS = (
    Key("up,k", "up", "", "One line up.", shown="↑ k"),
    Key("down,j", "down", "", "One line down.", shown="↓ j"),
    Key("pageup", "page_up", "", "One page up."),
    Key("pagedown", "page_down", "", "One page down."),
    Key("home", "first", "", "To the beginning."),
    Key("end", "last", "", "To the end."),
    Key("escape", "app.back", "back", "Back to the table.", shown="esc", prominent=True),
)
LINE_KEYS = (
    Key("enter", "focused.submit", "done", "Use what is typed."),
    Key("escape", "app.back", "cancel", "Clear and close the line.", shown="esc"),
)
"""While a line has the focus, any other key is a letter of it."""
