"""`droidanon show` of a series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.cli.narration import progress, say, say_problems
from droidanon.cli.options import counter_name
from droidanon.counters import DEFAULT_COUNTER
from droidanon.errors import ProcessError, UsageError
from droidanon.model import Problem

if TYPE_CHECKING:
    from droidanon.analysis.view import View
    from droidanon.cli.narration import ProgressLine
    from droidanon.store.series import Series
    from droidanon.taxonomy.rules import RuleSet


@dataclass(slots=True)
class _Reader:
    """The captures of a series one after another; what is left out is in `warnings` afterwards."""

    series: Series
    app: str | None
    pid: int | None
    android: int | None
    rules: RuleSet
    warnings: list[Problem] = field(default_factory=list)

    def views(self, line: ProgressLine) -> Iterator[View]:
        from droidanon.analysis.view import View
        from droidanon.sources.resolve import load_source

        sources = self.series.sources
        absent = []
        for done, source in enumerate(sources):
            line(done, len(sources), Path(source).name)
            try:
                capture = load_source(source, app=self.app, pid=self.pid)
            except ProcessError as error:
                absent.append(error)
                continue
            yield View(capture, self.android, self.rules)
        if len(absent) == len(sources) and absent:
            raise absent[-1]
        partial = len(self.series.captures) - len(sources)
        for count, words in {
            len(absent): f"are left out: {self.app or self.pid} is not in them",
            partial: "are partial, and left out",
        }.items():
            if count:
                self.warnings.append(Problem("series", f"{count} of {len(self.series.captures)} captures {words}"))


def show_series(
    series: Series,
    source: str,
    *,
    by: str | None,
    app: str | None,
    pid: int | None,
    counters: str | None,
    top: int | None,
    sort: str | None,
    android: int | None,
    rules: RuleSet,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Print the least, the median and the most of each row, and what happened meanwhile."""
    from droidanon.analysis.breakdown import parse_by
    from droidanon.analysis.series_summary import summarise_series
    from droidanon.report.rows import print_csv, print_json, print_rows

    if sort is not None:
        raise UsageError("--sort: rows of a series are sorted by their median; name one of its captures to sort that")
    keys, depth = parse_by(by) if by is not None else (("category",) if app or series.app or pid else ("app",), None)
    counter = _one_counter(counters)
    reader = _Reader(series, app, pid, android, rules)
    with progress() as line:
        result = summarise_series(reader.views(line), keys, counter, depth=depth, top=top)
    warnings = [*reader.warnings, *result.warnings]
    numbers = list(result.rows.numbers)
    if as_json:
        print_json(
            result.rows.records(),
            totals=result.totals,
            problems=series.problems,
            warnings=warnings,
            notes=series.notes,
            source=source,
            counter=counter,
            per=result.per,
            series=_facts(series, result.created),
            taxonomy=rules.identity(),
        )
        return
    if as_csv:
        print_csv(result.rows.records(), [*result.by, *numbers])
        return
    print_rows(result.rows, numbers, result.totals, signed=("slope_kb",))
    say(f"{counter} of {len(result.created)} captures, {result.created[0]} to {result.created[-1]} ({series.state})")
    say(f"slope is kB a {result.per}; whether that is growth or noise: droidanon trend {source}")
    for gap in series.gaps:
        say(f"gap: no {gap.what} from {gap.begin} to {gap.end or 'the end'}: {gap.reason}")
    for mark in series.marks:
        say(f"mark: {mark.time} {mark.note}")
    say_problems(series.notes, "note")
    say_problems(series.problems)
    say_problems(warnings, "warning")


def _one_counter(counters: str | None) -> str:
    if counters is None:
        return DEFAULT_COUNTER
    if counters == "all" or "," in counters:
        raise UsageError("--counters: one counter at a time for a series, such as total_pss_kb")
    return counter_name(counters)


def _facts(series: Series, created: Sequence[str]) -> dict[str, object]:
    return {
        "state": series.state,
        "source": series.source,
        "app": series.app,
        "started": series.started,
        "ended": series.ended,
        "every_s": series.every_s,
        "missed": series.missed,
        "created": list(created),
        "gaps": [asdict(gap) for gap in series.gaps],
        "marks": [asdict(mark) for mark in series.marks],
    }
