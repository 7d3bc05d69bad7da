"""Eight characters as a number: every byte in every place is what the kernel prints, or refused."""

from __future__ import annotations

import numpy as np
import pytest

from droidanon.smaps.digits import decimal, hexadecimal


def words(texts: list[bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(texts), np.uint64).copy()


@pytest.mark.parametrize("place", range(8))
def test_hex_digits_are_0_to_9_and_a_to_f(place: int) -> None:
    texts = [b"12cd9f0a"[:place] + bytes([byte]) + b"12cd9f0a"[place + 1 :] for byte in range(256)]
    numbers, good = hexadecimal(words(texts))
    assert good.tolist() == [byte in b"0123456789abcdef" for byte in range(256)]
    for text, number in zip(np.array(texts)[good].tolist(), numbers[good].tolist(), strict=True):
        assert number == int(text, 16)


@pytest.mark.parametrize("place", range(8))
def test_decimal_numbers_are_right_aligned(place: int) -> None:
    texts = [b"     120"[:place] + bytes([byte]) + b"     120"[place + 1 :] for byte in range(256)]
    numbers, good = decimal(words(texts))
    for text, number, fine in zip(texts, numbers.tolist(), good.tolist(), strict=True):
        stripped = text.lstrip(b" ")
        assert fine == (stripped.isdigit() and b"%8d" % int(stripped) == text)
        assert not fine or number == int(stripped)
