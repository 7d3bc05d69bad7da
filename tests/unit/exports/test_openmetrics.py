"""OpenMetrics, parsed by prometheus_client."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from droidanon.errors import InputError
from tests.builders import text
from tests.unit.exports.exported import exported, hostile, total, view_of, without_swap_pss


def families(data: bytes) -> dict[str, Any]:
    assert data.endswith(b"# EOF\n")
    return {one.name: one for one in text_string_to_metric_families(data.decode())}


def memory(data: bytes, counter: str) -> dict[str, float]:
    """A counter per process, in bytes."""
    found: dict[str, float] = {}
    for sample in families(data)["droidanon_memory_bytes"].samples:
        if sample.labels["counter"] == counter:
            found[sample.labels["process"]] = found.get(sample.labels["process"], 0) + sample.value
    return found


def test_a_capture() -> None:
    view = view_of({"com.a": text(("[anon:scudo:primary]", 100)), "com.a:x": text(("[heap]", 4))}, users=(10_001,) * 2)
    data = exported("openmetrics", view)
    found = families(data)
    assert found["droidanon_memory_bytes"].unit == "bytes"
    (first, *_) = (one for one in found["droidanon_memory_bytes"].samples if one.labels["counter"] == "total_pss")
    assert first.labels == {
        "app": "com.a",
        "process": "com.a",
        "user": "0",
        "heap": "Native Heap",
        "category": "native.scudo.primary",
        "counter": "total_pss",
    }
    assert (first.value, first.timestamp) == (100 * 1024, None)
    assert memory(data, "rss") == {"com.a": 100 * 1024, "com.a:x": 4 * 1024}
    assert [one.value for one in found["droidanon_vmas"].samples] == [1, 1]


def test_one_counter() -> None:
    found = families(exported("openmetrics", view_of(), counter="rss"))
    assert {one.labels["counter"] for one in found["droidanon_memory_bytes"].samples} == {"rss"}


def test_a_series_has_times() -> None:
    views = [view_of({"com.a": text(("[heap]", kb))}, created=f"2026-01-02T03:04:0{kb}Z") for kb in (1, 2, 3)]
    samples = families(exported("openmetrics", *views, counter="pss"))["droidanon_memory_bytes"].samples
    assert [sample.value for sample in samples] == [1024, 2048, 3072]
    times = [float(sample.timestamp) for sample in samples]
    assert [time - times[0] for time in times] == [0, 1, 2]
    assert times[0] == 1_767_323_041


@pytest.mark.parametrize("created", ["", "2026-01-02T03:04:01Z"])
def test_a_series_without_ascending_times_is_refused(created: str) -> None:
    views = [view_of(created="2026-01-02T03:04:01Z"), view_of(created=created)]
    with pytest.raises(InputError, match="time"):
        exported("openmetrics", *views)


def test_hostile_names() -> None:
    data = exported("openmetrics", hostile())
    assert sum(memory(data, "total_pss").values()) == 1024 * (total(hostile(), "total_pss_kb") or 0)
    assert "#odd; app 3" in memory(data, "total_pss")


def test_a_counter_that_a_process_lacks_is_absent() -> None:
    assert memory(exported("openmetrics", without_swap_pss()), "swap_pss") == {"com.a": 3 * 1024}
