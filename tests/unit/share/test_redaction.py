"""Redacted captures: the numbers of the original, and none of its secrets in any byte."""

from __future__ import annotations

import base64
import errno
import json
import os
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from droidanon.analysis.breakdown import breakdown
from droidanon.analysis.view import View
from droidanon.errors import DroidanonError, InputError, UsageError
from droidanon.model import Capture, Preparation, Problem
from droidanon.share import run
from droidanon.share.policy import load_policy
from droidanon.share.run import LeakError, share
from droidanon.sources.resolve import load_source
from droidanon.store.atomic_file import part_of
from droidanon.store.parquet import load_capture, save_capture
from tests.builders import capture, entry, text
from tests.corpus import corpus

SALT = b"s" * 32


def redacted(made: Capture, folder: Path, salt: bytes = SALT) -> Path:
    source = save_capture(made, folder / "in.parquet")
    output = folder / "out.parquet"
    done = share([str(source)], output, load_policy(), salt, None)
    assert "categories of names" not in done.dropped
    return output


def readable(path: Path) -> bytes:
    """All that a reader of a capture can get: values of columns, the footer, and texts of its metadata unpacked."""
    file = pq.ParquetFile(path)
    raw = path.read_bytes()
    parts = [raw, raw[-8 - file.metadata.serialized_size :]]
    table = file.read()
    for column in table.columns:
        for chunk in column.chunks:
            values = chunk.dictionary if hasattr(chunk, "dictionary") else chunk
            parts.append(repr(values.to_pylist()).encode("utf-8", "surrogatepass"))
    data = json.loads(file.metadata.metadata[b"droidanon"])
    parts.append(json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    for packed in data["processes"].get("text", []):
        parts.append(zlib.decompress(base64.b64decode(packed)) if packed else b"")
    return b"\n".join(parts)


def leaks(path: Path, secrets: set[str]) -> set[str]:
    data = readable(path).lower()
    return {
        secret
        for secret in secrets
        for encoding in ("utf-8", "utf-16-le", "utf-16-be")
        if secret.lower().encode(encoding, "surrogatepass") in data
    }


def sums(made: Capture, counters: Sequence[str], *keys: str) -> Counter[tuple[object, ...]]:
    """The rows of a breakdown. The category of a name without a rule is a word of it, which is hashed: any word counts."""
    found = breakdown(View(made), keys, counters=counters).rows
    rows: Counter[tuple[object, ...]] = Counter()
    for row in found.records():
        labels = [re.sub(r"^unknown\..*", "unknown.*", str(row[key])) for key in keys]
        rows[(*labels, *(row[name] for name in (*counters, "vmas")))] += 1
    return rows


def numbers(made: Capture, counters: Sequence[str], key: str) -> list[str]:
    """The rows of a breakdown without their labels, in order of their numbers."""
    rows = breakdown(View(made), key, counters=counters).rows.records()
    return sorted(str([row[name] for name in (*counters, "vmas")]) for row in rows)


def assert_same_numbers(old: Capture, new: Capture) -> None:
    counters = View(new).counters
    for keys in (("heap", "sub_heap"), ("category",), ("rule",), ("heap", "category")):
        assert sums(old, counters, *keys) == sums(new, counters, *keys), keys
    for key in ("app", "process", "user", "name"):
        assert numbers(old, counters, key) == numbers(new, counters, key), key


SECRET = st.text("bcdefghiklmnoprstuvwyz", min_size=9, max_size=14).map(lambda word: f"q{word}x")
FORMS = (
    "/data/app/~~{a}==/com.{b}.{c}-{d}==/lib/arm64/lib{e}.so",
    "/data/app/com.{b}.{c}-1/base.apk",
    "/data/app/com.{b}.{c}-{d}==/oat/arm64/base.odex",
    "/data/data/com.{b}.{c}/files/{a}/{d}.db-wal",
    "/data/user/10/com.{b}.{c}/cache/{a}",
    "/data/dalvik-cache/arm64/data@app@com.{b}.{c}-1@base.apk@classes.dex",
    "/data/app/com.{b}.{c}-1/{a}.kgsl-3d0.{d}",
    "/data/app/com.{b}.{c}-1/boot{a}.art",
    "/data/data/com.{b}.{c}/app_webview_{a}/{d}",
    "/data/data/com.{b}.{c}/{a}.dex.{d}",
    "/data/data/com.{b}.{c}/fonts/{a}",
    "/storage/emulated/0/{a} {b}/{c}.{d}",
    "/mnt/expand/{a}/app/com.{b}.{c}-{d}==/split_{e}.apk",
    "[anon:{a}]",
    "[anon:{a} {b}-12]",
    "[anon:{a}_{b} 0x7f001234]",
    "[anon:scudo:{a}]",
    "[anon:dalvik-{a}]",
    "[anon:dalvik-classes.dex extracted in memory from /data/app/com.{b}.{c}-1/base.apk]",
    "[anon:dalvik-/data/app/com.{b}.{c}-1/oat/arm64/{a}.art]",
    "[anon:/data/app/com.{b}.{c}-1/lib/arm64/lib{a}.so (compat loaded)]",
    "[anon:mt:/data/app/com.{b}.{c}-1/lib/arm64/lib{a}.so+1f000]",
    "[anon_shmem:{a}.{b}]",
    "/dev/ashmem/{a}",
    "/dev/ashmem/dalvik-{a} (deleted)",
    "/memfd:{a} (deleted)",
    "/memfd:jit-cache{a}",
    "{a}",
    "{a}.{b}.so",
    "anon_inode:[{a}]",
    "ü{a}ö{b}",
    "/{a}/{b}.so.1.2",
    "[{a}]",
)
PLATFORM = ("[anon:scudo:primary]", "[anon:dalvik-main space]", "/system/lib64/libc.so", "[stack]", "", "[anon:.bss]")


@st.composite
def captures(draw: st.DrawFn) -> tuple[Capture, set[str]]:
    """A capture with secrets in every place that has text."""
    words = draw(st.lists(SECRET, min_size=8, max_size=8, unique=True))
    pick = st.sampled_from(words)
    names = [
        form.format(**{letter: draw(pick) for letter in "abcde"})
        for form in draw(st.lists(st.sampled_from(FORMS), min_size=4, max_size=12))
    ]
    processes = {
        f"com.{words[0]}.{words[1]}": text(*((name, 4 + place) for place, name in enumerate([*names, *PLATFORM]))),
        f"com.{words[0]}.{words[1]}:{words[2]}": text(*((name, 8) for name in names[:3])),
        f"{words[3]}d": text((draw(st.sampled_from(PLATFORM)), 12)) + f"{words[4]}: junk\n",
        "system_server": text(*((name, 3) for name in PLATFORM)) + entry("/x.so").replace("Pss:  ", f"{words[5]}:  "),
    }
    made = capture(processes, users=(10_123, 1_010_123, 0, 1000))
    first, *rest = made.processes
    made = replace(
        made,
        processes=(
            replace(first, version_name=words[6], text=words[7].encode(), state=words[5], objects={words[4]: 3}),
            *rest,
        ),
        source=f"adb:{words[4]}",
        device={
            "serial": words[4],
            "model": f"{words[5]} 9",
            "build": f"{words[6]}/x:14/user",
            "android": "14",
            words[7]: 1,
        },
        labels={"build": words[0], words[1]: "1"},
        problems=(Problem(f"/home/{words[2]}/x", f"cannot read {words[3]}", "denied"),),
        notes=(Problem(words[6], words[7]),),
        preparations=(Preparation("gc", True, words[5]),),
        app=f"com.{words[0]}.{words[1]}",
        access=words[3],
        limits={"limiter": words[2]},
    )
    return made, set(words)


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(captures())
def test_secrets_are_gone_and_numbers_stay(tmp_path: Path, made: tuple[Capture, set[str]]) -> None:
    original, secrets = made
    output = redacted(original, tmp_path)
    assert leaks(tmp_path / "in.parquet", secrets) == secrets
    assert not leaks(output, secrets)
    assert_same_numbers(load_capture(tmp_path / "in.parquet"), load_capture(output))
    output.unlink()


def test_equal_names_have_equal_pseudonyms_under_one_salt_only(tmp_path: Path) -> None:
    made = capture(
        {"com.acme.maps": text(("[anon:tiles]", 8), ("/data/app/com.acme.maps-x==/lib/arm64/libtiles.so", 4))}
    )
    found = []
    for folder, salt in (("a", SALT), ("b", SALT), ("c", b"t" * 32)):
        (tmp_path / folder).mkdir()
        found.append(load_capture(redacted(made, tmp_path / folder, salt)))
    first, second, other = found
    assert first.vmas.name.to_list() == second.vmas.name.to_list()
    assert not {*first.vmas.name} & {*other.vmas.name}
    package = first.processes[0].package
    assert package is not None and f"/{package}-" in first.vmas.name[1]


def test_names_keep_what_they_are(tmp_path: Path) -> None:
    made = capture(
        {
            "com.acme.maps": text(
                ("/data/app/~~aB==/com.acme.maps-cD==/lib/arm64/libtiles.so", 4),
                ("[anon:stack_and_tls:4711]", 4),
                ("/system/lib64/libacme.so", 4),
            ),
            "com.acme.maps:sandboxed_process0:org.chromium.content.app.SandboxedProcessService0:0": text(
                ("[stack]", 4)
            ),
            "com.acme.maps_zygote": text(("[stack]", 4)),
        }
    )
    new = load_capture(redacted(made, tmp_path))
    app = new.processes[0].name
    assert re.fullmatch(r"app\.[a-z]{12}", app)
    library, stack, system = new.vmas.name.to_list()[:3]
    assert re.fullmatch(rf"/data/app/~~[a-z]+==/{app}-[a-z]+==/lib/arm64/lib_[a-z]+\.so", library)
    assert (stack, system) == ("[anon:stack_and_tls:4711]", "/system/lib64/libacme.so")
    isolated = ":sandboxed_process0:org.chromium.content.app.SandboxedProcessService0:0"
    assert [process.name for process in new.processes[1:]] == [f"{app}{isolated}", f"{app}_zygote"]
    assert new.processes[2].is_zygote


def test_the_copy_is_for_its_owner_only_and_nothing_else_is_left(tmp_path: Path) -> None:
    output = redacted(capture(), tmp_path)
    assert output.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "out.parquet"]


def test_an_unfinished_copy_has_a_name_by_which_it_is_deleted_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: dict[str, int] = {}

    def scan(folder: Path, *_: object) -> None:
        modes[folder.name] = folder.stat().st_mode & 0o777
        raise LeakError

    monkeypatch.setattr(run, "_scan", scan)
    with pytest.raises(LeakError):
        redacted(capture(), tmp_path)
    assert modes == {part_of(tmp_path / "out.parquet").name: 0o700}


def test_a_full_disk_names_the_output_and_not_the_hidden_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = save_capture(capture(), tmp_path / "in.parquet")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    output = tmp_path / "out.parquet"
    with pytest.raises(DroidanonError, match=f"^{re.escape(str(output))}: not written") as caught:
        share([str(source)], output, load_policy(), SALT, None)
    assert ".part" not in str(caught.value)
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("output", ["in.parquet", "link.parquet", "full"])
def test_sources_and_full_folders_are_never_replaced(tmp_path: Path, output: str) -> None:
    source = save_capture(capture(), tmp_path / "in.parquet")
    (tmp_path / "link.parquet").symlink_to(source)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    before = source.read_bytes()
    with pytest.raises(UsageError):
        share([str(source)], tmp_path / output, load_policy(), SALT, None)
    assert source.read_bytes() == before


def test_a_rule_that_keeps_a_secret_of_another_rule_is_found_by_the_scan(tmp_path: Path) -> None:
    made = replace(capture({"com.acme.maps": text(("[anon:tiles]", 8))}), labels={"build": "for com.acme.maps only"})
    source = save_capture(made, tmp_path / "in.parquet")
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nof = "label"\naction = "keep"\n')
    with pytest.raises(LeakError, match=r"com\.acme\.maps"):
        share([str(source)], tmp_path / "out.parquet", load_policy([rules]), SALT, None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "rules.toml"]


def test_rules_of_the_user_come_first(tmp_path: Path) -> None:
    made = replace(
        capture(
            {"com.acme.maps": text(("[anon:tiles]", 8)), "com.acme.mail": text(("[stack]", 4))},
            users=(10_001, 1_010_002),
        ),
        device={"model": "Pixel 9", "serial": "R58M12"},
    )
    source = save_capture(made, tmp_path / "in.parquet")
    rules = tmp_path / "rules.toml"
    rules.write_text(
        '[[rule]]\nof = "package"\nmatch = "com.acme.map*"\naction = "keep"\n'
        '[[rule]]\nof = ["model", "uid"]\naction = "drop"\n[[rule]]\nof = "memory"\nmatch = ["tile?", "x"]\naction = "keep"\n'
    )
    share([str(source)], tmp_path / "out.parquet", load_policy([rules]), SALT, None)
    new = load_capture(tmp_path / "out.parquet")
    assert new.processes[0].name == "com.acme.maps"
    assert re.fullmatch(r"app\.[a-z]{12}", new.processes[1].name)
    assert {process.uid for process in new.processes} == {None}
    assert (new.device["model"], new.vmas.name[0]) == ("", "[anon:tiles]")


@pytest.mark.parametrize(
    "text_", ['[[rule]]\nof = "x"\naction = "keep"\n', '[[rule]]\nof = "uid"\naction = "hash"\n', "a = 1\n"]
)
def test_mistakes_in_rules_are_errors(tmp_path: Path, text_: str) -> None:
    (tmp_path / "rules.toml").write_text(text_)
    with pytest.raises(InputError, match=r"rules\.toml"):
        load_policy([tmp_path / "rules.toml"])


@pytest.mark.parametrize(
    "source",
    [
        "bugreport-rk3399-9-userdebug.tar.xz",
        "oppo-10-launcher/smaps",
        "meminfo/app-unknown.txt",
        "meminfo/checkin-emulator-10.txt",
        "reports/meminfo-summary.txt",
        "reports/showmap-a.txt",
        "snippets/google-production.smaps",
        "edge/misc_names.smaps",
        "tombstone-maps/quest2-10.txt",
    ],
)
def test_real_texts(tmp_path: Path, source: str) -> None:
    path = corpus() / source
    old = load_source(str(path))
    output = tmp_path / "out.parquet"
    done = share([str(path)], output, load_policy(), SALT, None)
    assert "categories of names" not in done.dropped
    new = load_capture(output)
    assert_same_numbers(old, new)
    kept = re.compile(
        r"android|media\.(?:codec|extractor|metrics)|com\.google\.process\..*|com\.android\..*"
        r"|android\.(?:ext|process|hardware)\..*"
        r"|com\.google\.android\.(?:gms|gsf|webview|ext|providers|permissioncontroller).*"
    )
    packages = {process.package for process in old.processes if process.package and not kept.fullmatch(process.package)}
    assert not leaks(output, packages)
