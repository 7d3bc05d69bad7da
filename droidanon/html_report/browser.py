"""A page in the user's browser."""

from __future__ import annotations

import webbrowser
from pathlib import Path


def show_in_browser(path: Path) -> bool:
    """Open a file in a browser with windows; False if there is none. Browsers of the terminal would take its place."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    if isinstance(browser, webbrowser.GenericBrowser) and not isinstance(browser, webbrowser.BackgroundBrowser):
        return False
    return browser.open(path.resolve().as_uri())
