"""Runs the TUI, and returns an exit code or raises an error."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.errors import DroidanonError
from droidanon_tui.daemon_worker import end_writes
from droidanon_tui.errors import one_line
from droidanon_tui.explore.read_ahead import read_ahead
from droidanon_tui.settings import settings_path
from droidanon_tui.terminal_guard import guarded_terminal

if TYPE_CHECKING:
    from droidanon.taxonomy.rules import RuleSet


def run_tui(
    source: str | None = None,
    base: str | None = None,
    captures: Path | None = None,
    sample: bool = False,
    *,
    app: str | None = None,
    rules: RuleSet | None = None,
    live: bool = False,
) -> int:
    """Runs the TUI until the user quits or a signal ends it.

    Args:
        live: Watch the source (by default the only phone) from the start.

    Returns:
        The exit code: 128 plus the signal's number if a signal ended it.

    Raises:
        DroidanonError: The TUI failed with an error.
    """
    # Before the imports, which take as long as classifying a large capture.
    ahead = read_ahead(source, base, rules) if app is None else None
    from droidanon_tui.app import DroidanonApp

    # Textual draws in one thread and jobs compute in others. By default a job keeps the interpreter's lock for 5 ms at
    # a time, which adds up to a visible delay for each key.
    sys.setswitchinterval(0.0005)
    memory = settings_path()
    shown = DroidanonApp(source, base, captures, sample, app=app, rules=rules, live=live, memory=memory, ahead=ahead)
    try:
        with guarded_terminal():
            shown.run()
    finally:
        end_writes()
        if ahead is not None:
            ahead.close()
    if shown.failure is not None:
        raise DroidanonError(
            f"the TUI has ended: {one_line(shown.failure)} (run with --debug for the traceback)"
        ) from shown.failure
    return shown.return_code or 0
