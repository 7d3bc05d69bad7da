"""Hypothesis strategies: smaps texts that a kernel could print, and what can happen to them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from hypothesis import strategies as st

from testphone.phone.smaps_text import COUNTERS

KEYS = ("Size", "KernelPageSize", "MMUPageSize", *COUNTERS)
FLAGS = [
    "rd",
    "wr",
    "ex",
    "sh",
    "mr",
    "mw",
    "me",
    "ms",
    "gd",
    "pf",
    "dw",
    "lo",
    "io",
    "sr",
    "rr",
    "dc",
    "de",
    "ac",
    "nr",
    "ht",
    "sf",
    "ar",
    "wf",
    "dd",
    "sd",
    "mm",
    "hg",
    "nh",
    "mg",
    "??",
]


@dataclass(frozen=True)
class Kernel:
    """How one kernel prints an entry."""

    wide: bool
    keys: tuple[str, ...]
    name_lines: int
    thp: str
    flags: bool
    maps: bool = False
    """Whether it prints headers only, as in /proc/PID/maps."""


@dataclass(frozen=True)
class Vma:
    """One entry, as it is printed and as it must be read."""

    start: int
    end: int
    perms: str
    offset: int
    device: str
    inode: int
    name: bytes
    counters: dict[str, int]
    flags: tuple[str, ...]


# Made once: hypothesis checks each new strategy, which takes as long as drawing from it.
_USUAL_NAMES = st.sampled_from([b"", b"[anon:libc_malloc]", b"[stack]", b"/system/lib64/libc.so", b"[anon:a b  c]"])
_ODD_NAMES = st.binary(max_size=300).map(lambda raw: raw.replace(b"\n", b"\\012").replace(b"\r", b"?").lstrip(b" "))
NAMES = _USUAL_NAMES | _ODD_NAMES
"""Any bytes that the kernel would print as a name: no newline, no blank at the start (it pads with them)."""

_SOMETIMES = st.integers(0, 3)
_LINES = st.lists(st.sampled_from(KEYS[1:]), min_size=5, unique=True)
_THP = st.sampled_from(["", "THPeligible:\t\t", "THPeligible:    ", "THPeligible:           "])
_HAS_FLAGS = st.booleans() | st.just(True)


@st.composite
def kernels(draw: st.DrawFn) -> Kernel:
    """A kernel's own choice of lines."""
    if draw(_SOMETIMES) == 0:
        return Kernel(draw(st.booleans()), (), 0, "", False, maps=True)
    return Kernel(
        wide=draw(st.booleans()),
        keys=("Size", *draw(_LINES)),
        name_lines=draw(st.integers(0, 2)),
        thp=draw(_THP),
        flags=draw(_HAS_FLAGS),
    )


_NUMBERS = st.sampled_from([0, 4, 1024]) | st.integers(0, 99_999_999) | st.integers(0, 2**31 - 1)
_SIZES = _NUMBERS | st.integers(0, 2**42)
_ADDRESSES = {True: st.integers(0, 2**64 - 1), False: st.integers(0, 2**32 - 1)}
_OFFSETS = {wide: st.just(0) | addresses for wide, addresses in _ADDRESSES.items()}
_PERMS = st.sampled_from(["".join(each) for each in product("-r", "-w", "-x", "ps")])
_DEVICES = st.sampled_from(["00:00", "fd:05", "103:1d"])
_INODES = st.just(0) | st.integers(0, 2**64 - 1)
_FLAGS = st.lists(st.sampled_from(FLAGS), max_size=24)


@st.composite
def vmas(draw: st.DrawFn, kernel: Kernel) -> Vma:
    """An entry of that kernel."""
    return Vma(
        start=draw(_ADDRESSES[kernel.wide]),
        end=draw(_ADDRESSES[kernel.wide]),
        perms=draw(_PERMS),
        offset=draw(_OFFSETS[kernel.wide]),
        device=draw(_DEVICES),
        inode=draw(_INODES),
        name=draw(NAMES),
        counters={key: draw(_SIZES if key == "Size" else _NUMBERS) for key in kernel.keys},
        flags=tuple(draw(_FLAGS)),
    )


@st.composite
def processes(draw: st.DrawFn) -> tuple[Kernel, list[Vma]]:
    """A kernel and the entries of a process on it."""
    kernel = draw(kernels())
    return kernel, draw(st.lists(vmas(kernel), max_size=6))


def print_vma(kernel: Kernel, vma: Vma) -> bytes:
    """The entry's text (show_map_vma, show_smap)."""
    head = f"{vma.start:08x}-{vma.end:08x} {vma.perms} {vma.offset:08x} {vma.device} {vma.inode} ".encode()
    if vma.name:
        head = head.ljust(72 if kernel.wide else 48) + b" " + vma.name
    if kernel.maps:
        return head + b"\n"
    lines = [head]
    if vma.name.startswith(b"[anon:"):
        lines += [b"Name:           " + vma.name] * kernel.name_lines
    lines += [f"{key + ':':<16}{vma.counters[key]:8d} kB".encode() for key in kernel.keys]
    if kernel.thp:
        lines.append(f"{kernel.thp}0".encode())
    if kernel.flags:
        lines.append(b"VmFlags: " + b"".join(flag.encode() + b" " for flag in vma.flags))
    return b"\n".join(lines) + b"\n"


_KINDS = st.sampled_from(["flip", "cut", "insert", "double", "end", "swap", "everywhere"])
_BYTES = st.binary(min_size=1, max_size=1)
_BLANKS = st.text(" \t0:", max_size=4).map(str.encode)
_PIECES = st.sampled_from(
    [
        b"\n",
        b"\r",
        b"\r\n",
        b"\0",
        b" ",
        b"0",
        b"9",
        b"\ncat: /proc/1/smaps: Permission denied\n",
        b"Size:                  4 kB\n",
        b"VmFlags: ",
        b"Name:           x\n",
        b"7000-8000 rw-p\n",
        b"70000000-70001000 rw-p 00000000 00:00 0 \n",
    ]
) | st.binary(max_size=20)


@st.composite
def damages(draw: st.DrawFn, text: bytes) -> bytes:
    """A text to which something has happened, several times."""
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(text)))
        stop = min(at + draw(st.integers(0, 800)), len(text))
        kind = draw(_KINDS)
        if kind == "flip":
            text = text[:at] + draw(_BYTES) + text[at + 1 :]
        elif kind == "cut":
            text = text[:at] + text[stop:]
        elif kind == "insert":
            text = text[:at] + draw(_PIECES) + text[at:]
        elif kind == "double":
            text = text[:stop] + text[at:stop] + text[stop:]
        elif kind == "everywhere":  # another kernel's way of printing
            old = text[at : at + draw(st.integers(1, 6))]
            text = text.replace(old, draw(_BLANKS)) if old else text
        elif kind == "end":
            text = text[: max(at, len(text) // 2)]
        else:
            text = text[:at] + text[stop : stop + 40] + text[at:stop] + text[stop + 40 :]
    return text
