"""The content of a report: a page with sections, in the order in which they are read.

All texts are plain: `render` makes control characters visible (`droidanon.escape`) and escapes them for HTML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from droidanon.columns import BoolArray, Coded
from droidanon.escape import escape_text

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Tone = Literal["", "good", "warning", "bad"]
"""How a number or verdict is emphasised; always in addition to words."""

Kind = Literal["text", "note", "kb", "change_kb", "count", "number", "change", "percent", "change_percent", "p"]
"""How a column's values are written: a `text` is one line, cut in the middle if it is long, a `note` is whole; `kb` and
`count` with thousands separators, `change_*` with a sign, `number` with three significant digits, `percent` with one
decimal, `p` as a p value."""


@dataclass(frozen=True, slots=True, eq=False)
class PageColumn:
    """A column of a table: one value per row, unknown where `missing` is true (or a text is empty)."""

    key: str
    title: str
    kind: Kind
    values: Coded | npt.NDArray[Any]
    missing: BoolArray | None = None

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class HeadlineNumber:
    """One of the numbers that come first: a label, the value as text, and a line below it."""

    label: str
    value: str
    detail: str = ""
    tone: Tone = ""
    share: float | None = None
    """The used part of a limit (1 is all of it), shown as a bar."""


@dataclass(frozen=True, slots=True)
class Headlines:
    """The verdict in one sentence, and the headline numbers."""

    numbers: Sequence[HeadlineNumber]
    verdict: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class PageFinding:
    """A finding: its title, a badge such as its certainty, an amount as text, and what stands behind it."""

    title: str
    amount: str = ""
    badge: str = ""
    evidence: Sequence[str] = ()
    why: str = ""
    action: str = ""
    commands: Sequence[str] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """Findings, the most important first. `empty` stands in for them if there are none."""

    title: str
    findings: Sequence[PageFinding]
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A plotly figure: `data` and `layout` as plain dicts and lists.

    `--accent` as the value of a key such as `color` is a colour of the page's theme (`assets/page.css`). Fonts,
    backgrounds, grid lines and margins come from the theme. plotly reads tags in labels: texts from a device go through
    `plotly_text`; the only tag of a template is `<br>`, because others set styles that the page's policy blocks.
    `summary` is the figure in words, for those who do not see it.
    """

    title: str
    data: Sequence[Mapping[str, Any]]
    layout: Mapping[str, Any]
    summary: str
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class SortableTable:
    """A table that is sorted and filtered in the page. `sort` is the key that it is sorted by at first;
    without one, the rows are in the given order.
    """

    title: str
    columns: Sequence[PageColumn]
    note: str = ""
    sort: str = ""
    descending: bool = True
    rows_shown: int = 25
    followed: npt.NDArray[np.int64] | None = None
    """If the table follows the explorer of the page: the explorer's row of each row, in ascending order."""


@dataclass(frozen=True, slots=True, eq=False)
class Explorer:
    """Memory as a treemap and an icicle to drill down in, next to a table of the parts, for any of several counters.

    Rows are sorted by `levels`, the outermost first, so that all rows of a part are next to each other. `counters` are
    their kB, of which the first is shown at first; `vmas` counts VMAs. `colours` is the level (its key) that gives the
    tiles their colours: by the first word of a dotted path. Tables of the same page with `followed` show the rows of
    the part that is open.
    """

    title: str
    levels: Sequence[PageColumn]
    counters: Sequence[PageColumn]
    vmas: PageColumn
    whole: str
    """The name of everything, such as the app or `all apps`."""
    colours: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """Paragraphs, followed by a list."""

    title: str
    paragraphs: Sequence[str] = ()
    items: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FactList:
    """Facts as pairs of label and text, such as how a capture was made."""

    title: str
    facts: Sequence[tuple[str, str]]
    note: str = ""


PageSection = Headlines | Findings | Figure | Explorer | SortableTable | Prose | FactList


@dataclass(frozen=True, slots=True)
class Page:
    """A report: its title, one line below it, and its sections."""

    title: str
    subtitle: str
    sections: Sequence[PageSection]


def plotly_text(text: str) -> str:
    """A text as a label of plotly, which would read `<b>` and `&lt;` as markup."""
    return escape_text(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
