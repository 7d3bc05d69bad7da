"""speedscope's format, by the rules of its schema (file-format-schema.json of the speedscope package)."""

from __future__ import annotations

import json
from typing import Any

from tests.builders import text
from tests.unit.exports.exported import exported, hostile, total, view_of, without_swap_pss


def document(data: bytes) -> dict[str, Any]:
    """A file, checked: the schema's required members, and indices in their ranges."""
    found = json.loads(data)
    assert found["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    frames = found["shared"]["frames"]
    assert all(set(frame) == {"name"} and frame["name"].isprintable() for frame in frames)
    assert len({frame["name"] for frame in frames}) == len(frames)
    for profile in found["profiles"]:
        assert set(profile) == {"type", "name", "unit", "startValue", "endValue", "samples", "weights"}
        assert (profile["type"], profile["unit"]) == ("sampled", "bytes")
        assert len(profile["samples"]) == len(profile["weights"])
        assert all(0 <= frame < len(frames) for sample in profile["samples"] for frame in sample)
        assert all(weight > 0 for weight in profile["weights"])
        assert profile["endValue"] - profile["startValue"] == sum(profile["weights"])
    return dict(found)


def test_a_capture() -> None:
    view = view_of({"com.a": text(("[anon:scudo:primary]", 100), ("[heap]", 0))})
    found = document(exported("speedscope", view))
    names = [frame["name"] for frame in found["shared"]["frames"]]
    (profile,) = found["profiles"]
    (sample,) = profile["samples"]
    assert [names[frame] for frame in sample] == [
        "com.a",
        "com.a",
        "Native Heap",
        "native.scudo.primary",
        "[anon:scudo:primary]",
    ]
    assert profile["weights"] == [100 * 1024]


def test_a_series_is_a_profile_per_capture() -> None:
    views = [view_of({"com.a": text(("[heap]", kb))}, created=f"2026-01-02T03:04:0{kb}Z") for kb in (1, 2, 3)]
    found = document(exported("speedscope", *views))
    assert [profile["endValue"] for profile in found["profiles"]] == [1024, 2048, 3072]
    assert len({profile["name"] for profile in found["profiles"]}) == 3
    assert found["activeProfileIndex"] == 2


def test_hostile_names() -> None:
    (profile,) = document(exported("speedscope", hostile()))["profiles"]
    assert profile["endValue"] == 1024 * (total(hostile(), "total_pss_kb") or 0)


def test_a_counter_that_a_row_lacks_is_no_sample() -> None:
    (profile,) = document(exported("speedscope", without_swap_pss(), counter="swap_pss"))["profiles"]
    assert profile["weights"] == [3 * 1024]
