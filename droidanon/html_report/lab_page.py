"""The page for a lab: the outcome, the cells with their memory, the phones, and all attempts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from droidanon.analysis.budgets.outcome import CheckOutcome
from droidanon.columns import Coded
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
from droidanon.html_report.words import made_facts, minus_signs
from droidanon.lab.results import LabPhone, LabResult
from droidanon.report.lab import ANY_PHONE, check_lines, outcome_line
from droidanon.wording import counted

_ADDRESS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}:\d{1,5}\b")
_TONES: Mapping[CheckOutcome | None, Tone] = {
    CheckOutcome.PASS: "good",
    CheckOutcome.FAIL: "bad",
    CheckOutcome.UNDECIDED: "warning",
}


def lab_page(result: LabResult) -> Page:
    """The page for a lab, as far as it has run. Phones are named by model, not by serial number."""
    names = _phone_names(result.phones)
    line = outcome_line(result)
    tone: Tone = "" if result.done == result.planned else "warning"
    sections: list[PageSection] = [
        Headlines(_counts(result), f"{line[0].upper()}{line[1:]}.", _TONES.get(result.outcome, tone)),
        _cells(result, names),
        *_problems(result, names),
        _phones(result.phones, names),
        _attempts(result, names),
        _made(result),
    ]
    return Page(
        f"Lab: {result.plan.name}",
        f"{counted(len(result.phones), 'phone')}, {counted(result.done, 'capture')}; anon + swap in kB",
        sections,
    )


def _phone_names(phones: Sequence[LabPhone]) -> dict[str, str]:
    """A name for each phone: the model, numbered if several phones have it."""
    models = [phone.model or "phone" for phone in phones]
    return {
        phone.name: f"{model} {models[: place + 1].count(model)}" if models.count(model) > 1 else model
        for place, (phone, model) in enumerate(zip(phones, models, strict=True))
    }


def _anonymous(text: str, names: Mapping[str, str]) -> str:
    """A text without the names of phones, which are serial numbers, and without addresses of adb connections."""
    for name, shown in names.items():
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", shown.replace("\\", ""), text)
    return _ADDRESS.sub("(phone)", text)


def _counts(result: LabResult) -> list[HeadlineNumber]:
    found = [
        HeadlineNumber("runs done", f"{result.done:,}", f"of {result.planned:,}"),
        HeadlineNumber("phones", f"{len(result.phones):,}"),
    ]
    aside = sum(bool(phone.aside) for phone in result.phones)
    return [*found, HeadlineNumber("phones set aside", f"{aside:,}", tone="bad")] if aside else found


def _cells(result: LabResult, names: Mapping[str, str]) -> SortableTable:
    cells = result.cells
    columns = [
        _text("device", [names.get(one.group, one.group) or ANY_PHONE for one in cells]),
        _text("app", [one.cell.app for one in cells]),
        _text("build", [one.cell.build for one in cells]),
        _text("scenario", [one.cell.scenario for one in cells]),
        _numbers("done", "runs done", "count", [one.done for one in cells]),
        _numbers("planned", "planned", "count", [one.planned for one in cells]),
        _numbers("failed", "failed attempts", "count", [one.failed for one in cells]),
        _numbers("anon_swap_kb", "anon + swap (median)", "kb", [one.anon_swap_kb for one in cells]),
        _numbers("lowest_kb", "lowest", "kb", [one.lowest_kb for one in cells]),
        _numbers("highest_kb", "highest", "kb", [one.highest_kb for one in cells]),
    ]
    if result.outcome is not None:
        columns.append(_text("check", [str(one.check.outcome) if one.check else "" for one in cells]))
    return SortableTable("Apps, builds and scenarios", columns)


def _problems(result: LabResult, names: Mapping[str, str]) -> list[PageSection]:
    """Checks that do not pass, missing runs, and phones that were set aside."""
    items = []
    for cell in result.cells:
        where = " ".join(filter(None, (names.get(cell.group, cell.group), str(cell.cell))))
        items += [f"{where}: {minus_signs(text)}" for text in (check_lines(cell.check) if cell.check else ())]
        if cell.last_error and cell.done < cell.planned:
            items.append(f"{where}: {cell.last_error}")
    for phone in result.phones:
        if phone.aside:
            items.append(f"{names[phone.name]} was set aside: {phone.aside}")
        if phone.unrestored:
            items.append(f"{names[phone.name]}: not known to be restored: {', '.join(phone.unrestored)}")
    return [Prose("Problems", items=[_anonymous(one, names) for one in items])] if items else []


def _phones(phones: Sequence[LabPhone], names: Mapping[str, str]) -> SortableTable:
    columns = [
        _text("phone", [names[one.name] for one in phones]),
        _numbers("android", "Android", "count", [one.android for one in phones]),
        _numbers("ram_kb", "RAM (kB)", "kb", [one.ram_kb for one in phones]),
        _numbers("done", "done", "count", [one.done for one in phones]),
        _numbers("failed", "failed", "count", [one.failed for one in phones]),
        _numbers("timeouts", "timeouts", "count", [one.timeouts for one in phones]),
        _numbers("lost", "lost", "count", [one.lost for one in phones]),
        _text("state", ["set aside" if one.aside else "" for one in phones]),
        _text("installed", [", ".join(f"{one.app} {one.build}" for one in phone.installed) for phone in phones]),
    ]
    return SortableTable("Phones", columns)


def _attempts(result: LabResult, names: Mapping[str, str]) -> SortableTable:
    """All attempts at runs, in the order they ended."""
    runs = result.runs
    columns = [
        _text("ended", [one.at for one in runs]),
        _text("phone", [names.get(one.phone, one.phone) for one in runs]),
        _text("app", [one.app for one in runs]),
        _text("build", [one.build for one in runs]),
        _text("scenario", [one.scenario for one in runs]),
        _numbers("repetition", "repetition", "count", [one.repetition for one in runs]),
        _text("outcome", [one.outcome for one in runs]),
        _numbers("took_s", "seconds", "number", [one.took_s or None for one in runs]),
        _numbers("thermal", "thermal status", "count", [one.thermal_status for one in runs]),
        _numbers("version", "version code", "count", [one.version_code for one in runs]),
        _text("error", [_anonymous(one.error, names) for one in runs]),
    ]
    return SortableTable("Attempts", columns, sort="ended", descending=False)


def _made(result: LabResult) -> FactList:
    plan = result.plan
    return made_facts(
        [
            ("Plan", plan.path.name),
            ("Repetitions", f"{plan.repetitions} per {plan.per}, in random order (seed {plan.seed})"),
            ("Budget", plan.budget.name if plan.budget else ""),
            ("Baseline", plan.baseline),
        ]
    )


def _text(key: str, values: Sequence[str]) -> PageColumn:
    return PageColumn(key, key, "text", Coded.of(values))


def _numbers(key: str, name: str, kind: Kind, values: Sequence[float | None]) -> PageColumn:
    missing = np.array([value is None for value in values], np.bool_)
    numbers = np.array([0.0 if value is None else value for value in values], np.float64)
    return PageColumn(key, name, kind, numbers, missing)
