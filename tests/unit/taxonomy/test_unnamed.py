"""What memory without a name is taken for, condition by condition, and what is never done to a name."""

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
        (unnamed(start=0x7000000000, size_kb=4096), "arena.hermes"),
        (unnamed(start=0x7000001000, size_kb=4096), "other"),
        (unnamed(perms="r--p"), "read-only"),
        (unnamed(), "other"),
        (unnamed().replace("00:00 0 ", "103:1d 77 "), "file"),
    ],
)
def test_what_one_vma_tells(text: str, kind: str) -> None:
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


def test_an_arena_of_glibc_ends_its_reservation_at_64_mb() -> None:
    start = 0x7F4000000000
    assert kinds(unnamed(start, 132), unnamed(start + 132 * 1024, 65536 - 132, perms="---p", Pss=0)) == [
        "unnamed.arena.glibc",
        "unnamed.guard",
    ]
    assert kinds(unnamed(start, 132), unnamed(start + 132 * 1024, 64, perms="---p", Pss=0))[0] == "unnamed.other"


def test_three_of_one_size_are_blocks() -> None:
    starts = [BASE + place * 10 * MB + 4096 for place in range(3)]
    assert kinds(*(unnamed(start, 2048) for start in starts)) == ["unnamed.blocks"] * 3
    assert kinds(*(unnamed(start, 2048) for start in starts[:2])) == ["unnamed.other"] * 2
    assert kinds(unnamed(starts[0], 2048), unnamed(starts[1], 2048), unnamed(starts[2], 2048, perms="rwxp")) == [
        "unnamed.other",
        "unnamed.other",
        "unnamed.code",
    ]
    assert kinds(*(unnamed(start, 16) for start in starts)) == ["unnamed.other"] * 3


def test_blocks_are_counted_in_each_process_by_itself() -> None:
    two = unnamed(BASE, 2048) + unnamed(BASE + 10 * MB, 2048)
    found = View(capture({"a": two, "b": two})).classification.category.to_list()
    assert found == ["unnamed.other"] * 4


def test_a_vma_with_a_name_is_never_unnamed() -> None:
    names = ("[anon:x]", "[anon:]", "[heap]", "/a", "x y")
    assert not any(kind.startswith("unnamed") for kind in kinds(*(entry(name, perms="rwxp") for name in names)))


def test_explain_says_how_sure_it_is_and_how_to_name_it() -> None:
    notes = " ".join(explain("unnamed.blocks").notes)
    assert "PR_SET_VMA_ANON_NAME" in notes
    assert "heapprofd" in notes
    assert notes != " ".join(explain("unnamed.bss").notes)
