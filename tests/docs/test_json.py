"""docs/json.md names every key that a command prints."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from droidanon.cli.main import COMMANDS, run
from droidanon.fleet.add import add
from droidanon.store.library import samples_folder
from droidanon.taxonomy.explain import read_counters
from testphone.phone import Phone
from tests.builders import add_series_exits, make_series
from tests.exit_texts import ANDROID_17
from tests.fleet.facts import write_dataset
from tests.fleet.sample_fleet import sample_fleet
from tests.labs import write_lab
from tests.play_server import fleet_answers, play_server

ROOT = Path(__file__).resolve().parents[2]
OF_FILES = {
    "app": ["app before.parquet"],
    "limits": ["limits phone.parquet --ram 6GB", "limits series"],
    "insights": ["insights before.parquet"],
    "show": ["show before.parquet --by heap,sub_heap", "show phone.parquet --by app,name", "show series"],
    "check": ["check after.parquet --baseline before.parquet --budget budget.toml"],
    "diff": [
        "diff before.parquet after.parquet --by name",
        "diff before.parquet after.parquet --by vma --all",
        "diff replicates replicates --by category",
    ],
    "trend": ["trend series"],
    "exits": ["exits exits.txt", "exits series"],
    "capture": ["capture before.parquet -o again.parquet"],
    "ls": ["ls --captures ."],
    "info": ["info before.parquet"],
    "names": ["names before.parquet"],
    "explain": ["explain pss_kb"],
    "share": [
        "share before.parquet --redact --salt salt -o shared.parquet",
        "share before.parquet --redact --salt salt --dry-run",
    ],
    "lab status": ["lab status nightly.toml"],
    "rules test": ["rules test rules.toml before.parquet"],
    "fleet add": ["fleet add fleet before.parquet nowhere.parquet"],
    "fleet ls": ["fleet ls made"],
    "fleet percentiles": ["fleet percentiles asked --by build,device"],
    "fleet compare": ["fleet compare asked --base build=1.6 --new build=1.8"],
    "fleet steps": ["fleet steps asked"],
    "fleet new-names": ["fleet new-names asked"],
    "fleet outliers": ["fleet outliers asked"],
    "fleet limits": ["fleet limits asked"],
    "fleet info": ["fleet info made"],
    "fleet compact": ["fleet compact made"],
    "fleet rederive": ["fleet rederive made"],
    "fleet forget": ["fleet forget made --before 2100-01-01"],
}
OF_PLAY = {"vitals": ["vitals com.example.app --lab before.parquet"]}
OF_PHONES = {
    "devices": ["devices"],
    "doctor": ["doctor"],
    "selftest": ["selftest --app com.example.app"],
    "wss": ["wss --app com.example.app -n 1 --every 0.5s"],
    "verify": ["verify --all"],
    "record": ["record --app com.example.app -n 1"],
    "capture": ["capture --gc --freeze --trim COMPLETE -o prepared.parquet"],
}
OF_OWN_PHONES = {
    "ab": ["ab --app com.example.app --side base -n 1 --warmup 0 --settle 0 --screen-on -o experiment"],
    "lab run": ["lab run one.toml"],
}
"""They change the phone."""
WITHOUT_JSON = {"export", "librank", "mark", "meminfo", "procrank", "report", "rewrite", "showmap", "tui"}
"""They print the platform's tables (or none)."""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    samples = samples_folder()
    assert samples is not None
    sources = sorted(samples.glob("*.parquet"))
    (tmp_path / "replicates").mkdir()
    for source, name in zip(sources, ("before", "after", "phone"), strict=True):
        shutil.copy(source, tmp_path / f"{name}.parquet")
    for place in range(3):
        shutil.copy(sources[place % 2], tmp_path / "replicates" / f"{place}.parquet")
    make_series(tmp_path / "series")
    add_series_exits(tmp_path / "series")
    (tmp_path / "exits.txt").write_text(ANDROID_17)
    (tmp_path / "budget.toml").write_text('[budget]\n[[budget.row]]\nmax = "1GB"\n[[budget.row]]\nmax_growth = "3%"\n')
    (tmp_path / "rules.toml").write_text(
        '[[rule]]\nid = "pool"\ncategory = "native.pool"\nprefix = "[anon:pool"\nexamples = ["[anon:pool 1]"]\n'
    )
    write_lab(tmp_path)
    one_run = '[lab]\nrepetitions = 1\n[capture]\nsettle = 0\n[[app]]\npackage = "com.example.app"\n'
    (tmp_path / "one.toml").write_text(one_run)
    monkeypatch.chdir(tmp_path)
    add("made", ["before.parquet"])
    write_dataset(tmp_path / "asked", sample_fleet())
    return tmp_path


def documented() -> set[str]:
    """The words in code type, those in objects too, and beginnings such as `device.`."""
    found = set()
    for code in re.findall(r"`([^`]+)`", (ROOT / "docs" / "json.md").read_text("utf-8")):
        found |= {code, *re.findall(r'"(\w+)"', code)}
    suffixed = {f"{word}-rss" for word in found if re.fullmatch(r"[a-z]+(-[a-z]+)?", word)}
    return found | suffixed | set(read_counters())


def printed_keys(data: Any) -> Iterator[str]:
    """All keys of an object, those inside it too; of what a user chose (labels), none."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            if key != "labels":
                yield from printed_keys(value)
    elif isinstance(data, list):
        for item in data:
            yield from printed_keys(item)


def check(commands: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    known = documented()
    for command in commands:
        run([*command.split(), "--json"])
        keys = set(printed_keys(json.loads(capsys.readouterr().out)))
        assert len(keys) > 7, command
        unknown = {key for key in keys if key not in known and f"{key.partition('.')[0]}." not in known}
        assert not unknown, f"{command}: docs/json.md does not name {sorted(unknown)}"


def test_every_command_is_looked_at() -> None:
    assert OF_FILES.keys() | OF_PHONES.keys() | OF_PLAY.keys() | OF_OWN_PHONES.keys() | WITHOUT_JSON == set(COMMANDS)


@pytest.mark.parametrize("command", OF_FILES)
def test_keys_of_files(files: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    check(OF_FILES[command], capsys)


@pytest.mark.parametrize("command", OF_PLAY)
def test_keys_of_google_play(
    files: Path, command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with play_server(*fleet_answers()) as server:
        monkeypatch.setenv("DROIDANON_PLAY_SERVER", server.url)
        check(OF_PLAY[command], capsys)


@pytest.mark.parametrize("command", OF_PHONES)
def test_keys_of_phones(phone: Phone, files: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    check(OF_PHONES[command], capsys)


@pytest.mark.parametrize("command", OF_OWN_PHONES)
def test_keys_of_phones_that_change(
    own_phone: Phone, files: Path, command: str, capsys: pytest.CaptureFixture[str], real_adbd: None
) -> None:
    check(OF_OWN_PHONES[command], capsys)


def test_a_name_of_one_output_is_joined_with_that_of_another(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What `diff` says of a name, found by `normal_name` in what `show` says of each side."""
    run(["diff", "before.parquet", "after.parquet", "--by", "name", "--all", "--json"])
    compared = {row["normal_name"]: row["base_kb"] for row in json.loads(capsys.readouterr().out)["rows"]}
    shown: dict[str, int] = {}
    run(["show", "before.parquet", "--by", "name", "--json"])
    for row in json.loads(capsys.readouterr().out)["rows"]:
        shown[row["normal_name"]] = shown.get(row["normal_name"], 0) + row["total_pss_kb"]
    assert len(shown) > 200
    assert shown == {name: compared[name] for name in shown}
