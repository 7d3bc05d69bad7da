"""The report of redacted copies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from droidanon.report.json import print_json
from droidanon.report.narration import say
from droidanon.report.table import print_table, write_text
from droidanon.report.titles import text_column
from droidanon.share.policy import DEFAULT_POLICY, KINDS
from droidanon.units import format_bytes
from droidanon.wording import counted, listed

if TYPE_CHECKING:
    from droidanon.share.run import SharedOutput

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class ShareReport:
    """The shared sources, as the user named them, and the result."""

    sources: list[str]
    output: SharedOutput


def print_rules() -> None:
    """Print the built-in rules."""
    write_text(DEFAULT_POLICY.read_text("utf-8"))


def print_shared(report: ShareReport, *, as_json: bool) -> None:
    """Print the path of the copy and, on stderr, its content, the dropped texts and the extent of the scan."""
    found = report.output
    if as_json:
        scan = found.scan
        print_json(
            [{"kind": kind, "action": action, "texts": count} for kind, action, count in found.counts if kind in KINDS],
            source=report.sources,
            path=str(found.path),
            files=found.files,
            dropped=[{"what": sort, "count": count} for sort, count in sorted(found.dropped.items())],
            scan=None
            if scan is None
            else {"bytes": scan.bytes, "secrets": scan.secrets, "excluded": list(scan.excluded)},
        )
        return
    write_text(f"{found.path}\n")
    _say_actions(found)
    _say_dropped(found)
    if found.scan is not None:
        say(
            f"searched {format_bytes(found.scan.bytes)} for {counted(found.scan.secrets, 'text')} and "
            "words of the original: none found"
        )
        if found.scan.excluded:
            say(f"not searched for, since a name that stays contains them: {listed(found.scan.excluded, _SHOWN)}")


def print_preview(report: ShareReport, *, as_json: bool) -> None:
    """Print each text and its replacement."""
    found = report.output
    rows = list(_rows(found))
    if as_json:
        print_json(
            rows,
            source=report.sources,
            dropped=[{"what": sort, "count": count} for sort, count in sorted(found.dropped.items())],
        )
        return
    print_table([text_column(key, [row[key] for row in rows]) for key in ("kind", "action", "text", "result")])
    _say_dropped(found)


def _rows(found: SharedOutput) -> Iterator[dict[str, str]]:
    for kind in KINDS:
        for text, fate in sorted(found.fates.get(kind, {}).items()):
            yield {"kind": kind, "action": fate.action, "text": text, "result": fate.result}


def _say_actions(found: SharedOutput) -> None:
    for wanted, verb in (("hash", "hashed"), ("keep", "kept")):
        parts = [f"{count:,} {kind}" for kind, action, count in found.counts if action == wanted and kind in KINDS]
        if parts:
            say(f"{verb}: {', '.join(parts)}")


def _say_dropped(found: SharedOutput) -> None:
    if found.dropped:
        say(f"dropped: {', '.join(f'{count:,} {sort}' for sort, count in sorted(found.dropped.items()))}")
