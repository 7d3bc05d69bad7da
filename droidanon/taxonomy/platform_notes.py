"""Notes on names that the platform counts in a row where droidanon's category would not suggest it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from droidanon.taxonomy.rules import read_table


@dataclass(frozen=True, slots=True)
class PlatformNote:
    """A note on names that the platform counts in a heap and droidanon in one of some categories."""

    heap: str
    sub_heap: str | None
    categories: tuple[str, ...]
    text: str

    def holds(self, heap: str, sub_heap: str, category: str) -> bool:
        """Whether the note applies to a name with this meaning."""
        return (
            heap == self.heap
            and self.sub_heap in (None, sub_heap)
            and any(f"{category}.".startswith(f"{one}.") for one in self.categories)
        )


@cache
def platform_notes() -> tuple[PlatformNote, ...]:
    """All notes, in the order in which they are printed."""
    return tuple(
        PlatformNote(entry["heap"], entry.get("sub_heap"), tuple(entry["categories"]), entry["text"])
        for entry in read_table("platform_notes.toml")["note"]
    )
