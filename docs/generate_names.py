"""Writes docs/names.md from the rules: `python docs/generate_names.py`; `--check` only compares."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

HEAD = """# Names

The rules for names in smaps, version {version}. `docs/generate_names.py` writes this page from `droidanon/taxonomy/*.toml`. The
first rule that matches a name gives its category: `droidanon explain NAME` prints it for one name, `droidanon names SOURCE` for
all names of a source. [Rules of your own](rules.md) have precedence.

Heaps are those of Android {android}'s `dumpsys meminfo`.
"""

UNNAMED = """## Memory without a name

droidanon tries these conditions in this order; the first that holds counts. VMAs with a name are never in these categories.
A condition that names an allocator also requires evidence of it in the process: glibc's, Unity's or Hermes' library, or the fixed
address of Go's heap.

| category | condition | certainty | meaning |
|---|---|---|---|
"""


def text() -> str:
    """The page."""
    from droidanon.taxonomy.explain import rule_texts
    from droidanon.taxonomy.heaps import DEFAULT_ANDROID
    from droidanon.taxonomy.rules import TOP_CATEGORIES, load_rules, read_table

    rules = load_rules()
    explained = read_table("explain.toml")["category"]
    parts = [HEAD.format(version=rules.version, android=DEFAULT_ANDROID)]
    for top in TOP_CATEGORIES:
        mine = sorted({rule.category for rule in rules.rules if rule.category.split(".")[0] == top})
        if not mine or top in ("unnamed", "unknown"):
            continue
        parts.append(f"## {top}\n\n{_sentences(explained[top])}\n")
        for category in mine:
            for rule in (rule for rule in rules.rules if rule.category == category):
                parts.append(_rule(category, rule.id, rule_texts(rule.id, category)))
    unnamed = [
        f"| `{rule.category}` | {rule.when} | {rule.sure} | {_cell(rule_texts(rule.id, rule.category).summary)} |"
        for rule in rules.unnamed
    ]
    parts.append(UNNAMED + "\n".join(unnamed) + "\n")
    parts.append(
        "## unknown\n\nA name that no rule matches has the category `unknown.` with the first word of the name.\n"
        "`droidanon names SOURCE --unknown` prints a rule to complete for each.\n"
    )
    return "\n".join(parts)


def _sentences(entry: dict[str, str]) -> str:
    return " ".join(entry[key] for key in ("summary", "advice") if entry.get(key))


def _rule(category: str, rule: str, texts: object) -> str:
    from droidanon.taxonomy.classify import classify_names
    from droidanon.taxonomy.rules import RuleTexts

    assert isinstance(texts, RuleTexts)
    heaps = dict.fromkeys(
        " ".join(part for part in (found.heap, found.sub_heap) if part) for found in classify_names(texts.examples)
    )
    lines = [
        f"### {category}\n",
        f"{texts.summary}\n",
        *(f"- {label}: {value}" for label, value in _facts(texts.grows, texts.advice, texts.since, texts.source)),
        f"- rule `{rule}`, heap {', '.join(heaps)}; such as {_examples(texts.examples)}",
        "",
    ]
    return "\n".join(lines)


def _facts(grows: str, advice: str, since: str, source: str) -> Iterable[tuple[str, str]]:
    for label, value in (("grows with", grows), ("try", advice), ("since Android", since), ("source", source)):
        if value:
            yield label, value


def _examples(examples: Iterable[str]) -> str:
    return ", ".join(f"`{example}`" for example in list(examples)[:4])


def _cell(value: str) -> str:
    return re.sub(r"\s+", " ", value).replace("|", "\\|")


if __name__ == "__main__":
    page = Path(__file__).parent / "names.md"
    if "--check" in sys.argv:
        sys.exit(not page.is_file() or page.read_text("utf-8") != text())
    page.write_text(text(), "utf-8")
