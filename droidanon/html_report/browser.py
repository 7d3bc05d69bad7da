"""Opens a page in the user's browser."""

from __future__ import annotations

import webbrowser
from pathlib import Path


def show_in_browser(path: Path) -> bool:
    """Open a file in a graphical browser; False if there is none. A text browser would take over the terminal."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    if isinstance(browser, webbrowser.GenericBrowser) and not isinstance(browser, webbrowser.BackgroundBrowser):
        return False
    return browser.open(path.resolve().as_uri())
