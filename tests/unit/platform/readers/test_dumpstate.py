"""The sections of a bug report's text, as a stream of lines."""

from __future__ import annotations

import tracemalloc

from droidanon.platform.readers.dumpstate import parse_dumpstate

SHOW_MAP = """\
------ SHOW MAP 42: com.a (su root showmap -q 42) ------
    size      RSS      PSS    clean    dirty    clean    dirty     swap  swapPSS   # object
-------- -------- -------- -------- -------- -------- -------- -------- -------- ---- ------------------------------
    1000      900      800        0        0        0      800        0        0    1 [heap]
"""


def test_the_lines_of_other_sections_are_not_kept() -> None:
    log = "01-01 10:00:00.1  1  2 I Tag: é some words of an app\n" * 60_000
    text = f"------ SYSTEM LOG (logcat) ------\n{log}Skipping 'showmap 7' on a user build\n{SHOW_MAP}".encode()
    tracemalloc.start()
    found = parse_dumpstate(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(table.pid, table.names) for table in found.showmaps] == [(42, ["[heap]"])]
    assert found.refused == 1
    assert peak < 2 * len(text)  # all lines at once take three times the text
