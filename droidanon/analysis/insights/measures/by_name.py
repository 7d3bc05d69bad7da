"""Memory of categories and names, and VMAs of equal size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.insights.grouped import GroupedApp, first
from droidanon.analysis.insights.insight import Evidence, Measurement
from droidanon.analysis.insights.rules import InsightRule

if TYPE_CHECKING:
    import numpy.typing as npt

_BITMAP_KB = 256
"""The smallest size that counts as one of a bitmap: 256 x 256 pixels of 4 bytes. Smaller ones have many other uses."""
_REPEATED = 3
_BYTES_PER_PIXEL = 4


def memory(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """kB, VMAs and share of the app's memory for the rule's categories, names and heaps."""
    groups = app.select(rule.categories, rule.names, rule.heaps)
    counter = app.counter(rule.counter or "anon_swap_kb")
    if counter is None or not len(groups):
        return
    kb = app.kb(counter, groups)
    if kb < rule.min_kb:
        return
    yield Measurement(
        kb,
        app.vmas(groups),
        app.percent(counter, kb),
        first(app.by_name(counter, groups)),
        app.largest_process(counter, groups),
    )


def unnamed(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """Memory without a name, in VMAs of equal size; nothing if this kernel names no memory at all."""
    groups = app.select(rule.categories)
    counter = app.counter(rule.counter or "anon_swap_kb")
    names_work = len(app.select(names=("[anon:*",))) > 0
    if counter is None or not names_work or not len(groups):
        return
    kb = app.kb(counter, groups)
    if kb < rule.min_kb:
        return
    rows = app.rows(groups)
    evidence = _by_size(app, counter, rows[app.view.is_vma[rows]])
    yield Measurement(
        kb, app.vmas(groups), app.percent(counter, kb), first(evidence), app.largest_process(counter, groups)
    )


def bitmap_sizes(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """Large allocations of the same size, at least three of each: bitmaps, or other buffers of one size."""
    groups = app.select(rule.categories)
    counter = app.counter(rule.counter or "anon_swap_kb")
    if counter is None or not len(groups):
        return
    rows = app.rows(groups)
    is_writable = app.view.vmas.perms.take(rows).matches(lambda perms: perms.startswith("rw"))
    rows = rows[app.view.is_vma[rows] & is_writable]
    sizes = _by_size(app, counter, rows, least_kb=_BITMAP_KB)
    found = [one for one in sizes if (one.number or 0) >= _REPEATED]
    kb, count = sum(one.kb or 0 for one in found), sum(one.number or 0 for one in found)
    yield Measurement(kb, count, app.percent(counter, kb), first(found), app.largest_process(counter, groups))


def _by_size(app: GroupedApp, counter: str, rows: npt.NDArray[np.intp], *, least_kb: int = 0) -> list[Evidence]:
    """Group VMAs by size, sizes with the most memory first."""
    vmas = app.view.vmas
    sizes = ((vmas.end[rows] - vmas.start[rows]) // 1024).astype(np.int64)
    rows, sizes = rows[sizes >= least_kb], sizes[sizes >= least_kb]
    values, _ = app.view.counter(counter)
    distinct, codes = np.unique(sizes, return_inverse=True)
    sums = np.bincount(codes, values[rows], len(distinct)).astype(np.int64)
    counts = np.bincount(codes, minlength=len(distinct))
    order = np.argsort(-sums, kind="stable")
    return [
        Evidence(f"{int(distinct[at]):,} kB each", int(sums[at]), int(counts[at])) for at in order.tolist() if sums[at]
    ]
