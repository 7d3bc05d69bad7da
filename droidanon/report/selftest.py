"""The report of `droidanon selftest`: what was checked, without identifying the phone and apps."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from droidanon.report.column import Column
from droidanon.report.table import print_table

State = Literal["ok", "warning", "failure", "skipped"]

# A package name or one of its processes: starts in lower case, with at least two dots between words.
_PACKAGE = re.compile(r"\b[a-z][\w]*(?:\.[A-Za-z_]\w*){2,}(?::[\w.]+)?")
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\b[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){3,}")
_HOME = re.compile(r"(?:/home/|/Users/|[A-Z]:\\Users\\)[^\s/\\]+|/root\b|/tmp/\S+")
_OF_ANDROID = ("com.android.", "android.", "com.google.android.")


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its part, what was checked, the result in words, and how long it took."""

    part: str
    what: str
    state: State
    result: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class SelfTest:
    """All checks of a phone, and the reported facts about host and phone."""

    facts: Mapping[str, str | int]
    checks: tuple[Check, ...]

    @property
    def failed(self) -> bool:
        return any(check.state == "failure" for check in self.checks)


def redacted(found: SelfTest, app: str, serials: Iterable[str], others: Iterable[str] = ()) -> SelfTest:
    """The report without serials, addresses, home folders and packages; the app's name is replaced by a hash.

    `others`: the names of other apps. Parts of Android itself keep their names.
    """
    private = {name: "(serial)" for name in serials if name}
    private |= {
        name: "(app)" for name in others if "." in name and "/" not in name and not name.startswith(_OF_ANDROID)
    }
    longest_first = sorted(private, key=len, reverse=True)
    code = f"app-{hashlib.sha256(app.encode()).hexdigest()[:8]}"

    def clean(text: str) -> str:
        text = text.replace(app, code)
        for name in longest_first:
            text = text.replace(name, private[name])
        text = _HOME.sub("(folder)", _ADDRESS.sub("(address)", text))
        return _PACKAGE.sub(lambda match: match[0] if match[0].startswith(_OF_ANDROID) else "(app)", text)

    facts = {key: clean(value) if isinstance(value, str) else value for key, value in found.facts.items()}
    checks = tuple(
        Check(check.part, clean(check.what), check.state, clean(check.result), check.seconds) for check in found.checks
    )
    return SelfTest(facts, checks)


def selftest_record(found: SelfTest) -> dict[str, object]:
    """The report as JSON values."""
    return {"facts": dict(found.facts), "checks": [asdict(check) for check in found.checks]}


def print_selftest(found: SelfTest) -> None:
    """Print one line per check."""
    checks = found.checks
    print_table(
        [
            Column("part", [check.part for check in checks]),
            Column("state", [check.state for check in checks]),
            Column("check", [check.what for check in checks]),
            Column("s", [f"{check.seconds:.1f}" if check.seconds else "" for check in checks], align="right"),
            Column("result", [check.result for check in checks]),
        ]
    )
