"""The mark of the base, the same on every screen."""

from __future__ import annotations

from textual.content import Content

from droidanon_tui.widgets.cells import fit_text

SIGN = "◆"


def base_mark(title: str, width: int) -> Content:
    """The base's title behind its sign, in at most `width` cells; empty without a base."""
    if not title:
        return Content("")
    return Content.styled(fit_text(f"{SIGN} base: {title}", width).rstrip(), "$text-accent")
