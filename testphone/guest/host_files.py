"""Copies files of the host into the guest, under the same paths."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path


def add_file(root: Path, path: Path) -> None:
    """Add a file of the host under the same path, following links."""
    target = root / path.relative_to("/")
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)


def add_libraries(root: Path, program: str) -> None:
    """Add the shared libraries of a program or library."""
    output = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    for path in re.findall(r"(/\S+) \(0x", output):
        add_file(root, Path(path))
