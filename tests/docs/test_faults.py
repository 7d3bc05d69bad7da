"""The page of faults names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def test_every_row_has_its_test() -> None:
    page = (TESTS.parent / "docs" / "internals" / "faults.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| failure")]
    assert len(rows) > 20
    for row in rows:
        (named,) = re.findall(r"`([\w/]+\.py)::(\w+)`", row)
        file, test = named
        assert f"\ndef {test}(" in (TESTS / file).read_text("utf-8"), row
