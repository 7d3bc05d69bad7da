"""The wheel as a user has it: installed into an environment of its own, outside the checkout, with no source near."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.terminal import Terminal

ROOT = Path(__file__).parents[2]


def find_uv() -> str:
    """The uv that tools/setup used."""
    found = shutil.which("uv") or shutil.which("uv", path=ROOT / ".tools" / "bin")
    assert found, "no uv: tools/setup brings it"
    return found


def build(kind: str, project: Path, folder: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)],
        cwd=project,
        check=True,
        capture_output=True,
    )
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment's folder of programs. Libraries are this environment's, so that no network is needed."""
    home = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([find_uv(), "venv", "--quiet", "--offline", "--python", sys.executable, str(home)], check=True)
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run(
        [
            find_uv(),
            "pip",
            "install",
            "--quiet",
            "--offline",
            "--no-deps",
            "--python",
            str(programs / "python"),
            str(wheel),
        ],
        check=True,
    )
    (site,) = home.rglob("site-packages")
    # A folder named in a .pth file is searched, but its own .pth files (of the editable install) are not read.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    return programs


@pytest.fixture
def outside(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The installed programs come first, and the checkout is not here."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("PATH", str(installed), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)


def output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.usefixtures("outside")
def test_the_installed_commands_work(installed: Path, tmp_path: Path) -> None:
    where = output("python", "-c", "import droidanon, droidanon_tui; print(droidanon.__file__, droidanon_tui.__file__)")
    assert [path.startswith(str(installed.parent)) for path in where.split()] == [True, True]
    assert "Usage: droidanon" in output("droidanon", "--help")
    folder = output(
        "python", "-c", "from droidanon.store.library import samples_folder; print(samples_folder())"
    ).strip()
    assert Path(folder).is_relative_to(installed.parent)
    sample = str(Path(folder) / "1-example-cold-start.parquet")
    assert "Dalvik Heap" in output("droidanon", "show", sample, "--by", "heap")
    assert "native.scudo" in output("droidanon", "explain", "[anon:scudo:primary]")
    output("droidanon", "export", sample, "-o", "texts")
    assert any(Path("texts").iterdir())


@pytest.mark.usefixtures("outside")
def test_the_installed_tui_opens_its_sample(installed: Path, tmp_path: Path) -> None:
    terminal = Terminal([str(installed / "droidanon"), "tui", "--sample"], dict(os.environ), tmp_path)
    terminal.read_until(b"Explore")
    terminal.read_until(b"com.example.app")
    terminal.type(b"q")
    assert terminal.exit_code() == 0
    assert b"Traceback" not in terminal.seen


def test_the_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {Path(name).as_posix() for name in archive.namelist()}
    expected = {
        path.relative_to(folder).as_posix()
        for folder, package in ((ROOT, "droidanon"), (ROOT / "tui", "droidanon_tui"))
        for path in (folder / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    expected |= {f"droidanon/samples/{path.name}" for path in (ROOT / "captures" / "samples").glob("*.parquet")}
    assert {name for name in names if ".dist-info/" not in name} == expected


def test_a_wheel_of_the_source_distribution_is_the_same(wheel: Path, tmp_path: Path) -> None:
    sdist = build("sdist", ROOT, tmp_path / "sdist")
    shutil.unpack_archive(sdist, tmp_path / "source")
    (project,) = (tmp_path / "source").iterdir()
    again = build("wheel", project, tmp_path / "wheel")
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        assert sorted(one.namelist()) == sorted(other.namelist())
