"""Targets that know more than that nothing fails: what must be equal, and what must not be printed."""

from __future__ import annotations

import contextlib
import io
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from droidanon.escape import escape_text
from tests.builders import capture
from tests.captures_equal import assert_same
from tests.fuzz.texts import MAPS, MEMINFO, SMAPS
from tests.smaps_equal import exported, same

PARTED = b"\n----\n"
_EXIT_CODES = range(9)
_COMMANDS = (
    ("show",),
    ("show", "--by", "app,heap,name", "--json"),
    ("names",),
    ("names", "--json"),
    ("insights",),
    ("limits",),
    ("info",),
    ("app",),
    ("meminfo",),
    ("showmap",),
    ("procrank",),
    ("librank",),
    ("export", "--format", "csv"),
)
_AGAIN = "the same path"
_CAPTURE_COMMANDS = (
    *_COMMANDS,
    ("diff", _AGAIN),
    ("diff", _AGAIN, "--by", "vma"),
    ("diff", _AGAIN, "--json"),
    ("trend", _AGAIN, _AGAIN, _AGAIN, _AGAIN),
    ("show", "--counters", "all"),
    ("show", "--by", "process,category"),
    ("info", "--json"),
    ("limits", "--json"),
    ("insights", "--json"),
    ("export", "--format", "collapsed"),
)


def parse_both_ways(data: bytes) -> None:
    """Both parsers find the same, and the text is written as it was read."""
    from droidanon.smaps.parse import parse_texts

    fast = parse_texts([data])
    same(fast, parse_texts([data], fast=False))
    assert exported(fast) == [data], "another text is written"


def store_and_load(data: bytes) -> None:
    """Two captures: one is stored in full, the other as its changes, the first again as changes of those. All are
    loaded as they were.
    """
    from droidanon.store.delta_file import read_base, save_changes
    from droidanon.store.parquet import load_capture, save_capture

    parts = [part.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode() for part in data.split(PARTED)]
    base, new = (
        replace(capture({f"com.{place}": part for place, part in enumerate(side)}), created="2026-01-01T00:00:00Z")
        for side in (parts[::2], parts[1::2] or parts[:1])
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        assert_same(load_capture(save_capture(base, folder / "a.parquet")), base)
        if save_changes(new, folder / "b.parquet", read_base(folder / "a.parquet")):
            assert_same(load_capture(folder / "b.parquet"), new)
            if save_changes(base, folder / "c.parquet", read_base(folder / "b.parquet")):
                assert_same(load_capture(folder / "c.parquet"), base)


def show_text(data: bytes) -> None:
    """A command about a text; which one depends on its bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.txt")
        path.write_bytes(data)
        _run(_COMMANDS, path, zlib.crc32(data))


def show_capture(folder: Path) -> None:
    """A command about the capture of a folder."""
    path = folder / "a.parquet"
    _run(_CAPTURE_COMMANDS, path, zlib.crc32(path.read_bytes()))


def _run(commands: Sequence[Sequence[str]], path: Path, number: int) -> None:
    """Nothing that a terminal acts on is printed, no traceback, and the exit code is one that commands have."""
    from droidanon.cli.main import run

    command, *options = commands[number % len(commands)]
    printed = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        code = run([command, str(path), *(str(path) if option == _AGAIN else option for option in options)])
    assert code in _EXIT_CODES, f"{command}: exit code {code}"
    printed.seek(0)
    for line in printed.read().split("\n"):
        assert escape_text(line) == line, f"{command} printed {escape_text(line)[:200]}"
        assert "Traceback" not in line, f"{command} printed a traceback"


STORED = (
    SMAPS + PARTED + SMAPS,
    PARTED.join((SMAPS, SMAPS.replace(b"scudo:primary", b"other"), MAPS, MAPS + b"junk\n")),
)
COMMAND_SEEDS = (SMAPS, MAPS, MEMINFO)
