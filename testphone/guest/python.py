"""Copies the host's Python into the guest, as far as name_memory.py needs it."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path

from testphone.guest.host_files import add_file, add_libraries

PROJECT = Path(__file__).resolve().parents[2]
FLAGS = ("-S", "-s", "-P")
"""Without site-packages, user packages, or the script's folder."""


def add_python(root: Path) -> None:
    """Add the interpreter, its modules with bytecode, and libraries; in the guest's shell it is called python3."""
    program = Path(sys.executable).resolve()
    path = f"{PROJECT}:{_site_packages()}"
    files = [program, *_files_of_modules(program, path)]
    for file in files:
        add_file(root, file)
        if file == program or ".so" in file.suffixes:
            add_libraries(root, str(file))
    wrapper = root / "system/bin/python3"
    wrapper.write_text(
        f'#!/system/bin/sh\nPYTHONPATH={path} PYTHONDONTWRITEBYTECODE=1 exec {program} {" ".join(FLAGS)} "$@"\n'
    )
    wrapper.chmod(0o755)


def _site_packages() -> Path:
    import numpy

    return Path(numpy.__file__).parent.parent


def _files_of_modules(program: Path, path: str) -> list[Path]:
    """The files of all modules that `python3 -m testphone.guest.name_memory` loads."""
    code = "import sys, os\nfor module in list(sys.modules.values()): print(getattr(module, '__file__', None) or '')"
    done = subprocess.run(
        [str(program), *FLAGS, "-c", f"import runpy, testphone.guest.name_memory\n{code}"],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    found = {Path(line) for line in done.stdout.splitlines() if line}
    compiled = {Path(cache_from_source(str(file))) for file in found if file.suffix == ".py"}
    return sorted(found | {file for file in compiled if file.exists()})
