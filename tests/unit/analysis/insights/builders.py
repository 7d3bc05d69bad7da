"""Captures of one app for tests of findings, every argument defaulted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from droidanon.analysis.insights.find import find_insights
from droidanon.analysis.insights.insight import Insight
from droidanon.analysis.view import View
from droidanon.model import Capture, Preparation
from tests.builders import capture, entry

APP = "com.example.app"
GB = 1024 * 1024
Item = tuple[str, int] | tuple[str, int, int]
"""A name with its kB, and the size of its VMA if that is larger."""


def vmas(*items: Item, times: int = 1, **counters: int) -> str:
    """VMAs of private anonymous memory, with holes between them."""
    parts = []
    start = 0x7000000000
    for name, kb, *size in [*items] * times:
        size_kb = size[0] if size else max(kb, 4)
        values = {"Pss": kb, "Anonymous": kb, "Private_Dirty": kb, **counters}
        parts.append(entry(name, start=start, size_kb=size_kb, **values))
        start += (size_kb + 64) * 1024
    return "".join(parts)


def behind(name: str, kb: int) -> str:
    """A library and the .bss right behind it."""
    first = entry(name, start=0x7000000000, size_kb=64, perms="rw-p", Pss=4)
    return first + entry("[anon:.bss]", start=0x7000000000 + 64 * 1024, size_kb=kb, Pss=kb, Anonymous=kb)


def app(
    text: str,
    *,
    system: Mapping[str, int] | None = None,
    limits: Mapping[str, str | int] | None = None,
    preparations: Iterable[Preparation] = (),
    **process: Any,
) -> Capture:
    """A capture of one process of an app, whose facts are `process`."""
    made = capture({APP: text})
    one = replace(made.processes[0], **process)
    return replace(
        made, processes=(one,), system=dict(system or {}), limits=dict(limits or {}), preparations=tuple(preparations)
    )


def found(made: Capture, previous: Capture | None = None, oldest: Capture | None = None) -> dict[str, Insight]:
    """The findings by rule."""
    earlier = {name: View(one) for name, one in (("previous", previous), ("oldest", oldest)) if one is not None}
    return {one.rule: one for one in find_insights(View(made), **earlier).findings}
