"""`--html FILE` and `--open`: writes the page of a result, and opens it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from droidanon.html_report.page import Page

Html = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Also write the result as an HTML page.", show_default=False),
]
OpenPage = Annotated[bool, typer.Option("--open", help="Open the HTML page in the browser.")]


@dataclass(frozen=True, slots=True)
class PageFile:
    """The file of a page, and whether to open it in the browser."""

    path: Path
    opened: bool

    def write(self, page: Page) -> None:
        """Write the page, print its path on stderr, and open it if requested."""
        from droidanon.html_report.render import render
        from droidanon.report.narration import say
        from droidanon.store.atomic_file import atomic_file

        with atomic_file(self.path) as file:
            file.write(render(page).encode())
        say(f"wrote {self.path}")
        if self.opened:
            open_in_browser(self.path)


def html_option(html: Path | None, *, opened: bool) -> PageFile | None:
    """The file of `--html`; None without it. Raises the errors of `page_file`."""
    from droidanon.errors import UsageError

    if html is not None:
        return page_file(html, opened=opened, option="--html")
    if opened:
        raise UsageError("--open needs --html FILE")
    return None


def page_file(html: Path, *, opened: bool, option: str) -> PageFile:
    """The file of an option, validated before reading anything.

    Raises UsageError for a path that cannot be written, and DroidanonError if a package is missing.
    """
    from droidanon.errors import UsageError
    from droidanon.html_report.assets import check_installed
    from droidanon.store.atomic_file import writable

    if html == Path("-"):
        raise UsageError(f"{option} -: can't write to stdout; name a file that ends in .html")
    writable(html)
    check_installed()
    return PageFile(html, opened)


def open_in_browser(path: Path) -> None:
    """Open a file in the user's browser; prints a message if there is none."""
    from droidanon.html_report.browser import show_in_browser
    from droidanon.report.narration import say

    if not show_in_browser(path):
        say(f"no graphical browser was found; open {path} yourself")
