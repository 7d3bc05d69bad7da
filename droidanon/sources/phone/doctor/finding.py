"""The results of an examination of host and phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "failure"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its part, what was checked, its state, the result, and advice."""

    part: str
    what: str
    state: State
    result: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class AppAccess:
    """How the running processes of an app (or daemon) can be read, and the resulting fidelity."""

    app: str
    processes: int
    way: str
    fidelity: str


@dataclass(frozen=True, slots=True)
class Examination:
    """All results, in order."""

    findings: tuple[Finding, ...]
    apps: tuple[AppAccess, ...] = ()

    @property
    def failed(self) -> bool:
        return any(finding.state == "failure" for finding in self.findings)
