"""Kept sums of a series: the same answers as without them, never of another file or by other rules, and no errors."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from droidanon.cli.main import run
from droidanon.record import kept_sums, series_sums
from droidanon.store.identity import Identities
from droidanon.store.parquet import load_capture, save_capture
from tests.builders import APPS, capture, make_series, text

SIZES = (100, 120, 110, 150, 170, 160, 190, 200, 230, 220)
QUESTIONS: tuple[tuple[str, ...], ...] = (
    ("show",),
    ("show", "--by", "name", "--counters", "rss"),
    ("show", "--by", "app,category:1"),
    ("show", "--app", "com.a"),
    ("trend",),
    ("trend", "--by", "category"),
    ("trend", "--by", "process,name", "--counter", "rss"),
    ("trend", "--by", "origin"),
    ("trend", "--per", "capture", "--android", "12"),
)


@pytest.fixture
def series(tmp_path: Path) -> Path:
    return make_series(tmp_path / "series", SIZES, partial=4).path


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files whose sums were computed, as they are."""
    files: list[str] = []
    original = series_sums.SeriesSums._computed

    def counted(self: series_sums.SeriesSums, file: str, *others: object) -> object:
        files.append(file)
        return original(self, file, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(series_sums.SeriesSums, "_computed", counted)
    return files


class Asker:
    """Answers of the command line."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, folder: Path, question: Sequence[str] = ("show",)) -> tuple[int, str]:
        code = run([question[0], str(folder), *question[1:], "--json"])
        return code, self._capsys.readouterr().out

    def without_kept(self, folder: Path, question: Sequence[str] = ("show",)) -> tuple[int, str]:
        shutil.rmtree(folder / kept_sums.FOLDER, ignore_errors=True)
        return self(folder, question)


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Asker:
    return Asker(capsys)


def rewrite(path: Path, kb: int, *, package: str = "com.a") -> None:
    """Another capture in the place of one, with the same length of its name and the same times."""
    times = path.stat()
    made = capture({package: text(("[anon:scudo:primary]", kb))})
    save_capture(replace(made, created=load_capture(path).created), path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def only_file(folder: Path) -> Path:
    (path,) = (folder / kept_sums.FOLDER).iterdir()
    return path


def test_answers_are_equal(series: Path, ask: Asker, computed: list[str]) -> None:
    for place in (2, 7):  # several apps, problems of a text, missing counters
        path = series / f"{sorted(path.name for path in series.glob('*.parquet'))[place]}"
        made = capture({"com.a": text(("[anon:scudo:primary]", 90)), **APPS}, users=(10_001, 1_010_001))
        save_capture(replace(made, created=load_capture(path).created, labels={"note": '"ö'}), path)
    for question in QUESTIONS:
        first = ask.without_kept(series, question)
        assert computed
        computed.clear()
        assert ask(series, question) == first
        assert first[0] == 0
        assert not computed


def test_only_new_captures_are_computed(series: Path, ask: Asker, computed: list[str]) -> None:
    ask(series)
    assert len(computed) == len(SIZES) - 1
    computed.clear()
    save_capture(
        replace(capture({"com.a": text(("[anon:x]", 5))}), created="2026-01-01T00:59:00Z"), series / "z.parquet"
    )
    answer = ask(series)
    assert computed == ["z.parquet"]
    assert ask.without_kept(series) == answer


def test_a_replaced_file_with_the_same_times(series: Path, ask: Asker, computed: list[str]) -> None:
    before = ask(series)
    computed.clear()
    path = min(series.glob("*.parquet"))
    rewrite(path, 999)
    after = ask(series)
    assert computed == [path.name]
    assert after != before
    assert ask.without_kept(series) == after


def test_a_damaged_capture_is_an_error_all_the_same(series: Path, ask: Asker) -> None:
    ask(series)
    path = min(series.glob("*.parquet"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert ask(series)[0] == ask.without_kept(series)[0] != 0


def test_a_deleted_capture_leaves_no_sums(series: Path, ask: Asker) -> None:
    ask(series)
    path = min(series.glob("*.parquet"))
    path.unlink()
    answer = ask(series)
    kept = only_file(series)
    assert path.name not in kept_sums.load_moments(series, kept.stem, ("app", "user"))
    assert len(kept_sums.load_moments(series, kept.stem, ("app", "user"))) == len(SIZES) - 2
    assert ask.without_kept(series) == answer


def test_other_rules_and_other_code(
    series: Path, ask: Asker, computed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = series.parent / "own.toml"
    rules.write_text(
        '[[rule]]\nid = "mine"\ncategory = "native.a"\nprefix = ["[anon:scudo:"]\n'
        'summary = "Ours."\nexamples = ["[anon:scudo:primary]"]\n'
    )
    question = ("show", "--by", "category", "--rules", str(rules))
    plain, first = ask(series), ask(series, question)
    assert first[0] == 0
    assert plain != first
    rules.write_text(rules.read_text().replace("native.a", "native.b"))
    computed.clear()
    assert ask(series, question) != first
    assert len(computed) == len(SIZES) - 1
    computed.clear()
    monkeypatch.setattr(series_sums, "_code_digest", lambda: "changed")
    assert ask(series) == plain
    assert len(computed) == len(SIZES) - 1


def test_damaged_kept_sums_are_ignored(series: Path, ask: Asker, computed: list[str]) -> None:
    answer = ask(series)
    path = only_file(series)
    whole = path.read_bytes()
    for data in (
        b"",
        b"PAR1",
        whole[: len(whole) // 2],
        whole[:-1],
        bytes(len(whole)),
        whole[:50] + b"\xff" + whole[51:],
    ):
        path.write_bytes(data)
        computed.clear()
        assert ask(series) == answer
        assert len(computed) == len(SIZES) - 1


def test_a_question_that_was_not_asked_is_not_answered(series: Path, ask: Asker) -> None:
    ask(series)
    path = only_file(series)
    other = path.with_name("0" * 32 + ".parquet")
    shutil.copy(path, other)
    assert kept_sums.load_moments(series, path.stem, ("app", "user"))
    assert not kept_sums.load_moments(series, other.stem, ("app", "user"))
    assert not kept_sums.load_moments(series, path.stem, ("name",))


def test_folders_that_cannot_be_written(series: Path, ask: Asker) -> None:
    answer = ask(series)
    shutil.rmtree(series / kept_sums.FOLDER)
    (series / kept_sums.FOLDER).write_text("a file")
    assert ask(series) == answer
    assert (series / kept_sums.FOLDER).read_text() == "a file"


def test_links_are_not_followed(series: Path, ask: Asker) -> None:
    answer = ask(series)
    name, victim = only_file(series).name, series.parent / "victim"
    victim.write_bytes(b"mine")
    only_file(series).unlink()
    (series / kept_sums.FOLDER / name).symlink_to(victim)
    assert ask(series) == answer
    assert victim.read_bytes() == b"mine"
    shutil.rmtree(series / kept_sums.FOLDER)
    elsewhere = series.parent / "elsewhere"
    elsewhere.mkdir()
    (series / kept_sums.FOLDER).symlink_to(elsewhere)
    assert ask(series) == answer
    assert not list(elsewhere.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_kept_sums_are_for_their_owner(series: Path, ask: Asker) -> None:
    ask(series)
    path = only_file(series)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_few_questions_are_kept(series: Path, ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_sums, "_MOST_FILES", 2)
    for key in ("app", "category", "name"):
        ask(series, ("show", "--by", key))
    assert len(list((series / kept_sums.FOLDER).iterdir())) == 2


@pytest.mark.parametrize("name", ["base.parquet", "größe.parquet", 'a "b" \\.parquet'])
def test_the_identity_covers_the_base_of_changes(name: str, tmp_path: Path) -> None:
    base = save_capture(capture(), tmp_path / name)
    footer = json.dumps({"base": name}).encode()
    (tmp_path / "changes.parquet").write_bytes(b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1")
    first = Identities(tmp_path).of("changes.parquet")
    assert first == Identities(tmp_path).of("changes.parquet")
    rewrite(base, 7, package="com.b")
    second = Identities(tmp_path).of("changes.parquet")
    base.unlink()
    assert len({first, second, Identities(tmp_path).of("changes.parquet")}) == 3
    assert Identities(tmp_path).of("absent.parquet") is None


def test_the_identity_covers_the_base_of_a_base(tmp_path: Path) -> None:
    for file, base in (("third", "second"), ("second", "first"), ("first", "other")):
        footer = json.dumps({"base": f"{base}.parquet"}).encode()
        (tmp_path / f"{file}.parquet").write_bytes(b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1")
    found = [Identities(tmp_path).of("third.parquet")]
    for file in ("other", "first"):  # a base of a base has none
        (tmp_path / f"{file}.parquet").write_bytes(b"changed")
        found.append(Identities(tmp_path).of("third.parquet"))
    assert found[0] == found[1] != found[2]
