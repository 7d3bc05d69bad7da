"""Locates the guest's kernels: built by build_kernel.sh in a cache outside the repository, or provided."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from testphone.phone.launcher import missing_for_real_adbd
from testphone.phone.tools import find_program

BROUGHT = Path(__file__).resolve().parents[3] / "shared" / "lab" / "bzImage"
COPIED_NAMES = "-copied-names"
"""The suffix of the image that copies names at fork, after the name of the kernel as merged."""


def cached_image() -> Path:
    """The path where build_kernel.sh puts its image."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "droidanon" / "kernel" / "bzImage"


def kernel_image(*, copied_names: bool = False) -> Path | None:
    """The kernel: $DROIDANON_TEST_KERNEL, else a provided one, else one that was built here; None if there is none."""
    given = os.environ.get("DROIDANON_TEST_KERNEL")
    for path in [Path(given)] if given else [BROUGHT, cached_image()]:
        image = path.with_name(path.name + COPIED_NAMES) if copied_names else path
        if image.is_file():
            return image
    return None


@cache
def missing_for_guest() -> str | None:
    """Why no guest can be booted here; None if one can."""
    if reason := missing_for_real_adbd():
        return reason
    for program in ("qemu-system-x86_64", "gcc"):
        if find_program(program) is None:
            return f"{program} is not installed (testphone/phone/setup.sh installs it)"
    if kernel_image() is None:
        given = os.environ.get("DROIDANON_TEST_KERNEL")
        return (
            f"no kernel at DROIDANON_TEST_KERNEL={given}"
            if given
            else "no kernel that names anonymous memory (testphone/guest/build_kernel.sh builds one)"
        )
    return None
