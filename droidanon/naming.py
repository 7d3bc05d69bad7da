"""Names for this process's own anonymous memory, as smaps shows them: `[anon:NAME]`; Linux 5.17 and later.

Set with prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME); see kernel/sys.c and mm/madvise.c in the kernel. The name belongs to
the mapping, not to its pages: a forked child inherits it, and it disappears with the mapping.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from droidanon.errors import NamingError, UsageError

LONGEST_NAME = 79
"""Bytes of a name without its NUL (ANON_VMA_NAME_MAX_LEN is 80)."""

_FORBIDDEN = "\\`$[]"
_PR_SET_VMA = 0x53564D41
_PR_SET_VMA_ANON_NAME = 0

_kept: dict[bytes, ctypes.Array[ctypes.c_char]] = {}
# Android's older kernels (up to about 5.10) keep no copy of the name; they read it from this process whenever smaps is
# read.

_REFUSALS = {
    errno.EINVAL: "this kernel cannot name anonymous memory: it needs Linux 5.17 or later, built with "
    "CONFIG_ANON_VMA_NAME (check: grep ANON_VMA_NAME /boot/config-*)",
    errno.EBADF: "this memory is backed by a file: only anonymous memory can have a name (private since Linux 5.17, "
    "shared and memfd since 6.2)",
    errno.ENOMEM: "part of this range is not mapped",
}


@dataclass(frozen=True, slots=True)
class NamedPages:
    """The range of whole pages that was named."""

    address: int
    length: int


def set_vma_name(address: int, length: int, name: str | None) -> None:
    """Name the pages of this process that start at `address`; None removes their name.

    `address` is a multiple of the page size; `length` (bytes) is rounded up to whole pages, as in the kernel. Naming
    part of a mapping splits it, and adjacent mappings with the same name are merged. Raises UsageError for invalid
    arguments, and NamingError if the system cannot do it: not Linux, a kernel without the feature, or memory that is
    not anonymous.
    """
    text = None if name is None else _checked(name)
    page = mmap.PAGESIZE
    if address < 0 or address % page:
        raise UsageError(
            f"address {address:#x} is not a multiple of the page size ({page}): only whole pages can have a name"
        )
    if length <= 0:
        raise UsageError(f"length {length}: nothing to name")
    pointer = None if text is None else _kept.setdefault(text, ctypes.create_string_buffer(text))
    if refusal := _prctl(address, length, pointer):
        reason = _REFUSALS.get(refusal, os.strerror(refusal))
        raise NamingError(f"can't name {address:#x}-{address + length:#x}: {reason}")


@contextmanager
def named_buffer(buffer: Any, name: str) -> Iterator[NamedPages]:
    """Name a writable buffer's memory (mmap, bytearray, numpy array, ...) in a `with` block; yields the named pages.

    Only whole pages can be named, so partial pages at the ends of an unaligned buffer keep their old name (an mmap is
    aligned; a large numpy array starts a few bytes into a page). Raises UsageError if the buffer contains no whole
    page. The buffer cannot be resized or closed inside the block. The name is removed at the end, because the allocator
    may reuse the pages.
    """
    view = memoryview(buffer)
    size = view.nbytes
    readonly, contiguous = view.readonly, view.c_contiguous
    view.release()
    if readonly or not contiguous:
        raise UsageError(f"the buffer is {'read-only' if readonly else 'not contiguous'}: its memory cannot be named")
    page = mmap.PAGESIZE
    held = (ctypes.c_char * size).from_buffer(buffer)  # pins the buffer in place while it exists
    try:
        address = ctypes.addressof(held)
        first = -(-address // page) * page
        end = (address + size) // page * page
        if end <= first:
            raise UsageError(
                f"the buffer of {size} bytes contains no whole page of {page}, and only whole pages can have a name; "
                "use a larger buffer, or an mmap"
            )
        set_vma_name(first, end - first, name)
        try:
            yield NamedPages(first, end - first)
        finally:
            set_vma_name(first, end - first, None)
    finally:
        del held


def _checked(name: str) -> bytes:
    """The name as bytes, checked against the kernel's rules (is_valid_name_char in kernel/sys.c)."""
    if len(name) > LONGEST_NAME:
        raise UsageError(f"name of {len(name)} bytes: at most {LONGEST_NAME} are allowed: {name[:20]!r}...")
    for character in name:
        if not " " <= character <= "~" or character in _FORBIDDEN:
            raise UsageError(f"name {name!r}: {character!r} can't be in it (printable ASCII without \\ ` $ [ ])")
    return name.encode("ascii")


def _prctl(address: int, length: int, name: ctypes.Array[ctypes.c_char] | None) -> int:
    """Return 0, or the errno of a failed call."""
    if sys.platform not in ("linux", "android"):
        raise NamingError(f"memory can only be named on Linux, not on {sys.platform}")
    call = ctypes.CDLL(None, use_errno=True).prctl
    call.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_char_p)
    call.restype = ctypes.c_int
    return ctypes.get_errno() if call(_PR_SET_VMA, _PR_SET_VMA_ANON_NAME, address, length, name) else 0
