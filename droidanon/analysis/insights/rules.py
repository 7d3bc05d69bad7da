"""The rules behind findings (`insights.toml`): what each measures, its threshold, and its texts."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from droidanon.analysis.insights.insight import Certainty, Order

_FILE = Path(__file__).with_name("insights.toml")


class InsightRule(NamedTuple):
    """One rule. Texts are templates: `{kb:,}`, `{count:,}`, `{percent:.0f}`, `{app}`, `{process}`, and facts of the
    measure.
    """

    id: str
    title: str
    why: str
    action: str
    link: str
    certainty: Certainty
    threshold: str
    """Why it fires from this threshold on, with a source if there is one."""
    measure: str = "memory"
    """A function of `analysis.insights.measures`."""
    counter: str | None = "anon_swap_kb"
    """The counter of its kB; another one is used if that was not read (`GroupedApp.counter`)."""
    counts: str = "VMA"
    categories: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Patterns of names, with a `*` for any text; a VMA counts if its category, name or heap is listed."""
    heaps: tuple[str, ...] = ()
    """Heaps of the platform, which dumpsys meminfo reports without names."""
    engines: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    """JavaScript engines: categories, and patterns of names (with a `*`)."""
    min_kb: int = 0
    min_count: int = 0
    min_percent: float = 0
    below_percent: float | None = None
    commands: tuple[str, ...] = ()
    order: Order = Order.MEMORY


@cache
def insight_rules() -> tuple[InsightRule, ...]:
    """All rules, in the order of their file."""
    data = tomllib.loads(_FILE.read_text("utf-8"))
    return tuple(_rule(entry) for entry in data["rule"])


def _rule(entry: Mapping[str, Any]) -> InsightRule:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    values["certainty"] = Certainty(values["certainty"])
    values["order"] = Order(values.get("order", Order.MEMORY))
    values["counter"] = values.get("counter", "anon_swap_kb") or None
    values["engines"] = {name: tuple(patterns) for name, patterns in values.get("engines", {}).items()}
    return InsightRule(**values)
