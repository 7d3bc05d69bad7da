"""Names made equal across captures: without the parts that change with each process, boot or install."""

from __future__ import annotations

import re
from functools import lru_cache

from droidanon.taxonomy.unnamed import DELETED

_UUID = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
_EDGE, _END = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"

_LONG_HEX = ""
"""Stands for 9 hex digits in a row, searched once for both steps that need them."""
_has_long_hex = re.compile(r"[0-9A-Fa-f]{9}").search

_STEPS: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (needle, re.compile(pattern), replacement)
    for needle, pattern, replacement in (
        # Samsung's kernels append the pids of the creator and of the mapping process to an ashmem file.
        ("/dev/ashmem/", r"^(/dev/ashmem/.*?)(?:_\d+_\d+)+$", r"\1"),
        # glibc nptl/allocatestack.c
        ("stack", r"^(\[anon: glibc: pthread (?:user )?stack: )\d+\]$", r"\1<tid>]"),
        # bionic linker/linker_phdr.cpp: the offset in the file follows the path
        ("[anon:mt:", r"^(\[anon:mt:.*)\+[0-9a-fA-F]+\]$", r"\1]"),
        # Folders of installed packages: /data/app/~~RANDOM==/PACKAGE-RANDOM==, without the first before Android 11,
        # PACKAGE-1 before 8, and a file PACKAGE-1.apk before 5
        ("/app/", r"((?:/data|/mnt/expand/[^/]*)/app/)(?:~~[^/]*/)?([A-Za-z][\w.]*)-[^/]*(?=/)", r"\1\2"),
        ("/app/", r"(/data/app/[A-Za-z][\w.]*)-\d+(?=\.apk)", r"\1"),
        ("data@app@", r"(data@app@)(?:~~[^@]*@)?([A-Za-z][\w.]*)-[^@]*(?=@)", r"\1\2"),
        ("trichromelibrary", r"(trichromelibrary)_\d+", r"\1"),
        # An APEX is also mounted under its name and version (system/apex/apexd/apexd.cpp)
        ("/apex/", r"(/apex/[A-Za-z][\w.]*)@\d+(?=/)", r"\1"),
        ("/vmdl", r"(/vmdl)\d+(?=\.tmp/)", r"\1<n>"),
        # Linux drivers/dma-buf and vendors' exporters number their buffers
        ("dmabuf", r"^(anon_inode:dmabuf|/dmabuf:dmabuf)\d+$", r"\1"),
        # ART numbers bitmaps and workers (runtime/gc/accounting/space_bitmap.cc, runtime/thread_pool.cc)
        ("-bitmap ", r"((?:live|mark)-bitmap )\d+", r"\1<n>"),
        ("worker thread ", r"(worker thread )\d+", r"\1<n>"),
        # Shared memory of frameworks/base GraphicsStatsService, frameworks/av AudioFlinger, gralloc, Chromium
        ("GFXStats-", r"(/GFXStats-)\d+", r"\1<pid>"),
        ("::Client(", r"(AudioFlinger::Client\()\d+(?=\))", r"\1<pid>"),
        ("/gralloc-", r"(/gralloc-)\d+\.\d+", r"\1<n>"),
        ("/shared_memory/", r"(/shared_memory/)[0-9A-Fa-f]+$", r"\1<id>"),
        ("BrowserMetrics-", r"(BrowserMetrics-)[0-9A-Fa-f]+-[0-9A-Fa-f]+", r"\1<id>"),
        ("_pid", r"(_pid[-_])\d+", r"\1<pid>"),
        # PrimJS (a QuickJS): src/gc/allocator.cc
        ("quickjs_heap_", r"(quickjs_heap_)\d+_\d+", r"\1<pid>_<tid>"),
        ("-", _EDGE + _UUID + _END, "<uuid>"),
        # Addresses, build ids and other long hex, time stamps and file numbers
        ("0x", _EDGE + r"0x[0-9A-Fa-f]{4,}" + _END, "<address>"),
        (_LONG_HEX, _EDGE + r"(?=[A-Fa-f]*[0-9])[0-9A-Fa-f]{16,}" + _END, "<id>"),
        (_LONG_HEX, _EDGE + r"\d{9,}" + _END, "<n>"),
        (".ldb", r"/\d+(?=\.ldb$)", "/<n>"),
        (".sst", r"/\d+(?=\.sst$)", "/<n>"),
    )
)
"""A text that a name must contain for a step to apply, the step's pattern, and the replacement."""

_STACK = re.compile(r"\[((?:anon:stack_and_tls|anon:stack_mte_ring|stack):)\d+\]")
"""Stacks of threads (bionic libc/bionic/pthread_create.cpp, Linux fs/proc/task_mmu.c): half the names of a phone."""

_PLAIN = re.compile(r"/(?:system|vendor|product|system_ext|apex|odm)/[^@~-]*|\[[^0-9~/]*")
"""A cheap test for names that no step changes; most names pass it."""
_REMEMBERED = 1 << 18
"""Names that are kept with their normal name: captures share nearly all of them."""


@lru_cache(maxsize=_REMEMBERED)
def normalise_name(name: str) -> str:
    """The name without ` (deleted)`, pids, thread ids, install folders, counters, ids; twice is the same as once.

    A word in angle brackets stands for a removed part that distinguishes kinds: `[anon:stack_and_tls:<tid>]`.
    """
    if stack := _STACK.fullmatch(name):
        return f"[{stack[1]}<tid>]"
    while True:
        step = _once(name)
        if step == name:
            return name
        name = step


def _once(name: str) -> str:
    name = name.removesuffix(DELETED)
    if _PLAIN.fullmatch(name):
        return name
    if stack := _STACK.fullmatch(name):
        return f"[{stack[1]}<tid>]"
    is_long = _has_long_hex(name) is not None
    for needle, pattern, replacement in _STEPS:
        applies = is_long if needle == _LONG_HEX else needle in name
        if applies and pattern.search(name):  # `sub` costs several times as much, also if it changes nothing
            name = pattern.sub(replacement, name)
    return name
