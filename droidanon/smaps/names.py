"""Names as text, both ways, and the kernel's counter keys as column names."""

from __future__ import annotations

import re

_AMBIGUOUS = re.compile(rb"\\(?=x[0-9a-f]{2})")
_ESCAPED = re.compile(r"\\x([0-9a-f]{2})")
_WORDS = (re.compile(r"([A-Z]+)([A-Z][a-z])"), re.compile(r"([a-z0-9])([A-Z])"))
_IRREGULAR = {"THPeligible": "thp_eligible"}


def name_text(raw: bytes) -> str:
    """The name as text: UTF-8, any other byte as `\\xNN`; `name_bytes` gives the bytes back."""
    if raw.isascii() and b"\\x" not in raw:
        return raw.decode("ascii")
    # A backslash that would read as one of our escapes is escaped itself.
    return _AMBIGUOUS.sub(rb"\\x5c", raw).decode("utf-8", "backslashreplace")


def name_bytes(text: str) -> bytes:
    """The exact bytes of a name that `name_text` made."""
    if "\\x" not in text:
        return text.encode("utf-8")
    parts = _ESCAPED.split(text)
    return b"".join(bytes([int(part, 16)]) if index % 2 else part.encode("utf-8") for index, part in enumerate(parts))


def counter_name(key: str, kb: bool) -> str:
    """The column of a kernel key: snake case, `_kb` where it is printed in kB (`SwapPss` is `swap_pss_kb`)."""
    snake = _IRREGULAR.get(key)
    if snake is None:
        snake = key
        for pattern in _WORDS:
            snake = pattern.sub(r"\1_\2", snake)
        snake = snake.lower().replace("-", "_")
    return snake + "_kb" if kb else snake
