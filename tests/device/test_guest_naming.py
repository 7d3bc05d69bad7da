"""droidanon.naming on a kernel that names: a Python in the guest names its memory, and a capture shows the names."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from droidanon.sources.resolve import load_source
from testphone.guest import Guest
from testphone.guest.compare import differences
from testphone.guest.guest import FAMILY
from testphone.guest.image import COMPILER
from testphone.guest.ledger import parse_ledger
from tests.messages import mentions

PAGE = Path(__file__).resolve().parents[2] / "docs" / "naming.md"


@pytest.fixture(scope="module")
def named(one_guest: Guest) -> Iterator[dict[str, Any]]:
    """What testphone/guest/name_memory.py told; it lives as long as the tests."""
    with one_guest.start(f"exec python3 -m testphone.guest.name_memory {FAMILY}") as process:
        assert process.stdout
        line = process.stdout.readline()
        told = json.loads(line) if line else {}
        try:
            yield told
        finally:
            one_guest.shell(f"kill -9 {told.get('pid', 0)}")
            process.kill()


def test_a_capture_shows_the_names(guest: Guest, named: dict[str, Any]) -> None:
    ledger = parse_ledger(guest.shell(f"cat {FAMILY}/{named['pid']}").stdout.decode())
    assert [row.name for row in ledger.rows] == [
        "[anon:python private]",
        "[anon_shmem:python shared]",
        "[anon:numpy array]",
    ]
    capture = load_source(f"adb:{guest.root_serial}", pid=named["pid"])
    (name,) = (process.name for process in capture.processes if process.pid == named["pid"])
    assert "python" in name
    assert differences(capture, name, ledger) == []


def test_only_the_whole_pages_of_an_array_are_named(named: dict[str, Any]) -> None:
    address, size, start, length = named["array"]
    assert address % 4096  # numpy's memory of this size begins after malloc's head
    assert (start - address) in range(1, 4096)
    assert (address + size - start - length) in range(4096)
    assert start % 4096 == length % 4096 == 0


def test_a_name_ends_with_its_block(named: dict[str, Any]) -> None:
    assert named["for a while"] == [1, 0]
    assert "exported" in named["closing inside"]


def test_the_rules_are_the_kernels(named: dict[str, Any]) -> None:
    assert named["characters"] == []  # bytes of which the kernel thinks otherwise than we do
    assert named["lengths"] == []
    assert named["longest"] == 79
    assert (named["empty"], named["without"]) == (1, 0)


def test_what_the_kernel_refuses_is_said(named: dict[str, Any]) -> None:
    assert named["of a file"].startswith("NamingError: ")
    assert mentions(named["of a file"], "file")
    assert mentions(named["unmapped"], "mapped")


def test_the_c_of_the_docs_names_memory(guest: Guest, tmp_path: Path) -> None:
    (code,) = re.findall(r"^```c\n(.*?)^```", PAGE.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    head, statements = code.split("\n\nvoid *pool")
    (tmp_path / "pool.c").write_text(
        f"#include <stdio.h>\n{head}\nint main(void) {{ size_t size = 65536; char line[300];\nvoid *pool{statements}"
        'FILE *maps = fopen("/proc/self/maps", "r"); while (fgets(line, sizeof line, maps)) fputs(line, stdout); }'
    )
    subprocess.run([*COMPILER, "-o", str(tmp_path / "pool"), str(tmp_path / "pool.c")], check=True)
    maps = guest.shell(guest.push(tmp_path / "pool")).stdout.decode().splitlines()
    (line,) = [line for line in maps if line.endswith("[anon:texture pool]")]
    start, end = (int(address, 16) for address in line.split()[0].split("-"))
    assert end - start == 65536
