"""Rows as JSON: written in pieces, as if they were written at once."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from droidanon.columns import Coded
from droidanon.report.json import json_object, print_json
from droidanon.rows import Rows


def _records(count: int) -> Iterator[dict[str, Any]]:
    for row in range(count):
        yield {"name": f"[anon:\x1b é {row}]", "kb": row if row % 3 else None, "parts": [{"a": 1}, []]}


@pytest.mark.parametrize("count", [0, 1, 2, 1023, 1024, 1025, 3000])
def test_pieces_are_the_same_text(count: int) -> None:
    out = io.StringIO()
    more: dict[str, Any] = {"counter": "pss_kb", "rows_of": {"rows": [0], "": []}}
    print_json(_records(count), totals={"kb": 3}, source=["a"], out=out, **more)
    whole = json_object(list(_records(count)), totals={"kb": 3}, source=["a"], **more)
    assert out.getvalue() == json.dumps(whole, ensure_ascii=True, indent=1) + "\n"


class _Nowhere(io.StringIO):
    def write(self, text: str) -> int:
        return len(text)


def test_many_rows_need_no_memory() -> None:
    def peak(count: int) -> int:
        codes = (np.arange(count) % 100).astype(np.int32)
        rows = Rows({"heap": Coded(codes, tuple(map(str, range(100))))}, {"kb": np.arange(count)})
        tracemalloc.start()
        print_json(rows.iter_records(), out=_Nowhere())
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(15_000) < 1.5 * peak(5_000)
