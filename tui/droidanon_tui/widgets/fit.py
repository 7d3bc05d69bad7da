"""Lines of facts: if not all fit, the least useful are left out as a whole; a cut always leaves an ellipsis."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

SEPARATOR = " · "


def spread(left: Content, right: Content, width: int) -> Content:
    """Two texts at the ends of a line; the right one is left out if there is no room for both."""
    left = left.truncate(width, ellipsis=True)
    room = width - left.cell_length
    if right.cell_length + 2 > room:
        right = right.truncate(max(0, room - 2), ellipsis=True) if room > 12 else Content("")
    return left + Content(" " * max(0, width - left.cell_length - right.cell_length)) + right


def first_facts(text: str, width: int) -> str:
    """As many of a line's facts, from the first on, as there is room for; at least one.

    The last fact loses what it has in parentheses before it is left out.
    """
    facts = text.split(SEPARATOR)
    while len(facts) > 1 and Content(SEPARATOR.join(facts)).cell_length > width:
        short, found, _ = facts.pop().partition(" (")
        if found:
            facts.append(short)
    return SEPARATOR.join(facts)


def best_facts(left: Sequence[str], right: Sequence[str], width: int, least: Sequence[str]) -> tuple[str, str]:
    """FactTable for the two ends of a line; those in `least` go first, in its order, until the others have room.

    The very first stays.
    """
    gone: set[str] = set()
    for fact in ("", *least):
        gone.add(fact)
        kept = [fact for fact in left[1:] if fact not in gone], [fact for fact in right if fact not in gone]
        ends = [SEPARATOR.join(side) for side in ((*left[:1], *kept[0]), kept[1])]
        if sum(Content(end).cell_length for end in ends) + 2 <= width:
            break
    return ends[0], ends[1]
