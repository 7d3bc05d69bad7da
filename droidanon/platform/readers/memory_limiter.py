"""Parses the state of Android 17's memory limiter: `am memory-limiter status`, and its configuration file.

AOSP: services/core/java/com/android/server/am/MemoryLimiter.java, source.android.com/docs/core/perf/memory-limiter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree import ElementTree

_VERSION = "1"
_SET_KEYS = ("minimumRequiredMemTotal", "memVisible", "memNotVisible", "swapVisible", "swapNotVisible")
_STATUS_KEYS = ("visibleMem", "notVisibleMem", "visibleSwap", "notVisibleSwap")
LIMIT_KEYS = (
    "limiter_visible_high_kb",
    "limiter_not_visible_high_kb",
    "limiter_visible_swap_kb",
    "limiter_not_visible_swap_kb",
)
"""The keys of the limits in a capture: `memory.high` and `memory.swap.max` of the two buckets."""
_MOST_CHARACTERS = 1 << 20
_HEAD = re.compile(r"^[ \t]*Memory limiter[ \t]*$", re.MULTILINE)
_WORD = re.compile(r"([A-Za-z][A-Za-z-]{0,40})=(\S{1,40})")
_MEGABYTES = re.compile(r"(\d{1,7})MB")
_DECLARATION = re.compile(r"<!(?!--)")
"""What begins with `<!` but is not a comment: a document type or an entity."""
_KB_PER_MB = 1024


@dataclass(frozen=True, slots=True)
class LimiterConfig:
    """The limits of `memory-limiter-config.xml` in kB.

    A set is the smallest MemTotal it applies to, followed by the limits in the order of `LIMIT_KEYS`. `is_percent`: a
    beta of Android 17 gave percentages of an unknown amount, so there are no sets.
    """

    sets: tuple[tuple[int, ...], ...] = ()
    is_percent: bool = False

    def limits(self, total_kb: int) -> tuple[int, ...] | None:
        """The set with the largest minimum that does not exceed MemTotal, the last of equal ones; None without one."""
        fitting = [(one[0], place) for place, one in enumerate(self.sets) if one[0] <= total_kb]
        return self.sets[max(fitting)[1]][1:] if fitting else None


def parse_limiter_config(text: str) -> LimiterConfig:
    """Parse the configuration file. Raises ValueError with the reason for another version or form."""
    text = text[:_MOST_CHARACTERS]
    if _DECLARATION.search(text):
        raise ValueError("it has a document type")  # which may define entities that expand without limit
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(text.encode())
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise ValueError(f"not XML: {error}") from error
    if root.find(".//visible") is not None or root.find(".//notVisible") is not None:
        return LimiterConfig(is_percent=True)
    version = (root.findtext("version") or "").strip()
    if version != _VERSION:
        raise ValueError(f"version {version[:20] or 'unknown'} instead of {_VERSION}")
    return LimiterConfig(tuple(_limit_set(element) for element in root.iter("limitSet")))


def _limit_set(element: ElementTree.Element) -> tuple[int, ...]:
    numbers = []
    for key in _SET_KEYS:
        text = (element.findtext(key) or "").strip()
        if not re.fullmatch(r"[0-9]{1,7}", text):
            raise ValueError(f"{key} is not a number of MiB")
        numbers.append(int(text) * _KB_PER_MB)
    return tuple(numbers)


@dataclass(frozen=True, slots=True)
class LimiterStatus:
    """The limiter's status. `values` has every `KEY=VALUE`, including keys of betas and later releases."""

    enabled: bool
    values: Mapping[str, str]

    def limits(self) -> tuple[int, ...] | None:
        """The limits in kB in the order of `LIMIT_KEYS`; None if one was not printed or is not in MB."""
        found = [_MEGABYTES.fullmatch(self.values.get(key, "")) for key in _STATUS_KEYS]
        numbers = [int(match[1]) * _KB_PER_MB for match in found if match is not None]
        return tuple(numbers) if len(numbers) == len(found) else None


def parse_limiter_status(text: str) -> LimiterStatus | None:
    """Parse `am memory-limiter status`, also within `dumpsys activity`. None if the text has no such section."""
    head = _HEAD.search(text)
    if head is None:
        return None
    indent = len(head[0]) - len(head[0].lstrip())
    lines: list[str] = []
    for line in text[head.end() :].splitlines()[1:]:
        if not line.strip() or len(line) - len(line.lstrip()) <= indent:
            break
        lines.append(line)
    words = " ".join(lines).split()
    return LimiterStatus("enabled" in words and "disabled" not in words, dict(_WORD.findall("\n".join(lines))))


def limiter_facts(
    status: LimiterStatus | None, configs: Sequence[str], total_kb: int | None
) -> tuple[dict[str, str | int], list[str]]:
    """The facts about a phone's limiter that a capture stores, and problems in its files.

    `limiter` is `on`, `off`, `watching` (it does not kill) or `percent` (a beta's limits as percentages),
    absent if nothing is known; `limiter_source` is `status` or `config`; the limits are those of `LIMIT_KEYS`.
    """
    facts: dict[str, str | int] = {}
    if status is not None:
        kills = status.values.get("killing") != "false"
        facts = {"limiter": ("on" if kills else "watching") if status.enabled else "off", "limiter_source": "status"}
        if (limits := status.limits()) is not None and status.enabled:
            return facts | dict(zip(LIMIT_KEYS, limits, strict=True)), []
        if not status.enabled:
            return facts, []
        if any(status.values.get(key, "").endswith("%") for key in _STATUS_KEYS):
            return facts | {"limiter": "percent"}, []
    problems = []
    for text in configs:
        try:
            config = parse_limiter_config(text)
        except ValueError as error:
            problems.append(f"memory-limiter-config.xml: {error}")
            continue
        return facts | _config_facts(config, total_kb), problems
    return facts, problems


def _config_facts(config: LimiterConfig, total_kb: int | None) -> dict[str, str | int]:
    if config.is_percent:
        return {"limiter": "percent", "limiter_source": "config"}
    if total_kb is None:
        return {}
    limits = config.limits(total_kb)
    if limits is None:
        return {"limiter": "off", "limiter_source": "config"}
    return {"limiter": "on", "limiter_source": "config", **dict(zip(LIMIT_KEYS, limits, strict=True))}
