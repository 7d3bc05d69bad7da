"""Heavy imports stay lazy: `droidanon --help` is part of the product."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from droidanon.store.parquet import save_capture
from tests.builders import capture

HEAVY = {"numpy", "pandas", "pyarrow", "textual", "adbutils", "rich.table", "scipy", "asyncio", "PIL", "requests"}


def _loaded(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import droidanon",
        "from droidanon.cli.main import run; import io, contextlib\nwith contextlib.redirect_stdout(io.StringIO()): run(['--help'])",
        "from droidanon.cli.main import run; import io, contextlib\nwith contextlib.redirect_stdout(io.StringIO()): run(['show', '--help'])",
    ],
)
def test_nothing_heavy_is_imported(code: str) -> None:
    assert not _loaded(code) & HEAVY


def test_a_breakdown_of_a_file_needs_no_pandas(tmp_path: Path) -> None:
    path = save_capture(capture(), tmp_path / "c.parquet")
    code = (
        "from droidanon.cli.main import run; import io, contextlib\n"
        f"with contextlib.redirect_stdout(io.StringIO()): assert run(['show', {str(path)!r}, '--by', 'category']) == 0"
    )
    assert not _loaded(code) & {"pandas", "textual", "adbutils"}


def test_public_names() -> None:
    import droidanon

    for name in droidanon.__all__:
        assert getattr(droidanon, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        droidanon.nonsense  # noqa: B018
