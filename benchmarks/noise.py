"""Checks diffs of replicates and trends by simulation: false positives, power, coverage of the intervals.

`python benchmarks/noise.py [COMPARISONS]` prints the tables of docs/internals/statistics.md. Captures are drawn like
those of one app: a shared component (the app's activity), components shared by groups of categories, a Java heap that
was or was not just collected, graphics buffers allocated as a whole, libraries loaded or not, pages of 4 kB, and drift
between captures. In a series, each component is autocorrelated.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the matrices are small

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from droidanon.analysis.diff.replicates import Replicated, compare_replicates
from droidanon.analysis.diff.row_tests import ALPHA, Design, compare, estimate_rows
from droidanon.analysis.gatekeeping import totals_of
from droidanon.analysis.growth_rows import GrowthRows, growth_of, growth_of_totals
from droidanon.analysis.sums import TOP_CATEGORY, Table
from droidanon.analysis.view import cut_category
from droidanon.columns import Coded
from droidanon.rows import Rows

CATEGORIES = {  # kB of an app of 180 MB, and the noise that is the category's own (a standard deviation, as a part)
    "java.heap.region-space": (30_000, 0.02),
    "java.heap.large-objects": (6_000, 0.05),
    "java.heap.zygote": (2_500, 0.004),
    "java.linear-alloc": (3_000, 0.006),
    "java.jit-cache": (2_600, 0.02),
    "java.bookkeeping": (1_800, 0.01),
    "native.scudo.primary": (26_000, 0.008),
    "native.scudo.secondary": (9_000, 0.02),
    "native.bss": (1_200, 0.0),
    "native.malloc-info": (300, 0.01),
    "native.linker": (700, 0.002),
    "native.other": (500, 0.03),
    "stack.main": (120, 0.05),
    "stack.thread": (2_400, 0.03),
    "code.so.system": (11_000, 0.01),
    "code.so.app": (14_000, 0.01),
    "code.odex.app": (8_000, 0.015),
    "code.vdex.app": (6_000, 0.02),
    "code.odex.framework": (5_000, 0.01),
    "code.apk": (3_500, 0.02),
    "code.art.app": (1_500, 0.004),
    "code.art.boot": (4_000, 0.006),
    "graphics.dmabuf": (24_000, 0.0),
    "graphics.gpu": (9_000, 0.015),
    "files.fonts": (900, 0.02),
    "files.other": (1_300, 0.04),
    "webview.v8": (4_000, 0.04),
    "webview.partition-alloc": (5_000, 0.03),
    "webview.code": (6_000, 0.02),
    "runtime.binder": (200, 0.05),
    "runtime.properties": (90, 0.0),
    "kernel.vdso": (4, 0.0),
    "unnamed.other": (800, 0.03),
    "unknown.vendor": (400, 0.02),
}
SHARED = 0.01
"""The app's activity, which scales all that it allocates."""
GROUPS = {"java": 0.015, "native": 0.006, "code": 0.008, "webview": 0.03}
COLLECTED = 0.12
"""The reduction of the Java heap by a collection just before the capture, which one capture in three has."""
BUFFER_KB = 1_024
LIBRARY_KB = 180
PAGE_KB = 4
NAMES = tuple(CATEGORIES)
SIZES = np.array([size for size, _ in CATEGORIES.values()], np.float64)
OWN = np.array([noise for _, noise in CATEGORIES.values()], np.float64)
ALLOCATED = np.array([not name.startswith(("code", "kernel", "runtime")) for name in NAMES])


@dataclass(frozen=True, slots=True)
class Scene:
    """How captures are taken: how many per side, in which order, and by which fraction each differs from the last."""

    base: int
    new: int
    order: str = "mixed"
    """`mixed`: by chance; `turns`: base, new, new, base, ...; `blocks`: all of base first."""
    drift: float = 0.0
    paired: bool = False
    louder: float = 1.0
    """How much noisier the new side is."""


def draw(scene: Scene, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Categories by capture (base's first), in kB, before rounding to pages; the sides differ only by noise."""
    count = scene.base + scene.new
    when = np.empty(count)
    if scene.order == "turns":
        places = np.arange(2 * scene.base).reshape(-1, 2)
        places[1::2] = places[1::2, ::-1]
        when[: scene.base], when[scene.base :] = places.T
    else:
        when[:] = np.arange(count) if scene.order == "blocks" else rng.permutation(count)
    loud = np.where(np.arange(count) < scene.base, 1.0, scene.louder)
    parts = np.zeros((len(NAMES), count))
    parts[ALLOCATED] += rng.normal(0, SHARED, count) * loud
    for group, noise in GROUPS.items():
        parts[[name.startswith(group) for name in NAMES]] += rng.normal(0, noise, count) * loud
    parts += rng.normal(0, 1, parts.shape) * OWN[:, None] * loud
    parts[NAMES.index("java.heap.region-space")] -= COLLECTED * (rng.random(count) < 1 / 3)
    parts += scene.drift * when
    kb = SIZES[:, None] * np.exp(parts)
    kb[NAMES.index("graphics.dmabuf")] += BUFFER_KB * rng.integers(0, 3, count)
    kb[NAMES.index("code.so.app")] += LIBRARY_KB * (rng.random(count) < 0.5)
    return kb


def draw_series(count: int, memory: float, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Categories by capture of one process, in kB: AR(1) noise in every component, without growth."""

    def remembered(parts: int) -> npt.NDArray[np.float64]:
        noise = rng.normal(size=(parts, count + 100))
        for place in range(1, count + 100):
            noise[:, place] += memory * noise[:, place - 1]
        return noise[:, 100:] * np.sqrt(1 - memory**2)

    parts = remembered(len(NAMES)) * OWN[:, None]
    parts[ALLOCATED] += SHARED * remembered(1)
    for group, noise in GROUPS.items():
        parts[[name.startswith(group) for name in NAMES]] += noise * remembered(1)
    parts[NAMES.index("java.heap.region-space")] -= COLLECTED * (rng.random(count) < 1 / 3)
    kb = SIZES[:, None] * np.exp(parts)
    kb[NAMES.index("graphics.dmabuf")] += BUFFER_KB * rng.integers(0, 3, count)
    return kb


def cells_of(kb: npt.NDArray[np.float64]) -> Table:
    """Sum drawn captures like a diff by category."""
    values = (np.rint(kb / PAGE_KB) * PAGE_KB).astype(np.int64)
    category = Coded(np.arange(len(NAMES), dtype=np.int32), NAMES)
    there = np.ones(values.shape, np.bool_)
    return Table({"category": category, TOP_CATEGORY: cut_category(category, 1)}, values, there, ~there)


def compare_drawn(kb: npt.NDArray[np.float64], scene: Scene) -> Replicated:
    """Compare drawn captures like a diff by category."""
    design = Design((scene.base, scene.new), scene.paired)
    return compare_replicates(cells_of(kb), ("category",), ("category",), (TOP_CATEGORY,), design)


def total_of(kb: npt.NDArray[np.float64]) -> Table:
    """The total, which is its own family (with the headline counters, which are not drawn)."""
    cells = cells_of(kb)
    return totals_of(
        cells, cells.take(np.zeros(0, np.intp)).with_key("counter", Coded(np.zeros(0, np.int32), ())), "kb"
    )


def follow_drawn(kb: npt.NDArray[np.float64]) -> GrowthRows:
    """The trend by category of a drawn series."""
    return growth_of(
        cells_of(kb), ("category",), ("category",), (TOP_CATEGORY,), np.arange(kb.shape[1], dtype=np.float64)
    )


def verdict_of(rows: Rows, key: str, value: str) -> str:
    return str(rows.keys["verdict"][list(rows.keys[key]).index(value)])


def false_positives(scene: Scene, count: int, rng: np.random.Generator) -> tuple[float, float, float]:
    """For comparisons without a real change: the shares with a verdict in any row and in the total, and the share of
    intervals that contain 0."""
    wrong = total = held = intervals = 0
    for _ in range(count):
        kb = draw(scene, rng)
        found = compare_drawn(kb, scene)
        design = Design((scene.base, scene.new), scene.paired)
        total += estimate_rows(compare(total_of(kb), design), design, {}).keys["verdict"][0] != "~"
        words = [*found.rows.keys["verdict"], *found.tops.keys["verdict"]]
        wrong += any(word != "~" for word in words)
        low, high = found.tops.numbers["low_kb"], found.tops.numbers["high_kb"]
        moving = np.ptp(np.stack([low, high]), axis=0) > 0
        held += int(((low <= 0) & (high >= 0))[moving].sum())
        intervals += int(moving.sum())
    return wrong / count, total / count, held / intervals


def power(
    scene: Scene, category: str, percent: float, count: int, rng: np.random.Generator
) -> tuple[float, float, float]:
    """With one category (which may be a top one) changed by this percentage: how often the change is found, how often an
    unchanged row gets a verdict, and how often the category's interval contains the change."""
    inside = np.array([name == category or name.startswith(category + ".") for name in NAMES])
    change = SIZES[inside] * percent / 100
    top = category.partition(".")[0]
    found = wrong = held = 0
    for _ in range(count):
        kb = draw(scene, rng)
        kb[inside, scene.base :] += change[:, None]
        result = compare_drawn(kb, scene)
        tops = zip(result.tops.keys[TOP_CATEGORY], result.tops.keys["verdict"], strict=True)
        rows = zip(result.rows.keys["category"], result.rows.keys["verdict"], strict=True)
        wrong += any(
            word != "~" and name != top and not str(name).startswith(category) for name, word in (*tops, *rows)
        )
        level, key = (result.tops, TOP_CATEGORY) if category == top else (result.rows, "category")
        found += verdict_of(level, key, category) == "higher"
        row = list(level.keys[key]).index(category)
        held += bool(level.numbers["low_kb"][row] <= change.sum() <= level.numbers["high_kb"][row])
    return found / count, wrong / count, held / count


def promised(scene: Scene, category: str, count: int, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """What captures without a change predict for a category (medians), and how it turns out: the smallest detectable
    change (percent) and how often such a change is found; the replicates needed for 5 % and how often they find it."""
    detectable, needed = [], []
    for _ in range(count):
        rows = compare_drawn(draw(scene, rng), scene).rows
        row = list(rows.keys["category"]).index(category)
        detectable.append(rows.numbers["detectable_kb"][row] / SIZES[NAMES.index(category)] * 100)
        needed.append(int(rows.numbers["replicates_needed"][row]) or 1 << 10)
    percent, replicates = float(np.median(detectable)), int(np.median(needed))
    then = Scene(replicates, replicates, scene.order, scene.drift, scene.paired)
    shown, enough = power(scene, category, percent, count, rng)[0], power(then, category, 5.0, count, rng)[0]
    return percent, shown, replicates, enough


def trends(length: int, memory: float, count: int, rng: np.random.Generator) -> list[float]:
    """For series without growth: the shares with a verdict in any row, in the total, and with any step, and the share of
    tops' intervals that contain 0. Then how often a leak in native of 0.1, 0.2 and 0.5 % per capture is found."""
    wrong = total = stepped = held = intervals = 0
    found = [0, 0, 0]
    inside = [name.startswith("native.scudo.primary") for name in NAMES]
    native = SIZES[[name.startswith("native") for name in NAMES]].sum()
    for _ in range(count):
        kb = draw_series(length, memory, rng)
        growth = follow_drawn(kb)
        total += growth_of_totals(total_of(kb), np.arange(length, dtype=np.float64)).keys["verdict"][0] != "~"
        words = [*growth.rows.keys["verdict"], *growth.tops.keys["verdict"]]
        wrong += any(word != "~" for word in words)
        stepped += any(growth.steps)
        low, high = growth.tops.numbers["low_kb"], growth.tops.numbers["high_kb"]
        known = high > low
        held += int(((low <= 0) & (high >= 0))[known].sum())
        intervals += int(known.sum())
        for place, percent in enumerate((0.1, 0.2, 0.5)):
            leaking = kb.copy()
            leaking[inside] += native * percent / 100 * np.arange(length)
            found[place] += verdict_of(follow_drawn(leaking).tops, TOP_CATEGORY, "native") == "grows"
    return [wrong / count, total / count, stepped / count, held / max(intervals, 1), *(part / count for part in found)]


SCENES = {
    "4 against 4": Scene(4, 4),
    "5 against 5": Scene(5, 5),
    "6 against 6": Scene(6, 6),
    "8 against 8": Scene(8, 8),
    "10 against 10": Scene(10, 10),
    "6 against 8": Scene(6, 8),
    "6 pairs": Scene(6, 6, "turns", paired=True),
    "8 pairs": Scene(8, 8, "turns", paired=True),
    "12 pairs": Scene(12, 12, "turns", paired=True),
}
DRIFTING = {
    "drift, 8 pairs in turns": Scene(8, 8, "turns", 0.003, paired=True),
    "drift, 8 against 8 in turns": Scene(8, 8, "turns", 0.003),
    "drift, 8 against 8 by chance": Scene(8, 8, "mixed", 0.003),
    "drift, 8 against 8, base first": Scene(8, 8, "blocks", 0.003),
    "new 3 x as noisy, 8 against 8": Scene(8, 8, louder=3.0),
    "new 3 x as noisy, 12 against 5": Scene(12, 5, louder=3.0),
}


def main() -> None:
    """Print the tables."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    begin = time.perf_counter()
    print(
        f"{count} comparisons each, level {ALPHA:.2f}, {len(NAMES)} categories in {len({n.split('.')[0] for n in NAMES})} top ones\n"
    )
    print(f"{'nothing changed':32}  false positives  of the total  intervals that hold 0")
    for name, scene in {**SCENES, **DRIFTING}.items():
        wrong, total, held = false_positives(scene, count, np.random.default_rng(1))
        print(f"{name:32}  {wrong:15.3f}  {total:12.3f}  {held:21.3f}", flush=True)
    print(f"\n{'one category changed':28}  found at 1 %  2 %    5 %    false elsewhere  intervals that hold it")
    for category in ("native", "java", "native.scudo.primary", "java.linear-alloc", "code.vdex.app"):
        for name, scene in {**SCENES, **{k: v for k, v in DRIFTING.items() if v.paired}}.items():
            if "." in category and name not in ("6 against 6", "8 against 8", "8 pairs"):
                continue
            results = [power(scene, category, percent, count, np.random.default_rng(2)) for percent in (1, 2, 5)]
            shown = "  ".join(f"{found:5.2f}" for found, _, _ in results)
            wrong, held = (max(r[1] for r in results), min(r[2] for r in results))
            print(f"{category + ', ' + name:36}  {shown}  {wrong:15.3f}  {held:22.3f}", flush=True)
    print(f"\n{'promised without a change':36}  could show  found there  needed for 5 %  found by so many")
    for category in ("native.scudo.primary", "java.linear-alloc", "code.vdex.app"):
        for name in ("5 against 5", "6 against 6", "8 against 8", "8 pairs", "12 pairs"):
            percent, can_show, needed, enough = promised(SCENES[name], category, count // 2, np.random.default_rng(5))
            print(
                f"{category + ', ' + name:36}  {percent:8.1f} %  {can_show:11.2f}  {needed:14}  {enough:16.2f}",
                flush=True,
            )
    print(
        f"\n{'series, nothing grows':24}  false verdicts  of the total  false steps  intervals that hold 0  leak of 0.1 %  0.2 %  0.5 % found"
    )
    for length in (12, 20, 40):
        for memory in (0.0, 0.3, 0.6, 0.8):
            numbers = trends(length, memory, count, np.random.default_rng(3))
            name = f"{length} captures, memory {memory}"
            print(
                f"{name:24}  {numbers[0]:14.3f}  {numbers[1]:12.3f}  {numbers[2]:11.3f}  {numbers[3]:21.3f}  {numbers[4]:13.2f}  {numbers[5]:5.2f}  {numbers[6]:5.2f}",
                flush=True,
            )
    print(f"\n{time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
