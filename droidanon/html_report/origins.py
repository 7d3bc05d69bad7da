"""Records how the captures of a result were made, while they are read one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.limits.headline import Headline, headline
from droidanon.analysis.limits.wording import share_text
from droidanon.columns import Coded
from droidanon.html_report.capture_origin import phone_text, source_text, time_text
from droidanon.html_report.page import PageColumn, SortableTable
from droidanon.wording import listed

if TYPE_CHECKING:
    from droidanon.analysis.view import View

_MOST_LISTED = 3


@dataclass(frozen=True, slots=True)
class CaptureOrigin:
    """How one capture was made. `headline`: the headline numbers of its app; None for several apps."""

    file: str
    created: str
    phone: str
    access: str
    fidelity: str
    versions: str
    labels: str
    processes: int
    read: int
    partial: bool
    headline: Headline | None

    @classmethod
    def of(cls, view: View, source: str = "") -> CaptureOrigin:
        """The facts about a capture, without a reference to it."""
        capture = view.capture
        counted = capture.counted
        versions = sorted({process.version_name for process in counted if process.version_name})
        return cls(
            source_text(source),
            capture.created,
            phone_text(capture),
            capture.access,
            ", ".join(sorted({process.fidelity for process in counted if process.rows})),
            listed(versions, _MOST_LISTED) if capture.only_app else "",
            ", ".join(f"{key}={value}" for key, value in capture.labels.items()),
            len(counted),
            sum(1 for process in counted if process.rows),
            capture.partial,
            headline(view),
        )


@dataclass(slots=True)
class OriginLog:
    """Records the origins of captures while they are iterated."""

    origins: list[CaptureOrigin] = field(default_factory=list)

    def watch(self, views: Iterable[View], sources: Sequence[str]) -> Iterator[View]:
        """Yield the same captures; `sources` names each."""
        for place, view in enumerate(views):
            self.origins.append(CaptureOrigin.of(view, sources[place] if place < len(sources) else ""))
            yield view


@dataclass(slots=True)
class SideLogs:
    """The captures of both sides of a comparison."""

    base: OriginLog = field(default_factory=OriginLog)
    new: OriginLog = field(default_factory=OriginLog)

    @property
    def every(self) -> list[CaptureOrigin]:
        """The captures of both sides."""
        return [*self.base.origins, *self.new.origins]


def largest_share(origins: Sequence[CaptureOrigin]) -> tuple[float, str] | None:
    """The largest share of Google Play's limit that any process in the captures uses, and a sentence about it."""
    found: tuple[float, str] | None = None
    for one in origins:
        use = None if one.headline is None else one.headline.nearest
        if one.headline is None or use is None or use.play_share is None:
            continue
        if found is None or use.play_share > found[0]:
            found = use.play_share, share_text(use, alone=one.headline.processes == 1)
    return found


def phones(origins: Sequence[CaptureOrigin]) -> str:
    """The phones of some captures."""
    return listed(sorted({one.phone for one in origins if one.phone}), _MOST_LISTED)


def origin_table(sides: Sequence[tuple[str, Sequence[CaptureOrigin]]]) -> SortableTable:
    """One row per capture: side, file, time, phone, access method, versions, labels, processes."""
    rows = [(side, one) for side, origins in sides for one in origins]
    texts = {
        "side": [side for side, _ in rows],
        "file": [one.file for _, one in rows],
        "time": [time_text(one.created) for _, one in rows],
        "phone": [one.phone for _, one in rows],
        "access": [one.access for _, one in rows],
        "fidelity": [one.fidelity for _, one in rows],
        "version": [one.versions for _, one in rows],
        "labels": [one.labels for _, one in rows],
        "note": ["partial" if one.partial else "" for _, one in rows],
    }
    columns = [PageColumn(key, key, "text", Coded.of(values)) for key, values in texts.items() if any(values)]
    counts = (("processes", [one.processes for _, one in rows]), ("read", [one.read for _, one in rows]))
    columns += [PageColumn(key, key, "count", np.array(values, np.int64)) for key, values in counts]
    return SortableTable("Captures", columns, sort="time", descending=False)
