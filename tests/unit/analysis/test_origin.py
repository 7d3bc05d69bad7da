"""Memory by the file that brought it."""

from __future__ import annotations

import pytest

from droidanon.analysis.breakdown import breakdown
from droidanon.analysis.diff.comparison import diff
from droidanon.analysis.origin import origin_of_name
from droidanon.analysis.view import View
from tests.builders import capture, entry, text

LIBRARY = "/data/app/~~x==/com.a-y==/lib/arm64/libnew.so"


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("/system/lib64/libc.so", "/system/lib64/libc.so"),
        (LIBRARY, "/data/app/com.a/lib/arm64/libnew.so"),
        ("/data/app/~~x==/com.a-y==/base.apk", "/data/app/com.a/base.*"),
        ("/data/app/~~x==/com.a-y==/oat/arm64/base.odex", "/data/app/com.a/base.*"),
        ("/data/app/com.a-1/oat/arm/base.vdex (deleted)", "/data/app/com.a/base.*"),
        ("[anon:dalvik-/data/app/~~x==/com.a-y==/oat/arm64/base.art]", "/data/app/com.a/base.*"),
        (
            "[anon:dalvik-classes2.dex extracted in memory from /data/app/com.a-1/base.apk!classes2.dex]",
            "/data/app/com.a/base.*",
        ),
        ("/system/framework/arm64/boot-framework.oat", "/system/framework/boot-framework.*"),
        ("[anon:dalvik-/system/framework/boot-framework.art]", "/system/framework/boot-framework.*"),
        ("[anon:scudo:primary]", "[anon:scudo:primary]"),
        ("/dev/ashmem/x.something", "/dev/ashmem/x.something"),
        ("", ""),
    ],
)
def test_the_file_in_a_name(name: str, origin: str) -> None:
    assert origin_of_name(name) == origin


def library(start: int) -> str:
    """A library of 160 kB and what is right behind it: .bss and memory without a name; then something else."""
    return "".join(
        (
            entry(LIBRARY, start=start, size_kb=160, Pss=60),
            entry("[anon:.bss]", start=start + (160 << 10), size_kb=16, Pss=16),
            entry("", start=start + (176 << 10), size_kb=4, Pss=4),
            entry("", start=start + (190 << 10), size_kb=4, Pss=3),
        )
    )


def test_what_is_right_behind_a_library_is_its_own() -> None:
    taken = capture({"com.a": library(0x7000000000) + entry("[anon:.bss]", start=0x7100000000, Pss=5)})
    rows = breakdown(View(taken), ("origin",), counters=("pss_kb",)).rows
    found = dict(zip(rows.keys["origin"], rows.numbers["pss_kb"].tolist(), strict=True))
    assert found == {"/data/app/com.a/lib/arm64/libnew.so": 80, "[anon:.bss]": 5, "": 3}


def test_a_new_library_is_one_row_of_a_diff() -> None:
    heap = text(("[anon:scudo:primary]", 100))
    change = diff(
        View(capture({"com.a": heap})), View(capture({"com.a": heap + library(0x7200000000)})), by=("origin",)
    )
    assert [(row["origin"], row["delta_kb"], row["status"]) for row in change.rows.records()] == [
        ("/data/app/com.a/lib/arm64/libnew.so", 80, "new"),
        ("", 3, "new"),
    ]
