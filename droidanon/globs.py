"""Globs for names of mappings, processes and apps."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=256)
def glob_pattern(glob: str) -> re.Pattern[str]:
    """The pattern of a glob in which only `*` and `?` are special; names of mappings are full of brackets.

    Each part between two `*` matches at the first possible place, without backtracking. Otherwise a name that almost
    matches would take time exponential in the number of `*`.
    """
    first, *others = ("".join("." if char == "?" else re.escape(char) for char in part) for part in glob.split("*"))
    if not others:
        return re.compile(first, re.DOTALL)
    *inner, last = others
    middle = "".join(f"(?>.*?{part})" for part in inner if part)
    return re.compile(f"{first}{middle}.*{last}", re.DOTALL)
