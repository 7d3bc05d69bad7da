"""Builds the memory of a modelled process: consecutive VMAs, and the parts that many processes share."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from testphone.phone import catalogue
from testphone.phone.smaps_text import Vma

PAGE = 4096
MB = 1024
"""A megabyte in kB."""

FILES = "fe:0c"
DATA = "fe:2d"


@dataclass
class Builder:
    """Places VMAs one after another, with gaps like those of the kernel's mmap."""

    rng: random.Random
    cursor: int
    vmas: list[Vma] = field(default_factory=list)

    def add(self, perms: str, kb: int, name: str = "", *, at: int | None = None, gap: int = 0, **pages: object) -> Vma:
        kb = max(4, kb // 4 * 4)
        start = self.cursor + gap * 1024 if at is None else at
        vma = Vma(start, start + kb * 1024, perms, name, **pages)  # type: ignore[arg-type]
        if at is None:
            self.cursor = vma.end
        self.vmas.append(vma)
        return vma

    def anonymous(self, kb: int, name: str, touched: float = 1.0, swapped: float = 0.0, **where: int) -> Vma:
        """Add private anonymous memory; `touched` is the fraction ever written, `swapped` that of it in zram."""
        vma = self.add("rw-p", kb, f"[anon:{name}]" if name else "", **where)
        used = pages_of(vma.size * touched)
        vma.swap = pages_of(used * swapped)
        vma.private_dirty = vma.anonymous = used - vma.swap
        return vma

    def file(
        self, perms: str, kb: int, name: str, inode: int, *, clean: float, offset: int = 0, device: str = FILES
    ) -> Vma:
        vma = self.add(perms, kb, name, offset=offset, device=device, inode=inode)
        vma.private_clean = pages_of(vma.size * clean)
        return vma

    def library(self, path: str, kb: int, resident: float) -> None:
        """Add the VMAs that the linker creates for a library: rodata, text, relro, data, bss."""
        inode = stable_number(path, 9000) + 400
        rodata, text = kb // 3 + 4, kb // 2 + 4
        self.cursor += self.rng.randrange(1, 40) * PAGE
        self.file("r--p", rodata, path, inode, clean=resident)
        self.file("r-xp", text, path, inode, offset=rodata // 4 * PAGE, clean=resident)
        for perms, size in (("r--p", kb // 24), ("rw-p", 4)):
            vma = self.add(perms, size, path, offset=(rodata + text) // 4 * PAGE, device=FILES, inode=inode)
            vma.private_dirty = vma.anonymous = vma.size
        if stable_number(path, 3):
            self.anonymous(max(4, kb // 20), ".bss", 0.6)


def pages_of(kb: float) -> int:
    """kB rounded down to whole pages."""
    return int(kb) // 4 * 4


def stable_number(text: str, below: int) -> int:
    """A number that depends only on the text (`hash()` differs between runs)."""
    return random.Random(text).randrange(below)


def java_heap(build: Builder, weight: float, growth: int, at: int) -> None:
    """Add the Java heap of the mark-compact collector, and its bookkeeping."""
    used = min(200 * MB, pages_of(weight * 9 * MB * build.rng.uniform(0.7, 1.3)) + (growth % 6) * 640)
    heap = build.anonymous(256 * MB, "dalvik-main space", at=at)
    heap.private_dirty = heap.anonymous = pages_of(used)
    heap.swap = pages_of(used * 0.2)
    for name, kb, touched in (
        ("dalvik-Concurrent mark-compact from-space", 256 * MB, 0.0),
        ("dalvik-free list large object space", 512 * MB, 0.004 * weight),
        ("dalvik-large object free list space allocation info map", 1 * MB, 0.01),
        ("dalvik-card table", 1 * MB, 0.3),
        ("dalvik-mark stack", 8 * MB, 0.01),
        ("dalvik-allocation stack", 4 * MB, 0.2),
        ("dalvik-live stack", 4 * MB, 0.1),
        ("dalvik-linear-alloc page-status map", 32, 0.5),
        ("dalvik-indirect ref table", 64, 0.4),
        ("dalvik-Concurrent mark-compact chunk-info vector", 1 * MB, 0.1),
        ("dalvik-Concurrent Mark Compact live words bitmap", 8 * MB, 0.05),
    ):
        vma = build.anonymous(kb, name, touched, gap=4)
        if name.endswith("from-space"):
            vma.perms = "---p"
    for number in range(int(4 + 6 * weight)):
        build.anonymous(256, "dalvik-LinearAlloc", build.rng.uniform(0.5, 1), gap=4 * (number % 2))
        build.anonymous(64, "dalvik-CompilerMetadata", build.rng.uniform(0.2, 1), gap=4)
    for kb in (8 * MB, 12 * MB):
        jit = build.file(
            "rw-s" if kb == 8 * MB else "r-xs", kb, "/memfd:jit-cache (deleted)", 2061, clean=0, device="00:01"
        )
        jit.private_dirty = pages_of(700 * weight)


def native_heap(build: Builder, kb: int, blocks: int, growth: int = 0, swapped: float = 0.1) -> None:
    """Add scudo's small and large allocations; growth adds small ones, and every fourth time a large one."""
    rest = kb
    for number in range(6):
        part = kb // 6
        touched = build.anonymous(max(256, part * 2), "scudo:primary", 0.5, swapped, gap=16)
        if number == 2 and growth:
            extra = growth * 512
            touched.end += extra * 1024
            build.cursor = touched.end
            touched.private_dirty += extra
            touched.anonymous += extra
        build.add("---p", 4096, "[anon:scudo:primary_reserve]")
        rest -= part
    for _ in range(blocks + growth // 4):
        build.anonymous(build.rng.choice((132, 196, 260, 516, 1028, 2052)), "scudo:secondary", 0.9, swapped, gap=4)
    build.anonymous(32, "GWP-ASan Metadata", 0.5, gap=64)
    build.add("---p", 260, "[anon:GWP-ASan Guard Page]")


def threads(build: Builder, count: int, tid: int) -> None:
    for number in range(count):
        build.add("---p", 4, gap=4)
        stack = build.anonymous(1000, f"stack_and_tls:{tid + number}", 0.0)
        stack.private_dirty = stack.anonymous = build.rng.choice((8, 12, 16, 24, 40, 96))
        build.add("---p", 8)
        build.anonymous(32, "thread signal stack", 0.125)


def process_top(build: Builder, binary: str, top: int) -> None:
    """Add what is at the highest addresses: the binary, the linker's own memory, the stack, the kernel's pages."""
    build.cursor = top
    build.library(binary, 44, 0.8)
    build.library("/apex/com.android.runtime/bin/linker64", 900, 0.6)
    build.anonymous(128, "linker_alloc", 0.5)
    build.anonymous(64, "bionic_alloc_small_objects", 0.6)
    for name in catalogue.PROPERTY_CONTEXTS:
        properties = build.add("r--s", 128, f"/dev/__properties__/u:object_r:{name}:s0", device="00:10", inode=120)
        properties.shared_clean, properties.sharers = 8, 40
    build.add("---p", 4 * MB, "[anon:cfi shadow]", gap=64)
    build.add("r--p", 4, "[vvar]", gap=512)
    text = build.add("r-xp", 4, "[vdso]")
    text.shared_clean, text.sharers = 4, 60
    stack = build.anonymous(8188, "", 0.0, gap=1024)
    stack.name, stack.private_dirty, stack.anonymous = "[stack]", 60, 60


def change_by(vmas: list[Vma], part: float) -> None:
    """Change the private memory of some VMAs by a fraction, in whole pages; remainders carry over to the next VMA."""
    owed = 0.0
    for vma in vmas:
        owed += (vma.private_dirty + vma.swap) * part
        pages = int(owed / 4) * 4
        change = max(min(pages, vma.size - vma.rss - vma.swap), -vma.private_dirty)
        vma.private_dirty += change
        vma.anonymous += change
        owed -= change
