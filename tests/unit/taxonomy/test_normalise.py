"""Names of two captures that mean the same become equal."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from droidanon.taxonomy.normalise import normalise_name

UUID = "3c4d8a1f-0b1c-4d2e-9f3a-5b6c7d8e9f0a"
CASES = [
    ("[anon:scudo:primary]", "[anon:scudo:primary]"),
    ("", ""),
    ("/data/x/foo.so (deleted)", "/data/x/foo.so"),
    ("[anon:stack_and_tls:1234]", "[anon:stack_and_tls:<tid>]"),
    ("[anon:stack_and_tls:main]", "[anon:stack_and_tls:main]"),
    ("[anon:stack_mte_ring:77]", "[anon:stack_mte_ring:<tid>]"),
    ("[stack:123]", "[stack:<tid>]"),
    ("[anon: glibc: pthread stack: 12]", "[anon: glibc: pthread stack: <tid>]"),
    (
        "/dev/ashmem/dalvik-main space (region space)_3596_3596 (deleted)",
        "/dev/ashmem/dalvik-main space (region space)",
    ),
    ("/dev/ashmem/AshmemAllocator_hidl_4410_4410 (deleted)", "/dev/ashmem/AshmemAllocator_hidl"),
    ("/data/app/~~Ab-c_d==/com.example.app-x_y-Z==/base.apk", "/data/app/com.example.app/base.apk"),
    ("/data/app/~~abc==/com.example.app-xyz==/lib/arm64/libx.so", "/data/app/com.example.app/lib/arm64/libx.so"),
    ("/data/app/com.example-1/oat/arm64/base.odex", "/data/app/com.example/oat/arm64/base.odex"),
    ("/data/app/com.example-2.apk", "/data/app/com.example.apk"),
    ("/data/app/x/base.apk", "/data/app/x/base.apk"),
    (f"/mnt/expand/{UUID}/app/~~q==/com.x-1==/base.apk", "/mnt/expand/<uuid>/app/com.x/base.apk"),
    (
        "[anon:dalvik-classes.dex extracted in memory from /data/app/~~q==/com.x-1==/base.apk]",
        "[anon:dalvik-classes.dex extracted in memory from /data/app/com.x/base.apk]",
    ),
    ("[anon:dalvik-/data/app/com.x-abcdef==/oat/arm64/base.art]", "[anon:dalvik-/data/app/com.x/oat/arm64/base.art]"),
    (
        "[anon:/data/app/~~a==/c.d-e==/lib/arm64/libfoo.so (compat loaded)]",
        "[anon:/data/app/c.d/lib/arm64/libfoo.so (compat loaded)]",
    ),
    (
        "/data/dalvik-cache/arm64/data@app@com.x-1@base.apk@classes.dex",
        "/data/dalvik-cache/arm64/data@app@com.x@base.apk@classes.dex",
    ),
    (
        "/data/app/com.google.android.trichromelibrary_475810133-iTI==/base.apk",
        "/data/app/com.google.android.trichromelibrary/base.apk",
    ),
    ("/apex/com.android.art@341311000/lib64/libart.so", "/apex/com.android.art/lib64/libart.so"),
    ("anon_inode:dmabuf332", "anon_inode:dmabuf"),
    ("/dmabuf:dmabuf446", "/dmabuf:dmabuf"),
    ("/dmabuf:system", "/dmabuf:system"),
    ("[anon:mt:/system/lib64/libc.so+e000]", "[anon:mt:/system/lib64/libc.so]"),
    ("[anon:Mem_0x20000000]", "[anon:Mem_<address>]"),
    ("[anon:x 0x7f001000]", "[anon:x <address>]"),
    (
        "[anon:dalvik-allocspace non moving space live-bitmap 12]",
        "[anon:dalvik-allocspace non moving space live-bitmap <n>]",
    ),
    ("[anon:dalvik-Jit thread pool worker thread 3]", "[anon:dalvik-Jit thread pool worker thread <n>]"),
    ("[anon:dalvik-main space 1]", "[anon:dalvik-main space 1]"),
    ("/dev/ashmem/GFXStats-1521 (deleted)", "/dev/ashmem/GFXStats-<pid>"),
    ("/dev/ashmem/AudioFlinger::Client(9444) (deleted)", "/dev/ashmem/AudioFlinger::Client(<pid>)"),
    ("/dev/ashmem/gralloc-1332.3 (deleted)", "/dev/ashmem/gralloc-<n>"),
    ("/dev/ashmem/shared_memory/01759108EDA2FFDB (deleted)", "/dev/ashmem/shared_memory/<id>"),
    (
        "/data/data/c/app_chrome/BrowserMetrics/BrowserMetrics-698D4820-507A.pma (deleted)",
        "/data/data/c/app_chrome/BrowserMetrics/BrowserMetrics-<id>.pma",
    ),
    (f"/dev/ashmem/{UUID} (deleted)", "/dev/ashmem/<uuid>"),
    ("/data/user/0/x/cache/0123456789abcdef0123456789abcdef01234567.bin", "/data/user/0/x/cache/<id>.bin"),
    ("/data/user/0/x/cache/1650436855391.jar", "/data/user/0/x/cache/<n>.jar"),
    ("/data/data/x/db/020048.ldb", "/data/data/x/db/<n>.ldb"),
    ("/system/lib64/vndk-29/libx.so", "/system/lib64/vndk-29/libx.so"),
    ("/apex/com.android.runtime/etc/icu/icudt63l.dat", "/apex/com.android.runtime/etc/icu/icudt63l.dat"),
]
FRAGMENTS = [name for name, _ in CASES] + ["_1_2", " (deleted)", "0x12345", "-", "/", "~~", "123456789", "[", "]", "a"]


@pytest.mark.parametrize(("name", "normal"), CASES)
def test_what_changes_is_taken_out(name: str, normal: str) -> None:
    assert normalise_name(name) == normal


@given(st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS), max_size=4).map("".join)))
@example("/dev/ashmem/a_1_1_2_2 (deleted) (deleted)")
@example("/data/app/~~a/~~b/c-1/d-2/e")
def test_twice_is_the_same_as_once(name: str) -> None:
    once = normalise_name(name)
    assert normalise_name(once) == once
