"""The page for an A/B experiment: the outcome, the change by phone and category, and how it ran."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from droidanon.analysis.budgets.outcome import CheckOutcome
from droidanon.columns import Coded
from droidanon.experiment.manifest import Plan, Variant
from droidanon.experiment.plan import BASE, NEW
from droidanon.experiment.results import CycleGrowth, ExperimentResult, PhoneResult
from droidanon.html_report.capture_origin import time_text
from droidanon.html_report.diff_page import change_sections
from droidanon.html_report.figures.intervals import Interval, intervals_figure
from droidanon.html_report.page import (
    FactList,
    HeadlineNumber,
    Headlines,
    Kind,
    Page,
    PageColumn,
    PageSection,
    Prose,
    SortableTable,
    Tone,
)
from droidanon.html_report.row_table import kind_of, row_table, without_plain_status
from droidanon.html_report.words import caveats, figure_section, headline_numbers, made_facts, minus_signs
from droidanon.report.ab import verdict_line
from droidanon.report.diff_report import ESTIMATES, shown_numbers
from droidanon.report.families import headline_titles, rows_title
from droidanon.report.titles import title
from droidanon.units import format_kb
from droidanon.wording import counted

_LAST = ("status", "verdict", "note")
_TONES: Mapping[CheckOutcome | None, Tone] = {
    CheckOutcome.PASS: "good",
    CheckOutcome.FAIL: "bad",
    CheckOutcome.UNDECIDED: "warning",
}
_TOTALS = ("base_kb", "new_kb", "delta_kb", "shift_kb", "low_kb", "high_kb", "p_value")


def experiment_page(result: ExperimentResult) -> Page:
    """The page for an experiment, as far as it has run."""
    experiment, pooled = result.experiment, result.pooled
    names = phone_names(result)
    line = _anonymous(verdict_line(result), result, names)
    sections: list[PageSection] = [
        Headlines(_numbers(result), minus_signs(f"{line[0].upper()}{line[1:]}."), _TONES.get(result.outcome, ""))
    ]
    sections += _phone_figure(result, names)
    if pooled is not None:
        sections += change_sections(pooled)
    sections.append(_phone_table(result, names))
    if pooled is not None:
        rows_name = rows_title(result.counter, pooled.by)
        rows = without_plain_status(pooled.rows)
        sections.append(row_table(rows, shown_numbers(rows), rows_name, last=_LAST))
        heads = headline_titles(pooled.headline)
        sections.append(row_table(heads, shown_numbers(heads), "Headline counters (kB)", last=_LAST))
    sections += _growth(result.growth, names)
    sections += [
        Prose("How to read the numbers", items=_explained(result)),
        *caveats((), [replace(one, where=_anonymous(one.where, result, names)) for one in result.warnings], ()),
        _rounds(result, names),
        *_settings(result, names),
        _made(result),
    ]
    return Page(
        f"Experiment with {experiment.plan.app}: {experiment.folder.name}",
        f"{title(result.counter)}, {counted(len(result.phones), 'phone')}; delta is new − base",
        sections,
    )


def phone_names(result: ExperimentResult) -> dict[str, str]:
    """A name for each phone, by its folder (its serial number): the model, numbered if several phones have it."""
    models = [log.model or "phone" for log in result.experiment.phones.values()]
    found = {}
    for place, (folder, model) in enumerate(zip(result.experiment.phones, models, strict=True)):
        found[folder] = f"{model} {models[: place + 1].count(model)}" if models.count(model) > 1 else model
    return found


def _anonymous(text: str, result: ExperimentResult, names: Mapping[str, str]) -> str:
    """A text without serial numbers and without the experiment's path."""
    text = text.replace(str(result.experiment.folder), result.experiment.folder.name)
    for folder, name in names.items():
        text = re.sub(rf"(?<!\w){re.escape(folder)}(?!\w)", name.replace("\\", ""), text)
    return text


def _numbers(result: ExperimentResult) -> list[HeadlineNumber]:
    if result.pooled is not None:
        return headline_numbers(result.pooled.headline, "delta_kb", ())
    pilot = result.pilot
    if pilot is None:
        return []
    return [
        HeadlineNumber("rounds per side needed", "unknown" if pilot.needed is None else f"{pilot.needed:,}"),
        HeadlineNumber("mean", f"{format_kb(round(pilot.mean_kb))} kB", f"of {counted(pilot.rounds, 'round')}"),
        HeadlineNumber("standard deviation", f"{format_kb(round(pilot.deviation_kb))} kB"),
    ]


def _phone_figure(result: ExperimentResult, names: Mapping[str, str]) -> list[PageSection]:
    """The change on each phone and over all phones, compared with 0 and the effect."""
    intervals = [_interval(names[one.phone], one.total) for one in result.phones]
    pooled = result.pooled
    if pooled is not None and len(result.phones) > 1:
        intervals.append(_interval("all phones", pooled.total))
    known = [one for one in intervals if one is not None]
    if not known or pooled is None:
        return []
    lines = []
    base = pooled.total.get("base_kb")
    if isinstance(base, int | float):
        effect = float(result.effect.of(np.array([float(base)]))[0])
        lines.append((effect, f"effect {result.effect}"))
    figure = intervals_figure(known, "shift, kB (95 % interval)", lines)
    words = "; ".join(f"{one.label}: {round(one.low):+,} to {round(one.high):+,} kB" for one in known)
    note = (
        "A dot is the shift, a line its 95 % interval. The experiment passes if the interval of all phones ends left "
        "of the effect, and fails if all of it is right of 0."
    )
    return [figure_section("Change per phone", figure, words, note)]


def _interval(label: str, total: Mapping[str, str | int | float | None]) -> Interval | None:
    shift, low, high = (total.get(name) for name in ("shift_kb", "low_kb", "high_kb"))
    if not isinstance(shift, int | float) or not isinstance(low, int | float) or not isinstance(high, int | float):
        return None
    return Interval(label, shift, low, high, str(total.get("verdict") or "~"))


def _phone_table(result: ExperimentResult, names: Mapping[str, str]) -> SortableTable:
    phones = result.phones
    columns = [
        _text("phone", [names[one.phone] for one in phones]),
        _text("rounds", [f"{one.base} + {one.new}" for one in phones]),
    ]
    columns += [_total_column(name, phones) for name in _TOTALS]
    columns.append(_text("verdict", [str(one.total.get("verdict") or "") for one in phones]))
    return SortableTable(f"{title(result.counter)} per phone (kB)", columns)


def _total_column(name: str, phones: Sequence[PhoneResult]) -> PageColumn:
    return _numbers_column(name, title(name), kind_of(name), [one.total.get(name) for one in phones])


def _numbers_column(key: str, name: str, kind: Kind, values: Sequence[object]) -> PageColumn:
    known = np.array([isinstance(value, int | float) for value in values], np.bool_)
    numbers = np.array([value if isinstance(value, int | float) else 0.0 for value in values], np.float64)
    return PageColumn(key, name, kind, numbers, ~known)


def _text(key: str, values: Sequence[str]) -> PageColumn:
    return PageColumn(key, key, "text", Coded.of(values))


def _growth(growth: Sequence[CycleGrowth], names: Mapping[str, str]) -> list[PageSection]:
    """The growth per cycle in each round."""
    if not growth:
        return []
    known = [
        Interval(f"{one.side} {one.round} ({names[one.phone]})", one.slope_kb, one.low_kb, one.high_kb, one.verdict)
        for one in growth
        if one.slope_kb is not None and one.low_kb is not None and one.high_kb is not None
    ]
    sections: list[PageSection] = []
    if known:
        figure = intervals_figure(known, "kB per cycle (95 % interval)")
        words = f"{sum(one.verdict == 'grows' for one in known)} of {counted(len(known), 'round')} grow."
        sections.append(figure_section("Growth per cycle", figure, words))
    columns = [_text("phone", [names[one.phone] for one in growth]), _text("side", [one.side for one in growth])]
    columns.append(_numbers_column("round", "round", "count", [one.round for one in growth]))
    columns.append(_numbers_column("cycles", "cycles", "count", [one.cycles for one in growth]))
    columns += [
        _numbers_column(key, name, "change", [getattr(one, key) for one in growth])
        for key, name in (("slope_kb", "kB per cycle"), ("low_kb", "low"), ("high_kb", "high"))
    ]
    columns.append(_text("verdict", [one.verdict for one in growth]))
    return [*sections, SortableTable("Growth per cycle (kB)", columns)]


def _explained(result: ExperimentResult) -> list[str]:
    items = [
        f"pass: the 95 % interval of the change ends below {result.effect}. fail: all of it is above 0. Otherwise the "
        "experiment is undecided, and more rounds are needed."
    ]
    if result.pooled is not None:
        items.append(ESTIMATES)
    if len(result.phones) > 1:
        items.append("Captures are compared within each phone only, so differences between phones are not noise.")
    return items


def _rounds(result: ExperimentResult, names: Mapping[str, str]) -> SortableTable:
    """All rounds, including those that do not count."""
    rows = [(names[phone], one) for phone, log in result.experiment.phones.items() for one in log.rounds]
    columns = [
        _text("phone", [phone for phone, _ in rows]),
        _text("side", [one.side for _, one in rows]),
        _numbers_column("number", "round", "count", [one.number for _, one in rows]),
        _text("started", [one.started for _, one in rows]),
        _numbers_column("took_s", "seconds", "number", [one.took_s for _, one in rows]),
        _numbers_column("thermal", "thermal status", "count", [one.thermal_status for _, one in rows]),
        _numbers_column("pressure", "memory pressure, %", "number", [one.pressure_some for _, one in rows]),
        _numbers_column("version", "version code", "count", [one.version_code for _, one in rows]),
        _text("counts", ["yes" if one.done else "warm-up" if one.warmup else "no" for _, one in rows]),
        _text("error", [one.error or ", ".join(f"{kind} failed" for kind in one.unprepared) for _, one in rows]),
    ]
    return SortableTable("Rounds", columns, sort="started", descending=False)


def _settings(result: ExperimentResult, names: Mapping[str, str]) -> list[PageSection]:
    """The phones' settings during the experiment."""
    rows = [(names[phone], one) for phone, log in result.experiment.phones.items() for one in log.settings]
    if not rows:
        return []
    columns = [
        _text("phone", [phone for phone, _ in rows]),
        _text("setting", [one.name for _, one in rows]),
        _text("before", [one.before for _, one in rows]),
        _text("during", [one.during for _, one in rows]),
        _text("restored", ["yes" if one.restored else "not confirmed" for _, one in rows]),
    ]
    return [SortableTable("Settings of the phones", columns)]


def _made(result: ExperimentResult) -> FactList:
    """The plan of the experiment."""
    plan = result.experiment.plan
    facts: list[tuple[str, object]] = [
        ("Folder", result.experiment.folder.name),
        ("Created", time_text(result.experiment.created)),
        ("App", plan.app),
        ("Base", _variant(plan, BASE)),
        ("New", _variant(plan, NEW)),
        ("Rounds per side", f"{plan.rounds} (after {counted(plan.warmup, 'warm-up round')})"),
        ("Scenario", plan.scenario or "only the start of the app"),
        ("Cycles per round", str(plan.cycles)),
        ("Compiled", plan.compile_mode),
        ("Preparation", _preparation(plan)),
        ("Effect", str(result.effect)),
        ("Counter", title(result.counter)),
        ("Phones", ", ".join(phone_names(result).values())),
    ]
    return made_facts(facts)


def _variant(plan: Plan, side: str) -> str:
    """The files and setup command of a side, without local folders."""
    variant = plan.sides.get(side, Variant())
    files = [f"{Path(apk.path).name} (SHA-1 {apk.sha1[:12]})" for apk in variant.apks]
    return ", ".join([*files, *([f"setup: {variant.setup}"] if variant.setup else [])])


def _preparation(plan: Plan) -> str:
    asked = {
        "clear": plan.clear,
        "reinstall": plan.reinstall,
        f"trim {plan.trim}": plan.trim,
        "gc": plan.gc,
        f"settle {plan.settle}": plan.settle,
        "freeze": plan.freeze,
    }
    return ", ".join(name for name, on in asked.items() if on)
