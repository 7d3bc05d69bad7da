"""The pages that are freed if an app is killed, counted by page frame on a real kernel, against what programs share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from droidanon.analysis.freed_pages import FreedPages, freed_pages
from droidanon.analysis.view import View
from droidanon.analysis.whole_app import whole_app
from droidanon.cli.main import run
from droidanon.model import Capture
from droidanon.sources.adb.server import Device, open_device
from droidanon.sources.phone.access import Access
from droidanon.sources.phone.options import PhoneOptions
from droidanon.sources.phone.page_tables import PageTables, read_page_tables, read_with_page_tables
from droidanon.sources.phone.source import AdbSource
from droidanon.sources.resolve import load_source
from droidanon.sources.selection import Selection
from testphone.guest import Guest
from tests.messages import mentions

APP = "com.example.app"


@pytest.fixture(scope="module")
def pids(one_guest: Guest) -> Iterator[tuple[int, int, int]]:
    """The processes of programs/shares.c: outside, and the two of the app."""
    with one_guest.start("exec shares") as process:
        assert process.stdout
        outside, first, second = map(int, process.stdout.readline().split())
        try:
            yield outside, first, second
        finally:
            one_guest.shell(f"kill -9 {outside} {first} {second}")
            process.kill()


def device_of(guest: Guest) -> Device:
    return open_device(guest.root_serial)


@pytest.fixture(scope="module")
def shares(one_guest: Guest, pids: tuple[int, int, int]) -> Iterator[tuple[Capture, PageTables]]:
    """Those processes as an app, and their page tables."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANDROID_ADB_SERVER_PORT", str(one_guest.server_port))
        capture = app_of(one_guest, pids)
        yield capture, read_page_tables(device_of(one_guest), Access("root"), capture)


def app_of(guest: Guest, pids: tuple[int, int, int]) -> Capture:
    """The two processes as an app of their own, and the one outside as the zygote that was read along."""
    read = load_source(f"adb:{guest.root_serial}", Selection(process="^shares$"))
    outside = pids[0]
    keep = [index for index, process in enumerate(read.processes) if process.pid in pids]
    rows = np.flatnonzero(np.isin(read.vmas.process, keep))
    vmas = replace(read.vmas.take(rows), process=np.searchsorted(keep, read.vmas.process[rows]).astype(np.int32))
    processes = [
        replace(read.processes[index], reference=read.processes[index].pid == outside, package="com.shares")
        for index in keep
    ]
    return replace(read, processes=tuple(processes), vmas=vmas)


def counted(capture: Capture, tables: PageTables) -> FreedPages:
    return freed_pages(View(capture), tables.tables, tables.zygotes, tables.counts, tables.page_kb)


def by_name(capture: Capture, found: FreedPages) -> dict[tuple[str, int], int]:
    """Freed kB by name and pid."""
    sums: dict[tuple[str, int], int] = {}
    for row, kb in enumerate(found.freed_of_row_kb.tolist()):
        if kb:
            pid = capture.processes[capture.vmas.process[row]].pid or 0
            key = capture.vmas.name[row].removeprefix("[anon:").removesuffix("]"), pid
            sums[key] = sums.get(key, 0) + kb
    return sums


def test_freed_pages_are_those_that_the_program_shared_with_nobody_else(
    pids: tuple[int, int, int], shares: tuple[Capture, PageTables]
) -> None:
    _, first, second = pids
    capture = shares[0]
    found = counted(*shares)
    assert not found.sampled
    names = {"inherited", "swapped inherited", "handed on", "of first", "of second", "swapped of first", "huge", "zero"}
    names |= {"swapped and handed on", "/memfd:of two (deleted)", "/memfd:of all (deleted)"}
    freed = {key: kb for key, kb in by_name(capture, found).items() if key[0] in names}
    assert freed == {
        ("inherited", first): 100 * 4,
        ("inherited", second): 20 * 4,
        ("swapped inherited", first): 16 * 4,
        ("handed on", first): 300 * 4,
        ("handed on", second): 50 * 4,
        ("of first", first): 256 * 4,
        ("of second", second): 32 * 4,
        ("swapped of first", first): 16 * 4,
        ("huge", first): 512 * 4,
        ("/memfd:of two (deleted)", first): 64 * 4,
    }
    # 64 pages of one process, 32 of both; of the 80 that outside has as well, none.
    assert (found.swap.low_kb, found.swap.high_kb) == (96 * 4, 96 * 4)
    assert found.ram.low_kb == found.ram.high_kb == found.ram_kb == found.anon_kb + found.file_kb
    assert found.ram_kb == int(found.freed_of_row_kb.sum())
    assert found.uncounted_kb == 4  # the zero page


def test_the_number_lies_between_uss_and_pss(shares: tuple[Capture, PageTables]) -> None:
    capture = shares[0]
    found = counted(*shares)
    bounds = whole_app(View(capture), "com.shares")
    assert bounds.freed_ram is not None
    assert bounds.freed_swap is not None
    # 300 + 100 pages of first that second has too, less the 50 that it overwrote, and the file of both, are not in USS.
    assert found.ram_kb - bounds.freed_ram.low_kb >= (300 - 50 + 100 + 64) * 4
    assert found.ram_kb <= bounds.freed_ram.high_kb + len(capture.vmas)
    assert bounds.freed_swap.low_kb <= found.swap.low_kb <= bounds.freed_swap.high_kb


def test_a_sample_has_an_interval_around_the_number(guest: Guest, shares: tuple[Capture, PageTables]) -> None:
    capture = shares[0]
    exact = counted(*shares)
    tables = read_page_tables(device_of(guest), Access("root"), capture, most_bytes=3 << 16)
    assert tables.counts.read_blocks == 3 < tables.counts.blocks
    sampled = counted(capture, tables)
    assert sampled.sampled
    assert sampled.ram.low_kb <= exact.ram_kb <= sampled.ram.high_kb
    assert sampled.ram.low_kb < sampled.ram.high_kb
    assert sampled.ram_kb == sampled.anon_kb + sampled.file_kb


def test_pages_mapped_twice_and_merged_pages_of_the_app(guest: Guest) -> None:
    capture = load_source(f"adb:{guest.root_serial}", app=APP)
    tables = read_page_tables(device_of(guest), Access("root"), capture)
    freed = {name: kb for (name, _), kb in by_name(capture, counted(capture, tables)).items()}
    assert freed["/memfd:jit-cache (deleted)"] == 256  # in USS it is 0, because the app maps each page twice
    assert freed["alike"] == 4  # one frame behind 128 pages
    assert freed["dalvik-zygote space"] == 256 * 4  # the rest are the zygote's
    assert freed["partition_alloc"] == 4096 + 64
    assert "dalvik-LinearAlloc" not in freed
    assert tables.read_bytes < 2 << 20  # for two processes with 31 MB of RSS


def test_the_command_counts(guest: Guest, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["app", f"adb:{guest.root_serial}", "--app", APP, "--exact", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [row["process"] for row in printed["rows"]] == [APP, f"{APP}:remote"]
    freed, exact = printed["freed"], printed["exact"]
    assert freed["ram_low_kb"] + 256 + 4 <= exact["ram_kb"] <= freed["ram_high_kb"] + 200
    assert exact["ram_kb"] == exact["ram_low_kb"] == exact["ram_high_kb"] == exact["anon_kb"] + exact["file_kb"]
    assert exact["kept_kb"] > (1024 - 256) * 4  # the zygote space
    assert exact["swap_low_kb"] == exact["swap_high_kb"] == 512  # not the 352 kB that the zygote has too
    assert exact["sampled"] is False


def test_by_su(guest: Guest) -> None:
    source = AdbSource(guest.shell_serial, PhoneOptions(access="su"))
    capture, tables = read_with_page_tables(source, Selection(app=APP))
    assert capture.access == "su"
    freed = {name: kb for (name, _), kb in by_name(capture, counted(capture, tables)).items()}
    assert freed["dalvik-zygote space"] == 256 * 4


def test_without_root_it_is_refused(guest: Guest, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["app", f"adb:{guest.shell_serial}", "--app", APP, "--exact", "--access", "shell"]) == 1
    assert mentions(capsys.readouterr().err, guest.shell_serial, "root", "su", "USS", "PSS")
