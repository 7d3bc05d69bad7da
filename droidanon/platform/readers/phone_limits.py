"""Parses the limits that a phone sets on the memory of its processes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from droidanon.platform.readers.memory_limiter import limiter_facts, parse_limiter_status
from droidanon.platform.readers.procfs import parse_number

_SIZE = re.compile(r"([0-9]{1,9})([kmg]?)")
_UNITS = {"": 1 / 1024, "k": 1, "m": 1024, "g": 1024 * 1024}
_HEAP_PROPERTIES = {
    "heap_growth_limit_kb": "dalvik.vm.heapgrowthlimit",
    "heap_size_kb": "dalvik.vm.heapsize",
}


def phone_limits(
    properties: Mapping[str, str],
    *,
    limiter: str = "",
    configs: Sequence[str] = (),
    map_count: str = "",
    total_kb: int | None = None,
) -> tuple[dict[str, str | int], list[str]]:
    """Limits by name, and problems in the limiter's files.

    Args:
        properties: the phone's properties, which have the Java heap sizes.
        limiter: a text with `am memory-limiter status`.
        configs: the texts of the limiter's configuration files; the first valid one counts.
        map_count: `/proc/sys/vm/max_map_count`.
        total_kb: MemTotal, which selects the limits in the configuration.
    """
    facts, problems = limiter_facts(parse_limiter_status(limiter), [one for one in configs if one.strip()], total_kb)
    for key, name in _HEAP_PROPERTIES.items():
        if (match := _SIZE.fullmatch(properties.get(name, "").strip().lower())) is not None:
            facts[key] = int(int(match[1]) * _UNITS[match[2]])
    if (count := parse_number(map_count)) is not None:
        facts["max_map_count"] = count
    return facts, problems
