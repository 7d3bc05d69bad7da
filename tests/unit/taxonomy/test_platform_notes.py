"""Notes on names with different places in the platform's rows and droidanon's categories."""

from __future__ import annotations

import pytest

from droidanon.taxonomy.classify import classify_names
from droidanon.taxonomy.explain import explain
from droidanon.taxonomy.platform_notes import PlatformNote, platform_notes
from droidanon.taxonomy.rules import read_table


@pytest.fixture(scope="module")
def places() -> set[tuple[str, str, str]]:
    """Where the names that rules have for examples are counted, by the rules of two releases."""
    names = [name for entry in read_table("explain.toml")["rule"].values() for name in entry.get("examples", [])]
    names += ["/data/app/x/base.apk", "/dev/ashmem/dalvik-classes2.dex extracted in memory from /data/app/x/base.apk"]
    found = [item for android in (9, 16) for item in classify_names(names, android=android)]
    return {(item.heap, item.sub_heap, item.category) for item in found}


@pytest.mark.parametrize("note", platform_notes(), ids=lambda note: f"{note.heap} {note.categories[0]}")
def test_each_note_is_said_of_some_name(note: PlatformNote, places: set[tuple[str, str, str]]) -> None:
    for category in note.categories:
        one = PlatformNote(note.heap, note.sub_heap, (category,), note.text)
        assert any(one.holds(*place) for place in places), category


def test_a_category_is_one_or_below_one() -> None:
    note = PlatformNote("Unknown", None, ("code.so",), "x")
    assert note.holds("Unknown", "", "code.so")
    assert note.holds("Unknown", ".LOS", "code.so.bss")
    assert not note.holds("Unknown", "", "code.something")
    assert not note.holds("Stack", "", "code.so")
    assert not PlatformNote("Dalvik Other", ".GC", ("java",), "x").holds("Dalvik Other", ".AppJIT", "java.jit")


@pytest.mark.parametrize(
    "name",
    [
        "[anon:dalvik-classes.dex extracted in memory from /x.apk]",
        "[anon_shmem:dalvik-jit-code-cache]",
        "[anon:dalvik-Pre-zygote-LinearAlloc]",
        "[anon:/data/app/x/lib/arm64/libfoo.so (compat loaded)]",
        "/data/app/x/base.apk",
    ],
)
def test_explain_notes_the_difference(name: str) -> None:
    assert {note.text for note in platform_notes()} & set(explain(name).notes)


def test_where_both_agree_nothing_is_said() -> None:
    texts = {note.text for note in platform_notes()}
    for name in ("[anon:scudo:primary]", "/system/lib64/libc.so", "[anon:dalvik-LinearAlloc]", "[stack]"):
        assert not texts & set(explain(name).notes)
