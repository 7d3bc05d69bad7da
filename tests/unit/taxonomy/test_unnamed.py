"""The category of memory without a name, condition by condition; names never get one of these categories."""

from __future__ import annotations

import pytest

from droidanon.analysis.view import View
from droidanon.taxonomy.explain import explain
from tests.builders import capture, entry

MB = 1 << 20
BASE = 0x7000000000


def kinds(*entries: str) -> list[str]:
    return View(capture({"app": "".join(entries)})).classification.category.to_list()


def unnamed(start: int = BASE, size_kb: int = 64, **more: object) -> str:
    return entry("", start=start, size_kb=size_kb, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (unnamed(perms="---p", Pss=0), "guard"),
        (unnamed(flags="rd wr mr mw me gd ac"), "main-stack"),
        (unnamed(perms="rw-s", flags="rd wr sh mr mw me ms"), "shared"),
        (unnamed(flags="rd wr mr mw me ht"), "huge-pages"),
        (unnamed(flags="rd wr mr mw me pf io"), "device"),
        (unnamed(flags="rd wr mr mw me ac wf"), "wiped-on-fork"),
        (unnamed(perms="r-xp"), "code"),
        (unnamed(perms="rwxp"), "code"),
        (unnamed(Pss=0), "untouched"),
        (unnamed(Pss=0, Swap=8), "other"),
        (unnamed(start=0xC000000000), "arena.go"),
        (unnamed(start=0x4000000000), "arena.go"),
        (unnamed(start=0xC000001000), "other"),
        (unnamed(start=0x7000000000, size_kb=4096), "other"),
        (unnamed(perms="r--p"), "read-only"),
        (unnamed(), "other"),
        (unnamed().replace("00:00 0 ", "103:1d 77 "), "file"),
    ],
)
def test_a_vma_alone(text: str, kind: str) -> None:
    assert kinds(text) == [f"unnamed.{kind}"]


def test_memory_behind_a_program_is_its_bss_or_relro() -> None:
    for program in ("/system/bin/app_process64", "/usr/lib/libc.so.6", "/system/lib64/libc.so"):
        found = kinds(
            entry(program, start=BASE, size_kb=4),
            unnamed(BASE + 4096, 4, perms="r--p"),
            unnamed(BASE + 8192, 4),
            unnamed(BASE + 16384, 4),
        )
        assert found[1:] == ["unnamed.relro", "unnamed.bss", "unnamed.other"]
    assert kinds(entry("/dev/kgsl-3d0", size_kb=4), unnamed(BASE + 4096, 4))[1] == "unnamed.other"


GLIBC = ("/usr/lib/x86_64-linux-gnu/libc.so.6", "/lib/aarch64-linux-gnu/libc-2.31.so")
BIONIC = ("/apex/com.android.runtime/lib64/bionic/libc.so", "/system/lib64/libc.so")
UNITY = ("/data/app/x/lib/arm64/libunity.so", "/data/app/x/base.apk!libunity.so (offset 0x1000)")
HERMES = ("/data/app/x/lib/arm64/libhermes.so", "/data/app/x/lib/arm64/libhermesvm.so (deleted)")


def reservation(size_mb: int, head_kb: int, start: int = BASE, *, rest_kb: int | None = None) -> str:
    """A writable head at `start`, and an inaccessible rest, by default up to the end of `size_mb`."""
    rest = size_mb * 1024 - head_kb if rest_kb is None else rest_kb
    return unnamed(start, head_kb) + unnamed(start + head_kb * 1024, rest, perms="---p", Pss=0)


def library(name: str) -> str:
    return entry(name, start=0x7F00000000, size_kb=4, perms="r-xp")


@pytest.mark.parametrize(
    ("size_mb", "libraries", "arena"), [(64, GLIBC, "arena.glibc"), (256, UNITY, "arena.unity")], ids=["glibc", "unity"]
)
def test_a_reservation_is_an_allocator_s_only_with_evidence(
    size_mb: int, libraries: tuple[str, ...], arena: str
) -> None:
    for name in libraries:
        assert kinds(reservation(size_mb, 132), library(name))[:2] == [f"unnamed.{arena}", "unnamed.guard"]
        assert kinds(unnamed(BASE, size_mb * 1024), library(name))[0] == f"unnamed.{arena}", "used up to its end"
        assert kinds(reservation(size_mb, 132, BASE + MB), library(name))[0] == "unnamed.other", "not aligned"
        assert kinds(reservation(size_mb, 132, rest_kb=64), library(name))[0] == "unnamed.other", "ends elsewhere"
    others = {*GLIBC, *BIONIC, *UNITY, *HERMES} - {*libraries}
    for name in others:
        assert kinds(reservation(size_mb, 132), library(name))[0] != f"unnamed.{arena}"
    assert kinds(reservation(size_mb, 132))[0] == "unnamed.other"


def test_evidence_counts_in_its_own_process_only() -> None:
    found = View(
        capture({"a": reservation(64, 132) + library(GLIBC[0]), "b": reservation(64, 132) + library(BIONIC[0])})
    ).classification.category.to_list()
    assert found == [
        "unnamed.arena.glibc",
        "unnamed.guard",
        "code.so.other",
        "unnamed.other",
        "unnamed.guard",
        "code.so.system",
    ]


def test_unity_s_blocks_are_not_glibc_s_although_their_reservations_end_at_64_mb_too() -> None:
    assert kinds(reservation(256, 1024), library(UNITY[0]))[0] == "unnamed.arena.unity"
    assert kinds(reservation(256, 1024), library(BIONIC[0]))[0] == "unnamed.other"


def test_an_untouched_head_is_the_allocator_s_too() -> None:
    untouched = unnamed(BASE, 64, Pss=0) + unnamed(BASE + 65536, 65536 - 64, perms="---p", Pss=0)
    assert kinds(untouched, library(GLIBC[0]))[0] == "unnamed.arena.glibc"
    assert kinds(untouched, library(BIONIC[0]))[0] == "unnamed.untouched"


def test_segments_of_hermes_need_hermes() -> None:
    for name in HERMES:
        assert kinds(unnamed(BASE, 4096), library(name))[0] == "unnamed.arena.hermes"
        assert kinds(unnamed(BASE, 12288), library(name))[0] == "unnamed.arena.hermes", "merged neighbours"
        assert kinds(unnamed(BASE + 4096, 4096), library(name))[0] == "unnamed.other"
        assert kinds(unnamed(BASE, 4096 + 64), library(name))[0] == "unnamed.other"
    for name in (*GLIBC, *BIONIC, *UNITY):
        assert kinds(unnamed(BASE, 4096), library(name))[0] == "unnamed.other"


def test_the_heap_of_go_is_the_run_from_its_first_arena_on() -> None:
    go = 0x4000000000
    found = kinds(
        unnamed(go, 4096),
        unnamed(go + 4 * MB, 60 * 1024, perms="---p", Pss=0),
        unnamed(go + 64 * MB, 1024),
        unnamed(go + 80 * MB, 1024),
    )
    assert found == ["unnamed.arena.go", "unnamed.guard", "unnamed.arena.go", "unnamed.other"]
    assert kinds(unnamed(go + 4 * MB, 1024)) == ["unnamed.other"]


def test_a_category_does_not_depend_on_the_number_of_similar_vmas() -> None:
    vmas = [unnamed(BASE + place * 10 * MB + 4096, 2048) for place in range(6)]
    found = [kinds(*vmas[:count]) for count in range(1, 7)]
    assert [set(each) for each in found] == [{"unnamed.other"}] * 6


def test_a_page_more_or_less_moves_no_memory_to_another_category() -> None:
    for libraries in ((), GLIBC[:1], UNITY[:1], HERMES[:1]):
        for size_kb in (64, 4096, 65536, 262144):
            few, many = (
                kinds(unnamed(BASE, size_kb, Pss=pss), *map(library, libraries))[0] for pss in (4, size_kb // 2)
            )
            assert few == many


def test_a_vma_with_a_name_is_never_unnamed() -> None:
    names = ("[anon:x]", "[anon:]", "[heap]", "/a", "x y")
    assert not any(kind.startswith("unnamed") for kind in kinds(*(entry(name, perms="rwxp") for name in names)))


def test_explain_says_how_sure_it_is_and_how_to_name_it() -> None:
    notes = " ".join(explain("unnamed.arena.unity").notes)
    assert "likely" in notes
    assert "PR_SET_VMA_ANON_NAME" in notes
    assert "heapprofd" in notes
    assert notes != " ".join(explain("unnamed.bss").notes)
