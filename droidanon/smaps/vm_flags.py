"""The meaning of VmFlags (Linux Documentation/filesystems/proc.rst, fs/proc/task_mmu.c show_smap_vma_flags)."""

from __future__ import annotations

from collections.abc import Mapping

VM_FLAGS: Mapping[str, str] = {
    "rd": "readable",
    "wr": "writable",
    "ex": "executable",
    "sh": "shared",
    "mr": "may read",
    "mw": "may write",
    "me": "may execute",
    "ms": "may share",
    "gd": "grows down",
    "pf": "pure page numbers (device memory)",
    "dw": "writes to the file denied",
    "lo": "locked in memory",
    "io": "memory of a device",
    "sr": "read sequentially (advised)",
    "rr": "read at random (advised)",
    "dc": "not copied on fork",
    "de": "can't grow by mremap",
    "ac": "accounted",
    "nr": "no swap reserved",
    "ht": "huge pages (hugetlbfs)",
    "sf": "synchronous page faults",
    "nl": "non-linear",
    "ar": "architecture's own flag",
    "wf": "emptied on fork",
    "dd": "left out of core dumps",
    "sd": "soft-dirty",
    "mm": "mixed: pages and device memory",
    "hg": "huge pages wanted",
    "nh": "huge pages not wanted",
    "mg": "may be merged (KSM)",
    "bt": "guarded branch targets",
    "mt": "memory tagging (MTE)",
    "um": "userfaultfd: missing",
    "uw": "userfaultfd: write-protected",
    "ui": "userfaultfd: minor",
    "ss": "shadow stack",
    "sl": "sealed",
    "lf": "locked on fault",
    "dp": "dropped under pressure",
    "gu": "guard pages inside",
}

ORDINARY = frozenset({"rd", "wr", "ex", "sh", "mr", "mw", "me", "ms", "ac"})
"""Flags that add nothing to the permissions."""


def flag_words(flags: str) -> list[str]:
    """The notable flags in words; an unknown flag is unchanged."""
    return [VM_FLAGS.get(flag, flag) for flag in flags.split() if flag not in ORDINARY]
