"""Things that are called otherwise on the other side."""

from __future__ import annotations

import pytest

from droidanon.analysis.diff.comparison import diff
from droidanon.analysis.match_names import match_names, match_processes
from droidanon.analysis.view import View
from tests.builders import capture, text

SAME = [
    ("/data/app/c.x/lib/arm64/libcronet.100.0.4865.2.so", "/data/app/c.x/lib/arm64/libcronet.101.0.1.so"),
    ("/data/data/c.x/files/model-7/weights.bin", "/data/data/c.x/files/model-12/weights.bin"),
    ("[anon:pool 3]", "[anon:pool 4]"),
    ("/apex/com.android.runtime/etc/icu/icudt63l.dat", "/apex/com.android.runtime/etc/icu/icudt70l.dat"),
    (
        "/system/framework/arm64/boot-framework.art",
        "/data/misc/apexdata/com.android.art/dalvik-cache/arm64/boot-framework.art",
    ),
    ("/data/dalvik-cache/arm64/system@framework@boot.oat", "/system/framework/arm64/boot.oat"),
    ("[anon:dalvik-/system/framework/boot-ext.art]", "[anon:dalvik-/apex/com.android.art/javalib/boot-ext.art]"),
    ("/data/app/c.x/split_config.xxhdpi.apk", "/data/app/c.x/split_config.xhdpi.apk"),
    ("/data/app/c.x/split_config.arm64_v8a.apk", "/data/app/c.x/split_config.armeabi_v7a.apk"),
    ("/data/app/c.x/split_config.ko.apk", "/data/app/c.x/split_config.en.apk"),
    ("/system/lib64/libstagefright.so", "/apex/com.android.media/lib64/libstagefright.so"),
]
OTHER = [
    ("/data/app/c.x/base.apk", "/data/app/c.y/base.apk"),
    ("/data/app/c.x/split_config.ko.apk", "/data/app/c.x/split_config.xhdpi.apk"),
    ("/system/framework/arm64/boot.art", "/system/framework/arm/boot.art"),
    ("/system/framework/arm64/boot.art", "[anon:dalvik-/system/framework/boot.art]"),
    ("/system/lib64/liba.so", "/system/lib64/libb.so"),
    ("[anon:pool 3]", "[anon:pool x]"),
    ("1234", "5678"),
]


@pytest.mark.parametrize(("old", "name"), SAME)
def test_the_same_thing_called_otherwise(old: str, name: str) -> None:
    assert match_names([old, "[heap]"], [name, "[heap]"]) == {name: old}
    assert match_names([name], [old]) == {old: name}


@pytest.mark.parametrize(("old", "name"), OTHER)
def test_other_things(old: str, name: str) -> None:
    assert match_names([old], [name]) == {}


def test_what_could_be_two_things_is_neither() -> None:
    assert match_names(["[anon:pool 1]", "[anon:pool 2]"], ["[anon:pool 3]"]) == {}
    assert match_names(["[anon:pool 1]"], ["[anon:pool 1]", "[anon:pool 3]"]) == {}
    libraries = ["/system/lib/liba.so", "/system/lib64/liba.so"]
    assert match_names(libraries, ["/vendor/lib64/liba.so"]) == {}


def test_processes() -> None:
    assert match_processes(["c.x:sandboxed0", "c.x"], ["c.x:sandboxed3", "c.x"]) == {"c.x:sandboxed3": "c.x:sandboxed0"}
    assert match_processes(["2935"], ["2943"]) == {}


def test_a_diff_matches_them_and_says_so() -> None:
    old = {"c.x": text(("[heap]", 4)), "c.x:worker1": text(("/data/a/lib-1.2.so", 100), ("[anon:bare]", 8))}
    new = {"c.x": text(("[heap]", 4)), "c.x:worker7": text(("/data/a/lib-1.3.so", 130), ("[anon:naked]", 8))}
    change = diff(View(capture(old)), View(capture(new)), by=("process", "name"))
    rows = {(row["process"], row["name"]): (row["delta_kb"], row["status"]) for row in change.rows.records()}
    assert rows == {
        ("c.x:worker1", "/data/a/lib-1.2.so"): (30, "both"),
        ("c.x:worker1", "[anon:bare]"): (-8, "gone"),
        ("c.x:worker1", "[anon:naked]"): (8, "new"),
    }
    assert change.renamed == {"/data/a/lib-1.3.so": "/data/a/lib-1.2.so", "c.x:worker7": "c.x:worker1"}
    said = [warning.message for warning in change.warnings if warning.where == "names"]
    assert "/data/a/lib-1.2.so -> /data/a/lib-1.3.so" in said[0]
    assert diff(View(capture(old)), View(capture(old)), by=("process", "name")).renamed == {}
