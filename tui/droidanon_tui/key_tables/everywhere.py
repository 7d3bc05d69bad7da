"""The keys that work on every screen."""

from __future__ import annotations

from droidanon_tui.key_tables.key import Key

EVERYWHERE_KEYS = (
    Key("tab", "app.focus_next", "", "Next pane."),
    Key("1", "app.library", "", "Library: devices and captures.", command="Go to the Library"),
    Key("2", "app.live", "", "Live: a connected phone, now and over time.", command="Go to Live"),
    Key("3", "app.explore", "", "Explore: one capture, or a diff.", command="Go to Explore"),
    Key("M", "app.clear_base", "", "Clear the base, wherever it was marked.", command="Clear the base"),
    Key(
        "o",
        "app.page",
        "",
        "Write an HTML page of the capture, diff or series, and open it in the browser.",
        command="HTML page of the capture, diff or series",
    ),
    Key("escape", "app.back", "", "One step back.", shown="esc"),
    Key("question_mark", "app.help", "keys", "Show all keys.", shown="?", command="Show all keys"),
    Key("ctrl+z", "app.suspend_process", "", "Suspend droidanon. The shell command fg resumes it."),
    Key("q,ctrl+c", "app.quit", "quit", "Quit.", shown="q", command="Quit"),
)
