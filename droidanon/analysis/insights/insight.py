"""A finding about an app's memory, with its evidence.

NamedTuples, because `show` imports this module and dataclasses take longer to create.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from droidanon.model import Process


class Certainty(StrEnum):
    """How sure a finding is."""

    CERTAIN = "certain"
    """The numbers that were read show it."""
    LIKELY = "likely"
    """Little else explains the numbers."""
    POSSIBLE = "possible"
    """The numbers fit, and would fit other causes; kB are an upper bound."""


class Order(StrEnum):
    """The group in which a finding is listed."""

    FIRST = "first"
    """Limits that are exceeded, or nearly."""
    MEMORY = "memory"
    """Memory that may be saved: by kB."""
    CONTEXT = "context"
    """Facts that qualify the numbers."""


class Evidence(NamedTuple):
    """A name with its kB and number of VMAs, threads or other things; None means unknown or not applicable."""

    name: str
    kb: int | None = None
    number: int | None = None


class Measurement(NamedTuple):
    """The result of a measure for an app: kB, a count, a share in percent, and the values that a rule's texts name.

    None means not applicable. A rule fires if all its thresholds are reached.
    """

    kb: int | None = None
    number: int | None = None
    percent: float | None = None
    evidence: tuple[Evidence, ...] = ()
    process: Process | None = None
    """The process that it is about, or the largest of those."""
    facts: Mapping[str, str | int] = MappingProxyType({})
    certainty: Certainty | None = None
    """If it differs from that of the rule."""


class Insight(NamedTuple):
    """A finding about an app's memory, and one recommended action."""

    rule: str
    app: str
    process: Process | None
    title: str
    certainty: Certainty
    order: Order
    kb: int | None
    """The memory that it is about, by `counter`; None: it is not about an amount."""
    counter: str | None
    evidence: tuple[Evidence, ...]
    counts: str
    """What `number` of the evidence counts: `VMA`, `thread`."""
    why: str
    action: str
    commands: tuple[str, ...]
    """Lines to run or to write, filled in."""
    link: str
