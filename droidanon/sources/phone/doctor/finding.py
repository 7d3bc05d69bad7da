"""What an examination of host and phone finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "failure"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: in which part, what, how it is, what it told, and what to do about it."""

    part: str
    what: str
    state: State
    told: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class AppAccess:
    """How the processes of an app (or daemon) that run now can be read, and what that gives (design: fidelity)."""

    app: str
    processes: int
    way: str
    fidelity: str


@dataclass(frozen=True, slots=True)
class Examination:
    """All that was found, in order."""

    findings: tuple[Finding, ...]
    apps: tuple[AppAccess, ...] = ()

    @property
    def failed(self) -> bool:
        return any(finding.state == "failure" for finding in self.findings)
