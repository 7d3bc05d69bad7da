"""Runs in the guest: names its own memory with droidanon.naming, and keeps a ledger like the C programs.

`python3 -m testphone.guest.name_memory FOLDER` prints the results of its calls as one JSON object, then waits to be
killed.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy

from droidanon import naming
from droidanon.errors import DroidanonError

PAGE = mmap.PAGESIZE
PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
BUFFER_KB = 1024


def address_of(buffer: mmap.mmap) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer))


def lines_named(name: str) -> int:
    """The number of VMAs of this process whose name ends with `name`."""
    return sum(line.endswith(f"{name}]") for line in Path("/proc/self/maps").read_text().splitlines())


def apart(pages: int, flags: int = PRIVATE) -> mmap.mmap:
    """Memory whose first and last page stay unnamed, so that no neighbour merges with the rest."""
    return mmap.mmap(-1, (pages + 2) * PAGE, flags=flags)


def kernel_takes(address: int, name: bytes) -> bool:
    call = ctypes.CDLL(None, use_errno=True).prctl
    call.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_char_p)
    answer: int = call(0x53564D41, 0, address, PAGE, name)
    return answer == 0


def we_take(address: int, name: str) -> bool:
    try:
        naming.set_vma_name(address, PAGE, name)
    except DroidanonError:
        return False
    return True


def refusal_of_close(memory: mmap.mmap) -> str:
    try:
        memory.close()
    except BufferError as error:
        return str(error)
    return "none"


def refusal(doing: Callable[[], object]) -> str:
    try:
        doing()
    except DroidanonError as error:
        return f"{type(error).__name__}: {error}"
    return "none"


def main(folder: str) -> None:
    """Name the memory, write the ledger, print the results, and wait."""
    answers: dict[str, object] = {}
    rows: list[tuple[int, int, str, dict[str, int]]] = []
    held = []
    with ExitStack() as stack:
        for name, flags, shown in (
            ("python private", PRIVATE, "[anon:python private]"),
            ("python shared", mmap.MAP_SHARED | mmap.MAP_ANONYMOUS, "[anon_shmem:python shared]"),
        ):
            memory = apart(16, flags)
            held.append(memory)
            start = address_of(memory) + PAGE
            naming.set_vma_name(start, 16 * PAGE - 1, name)  # rounded up
            for page in range(1, 5):
                memory[page * PAGE] = 1
            rows.append((start, start + 16 * PAGE, shown, {"size_kb": 64, "rss_kb": 16, "private_dirty_kb": 16}))

        array = numpy.ones(BUFFER_KB * 1024, numpy.uint8)
        pages = stack.enter_context(naming.named_buffer(array, "numpy array"))
        size_kb = pages.length // 1024
        answers["array"] = [array.ctypes.data, array.nbytes, pages.address, pages.length]
        rows.append(
            (
                pages.address,
                pages.address + pages.length,
                "[anon:numpy array]",
                {"size_kb": size_kb, "rss_kb": size_kb, "private_dirty_kb": size_kb},
            )
        )

        memory = apart(16)
        held.append(memory)
        with naming.named_buffer(memory, "for a while"):
            inside = lines_named("for a while")
            answers["closing inside"] = refusal_of_close(memory)
        answers["for a while"] = [inside, lines_named("for a while")]
        memory.resize(4 * PAGE)  # nothing refers to it any more

        trial = apart(1)
        held.append(trial)
        at = address_of(trial) + PAGE
        answers["characters"] = [
            code for code in range(1, 256) if kernel_takes(at, b"x%cx" % code) != we_take(at, f"x{chr(code)}x")
        ]
        answers["lengths"] = [size for size in range(100) if kernel_takes(at, b"x" * size) != we_take(at, "x" * size)]
        answers["longest"] = max(size for size in range(100) if kernel_takes(at, b"x" * size))
        naming.set_vma_name(at, PAGE, "")
        answers["empty"] = lines_named("[anon:")
        naming.set_vma_name(at, PAGE, None)
        answers["without"] = lines_named("[anon:")

        real = mmap.mmap(
            os.open("/system/bin/sh", os.O_RDONLY), PAGE, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE
        )
        held.append(real)
        answers["of a file"] = refusal(lambda: naming.set_vma_name(address_of(real), PAGE, "x"))
        answers["unmapped"] = refusal(lambda: naming.set_vma_name(0x1000, PAGE, "x"))

        text = "".join(
            f"{start:x}\t{end:x}\t{name}" + "".join(f"\t{key}={kb}" for key, kb in counters.items()) + "\n"
            for start, end, name, counters in rows
        )
        ledger = Path(folder) / str(os.getpid())
        ledger.write_text(f"generation\t1\n{text}")
        print(json.dumps({"pid": os.getpid(), **answers}), flush=True)
        signal.pause()


if __name__ == "__main__":
    main(sys.argv[1])
