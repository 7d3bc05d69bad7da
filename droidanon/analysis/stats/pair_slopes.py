"""Order statistics of the slopes between all pairs of captures, of which there are millions in a long series.

Only slopes near the wanted ranks are kept. A random sample of pairs gives a range around each rank; one pass over all
pairs counts the slopes below the range and keeps those in it. The result is exact, uses a fraction of the memory of
all pairs, and sorts nothing far from a wanted rank.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.stats.permutation import SEED

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Places = npt.NDArray[np.int64]

_FEW = 1 << 16
"""The number of pairs whose slopes are all computed at once, for many rows together."""
_BLOCK = 1 << 22
"""The number of slopes to compute at once if there are few pairs, 32 MB."""
_PAIRS = 1 << 15
"""The number of pairs to process at once, so that they fit a core's cache."""
_SAMPLE_POWER = 2 / 3
"""The exponent of the sample size in the number of pairs: the sample and the slopes near a rank then grow alike."""
_MARGIN = 4.0
"""Standard deviations of a sampled quantile between a rank and the ends of its range."""
_KEPT = 1 << 23
"""The number of slopes of several rows to keep at once, 64 MB."""


@dataclass(slots=True)
class _Range:
    """Slopes from `low` to `high`, expected to contain some ranks. Many slopes may equal an end."""

    low: float
    high: float
    places: list[int]
    below: int = 0
    """The number of slopes below `low`."""
    to_low: int = 0
    """The number of slopes up to `low`."""
    to_high: int = 0
    kept: list[Floats] = field(default_factory=list)
    """The slopes between the ends."""

    def add(self, slopes: Floats) -> None:
        """Count and keep the slopes of some pairs."""
        to_low = slopes <= self.low
        self.below += int(np.count_nonzero(slopes < self.low))
        self.to_low += int(np.count_nonzero(to_low))
        self.to_high += int(np.count_nonzero(slopes <= self.high))
        self.kept.append(slopes[(slopes < self.high) > to_low])

    def found(self) -> dict[int, float] | None:
        """The slope at each rank; None if one is outside the range."""
        if self.places[0] < self.below or self.places[-1] >= self.to_high:
            return None
        slopes = np.concatenate(self.kept)
        ranks = [place - self.to_low for place in self.places]
        between = [rank for rank in ranks if 0 <= rank < len(slopes)]
        if between:
            slopes.partition(between)
        return {
            place: self.low if rank < 0 else float(slopes[rank]) if rank < len(slopes) else self.high
            for place, rank in zip(self.places, ranks, strict=True)
        }


_Found = tuple[list[dict[int, float]], "Places"]


def order_statistics(values: Floats, when: Floats, places: Sequence[Sequence[int]]) -> _Found:
    """For each row (one value per capture, at ascending times), the slopes at some ranks, and the number of rising
    pairs minus the number of falling ones.

    Args:
        places: per row, ranks from 0, the lowest slope. The result has each of them.
    """
    pairs = len(when) * (len(when) - 1) // 2
    return (_of_few if pairs <= _FEW else _of_many)(values, when, places, pairs)


def _of_few(values: Floats, when: Floats, places: Sequence[Sequence[int]], pairs: int) -> _Found:
    spans = np.empty((1, pairs))
    _differences(when[None], range(1, len(when)), spans)
    scores = np.zeros(len(values), np.int64)
    found: list[dict[int, float]] = []
    step = max(1, _BLOCK // max(pairs, 1))
    for begin in range(0, len(values), step):
        some = values[begin : begin + step]
        slopes = np.empty((len(some), pairs))
        _differences(some, range(1, len(when)), slopes)
        scores[begin : begin + step] = [np.count_nonzero(row > 0) - np.count_nonzero(row < 0) for row in slopes]
        slopes /= spans
        for row, wanted in zip(slopes, places[begin : begin + step], strict=True):
            row.partition(sorted({*wanted}))
            found.append({place: float(row[place]) for place in wanted})
    return found, scores


def _of_many(values: Floats, when: Floats, places: Sequence[Sequence[int]], pairs: int) -> _Found:
    sample = int(pairs**_SAMPLE_POWER)
    first, second = _sample(len(when), sample)
    found: list[dict[int, float]] = []
    scores = np.zeros(len(values), np.int64)
    step = max(1, int(_KEPT / (3 * _MARGIN * pairs / np.sqrt(sample))))
    for begin in range(0, len(values), step):
        rows = range(begin, min(begin + step, len(values)))
        sampled = [(values[row, second] - values[row, first]) / (when[second] - when[first]) for row in rows]
        ranges = [_ranges(np.sort(some), pairs, places[row], _MARGIN) for row, some in zip(rows, sampled, strict=True)]
        for slopes, row in _slopes(values, when, rows):
            scores[row] += np.count_nonzero(slopes > 0) - np.count_nonzero(slopes < 0)
            for one in ranges[row - begin]:
                one.add(slopes)
        found += [_joined(row, values, when, some) for row, some in zip(rows, ranges, strict=True)]
    return found, scores


def _sample(count: int, size: int) -> tuple[Places, Places]:
    """Random pairs of captures, the earlier one first."""
    draw = np.random.default_rng(SEED)
    one, other = draw.integers(0, count, size), draw.integers(0, count - 1, size)
    other += other >= one
    return np.minimum(one, other), np.maximum(one, other)


def _ranges(sampled: Floats, pairs: int, places: Sequence[int], margin: float) -> list[_Range]:
    """Ranges that most likely contain the ranks, ascending; overlapping ones are merged."""
    ranges: list[_Range] = []
    for place in sorted({*places}):
        share = (place + 0.5) / pairs
        reach = margin * np.sqrt(share * (1 - share) * len(sampled)) + 1
        low, high = int(share * len(sampled) - reach), int(share * len(sampled) + reach) + 1
        ends = sampled[low] if low >= 0 else -np.inf, sampled[high] if high < len(sampled) else np.inf
        if ranges and ends[0] <= ranges[-1].high:
            ranges[-1].high = max(ranges[-1].high, float(ends[1]))
            ranges[-1].places.append(place)
        else:
            ranges.append(_Range(float(ends[0]), float(ends[1]), [place]))
    return ranges


def _slopes(values: Floats, when: Floats, rows: range) -> Iterator[tuple[Floats, int]]:
    """The slopes of some pairs of a row, and the row; the array is reused."""
    count, distance = len(when), 1
    spans, room = np.empty(_PAIRS + count), np.empty(_PAIRS + count)
    while distance < count:
        last = distance
        size = 0
        while last < count and size < _PAIRS:
            size += count - last
            last += 1
        _differences(when, range(distance, last), spans[:size])
        for row in rows:
            slopes = room[:size]
            _differences(values[row], range(distance, last), slopes)
            slopes /= spans[:size]
            yield slopes, row
        distance = last


def _differences(values: Floats, distances: range, room: Floats) -> None:
    """The differences between values (along the last axis) that are some distances apart, later minus earlier, in
    `room`.
    """
    begin = 0
    for distance in distances:
        end = begin + values.shape[-1] - distance
        np.subtract(values[..., distance:], values[..., :-distance], out=room[..., begin:end])
        begin = end


def _joined(row: int, values: Floats, when: Floats, ranges: list[_Range]) -> dict[int, float]:
    """The slopes at the ranks of all ranges. If a range missed one, the next pass keeps all slopes."""
    found: dict[int, float] = {}
    for one in ranges:
        slopes = one.found()
        if slopes is None:
            one = _Range(-np.inf, np.inf, one.places)
            for some, _ in _slopes(values, when, range(row, row + 1)):
                one.add(some)
            slopes = one.found()
            assert slopes is not None
        found.update(slopes)
    return found
