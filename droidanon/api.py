"""The public functions of `import droidanon`; everything after the first arguments is keyword-only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from droidanon.columns import VmaTable
from droidanon.model import Capture, Problem

if TYPE_CHECKING:
    import pandas as pd

    from droidanon.analysis.diff.comparison import Diff
    from droidanon.analysis.trend import Trend
    from droidanon.analysis.view import View
    from droidanon.taxonomy.rules import RuleSet


class SmapsTable:
    """The VMAs of one smaps text: `.vmas` has the columns, `.problems` what was not whole; `len` counts VMAs."""

    def __init__(self, vmas: VmaTable, problems: tuple[Problem, ...]) -> None:
        self.vmas = vmas
        self.problems = problems

    def __len__(self) -> int:
        return len(self.vmas)

    def to_pandas(self) -> pd.DataFrame:
        """One row a VMA: start, end, perms, offset, device, inode, name, flags and the counters (kB, <NA> if missing)."""
        from droidanon.rows import Rows

        vmas = self.vmas
        keys: dict[str, Sequence[Any]] = {
            "start": vmas.start.tolist(),
            "end": vmas.end.tolist(),
            "perms": vmas.perms.to_list(),
            "offset": vmas.offset.tolist(),
            "device": vmas.device.to_list(),
            "inode": vmas.inode.tolist(),
            "name": vmas.name.to_list(),
            "flags": vmas.flags.to_list(),
        }
        return Rows(keys, dict(vmas.counters), dict(vmas.missing)).to_pandas()


class Change:
    """A comparison of one counter: `rows`, `headline` and (of replicates) `tops` as frames, `total` as a dict.

    `rows` have the keys, status, base_kb, new_kb, delta_kb, delta_percent and, of replicates, low_kb, high_kb, p_value and
    verdict; a number that is not known is <NA>. `warnings` are doubts, `replicates` the captures of each side.
    """

    def __init__(self, change: Diff) -> None:
        self._change = change
        self.by = change.by
        self.counter = change.counter
        self.total = dict(change.total)
        self.warnings = change.warnings
        self.replicates = change.replicates

    @property
    def rows(self) -> pd.DataFrame:
        """The rows by absolute delta."""
        return self._change.rows.to_pandas()

    @property
    def headline(self) -> pd.DataFrame:
        """The same numbers of what the app itself costs, and of the platform's total; a row a counter."""
        return self._change.headline.to_pandas()

    @property
    def not_in_smaps(self) -> pd.DataFrame:
        """Memory that no VMA shows (memtrack, page tables), a row for each process and what it is; in no total."""
        return self._change.not_in_smaps.to_pandas()

    @property
    def objects(self) -> pd.DataFrame:
        """Counts of the Objects blocks of dumpsys meminfo, a row for each process and object."""
        return self._change.objects.to_pandas()

    @property
    def tops(self) -> pd.DataFrame | None:
        """The rows that are always tested; None of one against one."""
        return None if self._change.tops is None else self._change.tops.to_pandas()


class Growth:
    """How a counter went over a series: `rows`, `headline` and `tops` as frames, `total` as a dict.

    `rows` have the keys, first_kb, last_kb, slope_kb (a minute or a capture, as `per` says), low_kb, high_kb, p_value and verdict.
    `steps` has a tuple a row: where the level changed, and by how much. `when`: minutes after the first capture, or numbers.
    """

    def __init__(self, found: Trend) -> None:
        self._found = found
        self.by = found.by
        self.counter = found.counter
        self.per = found.per
        self.when = found.when
        self.steps = found.steps
        self.total = dict(found.total)
        self.warnings = found.warnings

    @property
    def rows(self) -> pd.DataFrame:
        """The rows by absolute slope."""
        return self._found.rows.to_pandas()

    @property
    def headline(self) -> pd.DataFrame:
        """The same numbers of the headline counters, a row each."""
        return self._found.headline.to_pandas()

    @property
    def tops(self) -> pd.DataFrame:
        """The rows that are always tested."""
        return self._found.tops.to_pandas()


def parse_smaps(data: bytes | Iterable[bytes]) -> SmapsTable:
    """The VMAs of one process's smaps, maps or smaps_rollup text, given whole or in pieces of any size."""
    from droidanon.smaps.parse import parse_texts

    text = data if isinstance(data, bytes) else b"".join(data)
    parsed = parse_texts([text])
    return SmapsTable(parsed.vmas, tuple(Problem(f"line {line}", message) for _, line, message in parsed.problems))


def capture(
    source: str,
    *,
    app: str | None = None,
    pid: int | None = None,
    labels: Mapping[str, str] | None = None,
    progress: Any = None,
) -> Capture:
    """Read a source (`adb:`, `adb:SERIAL`, `local:`, a file, a folder) now. `progress(done, total, text)` is called on the way."""
    from droidanon.sources.resolve import load_source

    taken = load_source(source, app=app, pid=pid, progress=progress)
    return replace(taken, labels={**taken.labels, **labels}) if labels else taken


def load(source: str | Path, *, app: str | None = None, pid: int | None = None) -> Capture:
    """A capture from its file, or from any other source."""
    return capture(str(source), app=app, pid=pid)


def save(taken: Capture, path: str | Path) -> Path:
    """Write a capture to one Parquet file, which is whole or not there; the path."""
    from droidanon.store.parquet import save_capture

    return save_capture(taken, path)


def breakdown(
    taken: Capture,
    *,
    by: str | Sequence[str] = ("app", "category"),
    counters: Sequence[str] | None = None,
    top: int | None = None,
    android: int | None = None,
    rules: Sequence[str | Path] = (),
) -> pd.DataFrame:
    """Sums of counters (kB) by app, process, heap, sub_heap, category or name; every VMA is in exactly one row.

    `rules` are files of your own rules for names, as for `--rules`.
    """
    from droidanon.analysis.breakdown import breakdown as sums
    from droidanon.analysis.view import View

    keys = (by,) if isinstance(by, str) else tuple(by)
    return sums(View(taken, android, _rules(rules)), keys, counters=counters, top=top).rows.to_pandas()


def diff(
    base: Capture | Iterable[Capture],
    new: Capture | Iterable[Capture],
    *,
    by: str | Sequence[str] = ("app", "category"),
    counter: str = "total_pss_kb",
    all_rows: bool = False,
    paired: bool = False,
    min_effect: str | None = None,
    android: int | None = None,
    rules: Sequence[str | Path] = (),
) -> Change:
    """The change of one counter (kB) from base to new: `.rows` (a DataFrame), `.total`, `.headline`, `.warnings`.

    A side is a capture, or several that are replicates of one condition; with those rows have an interval (low_kb,
    high_kb), p_value and verdict. `by="vma"` (one against one) has a row a VMA and what became of it. `paired`: the n-th captures of both sides belong together. `min_effect`, such as "2%" or
    "64kB": no verdict for less.
    """
    from droidanon.analysis.diff.comparison import diff as compare
    from droidanon.analysis.stats.power import Effect
    from droidanon.analysis.view import View

    keys = (by,) if isinstance(by, str) else tuple(by)
    known = _rules(rules)
    sides = [
        (View(taken, android, known) for taken in ((side,) if isinstance(side, Capture) else side))
        for side in (base, new)
    ]
    effect = Effect.parse(min_effect) if min_effect is not None else None
    if keys == ("vma",):
        from droidanon.analysis.diff.vmas import diff_vmas

        return Change(diff_vmas(*(_only(side) for side in sides), counter=counter, all_rows=all_rows))
    return Change(compare(*sides, by=keys, counter=counter, all_rows=all_rows, paired=paired, min_effect=effect))


def _only(side: Iterable[View]) -> View:
    """The one capture of a side. UsageError where there are several."""
    from droidanon.errors import UsageError

    views = list(side)
    if len(views) != 1:
        raise UsageError(f'by="vma" compares one capture with one, not {len(views)}')
    return views[0]


def trend(
    series: Iterable[Capture],
    *,
    by: str | Sequence[str] = ("app", "category"),
    counter: str = "total_pss_kb",
    per: Literal["minute", "capture"] | None = None,
    android: int | None = None,
    rules: Sequence[str | Path] = (),
) -> Growth:
    """The growth of one counter over captures: `.rows` (slope_kb a minute or a capture, interval, verdict), `.steps`, `.total`."""
    from droidanon.analysis.trend import trend as follow
    from droidanon.analysis.view import View

    keys = (by,) if isinstance(by, str) else tuple(by)
    known = _rules(rules)
    return Growth(follow((View(taken, android, known) for taken in series), by=keys, counter=counter, per=per))


def classify(names: Iterable[str], *, android: int | None = None, rules: Sequence[str | Path] = ()) -> pd.DataFrame:
    """One row for each name, in the given order: name, heap, sub_heap, category, rule."""
    import pandas as pd

    from droidanon.taxonomy.classify import classify_names

    columns = ("name", "heap", "sub_heap", "category", "rule")
    found = classify_names(list(names), android=android, rules=_rules(rules))
    return pd.DataFrame([[getattr(item, column) for column in columns] for item in found], columns=list(columns))


def _rules(files: Sequence[str | Path]) -> RuleSet:
    from droidanon.taxonomy.rules import load_rules

    return load_rules([Path(file) for file in files])
