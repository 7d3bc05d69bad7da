"""The memory limiter's configuration and status."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droidanon.platform.readers.memory_limiter import (
    LIMIT_KEYS,
    limiter_facts,
    parse_limiter_config,
    parse_limiter_status,
)

STATUS = """\
Memory limiter
  enabled                  limits=true              monitoring=true          killing=true             ignored=none
  visibleMem=1948MB        visibleSwap=974MB        notVisibleMem=900MB      notVisibleSwap=487MB
  started=36               watched=36               watch-failed=0           events=0                 false-events=0
"""
DISABLED = "Memory limiter\n  disabled\n"
PERCENT = (
    "<MemoryLimiterConfig><version>1</version><visible>50</visible><notVisible>25</notVisible></MemoryLimiterConfig>"
)
MB = 1024


def config(*sets: tuple[int, int, int, int, int], version: str = "1") -> str:
    body = "".join(
        f"<limitSet><minimumRequiredMemTotal>{a}</minimumRequiredMemTotal><memVisible>{b}</memVisible>"
        f"<memNotVisible>{c}</memNotVisible><swapVisible>{d}</swapVisible><swapNotVisible>{e}</swapNotVisible></limitSet>"
        for a, b, c, d, e in sets
    )
    return (
        f"<?xml version='1.0' encoding='utf-8'?><!-- limits -->"
        f"<MemoryLimiterConfig><version>{version}</version><configList>{body}</configList></MemoryLimiterConfig>"
    )


SETS = config((14336, 8192, 4096, 4096, 4095), (3200, 2048, 1024, 512, 256))


def test_the_set_of_a_phone() -> None:
    found = parse_limiter_config(SETS)
    assert found.limits(5 * 1024 * MB) == (2048 * MB, 1024 * MB, 512 * MB, 256 * MB)
    assert found.limits(14336 * MB) == (8192 * MB, 4096 * MB, 4096 * MB, 4095 * MB)
    assert found.limits(3200 * MB - 1) is None


def test_of_equal_minimums_the_last_counts() -> None:
    assert parse_limiter_config(config((0, 1, 1, 1, 1), (0, 2, 2, 2, 2))).limits(1) == (2048,) * 4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<a",
        config((0, 1, 1, 1, 1), version="2"),
        config((0, 1, 1, 1, 1)).replace("<memVisible>1", "<memVisible>x"),
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        "<?xml version='1.0' encoding='none'?><a/>",
    ],
)
def test_other_files_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_limiter_config(text)


@given(st.text(max_size=200))
def test_no_text_fails_otherwise(text: str) -> None:
    with contextlib.suppress(ValueError):
        parse_limiter_config(text)
    with contextlib.suppress(ValueError):
        parse_limiter_config(SETS[:100] + text + SETS[100:])


@pytest.mark.parametrize("indent", ["", "  "])
def test_status(indent: str) -> None:
    text = "".join(f"{indent}{line}\n" for line in STATUS.splitlines())
    found = parse_limiter_status(f"before\n{text}\nafter=1\n")
    assert found is not None
    assert found.enabled
    assert found.limits() == (1948 * MB, 900 * MB, 974 * MB, 487 * MB)
    assert found.values["watch-failed"] == "0"
    assert "after" not in found.values
    assert parse_limiter_status("nothing") is None
    disabled = parse_limiter_status(DISABLED)
    assert disabled is not None
    assert not disabled.enabled


@pytest.mark.parametrize("part", ["<!--", "<a>", "<!-- -->", "&a;", "<a b='", "<version>", "<limitSet>"])
def test_a_huge_configuration_takes_no_long(part: str) -> None:
    begin = time.process_time()
    with pytest.raises(ValueError, match="."):
        parse_limiter_config(part * ((1 << 20) // len(part)))
    assert time.process_time() - begin < 20


def facts(status: str, *configs: str, total_kb: int | None = 5 * 1024 * MB) -> tuple[str | int | None, ...]:
    found, _ = limiter_facts(parse_limiter_status(status), configs, total_kb)
    return tuple(found.get(key) for key in ("limiter", "limiter_source", *LIMIT_KEYS[:2]))


def test_the_status_counts_then_the_files() -> None:
    assert facts(STATUS, SETS) == ("on", "status", 1948 * MB, 900 * MB)
    assert facts(DISABLED, SETS) == ("off", "status", None, None)
    assert facts(STATUS.replace("killing=true", "killing=false"))[0] == "watching"
    assert facts(STATUS.replace("MB", "%"), SETS) == ("percent", "status", None, None)
    assert facts(STATUS.replace("visibleMem", "mem"), SETS) == ("on", "config", 2048 * MB, 1024 * MB)
    assert facts("", SETS) == ("on", "config", 2048 * MB, 1024 * MB)
    assert facts("", SETS, total_kb=2000 * MB) == ("off", "config", None, None)
    assert facts("", SETS, total_kb=None) == (None,) * 4
    assert facts("", "<bad", SETS)[0] == "on"
    assert facts("", PERCENT) == ("percent", "config", None, None)
    assert facts("") == (None,) * 4
    assert limiter_facts(None, ["<bad"], 1)[1][0].startswith("memory-limiter-config.xml: not XML")
