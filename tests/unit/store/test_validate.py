"""Captures that another program, or another hand, made wrong: one line that says what is wrong, never a traceback."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from droidanon.cli.main import run
from droidanon.errors import DroidanonError, InputError
from droidanon.model import Capture, Process
from droidanon.store import metadata, validate
from droidanon.store.library import list_captures
from droidanon.store.metadata import METADATA_KEY
from droidanon.store.parquet import load_capture, save_capture
from tests.builders import capture, text

Json = dict[str, Any]
Of = Callable[[pa.Table], pa.Array]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = capture({"com.a": text(("[anon:a]", 4), ("/b.so", 8)), "com.b": text(("[anon:a]", 4))})
    return save_capture(made, tmp_path / "c.parquet")


def rewrite(path: Path, told: Json | str, table: pa.Table | None = None) -> None:
    """The file anew, as another program would write it: without a digest."""
    table = pq.read_table(path) if table is None else table
    with pq.ParquetWriter(path, table.schema.remove_metadata()) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({METADATA_KEY: told if isinstance(told, str) else json.dumps(told)})


def told_by(path: Path) -> Json:
    told: Json = json.loads(pq.read_metadata(path).metadata[METADATA_KEY.encode()])
    return told


def expect_damaged(path: Path, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=rf": .*\b{word}\b"):
        load_capture(path)
    assert run(["info", str(path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"droidanon: {path}: ")
    (item,) = list_captures(path.parent)
    assert err == f"droidanon: {item.error}\n"


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "null",
        "[]",
        "7",
        "{",
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"format_version":' + "9" * 5000 + "}",
        '{"format_version":NaN}',
    ],
)
def test_metadata_that_are_no_object(path: Path, raw: str, capsys: pytest.CaptureFixture[str]) -> None:
    rewrite(path, raw)
    expect_damaged(path, "JSON", capsys)


@pytest.mark.parametrize("version", [None, 0, -1, True, "1", 1.0, []])
def test_a_version_that_is_none(path: Path, version: object, capsys: pytest.CaptureFixture[str]) -> None:
    rewrite(path, {**told_by(path), "format_version": version})
    expect_damaged(path, "format_version", capsys)


def test_no_version(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = told_by(path)
    del told["format_version"]
    rewrite(path, told)
    expect_damaged(path, "format_version", capsys)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("device", "x"),
        ("device", {"sdk": {}}),
        ("system", []),
        ("system", {"mem_total_kb": "1"}),
        ("labels", ["a"]),
        ("labels", {"a": 1}),
        ("created", None),
        ("app", []),
        ("partial", 1),
        ("problems", [["a"]]),
        ("notes", "ab"),
        ("notes", [["a", 1]]),
        ("preparations", [["gc", "yes", "said"]]),
        ("source", {}),
        ("system", {"a": 2**70}),
    ],
)
def test_facts_of_another_kind(path: Path, key: str, value: object, capsys: pytest.CaptureFixture[str]) -> None:
    rewrite(path, {**told_by(path), key: value})
    expect_damaged(path, key, capsys)


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("name", [["a"], "b"]),
        ("name", [None, "b"]),
        ("rows", [True, 2]),
        ("rows", [-1, 4]),
        ("rows", ["1", 2]),
        ("pid", [2**31, 1]),
        ("pid", ["1", 1]),
        ("uid", [1.5, 1]),
        ("fidelity", ["smaps", "x"]),
        ("fidelity", [["smaps"], "smaps"]),
        ("companion", [0, 0]),
        ("package", [1, None]),
        ("status_kb", [{}, []]),
        ("status_kb", [{}, {"a": "b"}]),
        ("age_s", ["1", None]),
        ("debuggable", ["yes", None]),
        ("text", [1, None]),
    ],
)
def test_processes_of_another_kind(
    path: Path, key: str, values: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    told = told_by(path)
    told["processes"][key] = values
    rewrite(path, told)
    expect_damaged(path, key, capsys)


@pytest.mark.parametrize("processes", [[], None, {"name": ["a"], "rows": 3}, {"name": ["a"], "rows": [1, 2]}])
def test_processes_that_are_no_columns(path: Path, processes: object, capsys: pytest.CaptureFixture[str]) -> None:
    rewrite(path, {**told_by(path), "processes": processes})
    expect_damaged(path, "processes", capsys)


def test_rows_that_do_not_add_up(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = told_by(path)
    told["processes"]["rows"] = [1, 1]
    rewrite(path, told)
    expect_damaged(path, "rows", capsys)


@pytest.mark.parametrize(
    "text_",
    [
        "xx",
        "!",
        base64.b64encode(b"no zlib").decode(),
        base64.b64encode(zlib.compress(b"x" * 99)[:-5]).decode(),
        "\u00e9",
    ],
)
def test_a_text_that_is_damaged(path: Path, text_: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = told_by(path)
    told["processes"]["text"] = [text_, None]
    rewrite(path, told)
    expect_damaged(path, "text", capsys)


def test_a_text_that_swells(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """All texts together have a limit, both to be written and to be read."""
    monkeypatch.setattr(metadata, "MOST_TEXT", 1 << 20)
    packed = base64.b64encode(zlib.compress(bytes(600 << 10))).decode()
    told = told_by(path)
    told["processes"]["text"] = [packed, None]
    rewrite(path, told)
    assert load_capture(path).processes[0].text == bytes(600 << 10)
    told["processes"]["text"] = [packed, packed]
    rewrite(path, told)
    expect_damaged(path, "1 MiB", capsys)
    with pytest.raises(DroidanonError, match="1 MiB"):
        save_capture(capture({"com.a": "junk\n" * (1 << 18)}), path.with_name("x.parquet"))


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("perms", lambda table: table["perms"].cast(pa.string())),
        ("name", lambda table: pa.nulls(len(table))),
        ("start", lambda table: table["start"].cast(pa.int64())),
        ("start", lambda table: table["start"].cast(pa.float64())),
        ("pss_kb", lambda table: table["pss_kb"].cast(pa.float64())),
        ("pss_kb", lambda table: table["pss_kb"].cast(pa.string())),
        ("text", lambda table: pa.array([[1]] * len(table))),
        ("layout", lambda table: pa.array([7] * len(table), pa.int32())),
        ("layout", lambda table: pa.array([-1] * len(table), pa.int32())),
        ("flags", lambda table: pa.array([None] * len(table), pa.dictionary(pa.int32(), pa.string()))),
    ],
)
def test_columns_of_another_kind(path: Path, column: str, change: Of, capsys: pytest.CaptureFixture[str]) -> None:
    told, table = told_by(path), pq.read_table(path)
    rewrite(path, told, table.set_column(table.column_names.index(column), column, change(table)))
    expect_damaged_later(path, column, capsys)


@pytest.mark.parametrize(("column", "word"), [("start", "column start"), ("text", "column text"), ("pss_kb", "layout")])
def test_columns_that_are_not_there(path: Path, column: str, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    rewrite(path, told_by(path), pq.read_table(path).drop_columns([column]))
    expect_damaged_later(path, word, capsys)


@pytest.mark.parametrize(
    "layouts",
    [
        {},
        [[]],
        [[73, True, [[]]]],
        [[73, 1, []]],
        [[-1, True, []]],
        [[73, True, [["x"]]]],
        [[73, True, "x"]],
        [[73, True, [["counter", "Rss", "Rss:", 1 << 40, " kB"]]]],
        [[73, True, [["name", "\u00e9", ""]]]],
        [[73, True, [[["name"], ""]]]],
    ],
)
def test_layouts_of_another_kind(path: Path, layouts: object, capsys: pytest.CaptureFixture[str]) -> None:
    rewrite(path, {**told_by(path), "layouts": layouts})
    expect_damaged_later(path, "layouts", capsys)


def expect_damaged_later(path: Path, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A list of captures does not look at the columns."""
    with pytest.raises(InputError, match=rf": .*\b{word}\b") as caught:
        load_capture(path)
    assert run(["show", str(path)]) == 2
    assert capsys.readouterr() == ("", f"droidanon: {caught.value}\n")
    assert str(caught.value).startswith(f"{path}: ")
    list_captures(path.parent)


def test_a_counter_that_is_damaged_is_found_when_it_is_read(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a file without a digest: counters are decoded when they are first looked at, and the others stay as they are."""
    numbers = np.random.default_rng(1).integers(0, 1 << 30, 3).astype(np.int32)
    told, table = told_by(path), pq.read_table(path)
    place = table.column_names.index("pss_kb")
    table = table.set_column(place, "pss_kb", pa.array(numbers, pa.int32()))
    with pq.ParquetWriter(path, table.schema.remove_metadata(), compression="zstd", use_dictionary=["name"]) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({METADATA_KEY: json.dumps(told)})
    chunk = pq.read_metadata(path).row_group(0).column(place)
    whole = bytearray(path.read_bytes())
    whole[whole.index(b"\x28\xb5\x2f\xfd", chunk.data_page_offset)] ^= 1  # where zstd's frame begins
    path.write_bytes(whole)
    opened = load_capture(path)
    assert opened.vmas.counters["rss_kb"].tolist() == [4, 8, 4]
    with pytest.raises(InputError, match=r"c\.parquet: "):
        opened.vmas.counters["pss_kb"]
    assert run(["show", str(path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"droidanon: {path}: ")


def test_every_fact_has_a_type() -> None:
    """A new field of a process or a capture needs one in the table."""
    from dataclasses import fields

    from droidanon.store.schema import CAPTURE, PROCESS

    assert [field.name for field in fields(Process)] == list(PROCESS)
    assert {field.name for field in fields(Capture)} == {*CAPTURE, "processes", "vmas"}


@pytest.mark.parametrize(
    ("module", "limit", "value", "word"),
    [
        (validate, "MOST_ROWS", 2, "rows"),
        (validate, "_MOST_CHUNK_BYTES", 8, "MiB"),
        (validate, "MOST_TEXT", 3, "characters"),
    ],
)
def test_a_file_that_is_larger_than_a_phone(
    path: Path,
    module: Any,
    limit: str,
    value: int,
    word: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(module, limit, value)
    expect_damaged_later(path, word, capsys)


def test_a_line_wider_than_any_kernel_prints(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = told_by(path)
    told["layouts"][0][0] = 257
    rewrite(path, told)
    expect_damaged_later(path, "width", capsys)


def test_half_a_surrogate_pair_is_its_escape(path: Path) -> None:
    told = told_by(path)
    told["processes"]["name"] = ["a\ud800b", "pair \U0001f600"]
    rewrite(path, told)
    assert [process.name for process in load_capture(path).processes] == ["a\\ud800b", "pair \U0001f600"]


def test_a_traceback_escapes_what_a_file_says(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told, table = told_by(path), pq.read_table(path)
    rewrite(path, told, table.append_column("\x1b]0;x\x07", pa.array(["a"] * len(table))))
    arguments = ["--debug", "show", str(path)]
    monkeypatch.setattr("sys.argv", ["droidanon", *arguments])
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert "Traceback" in err
    assert "\x1b" not in out + err


def test_numbers_below_0(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a VMA they are damage; of a table that a phone printed they are not."""
    told, table = told_by(path), pq.read_table(path)
    place = table.column_names.index("pss_kb")
    table = table.set_column(place, "pss_kb", pa.array([4, -8, 4], pa.int32()))
    rewrite(path, told, table)
    with pytest.raises(InputError, match="column pss_kb: .* below 0"):
        load_capture(path).vmas.counters["pss_kb"]
    assert run(["show", str(path)]) == 2
    capsys.readouterr()
    reported = table.set_column(table.column_names.index("layout"), "layout", pa.array([-1, -1, -1], pa.int32()))
    told["processes"]["fidelity"] = ["meminfo", "meminfo"]
    rewrite(path, told, reported)
    assert load_capture(path).vmas.counters["pss_kb"].tolist() == [4, -8, 4]
    told["processes"]["pid"] = [-7, 8]
    rewrite(path, told, reported)
    expect_damaged(path, "pid", capsys)
