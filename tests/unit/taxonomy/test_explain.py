"""Every topic a user may ask for has an answer."""

from __future__ import annotations

import pytest

from droidanon.counters import COUNTERS as COUNTERS_TABLE
from droidanon.counters import Counter
from droidanon.errors import UsageError
from droidanon.taxonomy.explain import explain, read_counters
from droidanon.taxonomy.rules import load_heap_rules, load_rules
from tests.messages import mentions

COUNTERS = (
    "pss_kb",
    "Pss",
    "pss",
    "total_pss_kb",
    "swap_pss_kb",
    "SwapPss",
    "rss_kb",
    "uss_kb",
    "private_swap_pss_kb",
    "anon_swap_kb",
    "swappable_pss_kb",
    "locked_kb",
    "Private_Dirty",
    "THPeligible",
    "size_kb",
    "pss_dirty_kb",
    "vmas",
)


def test_a_name_has_heap_category_and_rule() -> None:
    found = explain("[anon:scudo:primary]")
    assert (found.kind, found.title, found.rule) == ("name", "[anon:scudo:primary]", "scudo-primary")
    assert (found.heap, found.sub_heap, found.category) == ("Native Heap", "", "native.scudo.primary")
    assert found.summary and found.grows and "heapprofd" in found.advice and found.source
    assert any(mentions(note, "Android 8", "10", "Unknown") for note in found.notes)


def test_a_name_is_explained_by_the_release_asked_for() -> None:
    found = explain("[anon:scudo:primary]", android=10)
    assert found.heap == "Unknown"
    assert any(mentions(note, "Android 11", "17", "Native Heap") for note in found.notes)


def test_the_empty_name_is_memory_without_a_name() -> None:
    found = explain("")
    assert (found.kind, found.title, found.category) == ("name", "(no name)", "unnamed.other")


@pytest.mark.parametrize("topic", ["[never seen]", "/no/such/file", "anon_inode:dmabuf332", "[", "/"])
def test_what_looks_like_a_name_is_one(topic: str) -> None:
    assert explain(topic).kind == "name"


def test_deleted_is_explained() -> None:
    assert any("(deleted)" in note for note in explain("/memfd:jit-cache (deleted)").notes)


@pytest.mark.parametrize("topic", COUNTERS)
def test_counters_are_explained(topic: str) -> None:
    found = explain(topic)
    assert found.kind == "counter"
    assert found.summary.endswith((".", "0."))


def test_total_pss_and_memtrack_are_told_apart() -> None:
    found = explain("total_pss_kb")
    assert "memtrack" in found.summary
    assert "swap" in found.summary + found.advice


@pytest.mark.parametrize("counter", COUNTERS_TABLE.values(), ids=lambda counter: counter.name)
def test_headings_of_tables_are_counters(counter: Counter) -> None:
    for title in filter(None, (counter.title, counter.short)):
        for topic in (title, title.upper()):
            assert explain(topic).title.split(" ")[0] == counter.name


def test_the_kernels_key_stands_beside_the_counter() -> None:
    assert explain("swap_pss_kb").title == "swap_pss_kb (SwapPss)"
    assert all(entry["summary"] for entry in read_counters().values())


def test_every_heap_is_explained() -> None:
    rules, _ = load_heap_rules()
    for label in {rule.heap for rule in rules} | {rule.sub_heap for rule in rules if rule.sub_heap} | {"Unknown"}:
        found = explain(label)
        assert (found.kind, found.title) == ("heap", label)
        assert found.summary


def test_a_detail_names_its_row() -> None:
    assert (explain(".LOS").heap, explain(".LOS").sub_heap) == ("Dalvik Heap", ".LOS")
    assert (explain(".so mmap").heap, explain(".so mmap").sub_heap) == (".so mmap", "")


def test_every_category_and_those_above_it_are_explained() -> None:
    rules = load_rules()
    for category in (*(rule.category for rule in rules.rules), *(rule.category for rule in rules.unnamed)):
        words = category.split(".")
        for depth in range(1, len(words) + 1):
            found = explain(".".join(words[:depth]))
            assert (found.kind, found.category) == ("category", ".".join(words[:depth]))
            assert found.summary


def test_a_category_lists_what_is_in_it() -> None:
    found = explain("native.scudo")
    assert any("native.scudo.primary" in note for note in found.notes)
    assert explain("native.scudo.secondary").rule == "scudo-secondary"


def test_capitals_decide_only_where_they_have_to() -> None:
    assert explain("Stack").kind == "heap"
    assert explain("stack").kind == "category"
    assert explain("Unknown").kind == "heap"
    assert explain("unknown").kind == "category"
    assert explain("native heap").title == "Native Heap"
    assert explain("swappss").title.startswith("swap_pss_kb")


def test_unknown_categories_have_the_words_of_unknown() -> None:
    assert explain("unknown.foo").summary == explain("unknown").summary


@pytest.mark.parametrize(("topic", "hint"), [("nativ.scudo", "native.scudo"), ("pss_kbb", "pss_kb"), ("zzzz", "zzzz")])
def test_other_words_are_a_usage_error_with_a_hint(topic: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        explain(topic)
