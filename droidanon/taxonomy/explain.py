"""Explanations of names, counters, heaps and categories: what they are, what makes them grow, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from droidanon.counters import COUNTERS
from droidanon.errors import UsageError
from droidanon.taxonomy.classify import classify_names
from droidanon.taxonomy.heaps import NEWEST_ANDROID, OLDEST_ANDROID, sub_heap_parents
from droidanon.taxonomy.platform_notes import platform_notes
from droidanon.taxonomy.rules import RuleSet, RuleTexts, load_rules, parse_texts, read_table
from droidanon.taxonomy.toml import Location
from droidanon.taxonomy.unnamed import DELETED
from droidanon.wording import NO_NAME

KERNEL_SOURCE = "Linux fs/proc/task_mmu.c, Documentation/filesystems/proc.rst"

UNNAMED_HINTS = (
    "name it in the C code that maps it: #include <sys/prctl.h> and "
    'prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, address, length, "my pool");',
    "find the code that allocates it (Android 10 and later, a debuggable or profileable app): heapprofd for malloc, "
    "`tools/heap_profile -n PACKAGE` of Perfetto; for mmap itself: "
    "`simpleperf record -e syscalls:sys_enter_mmap -g --app PACKAGE`",
)
"""Advice for memory without a name (Linux prctl(2); the documentation of Perfetto and simpleperf)."""

_SURENESS = {"certain": "certain", "likely": "likely, not certain", "guess": "a guess by its shape"}
_NAME_BEGINNINGS = ("[", "/", "anon_inode:")
_INHERITED = ("summary", "grows", "advice", "source")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything known about one topic; `kind` is name, counter, heap or category.

    Fields that do not apply are empty.
    """

    topic: str
    kind: str
    title: str
    rule: str | None = None
    heap: str = ""
    sub_heap: str = ""
    category: str = ""
    summary: str = ""
    grows: str = ""
    advice: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()


def explain(topic: str, *, android: int | None = None, rules: RuleSet | None = None) -> Explanation:
    """Explain a VMA name, counter (`pss_kb`, `Pss`, `total PSS`), heap (`.so mmap`, `.LOS`) or category
    (`native.scudo`).

    A topic that begins like a name (`[`, `/`, `anon_inode:`) is a name, and so is the empty text.

    Args:
        topic: The text to look up.
        android: The Android release for the heap of a name.
        rules: The rules for the category of a name; droidanon's own by default.

    Raises:
        UsageError: the topic is none of these; the message suggests similar ones.
    """
    if not topic or topic.startswith(_NAME_BEGINNINGS):
        return _explain_name(topic, android, rules)
    wanted = topic.strip()
    categories = _categories(rules)
    if wanted.startswith("unknown."):
        categories.setdefault(wanted, [])
    kinds: tuple[tuple[Mapping[str, str], Callable[[str], Explanation]], ...] = (
        (_counters(), lambda found: _explain_counter(topic, found)),
        ({heap: heap for heap in _table("heap")}, lambda found: _explain_heap(topic, found)),
        ({name: name for name in categories}, lambda found: _explain_category(topic, found, categories, rules)),
    )
    for word, fold in _spellings(wanted):
        for known, explanation in kinds:
            found = _find(word, known, fold)
            if found is not None:
                return explanation(found)
    close = difflib.get_close_matches(wanted, [word for known, _ in kinds for word in known], 4, 0.6)
    hint = f"did you mean {', '.join(close)}?" if close else "names begin with [ or /, such as [anon:scudo:primary]"
    raise UsageError(f"{topic!r} is not a name, counter, heap or category; {hint}")


def _spellings(wanted: str) -> Iterator[tuple[str, bool]]:
    """Words to look up and whether to ignore case, in their order of precedence.

    `Stack` is a heap and `stack` a category, so the exact word counts before the others. A table's heading (`total
    PSS`, `own`) stands for its counter.
    """
    yield wanted, False
    yield wanted, True
    yield wanted.replace(" ", "_"), True
    yield f"{wanted.replace(' ', '_')}_kb", True


def _find(word: str, known: Mapping[str, str], fold: bool) -> str | None:
    if not fold:
        return known.get(word)
    return {key.casefold(): value for key, value in known.items()}.get(word.casefold())


def rule_texts(rule: str, category: str, rules: RuleSet | None = None) -> RuleTexts:
    """The texts of a rule; it inherits missing ones from its category or the nearest category above."""
    own = rules.texts.get(rule) if rules is not None else None
    return _inherit(own or parse_texts(_table("rule").get(rule, {}), _place(f"rule {rule!r}")), category)


def _inherit(texts: RuleTexts, category: str) -> RuleTexts:
    while category:
        above = _table("category").get(category, {})
        missing = {key: above[key] for key in _INHERITED if key in above and not getattr(texts, key)}
        texts = replace(texts, **missing)
        category = category.rpartition(".")[0]
    return texts


def _explain_name(name: str, android: int | None, rules: RuleSet | None) -> Explanation:
    found = classify_names([name], android=android, rules=rules)[0]
    texts = rule_texts(found.rule, found.category, rules)
    notes = []
    if name.endswith(DELETED):
        notes.append("(deleted): no folder contains the file any more, or none ever did; its memory still exists")
    if not name:
        notes.append(
            "droidanon classifies a VMA without a name by its neighbours, permissions, flags and shape: see unnamed"
        )
        notes += UNNAMED_HINTS
    if texts.since:
        notes.append(f"since Android {texts.since}")
    place = (found.heap, found.sub_heap, found.category)
    notes += [note.text for note in platform_notes() if note.holds(*place)]
    notes += _other_releases(name, (found.heap, found.sub_heap))
    explanation = _explanation(name, "name", name or NO_NAME, texts, notes)
    return replace(explanation, rule=found.rule, heap=found.heap, sub_heap=found.sub_heap, category=found.category)


def _explanation(topic: str, kind: str, title: str, texts: RuleTexts, notes: list[str]) -> Explanation:
    return Explanation(
        topic,
        kind,
        title,
        summary=texts.summary,
        grows=texts.grows,
        advice=texts.advice,
        source=texts.source,
        notes=tuple(notes),
    )


def _other_releases(name: str, heap: tuple[str, str]) -> list[str]:
    """A line for each other heap in which some Android releases count the name."""
    elsewhere: dict[tuple[str, str], list[int]] = {}
    for android in range(OLDEST_ANDROID, NEWEST_ANDROID + 1):
        found = classify_names([name], android=android)[0]
        if (found.heap, found.sub_heap) != heap:
            elsewhere.setdefault((found.heap, found.sub_heap), []).append(android)
    return [
        f"Android {_span(releases)} counts it as {' / '.join(part for part in other if part)}"
        for other, releases in elsewhere.items()
    ]


def _span(releases: list[int]) -> str:
    runs: list[list[int]] = []
    for release in releases:
        if runs and runs[-1][-1] == release - 1:
            runs[-1].append(release)
        else:
            runs.append([release])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def _explain_counter(topic: str, counter: str) -> Explanation:
    entry = read_counters()[counter]
    key = entry.get("key", "")
    texts = RuleTexts(
        entry["summary"],
        entry.get("grows", ""),
        entry.get("advice", ""),
        entry.get("source", KERNEL_SOURCE if key else ""),
    )
    notes = ["kB is 1024 bytes"] if counter.endswith("_kb") else []
    return _explanation(topic, "counter", f"{counter} ({key})" if key else counter, texts, notes)


def _explain_heap(topic: str, label: str) -> Explanation:
    texts = parse_texts(_table("heap")[label], _place(f"heap {label!r}"))
    sub_heap = label if label.startswith(".") and not label.endswith(" mmap") else ""
    heap = sub_heap_parents()[sub_heap] if sub_heap else label
    sub_heaps = [sub_heap for sub_heap, row in sub_heap_parents().items() if row == label]
    notes = ["a detail of dumpsys meminfo -d" if sub_heap else "a row of dumpsys meminfo"]
    if sub_heaps:
        notes.append(f"its details: {', '.join(sub_heaps)}")
    return replace(_explanation(topic, "heap", label, texts, notes), heap=heap, sub_heap=sub_heap)


def _explain_category(
    topic: str, category: str, categories: Mapping[str, list[str]], rules: RuleSet | None
) -> Explanation:
    ids = categories.get(category, [])
    if category in _table("category") or not ids:
        texts = _inherit(RuleTexts(), category)
    else:
        texts = rule_texts(ids[0], category, rules)
    notes = _category_notes(category, ids, categories, rules)
    explanation = _explanation(topic, "category", category, texts, notes)
    return replace(explanation, rule=ids[0] if len(ids) == 1 else None, category=category)


def _category_notes(
    category: str, ids: list[str], categories: Mapping[str, list[str]], rules: RuleSet | None
) -> list[str]:
    inside = sorted(other for other in categories if other.rpartition(".")[0] == category)
    examples = [example for id_ in ids for example in rule_texts(id_, category, rules).examples]
    notes = []
    if inside:
        notes.append(f"divided into {', '.join(inside)}")
    if ids:
        notes.append(f"rules: {', '.join(ids)}")
    notes += [
        f"{rule.id}: {_SURENESS[rule.sure]}; condition {rule.when}"
        for rule in (rules or load_rules()).unnamed
        if rule.id in ids
    ]
    if category.split(".")[0] == "unnamed":
        notes += UNNAMED_HINTS
    if examples:
        notes.append(f"names such as {', '.join(examples[:3])}")
    return notes


@cache
def read_counters() -> Mapping[str, Mapping[str, str]]:
    """The explanation of each counter, by its name."""
    table: dict[str, dict[str, str]] = read_table("counters.toml")["counter"]
    return table


@cache
def _counters() -> Mapping[str, str]:
    """Every spelling of a counter (`swap_pss_kb`, `swap_pss`, `SwapPss`, `swap PSS`), and its name."""
    spellings: dict[str, str] = {}
    for name, entry in read_counters().items():
        spellings |= dict.fromkeys((name, name.removesuffix("_kb"), entry.get("key", name)), name)
    titles = {title: name for name, counter in COUNTERS.items() for title in (counter.title, counter.short) if title}
    return titles | spellings


@cache
def _explanations() -> Mapping[str, Mapping[str, Any]]:
    return read_table("explain.toml")


def _place(label: str) -> Location:
    return Location("explain.toml", label=label)


def _table(kind: str) -> Mapping[str, Mapping[str, Any]]:
    return _explanations()[kind]


def _categories(rules: RuleSet | None) -> dict[str, list[str]]:
    """The rule ids of every category, including categories that exist only as the beginning of others."""
    known = rules or load_rules()
    found: dict[str, list[str]] = {}
    pairs = [(rule.category, rule.id) for rule in known.rules] + [(rule.category, rule.id) for rule in known.unnamed]
    for category, id_ in pairs:
        parent = category.rpartition(".")[0]
        while parent:
            found.setdefault(parent, [])
            parent = parent.rpartition(".")[0]
        found.setdefault(category, []).append(id_)
    return found
