"""How much of its limit a process uses, in words."""

from __future__ import annotations

from droidanon.analysis.limits.judge import Use


def share_text(use: Use, *, alone: bool) -> str:
    """The part of Google Play's threshold that a process uses; `alone`: the app has no other process."""
    share = use.play_share or 0.0
    percent = f"{100 * share:.1f} %"
    above = " (above it)" if share > 1 else ""
    if alone:
        return f"{percent} of Google Play's {use.state} limit{above}"
    return f"at most {percent} of Google Play's limit per process ({use.process.name}, {use.state}){above}"
