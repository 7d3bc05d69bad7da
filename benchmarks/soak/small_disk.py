"""A small disk that can be filled; requires root."""

from __future__ import annotations

import subprocess
from pathlib import Path

SIZE = "4m"


class SmallDisk:
    """A tmpfs at `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"
        self.is_full = False
        self.is_used = False
        """Whether a recording has started on it."""
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], check=True)

    def fill(self) -> None:
        """Fill the disk completely."""
        self.is_full = True
        with open(self._filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return

    def empty(self) -> None:
        """Free the space."""
        self._filler.unlink(missing_ok=True)
        self.is_full = False

    def close(self) -> None:
        subprocess.run(["umount", str(self.folder)], check=True)
