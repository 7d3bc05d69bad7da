"""Parses the memory controller's files in a process's cgroup (Documentation/admin-guide/cgroup-v2.rst)."""

from __future__ import annotations

import re
from collections.abc import Mapping

_STAT_LINE = re.compile(r"^([a-z_]{1,30}) ([0-9]{1,18})$", re.MULTILINE)
_FILES = {
    "memory.swap.current": "swap_current_kb",
    "memory.high": "high_kb",
    "memory.swap.max": "swap_max_kb",
}
_BYTES = re.compile(r"[0-9]{1,18}")


def parse_cgroup(files: Mapping[str, str]) -> dict[str, int]:
    """Amounts in kB from the texts of the files, by file name: `anon_kb`, `shmem_kb`, `swap_current_kb`, `high_kb`,
    `swap_max_kb`.

    A limit of `max` is absent. cgroup v1 has only `rss` and `swap` in memory.stat
    (Documentation/admin-guide/cgroup-v1/memory.rst).
    """
    stat = {key: int(value) // 1024 for key, value in _STAT_LINE.findall(files.get("memory.stat", ""))}
    found = {}
    for name, keys in (("anon_kb", ("anon", "rss")), ("shmem_kb", ("shmem",)), ("swap_current_kb", ("swap",))):
        number = next((stat[key] for key in keys if key in stat), None)
        if number is not None:
            found[name] = number
    for file, name in _FILES.items():
        text = files.get(file, "").strip()
        if _BYTES.fullmatch(text):
            found[name] = int(text) // 1024
    return found
