"""Two captures, compared fact by fact and value by value."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from droidanon.model import Capture
from droidanon.smaps.writer import write_process


def assert_same(one: Capture, other: Capture) -> None:
    """Assert that both have the same facts, the same VMAs and the same exact text."""
    for item in fields(Capture):
        if item.name != "vmas":
            assert getattr(one, item.name) == getattr(other, item.name), item.name
    assert [problem.kind for problem in one.problems] == [problem.kind for problem in other.problems]
    a, b = one.vmas, other.vmas
    for name in ("process", "start", "end", "offset", "inode", "layout"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), name)
    for name in ("perms", "device", "name", "flags"):
        assert getattr(a, name).to_list() == getattr(b, name).to_list(), name
    assert list(a.counters) == list(b.counters)
    assert set(a.missing) == set(b.missing)
    for name, values in a.counters.items():
        np.testing.assert_array_equal(values, b.counters[name], name)
    for name, mask in a.missing.items():
        np.testing.assert_array_equal(mask, b.missing[name], name)
    assert a.layouts == b.layouts
    assert dict(a.text) == dict(b.text)
    for index in range(len(one.processes)):
        assert b"".join(write_process(one, index)) == b"".join(write_process(other, index))
