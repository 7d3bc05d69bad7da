"""Loaders of files, and small files to begin with.

Captures are also made of JSON documents: a mutation of their bytes alone would stop at the digest.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from droidanon.model import Capture, Preparation, Problem
from tests.builders import capture, text
from tests.fuzz.parquet_documents import NotAFile, document_of, write_document
from tests.fuzz.texts import SMAPS

Loader = Callable[[Path], object]


def in_file(name: str, load: Loader) -> Callable[[bytes], object]:
    """A loader of a file of this name as a parser of its bytes."""

    def parse(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            path.write_bytes(data)
            load(path)

    return parse


def of_document(write: Callable[[Any, Path], None], load: Loader) -> Callable[[bytes], object]:
    """A loader of a folder as a parser of the JSON document that the folder is made of."""

    def parse(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            try:
                document = json.loads(data)
            except (ValueError, RecursionError) as error:
                raise NotAFile(str(error)) from error
            write(document, Path(folder))
            load(Path(folder))

    return parse


def load_text(path: Path) -> None:
    from droidanon.sources.resolve import load_source

    load_source(str(path))


def load_rules(path: Path) -> None:
    from droidanon.taxonomy import rules

    rules.load_rules([path])


def load_plan(path: Path) -> None:
    from droidanon.lab import plan_file

    plan_file.load_plan(path)


def load_budget(path: Path) -> None:
    from droidanon.analysis.budgets import file

    file.load_budget(path)


def load_policy(path: Path) -> None:
    from droidanon.share import policy

    policy.load_policy([path])


def load_capture(path: Path) -> None:
    """A capture with everything that is decoded on demand: its counters, findings and texts."""
    from droidanon.analysis.breakdown import breakdown
    from droidanon.analysis.insights.find import find_insights
    from droidanon.analysis.view import View
    from droidanon.smaps.writer import CaptureWriter
    from droidanon.sources.resolve import load_source

    loaded = load_source(str(path))
    for name in loaded.vmas.counters:
        assert len(loaded.vmas.counters[name]) == len(loaded.vmas)
    view = View(loaded)
    breakdown(view, by="app,category")
    find_insights(view)
    writer = CaptureWriter(loaded)
    for process in range(len(loaded.processes)):
        for _ in writer.process(process):
            pass


def load_signed(path: Path) -> None:
    """A capture whose bytes changed and whose digest is that of the new bytes."""
    from droidanon.store import sealed

    data = memoryview(bytearray(path.read_bytes()))
    place = sealed._digest_at(data)
    if place is not None and place + 8 <= len(data):
        data[place : place + 8] = sealed._digest(data, place)
        path.write_bytes(data)
    load_capture(path)


def with_facts(made: Capture) -> Capture:
    """A capture with every kind of fact that its metadata can have."""
    process = replace(
        made.processes[0],
        uid=10_001,
        ppid=1,
        start_time=1234,
        oom_score_adj=700,
        oom_level="Previous",
        state="prev",
        version_name="1.0",
        version_code=7,
        debuggable=True,
        large_heap=False,
        abi="arm64-v8a",
        compile_filter="verify",
        age_s=12.5,
        read_s=0.1,
        status_kb={"rss_anon_kb": 80, "vm_swap_kb": 4, "vm_pte_kb": 8, "vm_rss_kb": 90},
        not_in_smaps_kb={"GL mtrack": 300, "EGL mtrack": 200},
        heap_alloc_kb={"Native Heap": 50, "Dalvik Heap": 20},
        objects={"Views": 12, "Activities": 1},
        cgroup_kb={"anon_kb": 80},
        procrank_kb={"pss_kb": 100},
    )
    return replace(
        made,
        processes=(process, *made.processes[1:]),
        device={"model": "Pixel 8", "android": "16", "sdk": 36, "serialno": "S", "page_size": 4096, "build": "a/b/c"},
        system={"mem_total_kb": 8_000_000, "zram_used_kb": 1000, "swap_total_kb": 4_000_000},
        limits={"limiter": "on", "heap_size_kb": 524_288, "max_map_count": 65_530},
        labels={"build": "1", "run": "nightly"},
        problems=(Problem("com.c", "ended while it was read", "ended"),),
        notes=(Problem("com.a", "read as Android 16", "release"),),
        preparations=(Preparation("gc", True, "done"), Preparation("settle", False, "timeout")),
        created="2026-01-01T00:00:00Z",
    )


@cache
def _captures() -> dict[str, bytes]:
    """The files of a capture, of one that is stored as its changes, and of one that is stored as changes of that one."""
    from droidanon.store.delta_file import read_base, save_changes
    from droidanon.store.parquet import save_capture

    lines = "\n".join(SMAPS.decode().splitlines() + ["junk", ""])
    grown = text(("[anon:scudo:primary]", 14), ("/system/lib64/libc.so", 20), ("[anon:new]", 5), ("[stack]", 1))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = save_capture(with_facts(capture({"com.a": SMAPS.decode() * 3, "com.b": lines})), folder / "a.parquet")
        changed = capture({"com.a": SMAPS.decode() * 2 + grown, "com.b": lines})
        changed = replace(with_facts(changed), labels={"build": "2"})
        assert save_changes(changed, folder / "b.parquet", read_base(base)) is not None
        again = replace(changed, labels={"build": "3"})
        assert save_changes(again, folder / "c.parquet", read_base(folder / "b.parquet")) is not None
        return {path.name: path.read_bytes() for path in folder.iterdir()}


def capture_seeds() -> list[bytes]:
    """The bytes of a capture in full, and of what older versions wrote."""
    return [_captures()["a.parquet"]]


def table_seeds() -> list[bytes]:
    """A capture in full as a document."""
    return [document_from("a.parquet", _captures())]


def change_seeds() -> list[bytes]:
    """Captures that are stored as changes, and as changes of changes, as documents."""
    return [document_from(name, _captures()) for name in ("b.parquet", "c.parquet")]


def document_from(name: str, files: dict[str, bytes]) -> bytes:
    """One of some files as a document."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.parquet")
        path.write_bytes(files[name])
        return json.dumps(document_of(path)).encode()


def write_tables(document: Any, folder: Path) -> None:
    """A capture in full."""
    write_document(document, folder / "a.parquet")


def write_changes(document: Any, folder: Path) -> None:
    """A capture that is stored as changes, and two bases."""
    for name in ("a.parquet", "b.parquet"):
        (folder / name).write_bytes(_captures()[name])
    write_document(document, folder / "c.parquet")


def load_tables(folder: Path) -> None:
    load_capture(folder / "a.parquet")


def load_changes(folder: Path) -> None:
    load_capture(folder / "c.parquet")


def trace_seeds() -> list[bytes]:
    """Perfetto traces: every mapping, and sums by name."""
    from tests.traces import head, packed, serialised

    smaps = SMAPS.decode()
    return [serialised([*head(), packed(7, smaps, aggregated=summed), packed(8, smaps)]) for summed in (True, False)]


def archive_seeds() -> list[bytes]:
    """The same two files as zip and tar.gz."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "x")
        folder.mkdir()
        (folder / "7.smaps").write_bytes(SMAPS)
        (folder / "ps.txt").write_text("PID PPID CMD\n7 1 com.a\n")
        for kind in ("zip", "gztar", "tar"):
            found.append(Path(shutil.make_archive(f"{name}/{kind}", kind, folder)).read_bytes())
    return found
