"""What tests check in a message: the numbers and names in it, not its wording, which golden files hold."""

from __future__ import annotations

import re


def numbers(message: str) -> list[float]:
    """The numbers in a message, in order; those that are part of a name or a path are left out."""
    found = re.findall(r"(?<![\w./:-])-?\d[\d,]*(?:\.\d+)?(?![\w/])(?![.:-]\w)", message)
    return [float(number.rstrip(",").replace(",", "")) for number in found]


def mentions(message: str, *words: str) -> bool:
    """Whether all `words` (names, options, paths, numbers) are in a message, in this order."""
    place = 0
    for word in words:
        whole = (r"(?<!\w)" if word[0].isalnum() else "") + re.escape(word) + (r"(?!\w)" if word[-1].isalnum() else "")
        found = re.search(whole, message[place:])
        if not found:
            return False
        place += found.end()
    return True
