"""One key of a screen, a widget, or the application."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `label`: its text in the bottom line; '' keeps it out."""

    key: str
    action: str
    label: str
    help: str
    shown: str = ""
    """How the key is written, if not by Textual's name for it."""
    prominent: bool = False
    """Among the first in the bottom line."""
    short: str = ""
    """The label in a narrow line."""
    when: str = ""
    """A condition for the bottom line: in a `diff`, with a `base`, with a `phone`, with several `apps`, in a
    `treemap`, with `warnings`."""
    command: str = ""
    """Its title in the command palette; '' keeps it out."""

    sense: str = ""
    """A word for what it does, the same on all screens; the action's name if empty."""

    @property
    def meaning(self) -> str:
        """What the key does, in one word: a key has the same meaning on every screen."""
        return self.sense or self.action.rpartition(".")[2]

    @property
    def face(self) -> str:
        return self.shown or self.key.partition(",")[0]
