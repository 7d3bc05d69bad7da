"""Processes against limits: the judged number, thresholds, and compositions that sum to the number."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droidanon.analysis.breakdown import OTHER
from droidanon.analysis.limits.anon_swap import Basis
from droidanon.analysis.limits.judge import DIFFERENCE, compose, judge, shortened
from droidanon.analysis.limits.states import LimiterBucket, PlayState, judged_state, limiter_bucket, play_state
from droidanon.analysis.limits.thresholds import limiter_tier, play_tier
from droidanon.analysis.view import View
from droidanon.model import Capture, Process
from tests.builders import capture, entry

GB, MB = 1024 * 1024, 1024
SMAPS = "".join(
    entry(name, start=0x7000000000 + place * 0x1000000, size_kb=4096, Pss=rss, Anonymous=anonymous, Swap=swap)
    for place, (name, rss, anonymous, swap) in enumerate(
        [
            ("[anon:scudo:primary]", 1000, 1000, 500),
            ("[anon:dalvik-main space]", 700, 700, 0),
            ("/dev/ashmem/x (deleted)", 10, 0, 90),
            ("/system/lib64/libc.so", 50, 8, 0),
        ]
    )
)


def one(
    *,
    status: dict[str, int] | None = None,
    adj: int | None = 0,
    uid: int | None = 10_123,
    total_kb: int | None = 6 * GB,
) -> Capture:
    made = capture({"com.example.app": SMAPS})
    process = replace(made.processes[0], status_kb=status or {}, oom_score_adj=adj, uid=uid)
    return replace(made, processes=(process,), system={} if total_kb is None else {"mem_total_kb": total_kb})


def test_status_is_the_judged_number_and_smaps_attributes_it() -> None:
    status = {"rss_anon_kb": 1710, "vm_swap_kb": 500, "rss_shmem_kb": 10}
    view = View(one(status=status))
    (use,) = judge(view).uses
    assert (use.anon_kb, use.swap_kb, use.anon_swap_kb, use.basis) == (1710, 500, 2210, Basis.JUDGED)
    assert (use.state, use.bucket, use.play_kb) == (PlayState.FOREGROUND, LimiterBucket.VISIBLE, round(2.25 * GB))
    assert (use.limiter_use_kb, use.limiter_kb) == (2220, (4096 + 2048) * MB)
    assert (use.play_headroom_kb, use.limiter_headroom_kb) == (round(2.25 * GB) - 2210, 6144 * MB - 2220)
    parts = {(part.category, part.name): part.kb for part in compose(view, use)}
    assert sum(parts.values()) == 2210
    assert parts["native.scudo.primary", "[anon:scudo:primary]"] == 1500
    assert parts[DIFFERENCE, ""] == 2210 - (1500 + 700 + 90 + 8)


def test_without_status_smaps_is_an_upper_bound() -> None:
    view = View(one())
    found = judge(view)
    (use,) = found.uses
    assert (use.anon_kb, use.swap_kb, use.basis) == (1708, 590, Basis.UPPER_BOUND)
    assert (use.limiter_use_kb, use.limiter_headroom_kb) == (None, None)
    assert all(part.category != DIFFERENCE for part in compose(view, use))
    assert [warning.kind for warning in found.warnings] == ["upper_bound"]


def test_what_is_unknown_is_in_no_number() -> None:
    unknown = judge(View(one(total_kb=None)))
    assert [warning.kind for warning in unknown.warnings] == ["ram_unknown", "upper_bound"]
    (use,) = unknown.uses
    assert (use.play_kb, use.limiter_kb, use.what_if_kb) == (None, None, {})
    (use,) = judge(View(one(adj=None))).uses
    assert (use.state, use.bucket, use.play_kb) == (None, None, None)
    no_swap = capture({"com.example.app": SMAPS.replace("Swap:  ", "Swip:  ")})
    (use,) = judge(View(replace(no_swap, system={"mem_total_kb": 6 * GB}))).uses
    assert (use.anon_swap_kb, use.basis) == (None, None)


def test_a_status_without_swap_is_not_judged() -> None:
    (use,) = judge(View(one(status={"rss_anon_kb": 5}))).uses
    assert use.basis is Basis.UPPER_BOUND


def test_the_user_can_name_state_and_ram() -> None:
    found = judge(View(one(adj=0)), total_kb=4 * GB, state=PlayState.BACKGROUND, game=True)
    (use,) = found.uses
    assert (found.total_kb, use.state_given, use.play_kb, use.bucket) == (
        4 * GB,
        True,
        2 * GB,
        LimiterBucket.NOT_VISIBLE,
    )
    assert use.limiter_kb == 2048 * MB
    assert use.what_if_kb[PlayState.FOREGROUND] == round(2.25 * GB)
    (cached,) = judge(View(one(adj=950))).uses
    assert (cached.play_kb, cached.limiter_kb) == (None, None)


@pytest.mark.parametrize(
    ("code", "adj", "level", "state", "bucket", "source"),
    [
        ("TOP", 0, None, "foreground", "visible", "lru"),
        ("PER", -800, None, "foreground", "unlimited", "lru"),
        ("FGS", 200, None, "service", "not_visible", "lru"),
        ("FGS", None, None, "service", "not_visible", "lru"),
        ("FGS", 50, None, "service", "not_visible", "lru"),
        ("IMPB", 200, None, "service", "not_visible", "lru"),
        ("SVC", 500, None, "background", "not_visible", "lru"),
        ("CEM", 950, None, "cached", "cached", "lru"),
        ("NEW", 950, None, "cached", "cached", "oom_adj"),
        ("NEW", None, None, None, None, None),
        (None, 0, None, "foreground", "visible", "oom_adj"),
        (None, -900, None, "foreground", "unlimited", "oom_adj"),
        (None, 200, None, "service", "not_visible", "oom_adj"),
        (None, 700, "Cached", "background", "not_visible", "oom_adj"),
        (None, None, "Cached", "cached", "cached", "oom_level"),
        (None, None, "Visible", "foreground", "visible", "oom_level"),
        (None, None, None, None, None, None),
    ],
)
def test_states_and_what_they_are_from(
    code: str | None, adj: int | None, level: str | None, state: str | None, bucket: str | None, source: str | None
) -> None:
    found = judged_state(Process("com.a", state=code, oom_score_adj=adj, oom_level=level))
    assert (found.play, found.bucket, found.source) == (state, bucket, source)


def test_a_state_that_the_user_names_comes_first() -> None:
    found = judged_state(Process("com.a", state="TOP", oom_score_adj=0), PlayState.CACHED)
    assert (found.play, found.bucket, found.source) == ("cached", "cached", "given")


LIMITER: dict[str, str | int] = {
    "limiter": "on",
    "limiter_source": "status",
    "limiter_visible_high_kb": 1948 * MB,
    "limiter_not_visible_high_kb": 900 * MB,
    "limiter_visible_swap_kb": 974 * MB,
    "limiter_not_visible_swap_kb": 487 * MB,
}
CGROUP = {"anon_kb": 1600, "shmem_kb": 20, "swap_current_kb": 530, "high_kb": 50 * MB, "swap_max_kb": 25 * MB}


def limited(cgroup: dict[str, int], **facts: str | int) -> View:
    made = one(status={"rss_anon_kb": 1710, "vm_swap_kb": 500, "rss_shmem_kb": 10})
    process = replace(made.processes[0], cgroup_kb=cgroup)
    return View(replace(made, processes=(process,), limits=facts))


def test_the_cgroup_is_the_limiters_own_number_and_limit() -> None:
    (use,) = judge(limited(CGROUP, **LIMITER)).uses
    assert (use.limiter_use_kb, use.limiter_basis) == (2150, "exact")
    assert (use.limiter_kb, use.limiter_source) == (75 * MB, "cgroup")
    (elsewhere,) = judge(limited(CGROUP, **LIMITER), state=PlayState.BACKGROUND).uses
    assert (elsewhere.limiter_kb, elsewhere.limiter_source) == (1387 * MB, "status")
    (small,) = judge(limited(CGROUP, **LIMITER), total_kb=4 * GB).uses
    assert (small.limiter_kb, small.limiter_source) == (3072 * MB, "standard")


@pytest.mark.parametrize(
    ("facts", "limit_kb", "source"),
    [
        (LIMITER, 2922 * MB, "status"),
        ({**LIMITER, "limiter_source": "config"}, 2922 * MB, "config"),
        ({**LIMITER, "limiter": "watching"}, 2922 * MB, "status"),
        ({"limiter": "off", "limiter_source": "status"}, None, None),
        ({"limiter": "percent", "limiter_source": "config"}, None, None),
        ({}, 6144 * MB, "standard"),
    ],
)
def test_the_phones_own_limits_come_first(
    facts: dict[str, str | int], limit_kb: int | None, source: str | None
) -> None:
    found = judge(limited({}, **facts))
    (use,) = found.uses
    assert (use.limiter_kb, use.limiter_source) == (limit_kb, source)
    assert (use.limiter_use_kb, use.limiter_basis) == (2220, "estimate")
    assert ("limiter_percent" in [warning.kind for warning in found.warnings]) is (facts.get("limiter") == "percent")


def test_daemons_and_the_system_server_have_no_limits() -> None:
    assert judge(View(one(uid=1000))).uses == ()
    assert len(judge(View(one(uid=1_010_123))).uses) == 1
    unknown = one(uid=None)
    assert len(judge(View(unknown)).uses) == 1
    native = replace(unknown.processes[0], oom_level="Native")
    assert judge(View(replace(unknown, processes=(native,)))).uses == ()
    for name in ("system_server", "/init"):
        assert judge(View(replace(unknown, processes=(replace(unknown.processes[0], name=name),)))).uses == ()


@pytest.mark.parametrize(
    ("total_mb", "foreground_gb", "limiter_mb"),
    [
        (3199, None, None),
        (3200, 2.0, 3072),
        (4800, 2.25, 6144),
        (9216, 3.25, 12288),
        (18431, 4.25, 15360),
        (18432, None, None),
    ],
)
def test_the_edges_of_tiers(total_mb: int, foreground_gb: float | None, limiter_mb: int | None) -> None:
    tier, limits = play_tier(total_mb * MB), limiter_tier(total_mb * MB)
    kb = None if tier is None else tier.threshold_kb(PlayState.FOREGROUND, game=False)
    assert kb == (None if foreground_gb is None else round(foreground_gb * GB))
    assert (None if limits is None else limits.limit_kb[LimiterBucket.VISIBLE]) == (
        None if limiter_mb is None else limiter_mb * MB
    )


@given(st.integers(0, 1 << 30), st.integers(0, 1 << 30), st.integers(1, 6))
def test_parts_always_sum_to_the_number(anon: int, swap: int, count: int) -> None:
    view = View(one(status={"rss_anon_kb": anon, "vm_swap_kb": swap}))
    (use,) = judge(view).uses
    parts = shortened(compose(view, use), count)
    assert sum(part.kb for part in parts) == use.anon_swap_kb == anon + swap
    assert len([part for part in parts if part.category not in (OTHER, DIFFERENCE)]) <= count


@pytest.mark.parametrize(
    ("adj", "state"),
    [
        (-900, "foreground"),
        (0, "foreground"),
        (100, "foreground"),
        (200, "service"),
        (250, "service"),
        (500, "background"),
        (900, "cached"),
    ],
)
def test_states_follow_from_the_oom_adjustment(adj: int, state: str) -> None:
    assert play_state(adj) == state


def test_a_foreground_service_is_not_visible_to_the_limiter() -> None:
    assert limiter_bucket(PlayState.SERVICE) is LimiterBucket.NOT_VISIBLE
    assert limiter_bucket(None) is None
