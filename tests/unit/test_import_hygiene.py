"""Heavy imports stay lazy: `droidanon --help` is part of the product."""

from __future__ import annotations

import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from droidanon.cli.main import run
from droidanon.store.parquet import save_capture
from tests.builders import capture, make_series

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


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_the_list_of_commands_and_the_version_need_no_typer(option: str) -> None:
    assert not {"typer", "click"} & _loaded(
        "from droidanon.cli.main import run; import io, contextlib\n"
        f"with contextlib.redirect_stdout(io.StringIO()) as out: run([{option!r}])\nassert 'droidanon' in out.getvalue()"
    )


@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_the_list_of_commands_is_that_of_typer(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    printed = []
    for arguments in (["--help"], ["--help", "--help"]):
        with redirect_stdout(StringIO()) as out:
            assert run(arguments) == 0
        printed.append(out.getvalue())
    assert printed[0] == printed[1]


def test_a_breakdown_of_a_file_needs_no_pandas(tmp_path: Path) -> None:
    path = save_capture(capture(), tmp_path / "c.parquet")
    code = (
        "from droidanon.cli.main import run; import io, contextlib\n"
        f"with contextlib.redirect_stdout(io.StringIO()): assert run(['show', {str(path)!r}, '--by', 'category']) == 0"
    )
    loaded = _loaded(code)
    assert not loaded & {"pandas", "textual", "adbutils"}
    assert not {name for name in loaded if name.startswith(("droidanon.sources.files", "droidanon.sources.perfetto"))}


def test_kept_sums_of_a_series_need_no_pandas(tmp_path: Path) -> None:
    series = make_series(tmp_path / "s").path
    code = (
        "from droidanon.cli.main import run; import io, contextlib\n"
        "for _ in range(2):\n"
        f"    with contextlib.redirect_stdout(io.StringIO()): assert run(['trend', {str(series)!r}]) == 0"
    )
    assert not _loaded(code) & {"pandas"}
    assert (series / ".sums").is_dir()


def test_writing_a_capture_needs_no_pandas(tmp_path: Path) -> None:
    path = save_capture(capture(), tmp_path / "c.parquet")
    code = (
        "from droidanon.store.parquet import load_capture, save_capture\n"
        f"save_capture(load_capture({str(path)!r}), {str(tmp_path / 'again.parquet')!r})"
    )
    assert not _loaded(code) & {"pandas", "numpy.ma"}


@pytest.mark.parametrize("arguments", [["show", "--sample"], ["diff", "--sample"]])
def test_no_masked_arrays_are_imported(arguments: list[str]) -> None:
    """`numpy.unique` without options imports numpy.ma, which takes as long as opening a capture."""
    code = (
        "from droidanon.cli.main import run; import io, contextlib\n"
        f"with contextlib.redirect_stdout(io.StringIO()): assert run({arguments!r}) == 0"
    )
    assert "numpy.ma" not in _loaded(code)


def test_public_names() -> None:
    import droidanon

    for name in droidanon.__all__:
        assert getattr(droidanon, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        droidanon.nonsense  # noqa: B018


def test_nothing_that_only_posix_has_is_needed_to_import() -> None:
    """Every module imports where the modules of POSIX are not there, as on Windows, but for the driver of POSIX
    terminals, which only the app on POSIX imports.
    """
    code = """
import importlib, pkgutil, sys

POSIX = {"termios", "fcntl", "pwd", "grp", "resource", "pty", "tty"}

class Without:
    def find_spec(self, name, path=None, target=None):
        if name in POSIX:
            raise ImportError(f"no {name} on Windows")

import droidanon, numpy, pyarrow.parquet, pandas, textual.app  # theirs are their own business
for name in POSIX:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Without())
import droidanon_tui
for package in (droidanon, droidanon_tui):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__") and module.name != "droidanon_tui.terminal_driver":
            importlib.import_module(module.name)
assert "droidanon_tui.terminal_driver" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
