"""Exports of small captures, for tests."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

from droidanon.analysis.breakdown import breakdown
from droidanon.analysis.view import View
from droidanon.exports.formats import ExportData, write_export
from tests.builders import capture, entry, text

HOSTILE = ['a;b "c"', "tab\there 12", "größer 7.5", "\\", "\x1b[31m", "x,y", "=1+1", "null\0byte"]
"""Names with what ends a field or a line somewhere. A kernel prints a line end as \\012."""


def view_of(processes: dict[str, str] | None = None, *, users: Sequence[int] = (), created: str | None = None) -> View:
    made = capture(processes, users=users)
    return View(made if created is None else replace(made, created=created))


def hostile() -> View:
    """A name per row of 1, 2, 3, ... kB, and an app of that kind."""
    body = text(*((name, place) for place, name in enumerate(HOSTILE, 1)))
    return view_of({"com.example.app": body, "#odd; app 3": text(("[heap]", 5))})


def without_swap_pss() -> View:
    """A process with swap PSS, and one without."""
    lines = "".join(line for line in entry("/b.so", Pss=9).splitlines(True) if not line.startswith("SwapPss"))
    return view_of({"com.a": entry("/a.so", Pss=7, SwapPss=3), "com.b": lines})


def exported(name: str, *views: View, counter: str | None = None, base: View | None = None) -> bytes:
    file = io.BytesIO()
    write_export(name, ExportData(views, counter, base, series=len(views) > 1), file)
    return file.getvalue()


def total(view: View, counter: str) -> int | None:
    return breakdown(view, "app", counters=counter).totals[counter]
