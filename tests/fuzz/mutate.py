"""Mutations of an input, from a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

MOST_BYTES = 1 << 18
_NUMBERS = (
    b"0",
    b"-1",
    b"4294967296",
    b"9223372036854775807",
    b"18446744073709551616",
    b"9" * 40,
    b"9" * 5000,
    b"--1",
    b"1-1",
    b"1,1",
    b"1e999",
    b"nan",
    "²".encode(),
    "٣".encode(),
)
_TOKENS = (
    b"\0", b"\n", b"\r\n", b"\x1b[2J", b"\xff\xfe", b"\xe2\x80\xae", b" kB", b": ", b"-", b"{", b"[", b'"', b"=", b"\n\n", b"[anon:", b"]",
)  # fmt: skip
_NUMBER = re.compile(rb"[0-9]+")


def mutate(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One seed with some mutations."""
    data = rng.choice(seeds)
    for _ in range(rng.randint(1, 6)):
        data = rng.choice(_MUTATIONS)(rng, data, seeds)[:MOST_BYTES]
    return data


def _range(rng: random.Random, data: bytes) -> tuple[int, int]:
    start = rng.randint(0, len(data))
    return start, min(len(data), start + int(rng.expovariate(1 / 40)) + 1)


def _flip(rng: random.Random, data: bytes, _others: Sequence[bytes]) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return data[: rng.randint(0, len(data))]


def _remove(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, stop = _range(rng, data)
    return data[:start] + data[stop:]


def _repeat(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, stop = _range(rng, data)
    return data[:start] + data[start:stop] * rng.choice((2, 3, 50)) + data[stop:]


def _splice(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    other = rng.choice(seeds)
    return data[: rng.randint(0, len(data))] + other[rng.randint(0, len(other)) :]


def _insert(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    place = rng.randint(0, len(data))
    return data[:place] + rng.choice(_TOKENS) + data[place:]


def _lines(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """A line again, many times, or lines in another order."""
    lines = data.split(b"\n")
    place = rng.randrange(len(lines))
    if rng.random() < 0.5:
        lines[place:place] = [lines[place]] * rng.choice((1, 2, 200))
    else:
        other = rng.randrange(len(lines))
        lines[place], lines[other] = lines[other], lines[place]
    return b"\n".join(lines)


def _inflate(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    found = list(_NUMBER.finditer(data))
    if not found:
        return data
    number = rng.choice(found)
    return data[: number.start()] + rng.choice(_NUMBERS) + data[number.end() :]


_MUTATIONS: tuple[Callable[[random.Random, bytes, Sequence[bytes]], bytes], ...] = (
    _flip, _cut, _remove, _repeat, _splice, _insert, _lines, _inflate, _inflate,
)  # fmt: skip
