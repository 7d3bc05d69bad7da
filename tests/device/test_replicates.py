"""Replicates from a phone: an app started anew for each capture, and a change put into one side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from droidanon.cli.main import run
from testphone.phone import Phone
from testphone.phone.catalogue import EXAMPLE_PACKAGE


def test_a_change_that_was_put_in_is_found(
    own_phone: Phone, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for turn in range(4):
        for side, more in (("base", 0.001 * turn), ("new", 0.05 + 0.001 * turn)):
            own_phone.restart_app(EXAMPLE_PACKAGE, {"scudo:primary": more})
            path = tmp_path / f"{side}-{turn}.parquet"
            assert run(["capture", f"adb:{own_phone.serial}", "--app", EXAMPLE_PACKAGE, "-o", str(path)]) == 0
    capsys.readouterr()
    sides = [str(tmp_path / f"{side}-*.parquet") for side in ("base", "new")]
    assert run(["diff", *sides, "--by", "category", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (row,) = [row for row in found["rows"] if row["category"] == "native.scudo.primary"]
    assert row["verdict"] == "higher"
    assert row["low_kb"] <= row["base_kb"] * 0.04 <= row["high_kb"]
    told = {warning["where"] for warning in found["warnings"]}
    assert not told & {"order", "base replicates", "new replicates", "process set"}

    assert run(["diff", sides[0], sides[0], "--by", "category", "--paired", "--json"]) == 0
    alike = json.loads(capsys.readouterr().out)
    assert alike["totals"]["delta_kb"] == 0
    assert any("6 pairs" in warning["message"] for warning in alike["warnings"])
