"""The TUI behind a page, as textual-serve runs it: what the page and a killed server can do to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from droidanon_tui.web.driver import MOST_COLUMNS, MOST_LINES, _bounded

from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pipes with select")


@pytest.mark.parametrize(
    ("size", "bounded"),
    [
        ((80, 24), (80, 24)),
        ((99_999_999, 3), (MOST_COLUMNS, 3)),
        ((3, 99_999_999), (3, MOST_LINES)),
        ((0, 24), None),
        ((-1, 24), None),
        (("80", 24), None),
        ((80.5, 24), None),
        ((True, 24), None),
        ((None, None), None),
    ],
)
def test_sizes_are_bounded(size: tuple[object, object], bounded: tuple[int, int] | None) -> None:
    assert _bounded(*size) == bounded


@pytest.fixture
def program(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver",
        "COLUMNS": "99999999",
        "ROWS": "24",
        "ANDROID_ADB_SERVER_PORT": "1",
        "XDG_STATE_HOME": str(tmp_path),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "droidanon", "tui", "--captures", str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    yield process
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        with suppress(BrokenPipeError):
            stream.close()


def read_until(process: subprocess.Popen[bytes], word: bytes) -> None:
    assert process.stdout is not None
    seen, end = b"", time.monotonic() + PATIENCE_S
    while word not in seen:
        assert time.monotonic() < end
        seen = seen[-1000:] + os.read(process.stdout.fileno(), 1 << 16)


def test_a_size_of_millions_of_columns_costs_nothing_and_a_server_that_is_gone_ends_it(
    program: subprocess.Popen[bytes],
) -> None:
    assert program.stdin is not None and program.stdout is not None
    read_until(program, b"Library")
    for size in ({"width": 99_999_999, "height": 99_999_999}, {"width": "x"}):
        message = json.dumps({"type": "resize", **size}).encode()
        program.stdin.write(b"M" + len(message).to_bytes(4, "big") + message)
    program.stdin.write(b"D" + (1).to_bytes(4, "big") + b"?")
    program.stdin.flush()
    read_until(program, b"Everywhere")
    assert psutil.Process(program.pid).memory_info().rss < 1 << 29
    program.stdin.close()
    program.stdout.close()
    assert program.wait(PATIENCE_S) == 0
