"""The sums of every format equal the breakdown's, in any capture."""

from __future__ import annotations

import gzip
import io
import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from pyarrow import csv

from droidanon.analysis.view import View
from droidanon.exports.pprof_messages import profile_class
from droidanon.sources.perfetto.trace import parse_trace
from tests.builders import entry
from tests.unit.exports.exported import exported, total, view_of

COUNTERS = ("total_pss_kb", "rss_kb", "swap_kb", "anon_swap_kb")
_NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=12).map(str.strip)
_ENTRIES = st.lists(st.tuples(_NAMES, st.integers(0, 1 << 20), st.integers(0, 1 << 20)), min_size=1, max_size=6)


@st.composite
def views(draw: st.DrawFn) -> View:
    """Processes of any names with mappings of any names, some of equal names."""
    processes = draw(st.dictionaries(_NAMES.filter(bool), _ENTRIES, min_size=1, max_size=4))
    start = 0x10000000
    bodies = {}
    for process, rows in processes.items():
        bodies[process] = "".join(
            entry(name, start=start + place * 0x100000, Pss=kb, Anonymous=kb // 2, Swap=swapped)
            for place, (name, kb, swapped) in enumerate(rows)
        )
    return view_of(bodies)


def _collapsed(data: bytes, counter: str) -> int:
    return sum(int(line.rsplit(" ", 1)[1]) for line in data.decode().split("\n")[:-1])


def _speedscope(data: bytes, counter: str) -> int:
    return sum(json.loads(data)["profiles"][0]["weights"]) // 1024


def _openmetrics(data: bytes, counter: str) -> int:
    families = text_string_to_metric_families(data.decode())
    return sum(
        int(sample.value) // 1024
        for one in families
        for sample in one.samples
        if sample.labels.get("counter") == counter.removesuffix("_kb")
    )


def _arrow(data: bytes, counter: str) -> int:
    return sum(pa.ipc.open_file(io.BytesIO(data)).read_all()[counter].to_pylist())


def _csv(data: bytes, counter: str) -> int:
    return sum(csv.read_csv(io.BytesIO(data))[counter].to_pylist())


def _pprof(data: bytes, counter: str) -> int:
    found = profile_class().FromString(gzip.decompress(data))
    assert [found.string_table[one.type] for one in found.sample_type] == [counter.removesuffix("_kb")]
    return sum(sample.value[0] for sample in found.sample)


def _perfetto(data: bytes, counter: str) -> int:
    """Also of a counter that is the sum of two."""
    parts = {"total_pss_kb": ("pss_kb", "swap_pss_kb"), "anon_swap_kb": ("anonymous_kb", "swap_kb")}
    (snapshots,) = parse_trace(data).passes
    return sum(sum(one.reported.counters[part]) for one in snapshots for part in parts.get(counter, (counter,)))


READERS = {
    "pprof": _pprof,
    "perfetto": _perfetto,
    "collapsed": _collapsed,
    "speedscope": _speedscope,
    "openmetrics": _openmetrics,
    "arrow": _arrow,
    "csv": _csv,
}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=40, deadline=None)
@given(view=views(), counter=st.sampled_from(COUNTERS))
def test_sums_are_those_of_the_breakdown(name: str, view: View, counter: str) -> None:
    assert READERS[name](exported(name, view, counter=counter), counter) == total(view, counter)
