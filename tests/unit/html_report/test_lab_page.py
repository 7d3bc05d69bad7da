"""The page of a lab has the numbers of `lab status --json`, without serial numbers and folders."""

from __future__ import annotations

from pathlib import Path

from tests.labs import SIZES, write_lab
from tests.unit.html_report.pages import Pages, columns_of, headlines, page_of, table

__all__ = ["page_of"]
CELLS = ("build", "done", "planned", "failed", "anon_swap_kb", "lowest_kb", "highest_kb")
PHONES = ("android", "ram_kb", "done", "failed", "timeouts", "lost")


def test_a_lab(tmp_path: Path, page_of: Pages) -> None:
    write_lab(tmp_path)
    page, data = page_of("lab", "status", str(tmp_path / "nightly.toml"))
    assert (data["outcome"], headlines(page).tone) == ("fail", "bad")
    assert [one.value for one in headlines(page).numbers] == ["18", "2", "1"]
    assert columns_of(table(page, "Apps, builds and scenarios"), *CELLS) == columns_of(data["rows"], *CELLS)
    assert columns_of(table(page, "Phones"), *PHONES) == columns_of(data["phones"], *PHONES)
    attempts = table(page, "Attempts")
    assert [row["outcome"] for row in attempts].count("done") == 18
    assert len(attempts) == 21
    assert {row["phone"] for row in attempts} == {"Model 40000", "Model 90000"}
    written = repr(page) + repr([table(page, name) for name in ("Apps, builds and scenarios", "Phones", "Attempts")])
    assert not any(serial in written for serial in SIZES)
    assert str(tmp_path) not in written
