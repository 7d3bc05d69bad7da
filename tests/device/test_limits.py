"""The limits that a phone sets, and the cgroups of an app's processes, read over adb."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from droidanon.cli.main import run
from droidanon.platform.readers.memory_limiter import LIMIT_KEYS
from droidanon.sources.adb.server import open_device
from droidanon.sources.adb.stream import ask
from droidanon.sources.resolve import load_source
from droidanon.store.parquet import load_capture, save_capture
from testphone.phone.fixtures import see_only
from testphone.phone.limiter import HIGH_MB, SWAP_MB
from testphone.phone.phone import Phone

MB = 1024


@pytest.fixture
def limited_phone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Phone]:
    """A release build with the memory limiter."""
    with Phone(seed=4, access="shell", processes=16, limiter=True) as one:
        see_only(one, monkeypatch)
        yield one


def test_the_limiter_of_the_phone(limited_phone: Phone, tmp_path: Path) -> None:
    capture = load_source("adb:", app="com.example.app")
    assert {key: capture.limits[key] for key in ("limiter", "limiter_source")} == {
        "limiter": "on",
        "limiter_source": "status",
    }
    assert [capture.limits[key] for key in LIMIT_KEYS] == [number * MB for number in (*HIGH_MB, *SWAP_MB)]
    assert (capture.limits["heap_growth_limit_kb"], capture.limits["heap_size_kb"]) == (256 * MB, 512 * MB)
    assert capture.limits["max_map_count"] == 65530
    save_capture(capture, tmp_path / "a.parquet")
    assert load_capture(tmp_path / "a.parquet").limits == capture.limits


def test_the_file_counts_without_a_status(limited_phone: Phone) -> None:
    (limited_phone.root / "system/etc/phone/memory-limiter").unlink()
    limits = load_source("adb:", app="com.example.app").limits
    assert (limits["limiter"], limits["limiter_source"]) == ("on", "config")
    assert [limits[key] for key in LIMIT_KEYS] == [number * MB for number in (2000, 1000, 900, 450)]


def test_the_cgroup_of_each_process_of_the_app(limited_phone: Phone) -> None:
    app = [one for one in load_source("adb:", app="com.example.app").processes if not one.reference]
    assert len(app) == 3
    for process in app:
        bucket = 0 if (process.oom_score_adj or 0) <= 100 else 1
        assert process.cgroup_kb["anon_kb"] == process.status_kb["rss_anon_kb"]
        assert process.cgroup_kb["shmem_kb"] == process.status_kb["rss_shmem_kb"] + 64
        assert process.cgroup_kb["high_kb"] == HIGH_MB[bucket] * MB
        assert process.cgroup_kb.get("swap_max_kb") in (SWAP_MB[bucket] * MB, None)


def test_a_cgroup_that_is_not_the_processes_own_is_not_read(limited_phone: Phone) -> None:
    pid = limited_phone.pid("com.example.app")
    (limited_phone.proc / str(pid) / "cgroup").write_text("0::/apps\n")
    (limited_phone.root / "sys/fs/cgroup/apps/memory.stat").write_text("anon 4096\n")
    assert load_source("adb:", pid=pid).processes[0].cgroup_kb == {}


def test_a_cgroup_that_may_not_be_read(limited_phone: Phone) -> None:
    pid = limited_phone.pid("com.example.app")
    for path in (limited_phone.root / "sys/fs/cgroup/apps").glob(f"*/pid_{pid}/*"):
        path.chmod(0o400)
    (process,) = (one for one in load_source("adb:", pid=pid).processes if one.pid == pid)
    assert process.cgroup_kb == {}
    assert process.status_kb["rss_anon_kb"] > 0


def test_limits_of_the_phone(limited_phone: Phone, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["limits", "adb:", "--app", "com.example.app", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["limiter"], found["mem_total_kb"]) == ("on", 7_700_000)
    rows = {row["process"]: row for row in found["rows"]}
    app = rows["com.example.app"]
    assert (app["platform_state"], app["state"], app["state_source"]) == ("TOP", "foreground", "lru")
    assert (app["limiter_basis"], app["limiter_limit_source"]) == ("exact", "cgroup")
    assert app["limiter_limit_kb"] == (HIGH_MB[0] + SWAP_MB[0]) * MB
    others = {one["kind"]: (one["limit"], one["limit_from"]) for one in app["other_limits"]}
    assert others["java_heap"] == (256 * MB, "dalvik.vm.heapgrowthlimit")
    assert others["vmas"] == (65530, "vm.max_map_count")
    for path in (limited_phone.root / "sys/fs/cgroup/apps").glob("*/pid_*/*"):
        path.chmod(0o400)
    assert run(["limits", "adb:", "--app", "com.example.app", "--json"]) == 0
    app = next(row for row in json.loads(capsys.readouterr().out)["rows"] if row["process"] == "com.example.app")
    assert (app["limiter_basis"], app["limiter_limit_source"]) == ("estimate", "status")


def test_a_cgroup_of_version_1(own_phone: Phone) -> None:
    if not own_phone.real:
        pytest.skip("the stand-in's /dev is the host's")
    pid = own_phone.pid("com.example.app")
    (own_phone.proc / str(pid) / "cgroup").write_text(f"4:memory:/apps/uid_1/pid_{pid}\n0::/uid_1/pid_{pid}\n")
    folder = f"/dev/memcg/apps/uid_1/pid_{pid}"
    ask(open_device(None), f"mkdir -p {folder}; printf 'rss 4096\\nshmem 2048\\nswap 1024\\n' >{folder}/memory.stat")
    (process,) = (one for one in load_source("adb:", pid=pid).processes if one.pid == pid)
    assert process.cgroup_kb == {"anon_kb": 4, "shmem_kb": 2, "swap_current_kb": 1}


def test_a_phone_without_the_limiter(shell_phone: Phone) -> None:
    capture = load_source("adb:", app="com.example.app")
    assert "limiter" not in capture.limits
    process = next(one for one in capture.processes if one.name == "com.example.app")
    assert process.cgroup_kb.keys() == {"anon_kb", "shmem_kb", "swap_current_kb"}
    assert not capture.problems or all("limiter" not in problem.message for problem in capture.problems)
