"""What a name, counter, heap or category is, who makes it, what makes it grow, and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from droidanon.errors import UsageError
from droidanon.taxonomy.classify import classify_names
from droidanon.taxonomy.heaps import NEWEST_ANDROID, OLDEST_ANDROID, sub_heap_parents
from droidanon.taxonomy.platform import platform_notes
from droidanon.taxonomy.rules import RuleSet, Texts, load_rules, parse_texts, read_table
from droidanon.taxonomy.toml import Place
from droidanon.taxonomy.unnamed import DELETED

KERNEL_SOURCE = "Linux fs/proc/task_mmu.c, Documentation/filesystems/proc.rst"

UNNAMED_HINTS = (
    "name it where it is mapped, in C: #include <sys/prctl.h> and "
    'prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, address, length, "my pool");',
    "who allocates it (Android 10 and later, a debuggable or profileable app): heapprofd for malloc, "
    "`tools/heap_profile -n PACKAGE` of Perfetto; for mmap itself: "
    "`simpleperf record -e syscalls:sys_enter_mmap -g --app PACKAGE`",
)
"""What to do about memory without a name (Linux prctl(2); Perfetto's and simpleperf's documentation)."""
_SURENESS = {"certain": "certain", "likely": "likely, not certain", "guess": "a guess by its shape"}
_NAME_BEGINNINGS = ("[", "/", "anon_inode:")


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of one topic; `kind` is name, counter, heap or category. What doesn't apply is empty."""

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
    """What is known of a VMA name, counter (`pss_kb`, `Pss`), heap (`.so mmap`, `.LOS`) or category (`native.scudo`).

    What begins like a name (`[`, `/`, `anon_inode:`) is one, and so is the empty text. UsageError for what is none.
    """
    if not topic or topic.startswith(_NAME_BEGINNINGS):
        return _explain_name(topic, android, rules)
    wanted = topic.strip()
    categories = _categories(rules)
    if wanted.startswith("unknown."):
        categories.setdefault(wanted, [])
    kinds: tuple[tuple[str, Mapping[str, str]], ...] = (
        ("counter", _counters()),
        ("heap", {heap: heap for heap in _table("heap")}),
        ("category", {category: category for category in categories}),
    )
    # `Stack` is a heap and `stack` a category: capitals are passed over only where nothing is written just so.
    # A table's heading (`total PSS`, `own`) is its counter.
    words = [
        (wanted, False),
        (wanted, True),
        (wanted.replace(" ", "_"), True),
        (f"{wanted.replace(' ', '_')}_kb", True),
    ]
    for word, fold in words:
        for kind, known in kinds:
            found = _find(word, known, fold)
            if found is not None:
                if kind == "counter":
                    return _explain_counter(topic, found)
                if kind == "heap":
                    return _explain_heap(topic, found)
                return _explain_category(topic, found, categories, rules)
    close = difflib.get_close_matches(wanted, [word for _, known in kinds for word in known], 4, 0.6)
    hint = f"did you mean {', '.join(close)}?" if close else "a name begins with [ or /, such as [anon:scudo:primary]"
    raise UsageError(f"{topic!r} is no name, counter, heap or category; {hint}")


def rule_texts(rule: str, category: str, rules: RuleSet | None = None) -> Texts:
    """What is said of a rule; what it doesn't say itself comes from its category or the nearest one above."""
    own = rules.texts.get(rule) if rules is not None else None
    return _inherit(own or parse_texts(_table("rule").get(rule, {}), _place(f"rule {rule!r}")), category)


def _inherit(texts: Texts, category: str) -> Texts:
    summary, grows, advice, source = texts.summary, texts.grows, texts.advice, texts.source
    while category:
        above = _table("category").get(category, {})
        summary, grows = summary or above.get("summary", ""), grows or above.get("grows", "")
        advice, source = advice or above.get("advice", ""), source or above.get("source", "")
        category = category.rpartition(".")[0]
    return Texts(summary, grows, advice, source, texts.since, texts.examples)


def _explain_name(name: str, android: int | None, rules: RuleSet | None) -> Explanation:
    found = classify_names([name], android=android, rules=rules)[0]
    texts = rule_texts(found.rule, found.category, rules)
    notes = []
    if name.endswith(DELETED):
        notes.append(
            "(deleted): the file has no name in any folder now, or never had one; its memory is there all the same"
        )
    if not name:
        notes.append("a VMA without a name is told by its neighbours, permissions, flags, pages and shape: see unnamed")
        notes += UNNAMED_HINTS
    if texts.since:
        notes.append(f"since Android {texts.since}")
    place = (found.heap, found.sub_heap, found.category)
    notes += [note.text for note in platform_notes() if note.holds(*place)]
    notes += _other_releases(name, (found.heap, found.sub_heap))
    return Explanation(
        name,
        "name",
        name or "(no name)",
        found.rule,
        found.heap,
        found.sub_heap,
        found.category,
        texts.summary,
        texts.grows,
        texts.advice,
        texts.source,
        tuple(notes),
    )


def _other_releases(name: str, heap: tuple[str, str]) -> list[str]:
    """Where other Android releases count a name, a line for each such heap."""
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
    return Explanation(
        topic,
        "counter",
        f"{counter} ({key})" if key else counter,
        summary=entry["summary"],
        grows=entry.get("grows", ""),
        advice=entry.get("advice", ""),
        source=entry.get("source", KERNEL_SOURCE if key else ""),
        notes=("kB is 1024 bytes",) if counter.endswith("_kb") else (),
    )


def _explain_heap(topic: str, label: str) -> Explanation:
    texts = parse_texts(_table("heap")[label], _place(f"heap {label!r}"))
    sub_heap = label if label.startswith(".") and not label.endswith(" mmap") else ""
    heap = sub_heap_parents()[sub_heap] if sub_heap else label
    details = [detail for detail, row in sub_heap_parents().items() if row == label]
    notes = ["a detail of dumpsys meminfo -d" if sub_heap else "a row of dumpsys meminfo"]
    if details:
        notes.append(f"its details: {', '.join(details)}")
    return Explanation(
        topic,
        "heap",
        label,
        heap=heap,
        sub_heap=sub_heap,
        summary=texts.summary,
        grows=texts.grows,
        advice=texts.advice,
        source=texts.source,
        notes=tuple(notes),
    )


def _explain_category(
    topic: str, category: str, categories: Mapping[str, list[str]], rules: RuleSet | None
) -> Explanation:
    ids = categories.get(category, [])
    if category in _table("category") or not ids:
        texts = _inherit(Texts(), category)
    else:
        texts = rule_texts(ids[0], category, rules)
    inside = [other for other in categories if other.rpartition(".")[0] == category]
    examples = [example for id_ in ids for example in rule_texts(id_, category, rules).examples]
    notes = []
    if inside:
        notes.append(f"divided into {', '.join(sorted(inside))}")
    if ids:
        notes.append(f"rules: {', '.join(ids)}")
    for rule in (rules or load_rules()).unnamed:
        if rule.id in ids:
            notes.append(f"{rule.id}: {_SURENESS[rule.sure]}; condition {rule.when}")
    if category.split(".")[0] == "unnamed":
        notes += UNNAMED_HINTS
    if examples:
        notes.append(f"names such as {', '.join(examples[:3])}")
    return Explanation(
        topic,
        "category",
        category,
        ids[0] if len(ids) == 1 else None,
        category=category,
        summary=texts.summary,
        grows=texts.grows,
        advice=texts.advice,
        source=texts.source,
        notes=tuple(notes),
    )


def _find(wanted: str, known: Mapping[str, str], fold: bool) -> str | None:
    """The value of a key, with `fold` whether in capitals or small."""
    if not fold:
        return known.get(wanted)
    return {key.casefold(): value for key, value in known.items()}.get(wanted.casefold())


@cache
def read_counters() -> Mapping[str, Mapping[str, str]]:
    """What is said of each counter, by its name."""
    table: dict[str, dict[str, str]] = read_table("counters.toml")["counter"]
    return table


@cache
def _counters() -> Mapping[str, str]:
    """Every spelling of a counter (`swap_pss_kb`, `swap_pss`, `SwapPss`), and its name."""
    spellings = {}
    for counter, entry in read_counters().items():
        for spelling in (counter, counter.removesuffix("_kb"), entry.get("key", counter)):
            spellings[spelling] = counter
    return spellings


@cache
def _explanations() -> Mapping[str, Mapping[str, Any]]:
    return read_table("explain.toml")


def _place(label: str) -> Place:
    return Place("explain.toml", label=label)


def _table(kind: str) -> Mapping[str, Mapping[str, Any]]:
    return _explanations()[kind]


def _categories(rules: RuleSet | None) -> dict[str, list[str]]:
    """Every category, also those that are only the beginning of others, and the ids of its rules."""
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
