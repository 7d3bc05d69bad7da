"""What tests of the smaps parsers compare: two results, and the text that is written back."""

from __future__ import annotations

import numpy as np

from droidanon.model import Capture, Process
from droidanon.smaps.parse import Parsed
from droidanon.smaps.writer import write_process


def exported(parsed: Parsed) -> list[bytes]:
    """The text of each process, written from the columns."""
    processes = tuple(
        Process(str(index), rows=rows, text=parsed.tails[index], crlf=parsed.crlf[index])
        for index, rows in enumerate(parsed.rows)
    )
    capture = Capture(processes, parsed.vmas, "test")
    return [b"".join(write_process(capture, index)) for index in range(len(processes))]


def same(one: Parsed, other: Parsed) -> None:
    """Assert that both say the same, however their codes are numbered."""
    assert one.rows == other.rows
    assert one.tails == other.tails
    assert one.crlf == other.crlf
    assert one.fidelity == other.fidelity
    assert one.problems == other.problems
    a, b = one.vmas, other.vmas
    for column in ("process", "start", "end", "offset", "inode"):
        np.testing.assert_array_equal(getattr(a, column), getattr(b, column), column)
    for column in ("perms", "device", "name", "flags"):
        assert getattr(a, column).to_list() == getattr(b, column).to_list(), column
    assert set(a.counters) == set(b.counters)
    for name in a.counters:
        np.testing.assert_array_equal(a.counters[name], b.counters[name], name)
    assert set(a.missing) == set(b.missing)
    for name in a.missing:
        np.testing.assert_array_equal(a.missing[name], b.missing[name], name)
    assert [a.layouts[code] for code in a.layout.tolist()] == [b.layouts[code] for code in b.layout.tolist()]
    assert dict(a.text) == dict(b.text)
