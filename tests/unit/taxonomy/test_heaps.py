"""The platform's rules: name to heap, by release."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from droidanon.taxonomy.classify import classify_names
from droidanon.taxonomy.heaps import heap_rules, tagged_path
from droidanon.taxonomy.rules import load_heap_rules

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "data"


def heaps(name: str, android: int | None = None) -> tuple[str, str]:
    found = classify_names([name], android=android)[0]
    return found.heap, found.sub_heap


@pytest.mark.parametrize(("column", "android"), [("_16", None), ("_16", 16), ("_15qpr1", 15), ("", 17)])
def test_names_get_the_platforms_heaps(column: str, android: int | None) -> None:
    if not CORPUS.is_dir():
        pytest.skip("corpus not present")
    labels = {"HEAP_MEMFD": "Memfd", "-": ""}
    for path in CORPUS.glob("*/*.heaps.json"):
        labels |= {heap: sums["label"] for heap, sums in json.loads(path.read_text())["heaps"].items()}
    with (CORPUS / "expected" / "name-heaps.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len(rows) > 90
    found = classify_names([row["name"] for row in rows], android=android)
    for row, got in zip(rows, found, strict=True):
        wanted = labels[row[f"heap{column}"]], labels[row[f"sub_heap{column}"]]
        assert (got.heap, got.sub_heap) == wanted, got
        if column != "":
            assert got.swappable == (row["swappable"] == "1"), got


@pytest.mark.parametrize(
    ("name", "heap", "sub_heap"),
    [
        ("", "Unknown", ""),
        ("[heap]", "Native Heap", ""),
        ("[heap stuff]", "Other mmap", ""),
        ("[heap]x", "Native Heap", ""),
        ("[stackfoo]", "Stack", ""),
        ("[anon:scudo_primary]", "Unknown", ""),
        ("[anon:libc_malloc] ", "Native Heap", ""),
        ("/x/libfoo.so (deleted)", ".so mmap", ""),
        ("/x/libfoo.so (deleted) (deleted)", "Other mmap", ""),
        ("/dev/ashmem/x.so", ".so mmap", ""),
        ("[anon:.so", ".so mmap", ""),
        ("/x/FOO.SO", "Other mmap", ""),
        (".dex", "Other mmap", ""),
        ("a.dex", ".dex mmap", ".App dex"),
        ("/dev/x.dexter", ".dex mmap", ".App dex"),
        ("/system/framework/boot.vdex", ".dex mmap", ".Boot vdex"),
        ("/system/framework/services.vdex", ".dex mmap", ".App vdex"),
        ("/apex/com.android.art/javalib/arm64/x.vdex", ".dex mmap", ".Boot vdex"),
        ("/data/x@boot-framework.art", ".art mmap", ".Boot art"),
        ("[anon:dalvik-/data/bootstrap/base.art]", ".art mmap", ".Boot art"),
        ("[anon:dalvik-classes.dex extracted in memory from /a.apk]", ".dex mmap", ".App dex"),
        ("[anon:dalvik-zygote space]", "Dalvik Heap", ".Zygote"),
        ("[anon:dalvik-zygote-jit-code-cache]", "Dalvik Other", ".GC"),
        ("[anon:dalvik-indirect ref table]", "Dalvik Other", ".IndirectRef"),
        ("[anon:dalvik-local ref table]", "Dalvik Other", ".GC"),
        ("[anon:dalvik]", "Unknown", ""),
        ("[anon:foo kgsl-3d0]", "Gfx dev", ""),
        ("/dev/ashmemfoo", "Ashmem", ""),
        ("/dev", "Other mmap", ""),
        ("[anon:/data/app/x/lib/arm64/libfoo.so (compat loaded)]", "Unknown", ""),
        ("[anon:mt:...tail/libc.so+1f000]", ".so mmap", ""),
        ("[anon:mt:/system/bin/sh+1f000]", "Other mmap", ""),
        ("[anon:mt:/system/lib64/libc.so+xyz]", "Unknown", ""),
        ("[anon_shmem:dalvik-jit-code-cache]", "Other mmap", ""),
    ],
)
def test_traps_of_the_newest_rules(name: str, heap: str, sub_heap: str) -> None:
    assert heaps(name) == (heap, sub_heap)


@pytest.mark.parametrize(
    ("name", "android", "heap", "sub_heap"),
    [
        ("/dev/ashmem/dalvik-main space (region space) (deleted)", 9, "Dalvik Heap", ".Heap"),
        ("/dev/ashmem/dalvik-main space (region space)_3596_3596 (deleted)", 8, "Dalvik Heap", ".Heap"),
        ("/dev/ashmem/dalvik-main space (deleted)", 10, "Ashmem", ""),
        ("/dev/ashmem/dalvik-jit-code-cache (deleted)", 9, "Dalvik Other", ".JITCache"),
        ("/dev/ashmem/dalvik-card table (deleted)", 9, "Dalvik Other", ".GC"),
        ("/dev/ashmem/libc malloc (deleted)", 9, "Native Heap", ""),
        ("/dev/ashmem/libc malloc (deleted)", 10, "Ashmem", ""),
        ("[anon:dalvik-main space]", 9, "Unknown", ""),
        ("[anon:dalvik-main space]", 10, "Dalvik Heap", ".Heap"),
        ("[anon:dalvik-jit-code-cache]", 10, "Dalvik Other", ".JITCache"),
        ("[anon:dalvik-jit-code-cache]", 11, "Dalvik Other", ".AppJIT"),
        ("/memfd:jit-cache (deleted)", 10, "Other mmap", ""),
        ("/memfd:jit-cache (deleted)", 11, "Dalvik Other", ".AppJIT"),
        ("/dev/ashmem/jit-zygote-cache_1 (deleted)", 10, "Ashmem", ""),
        ("/dev/ashmem/jit-zygote-cache_1 (deleted)", 11, "Dalvik Other", ".ZygoteJIT"),
        ("[anon:scudo:primary]", 10, "Unknown", ""),
        ("[anon:scudo:primary]", 11, "Native Heap", ""),
        ("[anon:stack_and_tls:12]", 9, "Unknown", ""),
        ("[anon:stack_and_tls:12]", 11, "Stack", ""),
        ("[anon:dalvik-/data/app/base.art]", 9, "Unknown", ""),
        ("[anon:dalvik-/data/app/base.art]", 10, ".art mmap", ".App art"),
        ("/apex/com.android.art/x.art", 10, ".art mmap", ".App art"),
        ("/apex/com.android.art/x.art", 11, ".art mmap", ".Boot art"),
        ("/apex/com.android.art/x.vdex", 10, ".dex mmap", ".App vdex"),
        ("[anon:mt:/system/lib64/libc.so+e000]", 14, "Unknown", ""),
        ("[anon:mt:/system/lib64/libc.so+e000]", 15, ".so mmap", ""),
        ("/kgsl-3d0", 15, "Other mmap", ""),
        ("/kgsl-3d0", 16, "Gfx dev", ""),
        ("/dev/kgsl-3d0", 8, "Gfx dev", ""),
        ("/memfd:CursorWindow: /data/x.db (deleted)", 15, "Other mmap", ""),
        ("/memfd:CursorWindow: /data/x.db (deleted)", 16, "Cursor", ""),
        ("/memfd:foo (deleted)", 17, "Memfd", ""),
    ],
)
def test_rules_change_with_the_release(name: str, android: int, heap: str, sub_heap: str) -> None:
    assert heaps(name, android) == (heap, sub_heap)


def test_releases_beyond_the_known_ones_use_the_nearest() -> None:
    assert heap_rules(5) is heap_rules(8)
    assert heap_rules(40) is heap_rules(17)
    assert heap_rules(None) is heap_rules(16)


def test_tagged_globals_get_their_path_back() -> None:
    assert tagged_path("[anon:mt:/a/b+c.so+10]") == "/a/b+c.so"
    for name in ("[anon:mt:/a/b.so]", "[anon:mt:/a/b.so+10", "/a/b.so+10]", "[anon:mt:/a/b.so+ ]"):
        assert tagged_path(name) == name


def test_every_heap_rule_has_its_own_id() -> None:
    rules, _ = load_heap_rules()
    assert len({rule.id for rule in rules}) == len(rules)
