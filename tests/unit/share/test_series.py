"""Redacted series: readable as series, with the same numbers and without secrets in any file."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq

from droidanon.analysis.view import View
from droidanon.record.series_writer import SeriesWriter
from droidanon.share.contents import contents
from droidanon.share.policy import load_policy
from droidanon.share.run import share
from droidanon.sources.selection import EVERYTHING
from droidanon.store.exits import read_series_exits
from droidanon.store.parquet import load_capture
from droidanon.store.series import Gap, Mark, Series, SeriesCapture, add_mark, read_series, write_manifest
from tests.builders import add_samples, add_series_exits, capture, make_series, text

SECRETS = ("logged in as anna", "hinz.kunz", "R58M123ABC", "gap because of hinz", "nightly-77x")


def test_a_series(tmp_path: Path) -> None:
    source = tmp_path / "20260101T000000Z_Pixel_hinz.kunz"
    make_series(source)
    add_samples(source)
    add_series_exits(source)
    add_mark(source, Mark("2026-01-01T00:00:10Z", SECRETS[0]))
    series = read_series(source)
    write_manifest(
        replace(
            series,
            source=f"adb:{SECRETS[2]}",
            app=SECRETS[1],
            gaps=(Gap("captures", "2026-01-01T00:00:20Z", SECRETS[3]),),
            labels={"build": SECRETS[4]},
        )
    )
    output = tmp_path / "shared"
    done = share([str(source)], output, load_policy(), b"s" * 32, None)
    old, new = read_series(source), read_series(output)
    assert not new.problems
    assert [one.created for one in new.captures] == [one.created for one in old.captures]
    assert [mark.time for mark in new.marks] == [mark.time for mark in old.marks]
    for before, after in zip(old.files, new.files, strict=True):
        a, b = View(load_capture(before)), View(load_capture(after))
        assert [int(a.counter(name)[0].sum()) for name in b.counters] == [
            int(b.counter(name)[0].sum()) for name in b.counters
        ]
    for kind in ("status", "system"):
        before, after = pq.read_table(source / kind), pq.read_table(output / kind)
        assert before.num_rows == after.num_rows > 0
        for name in set(before.column_names) - {"process", "state", "app_state"}:
            assert before[name].to_pylist() == after[name].to_pylist()
    exits = [(one.exit.pid, one.exit.reason, one.exit.time) for one in read_series_exits(source, [])]
    assert [(one.exit.pid, one.exit.reason, one.exit.time) for one in read_series_exits(output, [])] == exits
    assert {"notes of marks", "reasons of gaps"} <= set(done.dropped)
    files = [path for path in output.rglob("*") if path.is_file()]
    data = b"\n".join(chunk.data for path in files for chunk in contents(path.read_bytes())).lower()
    assert not [secret for secret in SECRETS if secret.lower().encode() in data]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert output.stat().st_mode & 0o777 == 0o700


def test_users_of_exits_go_with_uids(tmp_path: Path) -> None:
    make_series(tmp_path / "series")
    add_series_exits(tmp_path / "series")
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nof = "uid"\naction = "drop"\n')
    share([str(tmp_path / "series")], tmp_path / "out", load_policy([rules]), b"s" * 32, None)
    assert {(one.exit.uid, one.exit.user) for one in read_series_exits(tmp_path / "out", [])} == {(None, None)}


def test_words_of_the_files_themselves_are_no_secrets(tmp_path: Path) -> None:
    """A mark `full`, a model `Some Phone`: the columns `pressure_some` and `pressure_full` do not give them away."""
    source, output = tmp_path / "20260101T000000Z_Some_Phone", tmp_path / "shared"
    make_series(source)
    add_samples(source)
    add_mark(source, Mark("2026-01-01T00:00:10Z", "the disk is full"))
    series = read_series(source)
    columns = {word for table in ("status", "system") for word in re.findall(r"\w+", " ".join(names(source / table)))}
    keys = {word for text in (source / "series.json", source / "marks.jsonl") for word in keys_of(text.read_text())}
    gaps = tuple(Gap("captures", "2026-01-01T00:00:20Z", word) for word in sorted(columns | keys))
    write_manifest(replace(series, labels={"phone": "some"}, gaps=gaps))
    share([str(source)], output, load_policy(), b"s" * 32, None)
    assert len(read_series(output).gaps) == len(gaps) > 20


def names(folder: Path) -> list[str]:
    return [str(name) for name in pq.read_table(folder).column_names]


def keys_of(text: str) -> list[str]:
    return re.findall(r'"(\w+)":', text)


def test_captures_that_are_stored_as_changes(tmp_path: Path) -> None:
    """The name of a base contains the app."""
    writer = SeriesWriter(Series(tmp_path / "series", state="recording"), EVERYTHING, time.time)
    for number in range(3):
        memory = text(*((f"[anon:{place}]", 100 + place + (number if place == 59 else 0)) for place in range(60)))
        made = replace(capture({"com.acme.maps": memory}), created=f"2026-01-01T00:00:0{number}Z", app="com.acme.maps")
        writer.keep(made, SeriesCapture("", made.created))
    old = writer.end("done")
    assert [bool(one.base) for one in old.captures] == [False, True, True]
    share([str(old.path)], tmp_path / "out", load_policy(), b"s" * 32, None)
    new = read_series(tmp_path / "out")
    assert [one.base for one in new.captures] == ["", "", ""]
    for before, after in zip(old.files, new.files, strict=True):
        a, b = load_capture(before).vmas.counters, load_capture(after).vmas.counters
        assert {name: int(values.sum()) for name, values in a.items()} == {
            name: int(values.sum()) for name, values in b.items()
        }
