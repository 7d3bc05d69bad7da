"""`droidanon.whole_app`."""

from __future__ import annotations

from dataclasses import replace

import droidanon
from tests.builders import capture, text


def test_a_whole_app_as_data_frames() -> None:
    read = capture({"com.a": text(("[heap]", 10)), "com.a:b": text(("[heap]", 30)), "com.c": text(("[heap]", 5))})
    found = droidanon.whole_app(read, app="com.a")
    assert list(found.processes["process"]) == ["com.a:b", "com.a"]
    assert list(found.processes["uss_kb"]) == [30, 10]
    assert found.processes["inherited_kb"].isna().all()
    assert (found.freed_ram_kb, found.inherited_pss_kb) == ((40, 40), None)
    assert found.totals["pss_kb"] == 40
    assert "2 processes" in repr(found)


def test_unknown_numbers() -> None:
    read = capture({"com.a": text(("[heap]", 10)).replace("Pss:", "Xss:")})
    found = droidanon.whole_app(replace(read, processes=read.processes))
    assert found.freed_ram_kb is None
    assert "unknown" in repr(found)
