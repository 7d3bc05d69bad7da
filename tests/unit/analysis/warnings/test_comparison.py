"""Doubts that go by the memory itself."""

from __future__ import annotations

from droidanon.analysis.diff.comparison import diff
from droidanon.analysis.view import View
from tests.builders import capture, entry
from tests.messages import mentions


def test_a_counter_without_swap_where_pages_went_to_swap() -> None:
    base = View(capture({"a": entry("[heap]", Pss=1000, SwapPss=0)}))
    new = View(capture({"a": entry("[heap]", Pss=700, SwapPss=300)}))
    found = {warning.where: warning.message for warning in diff(base, new, counter="pss_kb").warnings}
    assert mentions(found["in swap"], "pss_kb", "300 kB", "private_swap_pss_kb")
    assert "in swap" not in {warning.where for warning in diff(base, new).warnings}
    assert "in swap" not in {warning.where for warning in diff(base, base, counter="pss_kb").warnings}
