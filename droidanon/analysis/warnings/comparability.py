"""Warnings about differences between two sides that make them hard to compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from droidanon.analysis.capture_facts import CaptureFacts, Side
from droidanon.analysis.warnings.processes import process_warnings
from droidanon.analysis.warnings.state import state_warnings
from droidanon.model import Problem, Process
from droidanon.wording import counted, listed

DEVICE_FACTS = {
    "serial": "device",
    "model": "device model",
    "build": "build",
    "android": "Android release",
    "kernel": "kernel",
    "page_size": "page size",
    "abi": "ABI",
}
MOST_NAMED = 5
UNREAD = Problem("problems", "not everything could be read; `droidanon info` lists the problems", "unread")

_APP_FACTS: Mapping[str, Callable[[Process], str | None]] = {
    "debuggable": lambda p: None if p.debuggable is None else "debuggable" if p.debuggable else "release",
    "compile filter": lambda p: p.compile_filter,
    "app ABI": lambda p: p.abi,
}
_SIDES = ("base", "new")


def comparison_warnings(
    base: Side, new: Side, *, single: bool, renamed: Mapping[str, str] | None = None
) -> tuple[Problem, ...]:
    """One warning per difference that makes deltas doubtful.

    `single`: every capture has one process; `renamed`: processes of new with another name in base.
    """
    sides = base, new
    found: list[Problem] = []
    for key, label in DEVICE_FACTS.items():
        found += _differs(label, [[facts.device.get(key) for facts in side] for side in sides])
    found += _differs(
        "access", [[facts.access or None for facts in side] for side in sides], ", so other processes could be read"
    )
    found += _scope_warnings(sides)
    found += _differs("preparation", [[facts.prepared for facts in side] for side in sides])
    found += _differs("fidelity", [[fidelities(facts) for facts in side] for side in sides])
    found += _app_warnings(sides)
    if not single:
        found += process_warnings(base, new, renamed or {})
    found += state_warnings(base, new)
    for name, side in zip(_SIDES, sides, strict=True):
        for warning in dict.fromkeys(warning for facts in side for warning in facts.warnings):
            found.append(Problem(f"{name} {warning.where}", warning.message, warning.kind))
    if any(facts.has_problems for facts in (*base, *new)):
        found.append(UNREAD)
    return tuple(found)


def fidelities(facts: CaptureFacts) -> str | None:
    """The fidelities of a capture's processes, as text to compare."""
    return ", ".join(sorted({process.fidelity for process in facts.read})) or None


def slug(label: str) -> str:
    """A label as part of a warning's kind."""
    return label.lower().replace(" ", "_")


def _differs(label: str, sides: Sequence[Sequence[str | int | None]], so: str = "") -> list[Problem]:
    """A warning if a known fact of the captures differs between the sides, or within one."""
    one, two = [sorted({str(value) for value in side if value is not None}) for side in sides]
    if one and two and one != two:
        text = f"differs: {listed(one, MOST_NAMED)} in base, {listed(two, MOST_NAMED)} in new{so}"
        return [Problem(label, text, f"different_{slug(label)}")]
    if max(len(one), len(two)) > 1:
        text = f"differs between the captures of one side: {listed(max(one, two, key=len), MOST_NAMED)}{so}"
        return [Problem(label, text, f"mixed_{slug(label)}")]
    return []


def _scope_warnings(sides: Sequence[Side]) -> list[Problem]:
    """A warning if the sides have different apps, because an app that a side lacks counts as 0."""
    scopes = [sorted({facts.app for facts in side}) for side in sides]
    if scopes[0] == scopes[1]:
        return []
    words = [listed([app or "all processes" for app in scope], MOST_NAMED) for scope in scopes]
    app = next((app for scope in scopes for app in scope if app), "")
    text = f"base has {words[0]}, new has {words[1]}; compare only {app} (--app)"
    return [Problem("scope", text, "different_scope")]


def _app_warnings(sides: Sequence[Side]) -> list[Problem]:
    """Warnings about apps that were built or compiled differently."""
    found = []
    for label, value_of in _APP_FACTS.items():
        one, two = (_app_values(side, value_of) for side in sides)
        apart = sorted(app for app in set(one) & set(two) if one[app] != two[app])
        if apart:
            app = apart[0]
            base, new = (listed(sorted(values[app]), MOST_NAMED) for values in (one, two))
            more = f" (and {counted(len(apart) - 1, 'more app')})" if apart[1:] else ""
            text = f"differs: {app} is {base} in base, {new} in new{more}"
            found.append(Problem(label, text, f"different_{slug(label)}"))
    return found


def _app_values(side: Side, value_of: Callable[[Process], str | None]) -> dict[str, set[str]]:
    """The values of a fact that the processes of each app have."""
    values: dict[str, set[str]] = {}
    for facts in side:
        for process in facts.read:
            value = value_of(process)
            if value is not None:
                values.setdefault(process.app, set()).add(value)
    return values
