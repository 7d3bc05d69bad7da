"""Classifies and sums the base of a diff in a separate process, while this one starts and reads the other capture.

Threads would wait for the interpreter lock.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.sources.child_pipe import receive_object, send_object, start_child

if TYPE_CHECKING:
    from droidanon.analysis.view import Computed, View
    from droidanon.taxonomy.rules import RuleSet

_LEAST_BYTES = 1 << 20
"""The size of a capture file below which a process takes longer to start than to name and sum it: some 250,000 VMAs."""
_START = """
import sys
source, *sys.path[:] = sys.argv[1:]
from droidanon_tui.explore.read_ahead import serve
serve(source)
"""
_Version = tuple[int, int, int]


class ReadAhead:
    """A process that names and sums one capture file. Without it, or if it fails, this process does that."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._version = _version(source)
        self._process = start_child(_START, source, stdin=subprocess.DEVNULL)

    def take(self, source: str, rows: int) -> Computed | None:
        """Waits for the results, and ends the process; None if there are none for this file of so many VMAs."""
        if source != self._source or self._process.stdout is None or self._process.stdout.closed:
            return None
        found: Computed | None = None
        with suppress(OSError, EOFError):
            version, computed = receive_object(self._process.stdout)
            # Neither process may have read another file of this name.
            if version == self._version == _version(source) and len(computed.classification.swappable) == rows:
                found = computed
        self.close()
        return found

    def stop(self) -> None:
        """Ends the process, also while another thread waits for it."""
        self._process.kill()

    def close(self) -> None:
        """Ends the process and gives back its pipe; nothing is taken afterwards."""
        self.stop()
        with self._process:  # closes the pipe and waits
            pass


def read_ahead(source: str | None, base: str | None, rules: RuleSet | None) -> ReadAhead | None:
    """Begins with the base of a diff, if that is a large capture file and there is a processor for it.

    The process has the built-in rules only.
    """
    if source is None or base is None or not sys.executable or (os.cpu_count() or 1) < 2:
        return None
    if rules is not None and rules.files:
        return None
    with suppress(OSError, ValueError):
        path = Path(base)
        if path.suffix == ".parquet" and path.is_file() and path.stat().st_size >= _LEAST_BYTES:
            return ReadAhead(base)
    return None


def prepare_diff(view: View) -> None:
    """Computes what a diff needs of one of its sides, whatever the other side is."""
    from droidanon.analysis.sides import TOTALS
    from droidanon.counters import DEFAULT_COUNTER
    from droidanon_tui.explore.facts import DIFF_KEYS

    for key in (*DIFF_KEYS, "normal_name", "user"):
        view.group_key(key)
    if DEFAULT_COUNTER in view.counters:
        view.group_counter(DEFAULT_COUNTER)
    for counter in TOTALS:
        view.total(counter)


def serve(source: str) -> None:
    """Writes the results of a capture file to stdout."""
    from droidanon.analysis.view import View
    from droidanon.sources.resolve import load_source

    version = _version(source)
    view = View(load_source(source))
    prepare_diff(view)
    with open(1, "wb", buffering=0) as sink, suppress(BrokenPipeError):
        send_object(sink, (version, view.computed()))


def _version(source: str) -> _Version:
    """Changes if the file is replaced or written to."""
    found = Path(source).stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
