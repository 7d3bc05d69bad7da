"""docs/python.md: its examples run, and its reference is that of the docstrings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from droidanon.store.library import samples_folder
from tests.builders import write_leak

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "python.md"
NOT_RUN = "<!-- not run: needs a phone -->\n"


def test_the_examples_run(tmp_path: Path) -> None:
    guide = PAGE.read_text("utf-8").partition("# Reference\n")[0]
    blocks = re.findall(r"(<!-- not run.*-->\n)?```python\n(.*?)```", guide, re.DOTALL)
    assert [kept for kept, _code in blocks if kept] == [NOT_RUN]
    assert len(blocks) > 8
    folder = samples_folder()
    assert folder is not None
    for sample, name in zip(sorted(folder.glob("*example*.parquet")), ("cold", "warm"), strict=True):
        (tmp_path / f"{name}.parquet").write_bytes(sample.read_bytes())
    write_leak(tmp_path)
    (tmp_path / "leak").rename(tmp_path / "runs")
    code = "\n".join(code for kept, code in blocks if not kept)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MPLBACKEND": "agg", "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    assert "<Comparison of anon_swap_kb by category" in done.stdout
    assert (tmp_path / "change.png").stat().st_size > 1000


def test_the_reference_is_that_of_the_docstrings() -> None:
    done = subprocess.run([sys.executable, "docs/generate_python.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "run python docs/generate_python.py"
