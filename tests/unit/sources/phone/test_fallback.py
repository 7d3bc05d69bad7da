"""What dumpsys meminfo said of processes, whole or not."""

from __future__ import annotations

from droidanon.sources.phone.fallback import table_of
from tests.unit.platform.readers.test_meminfo import NEW


def test_a_table_without_its_last_row_is_none() -> None:
    """dumpsys cuts a service that takes too long, with a line of its own behind it."""
    text = NEW.encode()
    cut = text[: text.index(b"        TOTAL")] + b"\n*** SERVICE 'meminfo' DUMP TIMEOUT (30000ms) EXPIRED ***\n"
    whole = table_of(4242, {4242: text})
    assert whole is not None
    assert whole.heaps["Native Heap"]["pss_kb"] == 3026
    assert table_of(4242, {4242: cut}) is None
    assert table_of(4243, {4242: text}) is None
