"""What a row of a budget names that the captures do not have, with similar words that they have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from droidanon.analysis.budgets.model import BudgetRow
from droidanon.analysis.view import View
from droidanon.counters import no_counter
from droidanon.errors import InputError, UsageError
from droidanon.escape import escape_text
from droidanon.globs import glob_pattern
from droidanon.model import Process
from droidanon.taxonomy.explain import explain
from droidanon.taxonomy.normalise import normalise_name

_LEAST_LIKENESS = 0.5


def unmatched(view: View, row: BudgetRow, selected: Sequence[Process]) -> str:
    """The selector of a row that nothing in a capture matches, such as `category = "natve"`, with similar words.

    `selected`: the processes that its app and process match. Empty if only its selectors together match nothing.
    """
    selector = row.selector
    processes = [process for process in view.capture.processes if not process.reference]
    if not selected:
        apps = {process.app for process in processes}
        if selector.app is not None and selector.app not in apps:
            return _named("app", selector.app, apps)
        return _named("process", selector.process or "", {process.name for process in processes})
    for key, wanted in (("category", selector.category), ("heap", selector.heap)):
        known = set(view.key(key).take(view.groups.firsts).compact().values)
        if wanted is not None and not any(word == wanted or word.startswith(f"{wanted}.") for word in known):
            return _named(key, wanted, known | {_above(word) for word in known} if key == "category" else known)
    if selector.name is None or view.key("name").take(view.groups.firsts).matches(name_test(selector.name)).any():
        return ""
    return f'name = "{selector.name}"'


def name_test(name: str) -> Callable[[str], bool]:
    """Whether a name, or its normal form, is one that a row's glob means."""
    pattern = glob_pattern(name)
    return lambda value: bool(pattern.fullmatch(value) or pattern.fullmatch(normalise_name(value)))


def _named(key: str, wanted: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # imported only for an error

    near = ", ".join(get_close_matches(wanted, sorted(known), 3, _LEAST_LIKENESS))
    return f'{key} = "{wanted}"' + (f" (did you mean {near}?)" if near else "")


def _above(category: str) -> str:
    return category.partition(".")[0]


def matches_nothing(row: BudgetRow, why: Iterable[str]) -> InputError:
    """The error for a row that matches nothing in any capture and is not optional; `why` as from `unmatched`."""
    what = next((f" {reason}" for reason in why if reason), "")
    return InputError(
        f"{row.place.at()}: nothing in these captures matches{escape_text(what)}; "
        "correct the row, or write optional = true"
    )


def check_counter(row: BudgetRow, counters: Sequence[Sequence[str]]) -> None:
    """InputError for a counter that no capture has and droidanon does not know: it is misspelt.

    A known counter may be missing, and one of a newer kernel need not be known.
    """
    if row.counter is None or any(row.counter in there for there in counters):
        return
    try:
        explain(row.counter)
    except UsageError:
        word = row.counter.removesuffix("_kb")
        known = sorted({name for there in counters for name in there})
        raise InputError(f"{row.place.at('counter')}: {no_counter(word, known, 'these captures')}") from None
