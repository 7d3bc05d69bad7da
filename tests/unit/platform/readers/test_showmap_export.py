"""showmap's CSV and JSON as its plain table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droidanon.platform.readers.showmap import parse_showmaps
from droidanon.platform.readers.showmap_export import plain_table
from droidanon.sources.resolve import load_source

TITLES = [
    "virtual size", "RSS", "PSS", "shared clean", "shared dirty", "private clean", "private dirty", "swap", "swapPSS",
    "Anon HugePages", "Shmem PmdMapped", "File PmdMapped", "Shared Hugetlb", "Private Hugetlb", "Locked", "#", "object",
]  # fmt: skip
ROWS = [
    [64, 40, 30, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0, 0, 2, "[anon:scudo:primary]"],
    [4, 4, 4, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1, 'a "quoted", name'],
    [68, 44, 34, 4, 5, 6, 11, 8, 9, 0, 0, 0, 0, 0, 0, 3, "TOTAL"],
]


def as_csv() -> str:
    lines = [",".join(f'"{title}"' for title in TITLES)]
    for row in ROWS:
        name = str(row[-1]).replace('"', '""')
        lines.append(",".join(map(str, row[:-1])) + f',"{name}"')
    return "\n".join(lines) + "\n"


def as_json() -> str:
    return json.dumps([dict(zip(TITLES, row, strict=True)) for row in ROWS])


@pytest.mark.parametrize(
    "text", [as_csv(), as_csv().replace("\n", "\r\n"), as_json(), "$ showmap -o csv 1\n" + as_csv()]
)
def test_every_row_with_its_numbers(text: str, tmp_path: Path) -> None:
    plain = plain_table(text)
    assert plain is not None
    (table,) = parse_showmaps(plain.splitlines())
    assert table.names == ["[anon:scudo:primary]", 'a "quoted", name']
    assert table.rows == [row[:15] for row in ROWS[:2]]
    assert (table.total_pss_kb, table.vmas, table.problem) == (34, 3, "")
    (tmp_path / "showmap.txt").write_text(text)
    capture = load_source(str(tmp_path / "showmap.txt"))
    assert capture.vmas.counters["pss_kb"].tolist() == [30, 4]
    assert capture.processes[0].fidelity == "showmap"


def test_other_texts_are_not_exports() -> None:
    assert plain_table("size RSS PSS object\n1 2 3 x\n") is None
    assert plain_table('{"a": 1}') is None


@given(st.text(max_size=60), st.integers(0, 400))
def test_no_text_fails(noise: str, cut: int) -> None:
    for text in (as_csv(), as_json()):
        found = plain_table(text[:cut] + noise + text[cut:])
        if found is not None:
            parse_showmaps(found.splitlines())
