"""Device text as a cell of a CSV file."""

from __future__ import annotations

import csv
import io

import pytest

from droidanon.escape import escape_cell
from droidanon.report.csv import print_csv


@pytest.mark.parametrize(
    "text", ["=cmd|'/C calc'!A0", "+SUM(A1)", "-2+3", "@SUM(1)", " =1+1", "|calc", "%x", "\t=1", "\uff1d1+1"]
)
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    out = io.StringIO()
    print_csv([{"name": text, "pss_kb": -5}], ("name", "pss_kb"), out)
    (row,) = csv.DictReader(io.StringIO(out.getvalue()))
    assert (row["name"][0] == "'") != text.startswith("\t")
    assert row["name"][0] not in "=+-@|%\t\uff1d"
    assert row["pss_kb"] == "-5"


@pytest.mark.parametrize(
    "text", ["", "-", "+3,960", "-12.5", "+9900.0%", "[anon:a=b]", "/data/app/x", "com.example", "a-b"]
)
def test_other_texts_stay(text: str) -> None:
    assert escape_cell(text) == text
