"""`import droidanon`: the public functions as docs and README show them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import droidanon
from droidanon.store.library import samples_folder
from tests.builders import capture, entry, text

TEXT = text(("[anon:scudo:primary]", 100), ("/system/lib64/libc.so", 7), ("", 4)).encode()


def test_everything_public_is_there_and_listed() -> None:
    assert sorted(droidanon.__all__) == sorted(set(droidanon.__all__))
    for name in droidanon.__all__:
        assert getattr(droidanon, name) is not None
    assert set(droidanon.__all__) <= set(dir(droidanon))
    with pytest.raises(AttributeError, match="nonsense"):
        _ = droidanon.nonsense  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_smaps_is_parsed_whole_or_in_pieces(size: int) -> None:
    pieces = [TEXT[at : at + size] for at in range(0, len(TEXT), size)]
    parsed = droidanon.parse_smaps(iter(pieces))
    assert len(parsed.vmas) == 3
    assert not parsed.problems
    frame = parsed.vmas_frame()
    assert frame["name"].tolist() == ["[anon:scudo:primary]", "/system/lib64/libc.so", ""]
    assert frame["pss_kb"].tolist() == [100, 7, 4]
    assert frame["start"].tolist() == droidanon.parse_smaps(TEXT).vmas_frame()["start"].tolist()


def test_a_counter_that_was_not_printed_is_missing() -> None:
    cut = b"".join(line for line in TEXT.splitlines(keepends=True) if not line.startswith(b"SwapPss"))
    assert "swap_pss_kb" not in droidanon.parse_smaps(cut).vmas_frame()
    half = droidanon.parse_smaps(
        TEXT + entry("[anon:x]", start=0x7900000000).replace("SwapPss:               0 kB\n", "").encode()
    )
    assert half.vmas_frame()["swap_pss_kb"].isna().tolist() == [False, False, False, True]


def test_damage_is_in_the_problems() -> None:
    problems = droidanon.parse_smaps(TEXT[:-100]).problems
    assert problems
    assert all(problem.where.startswith("line") for problem in problems)


def test_save_and_load(tmp_path: Path) -> None:
    made = capture()
    path = droidanon.save(made, tmp_path / "cold.parquet")
    assert path == tmp_path / "cold.parquet"
    loaded = droidanon.load(path)
    assert loaded.processes == made.processes
    (tmp_path / "x.smaps").write_bytes(TEXT)
    assert droidanon.load(str(tmp_path / "x.smaps")).processes[0].name == "x"


def test_capture_with_labels_and_progress(tmp_path: Path) -> None:
    (tmp_path / "x.smaps").write_bytes(TEXT)
    seen: list[str] = []
    taken = droidanon.capture(str(tmp_path), labels={"run": "1"}, progress=lambda done, total, name: seen.append(name))
    assert taken.labels == {"run": "1"}
    assert seen


def test_breakdown_is_a_frame_that_sums() -> None:
    frame = droidanon.breakdown(capture({"com.a": TEXT.decode()}), by=("app", "category"), counters=("pss_kb",))
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == ["app", "category", "pss_kb", "vmas"]
    assert frame["pss_kb"].sum() == 111
    assert len(droidanon.breakdown(capture(), by="heap")) == 1


def test_diff_gives_frames() -> None:
    base, new = capture({"com.a": text(("[anon:x]", 10))}), capture({"com.a": text(("[anon:x]", 15), ("[anon:y]", 2))})
    change = droidanon.diff(base, new, by="name")
    assert isinstance(change.rows, pd.DataFrame)
    assert change.rows.set_index("name")["delta_kb"].to_dict() == {"[anon:x]": 5, "[anon:y]": 2}
    assert change.rows.set_index("name")["status"].to_dict() == {"[anon:x]": "both", "[anon:y]": "new"}
    assert (change.total["base_kb"], change.total["new_kb"], change.total["delta_kb"]) == (10, 17, 7)
    assert change.warnings["where"][0] == "1:1"
    assert change.rows["low_kb"].isna().all()
    assert change.headline["counter"].tolist()
    assert (change.counter, change.replicates) == ("total_pss_kb", (1, 1))


def test_diff_of_replicates() -> None:
    def runs(extra: int) -> list[droidanon.Capture]:
        return [capture({"com.a": text(("[anon:x]", 100 + number + extra))}) for number in range(5)]

    change = droidanon.diff(runs(0), runs(50), by="category")
    (row,) = change.rows.to_dict("records")
    assert row["verdict"] == "higher"
    assert row["low_kb"] <= 50 <= row["high_kb"]
    assert change.total["verdict"] == "higher"


def test_trend_gives_frames() -> None:
    series = [
        replace(capture({"com.a": text(("[anon:x]", 100 + 10 * number))}), created=f"2026-01-02T03:{number:02}:00Z")
        for number in range(8)
    ]
    growth = droidanon.trend(series, by="category")
    assert isinstance(growth.rows, pd.DataFrame)
    assert growth.rows["slope_kb"].tolist() == [10.0]
    assert (growth.per, growth.when[-1], growth.total["slope_kb"]) == ("minute", 7.0, 10.0)


def test_classify_keeps_the_order() -> None:
    frame = droidanon.classify(["[anon:scudo:primary]", "", "[anon:scudo:primary]", "/x.so"])
    assert frame["name"].tolist() == ["[anon:scudo:primary]", "", "[anon:scudo:primary]", "/x.so"]
    assert list(frame.columns) == ["name", "heap", "sub_heap", "category", "rule"]
    assert frame["heap"].tolist() == ["Native Heap", "Unknown", "Native Heap", ".so mmap"]
    assert droidanon.classify(["[anon:scudo:primary]"], android=10)["heap"].tolist() == ["Unknown"]


def test_the_readmes_python_runs(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    (code,) = [part.split("```")[0] for part in readme.split("```python\n")[1:]]
    folder = samples_folder()
    assert folder is not None
    first, second = sorted(folder.glob("*example*.parquet"))
    (tmp_path / "cold.parquet").write_bytes(first.read_bytes())
    (tmp_path / "warm.parquet").write_bytes(second.read_bytes())
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "delta_kb" in done.stdout
