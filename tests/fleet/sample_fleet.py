"""A fleet of 40 phones with known changes: a step of 6,000 kB of native.scudo at build 1.8, a phone with a leak of
native.malloc, a name that is new in the last week, a background process over its threshold, and unknown values.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from tests.fleet.facts import CaptureRow, Names, ProcessRow

APP, OTHER = "com.example", "com.example.other"
BUILDS = tuple(f"1.{minor}" for minor in range(12))
STEP_BUILD, STEP_KB = "1.8", 6000
LEAK_PHONE, LEAK_KB = "d07", 60_000
NEW_NAME, NEW_DAY = "[anon:new pool]", date(2026, 11, 25)
FIRST_DAY = date(2026, 11, 1)
MODELS = (("Pixel 8", 7_700_000), ("Pixel 9 Pro", 15_600_000), ("moto g", 3_700_000))
OVER_KB = 1_200_000


def sample_fleet() -> list[CaptureRow]:
    """12 builds, 12 captures each; build 1.N is of the days from 2 N on."""
    random = np.random.default_rng(20_261_130)
    level = {phone: int(random.integers(-900, 900)) for phone in range(40)}
    captures = []
    for number, build in enumerate(BUILDS):
        for _ in range(24):
            phone = int(random.integers(40))
            day = FIRST_DAY + timedelta(days=2 * number + int(random.integers(2)) + (4 if number > 8 else 0))
            captures.append(_capture(phone, build, day, 30_000 + level[phone], random))
    captures.append(
        CaptureRow(
            [ProcessRow(None, fidelity="none")], build="1.8", device_id="d01", access="run-as", day=date(2026, 11, 17)
        )
    )
    captures.append(
        CaptureRow([ProcessRow({("java.heap", "x"): 9000})], build=None, device=None, device_id=None, day=None)
    )
    return captures


def _capture(phone: int, build: str, day: date, level: int, random: np.random.Generator) -> CaptureRow:
    device, ram_kb = MODELS[phone % 3]
    primary = 12_000 + level // 2 + int(random.integers(800)) + (STEP_KB if BUILDS.index(build) >= 8 else 0)
    names: dict[tuple[str, str], int] = {
        ("native.scudo.primary", "[anon:scudo:primary]"): primary,
        ("native.scudo.secondary", "[anon:scudo:secondary]"): 3000 + int(random.integers(300)),
        ("java.heap.main", "[anon:dalvik-main space]"): 8000 + level // 2 + int(random.integers(400)),
    }
    if f"d{phone:02}" == LEAK_PHONE:
        names["native.malloc", "[heap]"] = LEAK_KB
    if day >= NEW_DAY and phone % 2:
        names["native.other", NEW_NAME] = 2000
    remote: Names = {("native.scudo.primary", "[anon:scudo:primary]"): 1000 + int(random.integers(50))}
    over = phone == 2 and int(random.integers(2))
    return CaptureRow(
        [
            ProcessRow(names, APP, APP, judged_kb=sum(names.values()) - 16),
            ProcessRow(remote, APP, f"{APP}:remote", "background", judged_kb=OVER_KB if over else sum(remote.values())),
            ProcessRow({("java.heap", "y"): 5000 + phone}, OTHER, OTHER, "cached"),
            ProcessRow({("native", "z"): 700}, "/system/bin/d", "/system/bin/d", None, limited=False),
        ],
        build=build,
        day=day,
        device=device,
        device_id=f"d{phone:02}",
        ram_kb=ram_kb,
        labels={"run": "nightly" if phone % 4 else "soak"},
    )
