"""The rules of names, checked before the kernel is asked; what the kernel answers is tested in the guest."""

from __future__ import annotations

import ctypes
import errno
import mmap
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import droidanon
from droidanon import naming
from droidanon.errors import NamingError, UsageError

PAGE = mmap.PAGESIZE
Calls = list[tuple[int, int, bytes | None]]


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """A kernel that takes everything; what it was asked."""
    calls: Calls = []

    def take(address: int, length: int, name: ctypes.Array[ctypes.c_char] | None) -> int:
        calls.append((address, length, None if name is None else name.value))
        return 0

    monkeypatch.setattr(naming, "_prctl", take)
    return calls


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Makes the kernel answer an errno."""

    def give(number: int) -> None:
        monkeypatch.setattr(naming, "_prctl", lambda *_: number)

    return give


def test_a_name_is_set_and_taken_away(kernel: Calls) -> None:
    droidanon.set_vma_name(4 * PAGE, 100, "a cache: 1")
    droidanon.set_vma_name(4 * PAGE, 100, None)
    droidanon.set_vma_name(4 * PAGE, 100, "")
    assert kernel == [(4 * PAGE, 100, b"a cache: 1"), (4 * PAGE, 100, None), (4 * PAGE, 100, b"")]


@pytest.mark.parametrize("character", [*"\\`$[]", "\n", "\x7f", "\x1b", "\0", "é", "\U0001f600"])
def test_characters_that_the_kernel_refuses(kernel: Calls, character: str) -> None:
    with pytest.raises(UsageError) as caught:
        naming.set_vma_name(PAGE, PAGE, f"a{character}b")
    assert caught.value.exit_code == 2
    assert str(caught.value).isprintable()
    assert not kernel


def test_the_longest_name(kernel: Calls) -> None:
    naming.set_vma_name(PAGE, PAGE, "x" * 79)
    with pytest.raises(UsageError, match=r"\b80\b.*\b79\b"):
        naming.set_vma_name(PAGE, PAGE, "x" * 80)
    assert len(kernel) == 1


@pytest.mark.parametrize(("address", "length"), [(PAGE + 1, PAGE), (-PAGE, PAGE), (PAGE, 0)])
def test_ranges_that_can_not_be(kernel: Calls, address: int, length: int) -> None:
    with pytest.raises(UsageError):
        naming.set_vma_name(address, length, "x")
    assert not kernel


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (errno.EINVAL, "CONFIG_ANON_VMA_NAME"),
        (errno.EBADF, "file"),
        (errno.ENOMEM, "mapped"),
        (errno.EPERM, "permitted"),
    ],
)
def test_answers_of_the_kernel(answer: Callable[[int], None], number: int, word: str) -> None:
    answer(number)
    with pytest.raises(NamingError, match=f"0x.*{word}"):
        naming.set_vma_name(PAGE, PAGE, "x")


def test_not_on_other_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(NamingError, match="win32"):
        naming.set_vma_name(PAGE, PAGE, "x")


def test_an_mmap_is_named_whole(kernel: Calls) -> None:
    with mmap.mmap(-1, 4 * PAGE) as memory:
        with droidanon.named_buffer(memory, "cache") as pages:
            assert pages.length == 4 * PAGE
            with pytest.raises(BufferError):
                memory.close()
        assert kernel == [(pages.address, 4 * PAGE, b"cache"), (pages.address, 4 * PAGE, None)]


def test_whole_pages_inside_an_array(kernel: Calls) -> None:
    memory = mmap.mmap(-1, 4 * PAGE)
    array = np.frombuffer(memory, np.uint8)[100 : 3 * PAGE + 50].reshape(2, -1)
    with naming.named_buffer(array, "array") as pages:
        assert pages.address == array.ctypes.data - 100 + PAGE
        assert pages.length == 2 * PAGE


def test_the_name_ends_when_the_block_fails(kernel: Calls) -> None:
    with pytest.raises(RuntimeError), naming.named_buffer(bytearray(4 * PAGE), "x"):
        raise RuntimeError
    assert [name for _, _, name in kernel] == [b"x", None]


@pytest.mark.parametrize(
    "buffer",
    [bytearray(100), bytearray(), bytes(3 * PAGE), np.zeros((4 * PAGE, 2), np.uint8)[:, 0]],
    ids=["small", "empty", "read-only", "strided"],
)
def test_buffers_that_can_not_be_named(kernel: Calls, buffer: object) -> None:
    with pytest.raises(UsageError), naming.named_buffer(buffer, "x"):
        pytest.fail("named")
    assert not kernel


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_on_this_kernel_it_works_or_says_why_not() -> None:
    with mmap.mmap(-1, 4 * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        try:
            with naming.named_buffer(memory, "droidanon test"):
                assert "[anon:droidanon test]" in Path("/proc/self/maps").read_text()
        except NamingError as error:
            assert "CONFIG_ANON_VMA_NAME" in str(error)
