"""The memory controller's files of a cgroup."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from droidanon.platform.readers.cgroup import parse_cgroup


def test_each_file() -> None:
    found = parse_cgroup(
        {
            "memory.stat": "anon 1048576\nfile 7\nshmem 2048\nanon_thp 9\n",
            "memory.swap.current": "4096\n",
            "memory.high": "max\n",
            "memory.swap.max": "1073741824\n",
        }
    )
    assert found == {"anon_kb": 1024, "shmem_kb": 2, "swap_current_kb": 4, "swap_max_kb": 1 << 20}


def test_version_1_has_rss_and_swap() -> None:
    found = parse_cgroup({"memory.stat": "cache 5000\nrss 2048\nshmem 1024\nswap 4096\ntotal_rss 9999999\n"})
    assert found == {"anon_kb": 2, "shmem_kb": 1, "swap_current_kb": 4}
    assert parse_cgroup({}) == {}


@given(st.dictionaries(st.sampled_from(["memory.stat", "memory.high", "x"]), st.text(max_size=60)))
def test_no_text_fails(files: dict[str, str]) -> None:
    assert all(number >= 0 for number in parse_cgroup(files).values())
