"""Incomplete rules for names without a rule, as TOML for a rule file."""

from __future__ import annotations

from collections.abc import Sequence

from droidanon.analysis.names import UnknownNames
from droidanon.units import format_kb
from droidanon.wording import counted, listed

_MOST_EXAMPLES = 5
_MOST_APPS = 3


def format_stubs(found: Sequence[UnknownNames]) -> str:
    """A `[[rule]]` for each group of unknown names, with its memory and apps in a comment."""
    return "\n".join(_stub(one) for one in found)


def _stub(one: UnknownNames) -> str:
    word = one.category.partition(".")[2] or "unnamed-maker"
    where = f"{counted(one.vmas, 'VMA')} of {_comment(listed(one.apps, _MOST_APPS))}; heap {one.heap}"
    few = one.names[:_MOST_EXAMPLES]
    more = f" ({len(one.names)} names)" if len(one.names) > len(few) else ""
    beginnings = one.beginnings if len(one.seen) > 1 else ()
    return "\n".join(
        (
            f"# {format_kb(one.total_kb)} kB in {where}{more}",
            "[[rule]]",
            f"id = {format_text('my-' + word)}",
            f"category = {format_text('native.' + word)}",
            f"{'prefix' if beginnings else 'exact'} = {_list(beginnings or one.seen)}",
            'summary = ""',
            f"examples = [{', '.join(format_text(name) for name in few)}]",
            "",
        )
    )


def _list(texts: Sequence[str]) -> str:
    return format_text(texts[0]) if len(texts) == 1 else f"[{', '.join(format_text(text) for text in texts)}]"


def format_text(text: str) -> str:
    """A TOML string that contains only ASCII."""
    return '"' + "".join(_char(char) for char in text) + '"'


def _char(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    code = ord(char)
    if 0x20 <= code < 0x7F:
        return char
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _comment(text: str) -> str:
    return "".join(char if " " <= char <= "~" else "?" for char in text)
