"""`droidanon.limits`."""

from __future__ import annotations

from dataclasses import replace

import pytest

import droidanon
from tests.builders import capture, entry

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
