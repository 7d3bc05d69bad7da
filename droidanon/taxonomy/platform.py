"""Where the platform's row for a name and droidanon's category part, and why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from droidanon.taxonomy.rules import read_table


@dataclass(frozen=True, slots=True)
class PlatformNote:
    """What is to be said of names that the platform counts in a heap and droidanon in one of some categories."""

    heap: str
    sub_heap: str | None
    categories: tuple[str, ...]
    text: str

    def holds(self, heap: str, sub_heap: str, category: str) -> bool:
        """Whether it is to be said of a name."""
        return (
            heap == self.heap
            and self.sub_heap in (None, sub_heap)
            and any(f"{category}.".startswith(f"{one}.") for one in self.categories)
        )


@cache
def platform_notes() -> tuple[PlatformNote, ...]:
    """All of them, in the order in which they are said."""
    return tuple(
        PlatformNote(entry["heap"], entry.get("sub_heap"), tuple(entry["categories"]), entry["text"])
        for entry in read_table("platform.toml")["note"]
    )
