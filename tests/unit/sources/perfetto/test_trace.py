"""The smaps packets of Perfetto traces."""

from __future__ import annotations

import gzip
import io
import json
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pyarrow as pa
import pytest
from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as messages

from droidanon.cli.main import run
from droidanon.errors import InputError
from droidanon.sources.perfetto import trace as module
from droidanon.sources.perfetto.packets import looks_like_trace
from droidanon.sources.perfetto.trace import AFTER_FORK, MISSING, OF_ART
from droidanon.sources.resolve import expand_side, load_source
from droidanon.store.parquet import load_capture, save_capture
from tests.builders import entry, text
from tests.corpus import corpus
from tests.messages import mentions, numbers
from tests.series import open_series
from tests.traces import head, packed, serialised

APP = text(("[anon:scudo:primary]", 10), ("[anon:scudo:primary]", 20), ("", 3), ("/system/lib64/libc.so", 4))
DAEMON = text(("[heap]", 5))


def write(path: Path, packets: list[object]) -> str:
    path.write_bytes(serialised(packets))
    return str(path)


@pytest.mark.parametrize("aggregated", [False, True])
def test_a_trace(tmp_path: Path, aggregated: bool) -> None:
    source = write(
        tmp_path / "x.pftrace",
        [*head(), packed(7, APP, aggregated=aggregated), packed(8, DAEMON, aggregated=aggregated)],
    )
    taken = load_source(source)
    assert [(one.name, one.pid, one.package, one.uid, one.ppid, one.fidelity) for one in taken.processes] == [
        ("com.example.app:remote", 7, "com.example.app", 10123, 1, "perfetto"),
        ("[surfaceflinger]", 8, None, None, 1, "perfetto"),
    ]
    assert [one.rows for one in taken.processes] == ([3, 1] if aggregated else [4, 1])
    assert int(taken.vmas.counters["pss_kb"].sum()) == 42
    assert "referenced_kb" not in taken.vmas.counters
    assert not taken.vmas.start.any()
    assert (taken.created, taken.device["android"], taken.device["sdk"], taken.device["kernel"]) == (
        "2026-01-02T03:04:05Z",
        "16",
        36,
        "6.1.99-android14",
    )
    assert not taken.problems
    assert mentions(taken.notes[0].message, "Perfetto")
    assert load_source(source, pid=8).vmas.counters["pss_kb"].tolist() == [5]
    assert load_capture(save_capture(taken, tmp_path / "x.parquet")).processes[0].fidelity == "perfetto"


def test_what_was_not_recorded_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fields = ("Size", "Rss", "Anonymous", "Swap")
    source = write(tmp_path / "x.pftrace", [*head(), packed(7, APP, fields=fields, aggregated=True), packed(8, DAEMON)])
    assert run(["show", source, "--by", "process", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    first = next(row for row in data["rows"] if row["pid"] == 7)
    assert (first["rss_kb"], first["pss_kb"], first["total_pss_kb"], first["vmas"]) == (37, None, None, None)
    warning = data["warnings"][-1]
    assert (warning["where"], numbers(warning["message"])) == ("fidelity", [2])
    assert run(["show", source, "--by", "category"]) == 0
    assert "native.scudo.primary" in capsys.readouterr().out


def test_several_passes_are_a_series(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packets = head(period_ms=60_000)
    for place, size in enumerate((100, 120, 140)):
        packets.append(packed(7, text(("[heap]", size)), seconds=60 * place))
        if place != 1:
            packets.append(packed(8, DAEMON, seconds=60 * place + 0.01))
    source = write(tmp_path / "x.pftrace", packets)
    series = open_series(source)
    assert series is not None
    assert [taken.created for taken in series.captures] == [f"2026-01-02T03:0{minute}:05Z" for minute in (4, 5, 6)]
    assert expand_side(source) == [f"{source}#{number}" for number in (1, 2, 3)]
    assert run(["show", source, "--by", "app", "--json"]) == 0
    rows = {row["app"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    assert (rows["com.example.app"]["slope_kb"], rows["[surfaceflinger]"]["captures"]) == (20.0, 2)
    assert load_source(source).vmas.counters["pss_kb"].tolist() == [140, 5]
    assert load_source(f"{source}#2").vmas.counters["pss_kb"].tolist() == [120]
    with pytest.raises(InputError, match="#4: .* 3 "):
        load_source(f"{source}#4")


def test_the_packet_is_kept_and_is_a_trace_again(tmp_path: Path) -> None:
    source = write(tmp_path / "x.pftrace", [*head(), packed(7, APP), packed(8, DAEMON)])
    save_capture(load_source(source), tmp_path / "x.parquet")
    assert run(["export", str(tmp_path / "x.parquet"), "-o", str(tmp_path / "out")]) == 0
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "_surfaceflinger_-8.pftrace",
        "com.example.app_remote-7.pftrace",
    ]
    again = load_source(str(tmp_path / "out" / "com.example.app_remote-7.pftrace"))
    assert again.vmas.name.to_list() == load_source(source, pid=7).vmas.name.to_list()
    assert again.vmas.counters["pss_kb"].tolist() == [10, 20, 3, 4]


def test_passes_without_a_known_period(tmp_path: Path) -> None:
    """One after another where the recorder takes its time (a heap dump each): still one pass, until a process comes again."""
    dumps = [packed(7, APP), packed(8, DAEMON, seconds=9), packed(7, APP, seconds=20)]
    source = write(tmp_path / "x.pftrace", [*head(clock=False), *dumps])
    series = open_series(source)
    assert series is not None
    assert [taken.created for taken in series.captures] == ["", ""]
    assert len(load_source(f"{source}#1").processes) == 2


@pytest.mark.parametrize("pack", ["zlib", "zstd"])
def test_packed_packets(tmp_path: Path, pack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = serialised([*head(), packed(7, APP)])
    outer = messages.TracePacket()
    if pack == "zlib":
        outer.compressed_packets = zlib.compress(inside)
    else:
        outer.zstd_compressed_packets = pa.Codec("zstd").compress(inside, asbytes=True)
    source = write(tmp_path / "x.pftrace", [outer])
    assert load_source(source).processes[0].name == "com.example.app:remote"
    monkeypatch.setattr(module, "MAX_BYTES", 100)
    write(tmp_path / "x.pftrace", [*head(), packed(8, DAEMON), outer])
    taken = load_source(source)
    assert [process.pid for process in taken.processes] == [8]
    assert len(taken.problems) == 1


def test_the_older_form(tmp_path: Path) -> None:
    art, chromium = messages.TracePacket(timestamp=1), messages.TracePacket(timestamp=1)
    art.smaps_packet.pid = 7
    art.smaps_packet.entries.add(path="/system/lib64/libc.so", size_kb=20, private_dirty_kb=4, swap_kb=3)
    chromium.smaps_packet.pid = 8
    chromium.smaps_packet.entries.add(
        file_name="/x", proportional_resident_kb=9, private_clean_resident_kb=2, size_kb=1
    )
    taken = load_source(write(tmp_path / "x.pftrace", [*head(), art, chromium]))
    assert {name: values.tolist() for name, values in taken.vmas.counters.items()}["private_dirty_kb"] == [4, 0]
    assert taken.vmas.missing["private_dirty_kb"].tolist() == [False, True]
    assert taken.vmas.counters["pss_kb"].tolist() == [0, 9]
    assert [(problem.where.rpartition(", ")[2], problem.message) for problem in taken.problems] == [("pid 7", OF_ART)]
    art.smaps_packet.entries.add(path="[anon:libc_malloc]", size_kb=2, private_dirty_kb=1, swap_kb=0)
    taken = load_source(write(tmp_path / "y.pftrace", [*head(), art]))
    assert taken.vmas.name.to_list() == ["/system/lib64/libc.so", "[anon:libc_malloc]"]
    assert not taken.problems


def test_a_fork_is_told(tmp_path: Path) -> None:
    packet = packed(7, APP)
    packet.smaps_packet.recording_type = 2
    assert [problem.message for problem in load_source(write(tmp_path / "x.pftrace", [*head(), packet])).problems] == [
        AFTER_FORK
    ]


def test_traces_that_are_not_whole(tmp_path: Path) -> None:
    odd = packed(7, APP)
    odd.smaps_packet.packed_entries.pss_kb.append(1)
    wrong = packed(7, APP)
    wrong.smaps_packet.packed_entries.name_id[0] = 99
    data = (
        serialised([*head(), packed(8, DAEMON), odd, wrong])
        + b"\x0a\x03\x0a\xff\xff"
        + serialised([packed(7, APP)])[:-5]
    )
    (tmp_path / "x.pftrace").write_bytes(data)
    taken = load_source(str(tmp_path / "x.pftrace"))
    assert [process.pid for process in taken.processes] == [8]
    assert [numbers(problem.message) for problem in taken.problems] == [[], [2, 7], []]
    (tmp_path / "x.pftrace").write_bytes(serialised(head()) + b"hello")
    with pytest.raises(
        InputError,
        match=r"x\.pftrace: .*byte [0-9,]+",
    ):
        load_source(str(tmp_path / "x.pftrace"))
    (tmp_path / "x.pftrace").write_bytes(serialised([*head(), packed(8, DAEMON)]) + b"hello")
    assert re.search("byte [0-9,]+", load_source(str(tmp_path / "x.pftrace")).problems[0].message)
    with pytest.raises(InputError, match=r"linux\.smaps"):
        load_source(write(tmp_path / "x.pftrace", head()))


def test_lines_without_anything_on_them_are_no_trace(tmp_path: Path) -> None:
    for data in (b"\n" * 1_000_000, b"\n" * 12, b"\n" * 4096 + b"hello\n"):
        (tmp_path / "x").write_bytes(data)
        with pytest.raises(InputError):
            load_source(str(tmp_path / "x"))


def test_numbers_and_names_that_mean_harm(tmp_path: Path) -> None:
    huge, odd, clock = packed(7, APP), packed(8, DAEMON), messages.TracePacket()
    huge.smaps_packet.packed_entries.pss_kb[0] = 2**64 - 1
    odd.smaps_packet.packed_entries.string_table[1] = "[XX\x1b[2J]"
    for number, time in ((6, 0), (1, 2**64 - 1)):
        clock.clock_snapshot.clocks.add(clock_id=number, timestamp=time)
    (tmp_path / "x.pftrace").write_bytes(serialised([clock, *head(), huge, odd]).replace(b"[XX", b"[\xff\xfe"))
    taken = load_source(str(tmp_path / "x.pftrace"))
    assert taken.vmas.name.to_list() == ["[\\xff\\xfe\x1b[2J]"]
    (problem,) = taken.problems
    assert mentions(problem.message, "pid 7")
    assert run(["show", str(tmp_path / "x.pftrace"), "--by", "name"]) == 0


def test_where_a_trace_has_to_lie(tmp_path: Path) -> None:
    trace = serialised([*head(), packed(7, APP)])
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "7.smaps").write_text(APP)
    (tmp_path / "d" / "t.pftrace").write_bytes(trace)
    (problem,) = load_source(str(tmp_path / "d")).problems
    assert problem.where == "d/t.pftrace"


@pytest.mark.parametrize(
    "body", [f"\n{APP}", f"\n\n{APP}", APP, "", "\n", "\n0", "hello\n", "\n" + "7" * 60 + "\n", f"\n{entry('')}"]
)
def test_texts_are_no_traces(body: str) -> None:
    assert not looks_like_trace(body.encode())


def test_without_the_package(tmp_path: Path) -> None:
    source = write(tmp_path / "x.pftrace", [*head(), packed(7, APP), packed(7, APP, seconds=1)])
    script = (
        "import sys; sys.modules['perfetto'] = None; from droidanon.cli.main import run; sys.exit(run(sys.argv[1:]))"
    )
    done = subprocess.run([sys.executable, "-c", script, "show", source], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"droidanon: {source}: {MISSING}\n"


def test_nothing_else_needs_the_package(tmp_path: Path) -> None:
    (tmp_path / "x.smaps").write_text(APP)
    script = "import sys; from droidanon.cli.main import run; run(sys.argv[1:]); print(sorted({'perfetto', 'google'} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", script, "show", str(tmp_path / "x.smaps")], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("aggregated", [False, True])
def test_a_real_process_through_a_trace(tmp_path: Path, aggregated: bool) -> None:
    """Totals beside a plain sum of the text's Pss lines."""
    smaps = (corpus() / "oppo-10-launcher" / "smaps").read_text()
    taken = load_source(write(tmp_path / "x.pftrace", [*head(), packed(7, smaps, aggregated=aggregated)]))
    for key, name in (("Pss", "pss_kb"), ("SwapPss", "swap_pss_kb"), ("Private_Dirty", "private_dirty_kb")):
        expected = sum(int(number) for number in re.findall(rf"^{key}: +([0-9]+) kB$", smaps, re.MULTILINE))
        assert int(taken.vmas.counters[name].sum()) == expected > 0


def test_a_packed_trace_and_one_on_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packets = [*head(period_ms=1000), packed(7, APP), packed(7, DAEMON, seconds=1)]
    plain = serialised(packets)
    (tmp_path / "x.pftrace.gz").write_bytes(gzip.compress(plain))
    source = str(tmp_path / "x.pftrace.gz")
    series = open_series(source)
    assert series is not None
    assert len(series.captures) == 2
    assert int(load_source(f"{source}#1").vmas.counters["pss_kb"].sum()) == 37
    for data in (plain, gzip.compress(plain)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert load_source("-").processes[0].name == "com.example.app:remote"
