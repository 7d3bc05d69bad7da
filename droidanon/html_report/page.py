"""The content of a report: a page of sections, in reading order.

All texts are plain: `render` makes control characters visible (`droidanon.escape`) and escapes HTML.
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
"""The emphasis of a number or verdict; always in addition to words."""

Kind = Literal["text", "note", "kb", "change_kb", "count", "number", "change", "percent", "change_percent", "p"]
"""How a column's values are formatted: a `text` is one line, shortened in the middle if long, and a `note` is shown in
full; `kb` and `count` have thousands separators, `change_*` a sign, `number` three significant digits, `percent` one
decimal; `p` is formatted as a p value."""


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
    """One of the numbers at the top: a label, the value as text, and a line below it."""

    label: str
    value: str
    detail: str = ""
    tone: Tone = ""
    share: float | None = None
    """The used fraction of a limit (1 is all of it), shown as a bar."""


@dataclass(frozen=True, slots=True)
class Headlines:
    """The verdict in one sentence, and the headline numbers."""

    numbers: Sequence[HeadlineNumber]
    verdict: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class PageFinding:
    """A finding: its title, a badge such as its certainty, an amount as text, and the evidence."""

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
    """Findings, most important first. `empty` is shown if there are none."""

    title: str
    findings: Sequence[PageFinding]
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A plotly figure: `data` and `layout` as plain dicts and lists.

    `--accent` as the value of a key such as `color` is a colour of the page's theme (`assets/page.css`). Fonts,
    backgrounds, grid lines and margins come from the theme. plotly interprets tags in labels, so device text must go
    through `plotly_text`; the only tag in templates is `<br>`, because others set styles that the page's policy blocks.
    `summary` describes the figure in words, for readers who cannot see it.
    """

    title: str
    data: Sequence[Mapping[str, Any]]
    layout: Mapping[str, Any]
    summary: str
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class SortableTable:
    """A table that can be sorted and filtered in the page. `sort` is the key of the initial order; without one, rows
    keep the given order.
    """

    title: str
    columns: Sequence[PageColumn]
    note: str = ""
    sort: str = ""
    descending: bool = True
    rows_shown: int = 25
    followed: npt.NDArray[np.int64] | None = None
    """If the table follows the page's explorer: the explorer row of each row, in ascending order."""


@dataclass(frozen=True, slots=True, eq=False)
class Explorer:
    """Memory as a treemap and an icicle for drilling down, next to a table of the parts, for a choice of counters.

    Rows are sorted by `levels`, outermost first, so that all rows of a part are contiguous. `counters` are in kB, and
    the first one is selected initially; `vmas` counts VMAs. `colours` is the key of the level that colours the tiles,
    by the first word of a dotted path. Tables on the same page with `followed` show the rows of the part that is open.
    """

    title: str
    levels: Sequence[PageColumn]
    counters: Sequence[PageColumn]
    vmas: PageColumn
    whole: str
    """The name of the root, such as the app or `all apps`."""
    colours: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """Paragraphs followed by a list."""

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
    """A report: its title, a line below it, and its sections."""

    title: str
    subtitle: str
    sections: Sequence[PageSection]


def plotly_text(text: str) -> str:
    """Text for a plotly label, escaped because plotly would interpret `<b>` and `&lt;` as markup."""
    return escape_text(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
