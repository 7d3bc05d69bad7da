"""`droidanon.limits`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import droidanon
from tests.builders import add_samples, capture, entry, make_series

GB = 1024 * 1024


def read() -> droidanon.Capture:
    made = capture({"com.a": entry("[heap]", size_kb=1024, Rss=500, Anonymous=500, Swap=20)})
    process = replace(
        made.processes[0],
        uid=10_123,
        state="FGS",
        status_kb={"rss_anon_kb": 510, "vm_swap_kb": 20, "rss_shmem_kb": 5},
    )
    return replace(made, processes=(process,), system={"mem_total_kb": 6 * GB}, limits={"max_map_count": 65530})


def test_limits_as_data_frames() -> None:
    found = droidanon.limits(read())
    (process,) = found.processes.to_dict("records")
    assert (process["state"], process["state_source"], process["basis"]) == ("service", "lru", "judged")
    assert (process["anon_swap_kb"], process["limiter_kb"], process["limiter_basis"]) == (530, 535, "estimate")
    limits = found.limits.set_index(["limit", "state"])
    assert limits.loc[("play", "service"), "of"] == round(1.25 * GB)
    assert limits.loc[("play", "foreground"), "headroom"] == round(2.25 * GB) - 530
    vmas = found.limits[found.limits["limit"] == "vmas"].iloc[0]
    assert (vmas["used"], vmas["of"], vmas["limit_from"]) == (1, 65530, "vm.max_map_count")
    assert found.composition["anon_swap_kb"].sum() == 530
    assert found.ram_kb == 6 * GB
    assert "1 process" in repr(found)


def test_the_user_can_name_state_ram_and_kind() -> None:
    found = droidanon.limits(read(), state="background", ram="4GB", game=True)
    assert found.ram_kb == 4 * GB
    assert found.processes["state_source"].item() == "given"
    limits = found.limits.set_index(["limit", "state"])
    assert limits.loc[("play", "background"), "of"] == 2 * GB
    assert droidanon.limits(read(), ram=4 * GB).ram_kb == 4 * GB


def test_what_is_no_state_or_size_is_refused() -> None:
    with pytest.raises(droidanon.UsageError, match="foreground"):
        droidanon.limits(read(), state="front")
    with pytest.raises(droidanon.UsageError, match="6GB"):
        droidanon.limits(read(), ram="much")


def test_a_series_as_a_data_frame(tmp_path: Path) -> None:
    make_series(tmp_path / "s")
    add_samples(tmp_path / "s")
    series = droidanon.open(str(tmp_path / "s"))
    assert isinstance(series, droidanon.OpenedSeries)
    frame = series.limits_frame().set_index(["process", "state"])
    row = frame.loc[("com.a", "background")]
    assert (row["readings"], row["p50_kb"], row["likely_leak"], row["over_percent"]) == (20, 1_100_000, True, 30.0)
    assert frame.loc[("com.a", "all"), "readings"] == 40
    assert (series.limits_frame().attrs["ram_kb"], series.limits_frame().attrs["basis"]) == (6 * GB, "judged")
    game = series.limits_frame(app="com.a", ram="4GB", state="background", game=True)
    assert game["play_threshold_kb"].tolist() == [2 * GB, 2 * GB]
    assert len(series.limits_frame().attrs["warnings"]) == 1
