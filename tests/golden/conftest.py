"""The folder that golden commands run in, and the inputs they name: captures, smaps texts, devices."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from droidanon.model import Problem
from droidanon.store.library import samples_folder
from droidanon.store.parquet import save_capture
from testphone.phone import FakeServer
from tests.builders import (
    APPS,
    VERSION_1,
    add_samples,
    add_series_exits,
    capture,
    entry,
    make_series,
    rewrite_capture,
    text,
    write_apps,
    write_leak,
    write_off_smaps,
    write_phone_folder,
    write_replicates,
)
from tests.experiments import write_experiments
from tests.fleet.facts import write_dataset
from tests.fleet.sample_fleet import sample_fleet
from tests.fleet_captures import write_captures
from tests.labs import write_lab
from tests.play_server import error, fleet_answers, freshness, play_server

PACKAGE = "com.acme.maps"
RULE = '[[rule]]\nid = "pool"\ncategory = "native.pool"\nprefix = "[anon:pool"\nexamples = ["[anon:pool 1]"]\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, no settings of the user, no adb variables, a terminal of 80 columns."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "COLUMNS": "80",
        "TZ": "UTC",
        "XDG_CONFIG_HOME": str(tmp_path / ".config"),
        "XDG_DATA_HOME": str(tmp_path / ".local"),
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("ANDROID_SERIAL", "ADB_SERVER_SOCKET", "ANDROID_ADB_SERVER_ADDRESS", "ANDROID_ADB_SERVER_PORT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def fleet_captures(folder: Path) -> None:
    """captures: two of SERIAL-A; later: one of SERIAL-B and one of SERIAL-A, a day after."""
    write_captures(folder / "captures", [1, 2])
    write_captures(folder / "later", [3], serial="SERIAL-B")
    write_captures(folder / "later", [4], day="2026-11-03")


@pytest.fixture
def apps(folder: Path) -> None:
    """a.parquet, b.parquet (64 kB more of scudo:primary in com.example.app), one.smaps."""
    write_apps(folder)


@pytest.fixture
def private(folder: Path) -> None:
    """private.parquet: an app with names of its own, on a phone with a serial and a label; salt: a salt."""
    memory = text(
        ("[anon:scudo:primary]", 100),
        ("[anon:tile pool 7]", 30),
        (f"/data/app/{PACKAGE}-Yx==/lib/arm64/libtiles.so", 8),
    )
    made = capture(
        {
            PACKAGE: memory,
            f"{PACKAGE}:remote": text(("[anon:scudo:primary]", 20)),
            "system_server": text(("[stack]", 4)),
        }
    )
    device: dict[str, str | int] = {
        "serial": "R58M123ABC",
        "model": "Pixel 9",
        "android": "16",
        "build": "google/tokay/16:user",
    }
    problem = Problem(f"{PACKAGE}:remote", "ended meanwhile", "ended")
    made = replace(made, device=device, labels={"build": "1.2.0-rc1"}, source="adb:R58M123ABC", problems=(problem,))
    save_capture(made, folder / "private.parquet")
    (folder / "salt").write_text("5a" * 32)
    (folder / "salt").chmod(0o600)


@pytest.fixture
def fleet(folder: Path) -> None:
    """fleet/: 40 phones with 12 builds of an app, of which 1.8 needs 6,000 kB more of native.scudo."""
    write_dataset(folder / "fleet", sample_fleet())


@pytest.fixture
def experiments(folder: Path) -> None:
    """worse/, same/, noisy/, few/, pilot/ and leak/: finished experiments."""
    write_experiments(folder)


@pytest.fixture
def lab(folder: Path) -> None:
    """nightly.toml and its folder: a lab of two phones, one of which was set aside. mistakes.toml: a plan."""
    write_lab(folder)


@pytest.fixture
def samples(folder: Path) -> None:
    """cold.parquet, used.parquet and phone.parquet: the captures that droidanon brings along."""
    shipped = samples_folder()
    assert shipped is not None
    for path, name in zip(sorted(shipped.glob("*.parquet")), ("cold", "used", "phone"), strict=True):
        (folder / f"{name}.parquet").write_bytes(path.read_bytes())


@pytest.fixture
def version_1(folder: Path) -> None:
    """old/text.parquet and old/plain.parquet: captures of version 1, with and without foreign text."""
    (folder / "old").mkdir()
    for name, source in (("text", "with-text"), ("plain", "without-digest")):
        (folder / "old" / f"{name}.parquet").write_bytes((VERSION_1 / f"{source}.parquet").read_bytes())


@pytest.fixture
def with_zygote(folder: Path) -> None:
    """app.parquet: com.example.app with a zygote and others read along."""
    made = capture({"zygote64": text(("[anon:dalvik-zygote space]", 500)), **APPS})
    processes = tuple(replace(process, reference=process.name != "com.example.app") for process in made.processes)
    save_capture(replace(made, processes=processes), folder / "app.parquet")


@pytest.fixture
def off_smaps(folder: Path) -> None:
    """base.parquet and new.parquet: graphics memory, objects and page tables."""
    write_off_smaps(folder)


@pytest.fixture
def replicates(folder: Path) -> None:
    """before/ and after/: four captures each; scudo:primary grows by 40 kB."""
    write_replicates(folder)


@pytest.fixture
def two_of_a_build(folder: Path) -> None:
    """captures/: two captures of build 1.0.0 on a phone x, the second a minute later and with 8 kB more."""
    (folder / "captures").mkdir()
    for place in range(2):
        made = capture({"com.example.app": text(("[anon:scudo:primary]", 900 + 8 * place))})
        labels = {"build": "1.0.0", "device": "x"}
        made = replace(made, created=f"2026-01-02T03:0{place}:00Z", labels=labels)
        save_capture(made, folder / "captures" / f"{place}.parquet")


@pytest.fixture
def leak(folder: Path) -> None:
    """leak/: 12 captures two minutes apart; scudo:primary grows by about 10 kB per capture."""
    write_leak(folder)


@pytest.fixture
def one_app_only(folder: Path) -> None:
    """app.parquet: a capture of com.a, taken with --app."""
    save_capture(replace(capture({"com.a": text(("x", 1))}), app="com.a"), folder / "app.parquet")


@pytest.fixture
def series(folder: Path) -> None:
    """s/: a series of com.a: 100, 130, 110 kB, a minute apart."""
    make_series(folder / "s", (100, 130, 110))


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Google Play's answers, again and again: an app over its threshold in the background, one version with a long tail."""
    with play_server(*fleet_answers() * 9) as server:
        monkeypatch.setenv("DROIDANON_PLAY_SERVER", server.url)
        yield


@pytest.fixture
def play_refuses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Google Play's answers: no permission, no such app, no data yet, no rows."""
    refused = error(403, "The caller does not have permission", "PERMISSION_DENIED")
    unknown = error(404, "Requested entity was not found.", "NOT_FOUND")
    with play_server(refused, unknown, (200, {}), freshness(date(2026, 11, 27)), (200, {})) as server:
        monkeypatch.setenv("DROIDANON_PLAY_SERVER", server.url)
        yield


@pytest.fixture
def exits_of_a_series(series: None, folder: Path) -> None:
    """s/ with exits of com.a: at 40 s by the memory limiter (a sample 5 s before), at 90 s by itself."""
    add_series_exits(folder / "s")


@pytest.fixture
def samples_of_a_series(series: None, folder: Path) -> None:
    """s/ with samples: com.a is over its limit at times, in the background."""
    add_samples(folder / "s")


@pytest.fixture
def unknown_names(folder: Path) -> None:
    """app.smaps: two names that no rule knows."""
    (folder / "app.smaps").write_text(text(("[anon:pool 1]", 40), ("[anon:pool 2]", 2), ("[anon:scudo:primary]", 7)))


@pytest.fixture
def rule_files(unknown_names: None, folder: Path) -> None:
    """app.smaps, and rule files: a right one, one with a wrong example, one with a wrong category."""
    (folder / "pool.toml").write_text(RULE)
    (folder / "wrong-example.toml").write_text(RULE.replace('["[anon:pool 1]"]', '["[heap]"]'))
    (folder / "wrong-category.toml").write_text(RULE.replace("native.pool", "pool"))


@pytest.fixture
def phone_folder(folder: Path) -> None:
    """phone/: the texts of a phone as a person saves them: smaps of a pid, ps, and a note."""
    write_phone_folder(folder / "phone")


@pytest.fixture
def hostile(folder: Path) -> None:
    """evil.smaps: a name with escape sequences; torn.smaps: a text cut in the middle of a VMA."""
    (folder / "evil.smaps").write_text(entry("[anon:\x1b[2J\x9b[red]x[/red]\u202e]"))
    (folder / "torn.smaps").write_text(APPS["com.example.app"][:-420])


@pytest.fixture
def absurd(folder: Path) -> None:
    """absurd.smaps: a sane VMA, and two whose numbers no machine has."""
    sizes = dict.fromkeys(("Rss", "Pss", "Private_Dirty", "Anonymous", "Swap", "SwapPss"), 999_999_999_999_999_999)
    sane = entry("[anon:a]", size_kb=64, Pss=16, Swap=2, SwapPss=2)
    (folder / "absurd.smaps").write_text(sane + entry("[anon:b]", start=0x7100000000, **sizes) * 2)


@pytest.fixture
def labelled(folder: Path) -> None:
    """plain/: a capture without labels; marked/: one with labels."""
    made = capture({"com.a": text(("[heap]", 100))})
    for name, labels in (("plain", {}), ("marked", {"run": "1", "odd": "\x1b[2J"})):
        (folder / name).mkdir()
        save_capture(replace(made, labels=labels), folder / name / "a.parquet")


@pytest.fixture
def bad_files(folder: Path) -> None:
    """good.parquet, and files, folders and a pipe that hold no capture."""
    os.mkfifo(folder / "pipe")
    save_capture(capture({"com.example.app": text(("[anon:scudo:primary]", 100))}), folder / "good.parquet")
    good = (folder / "good.parquet").read_bytes()
    (folder / "prose.txt").write_text("Hello\n")
    (folder / "noise.bin").write_bytes(bytes(range(256)) * 8)
    (folder / "empty").mkdir()
    (folder / "captures").mkdir()
    (folder / "captures" / "a.parquet").write_bytes(good)
    (folder / "cut.parquet").write_bytes(good[:-9])
    pq.write_table(pa.table({"a": [1]}), folder / "other.parquet")
    rewrite_capture(folder / "good.parquet", folder / "newer.parquet", format_version=99)
    rewrite_capture(folder / "good.parquet", folder / "lacking.parquet", layouts=None)
    rewrite_capture(folder / "good.parquet", folder / "absurd.parquet", columns={"pss_kb": 10**18})


@pytest.fixture
def no_device(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from _devices({}, monkeypatch)


@pytest.fixture
def two_devices(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from _devices({"A": "device", "B": "device"}, monkeypatch)


@pytest.fixture
def one_offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from _devices({"A": "offline"}, monkeypatch)


@pytest.fixture
def one_of_two_offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from _devices({"A": "device", "B": "offline"}, monkeypatch)


@pytest.fixture
def one_unauthorized(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from _devices({"A": "unauthorized"}, monkeypatch)


@pytest.fixture
def one_of_two_unauthorized(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from _devices({"A": "unauthorized", "B": "device"}, monkeypatch)


def _devices(states: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with FakeServer(states) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        yield
