"""All processes of an app together, and the range of memory that a kill frees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from droidanon.analysis.limits.anon_swap import Basis
from droidanon.analysis.view import View
from droidanon.analysis.whole_app import FreedRange, ProcessKind, kind_of, whole_app
from droidanon.errors import UsageError
from droidanon.model import Capture, Process
from tests.builders import capture, entry, text

ZYGOTE_SPACE = "[anon:dalvik-zygote space]"


def inherited(private_kb: int, shared_kb: int, pss_kb: int) -> str:
    return entry(
        ZYGOTE_SPACE,
        start=0x70000000,
        size_kb=4096,
        Rss=private_kb + shared_kb,
        Pss=pss_kb,
        Private_Dirty=private_kb,
        Shared_Dirty=shared_kb,
        Anonymous=private_kb + shared_kb,
    )


def own(kb: int, *, swap_kb: int = 0, swap_pss_kb: int = 0) -> str:
    return entry(size_kb=8192, Pss=kb, Anonymous=kb, Swap=swap_kb, SwapPss=swap_pss_kb)


def app() -> Capture:
    found = capture(
        {
            "com.example.app": inherited(100, 900, 400) + own(500, swap_kb=200, swap_pss_kb=200),
            "com.example.app:remote": inherited(40, 960, 360) + own(60, swap_kb=100, swap_pss_kb=60),
            "com.google.android.webview:sandboxed_process0": own(300),
            "com.other": own(7000),
            "zygote64": inherited(0, 1000, 300),
        },
        users=[10_217, 10_217, 99_004, 10_218, 0],
    )
    processes = [replace(one, ppid=104) for one in found.processes]
    processes[2] = replace(processes[2], package="com.example.app")
    processes[4] = replace(processes[4], ppid=1, reference=True)
    return replace(found, processes=tuple(processes))


def test_sums_of_all_processes_and_the_range_between_uss_and_pss() -> None:
    found = whole_app(View(app()), "com.example.app")
    assert [member.process.pid for member in found.members] == [100, 101, 102]
    assert [member.kind for member in found.members] == [ProcessKind.APP, ProcessKind.APP, ProcessKind.WEBVIEW]
    assert found.totals == {
        "rss_kb": 1500 + 1060 + 300,
        "uss_kb": 600 + 100 + 300,
        "pss_kb": 900 + 420 + 300,
        "swap_kb": 300,
        "swap_pss_kb": 260,
        "inherited_kb": 900 + 960,
    }
    assert found.freed_ram == FreedRange(1000, 1620)
    # Of 100 kB with 60 kB of SwapPss at most 80 kB are shared by two, so at least 20 kB are one process's own.
    assert found.freed_swap == FreedRange(220, 260)
    assert found.inherited_pss_kb == 300 + 320
    assert (found.anon_swap_kb, found.basis) == (1500 + 200 + 1060 + 100 + 300, Basis.UPPER_BOUND)


def test_the_judged_numbers_if_status_was_read() -> None:
    read = app()
    status = {"rss_anon_kb": 10, "vm_swap_kb": 5}
    judged = replace(read, processes=tuple(replace(one, status_kb=status) for one in read.processes))
    found = whole_app(View(judged), "com.example.app")
    assert (found.anon_swap_kb, found.basis) == (45, Basis.JUDGED)
    mixed = replace(read, processes=(replace(read.processes[0], status_kb=status), *read.processes[1:]))
    assert whole_app(View(mixed), "com.example.app").basis is Basis.UPPER_BOUND


def test_unknown_is_not_zero() -> None:
    read = app()
    no_zygote = replace(read, processes=tuple(replace(one, ppid=9) for one in read.processes))
    found = whole_app(View(no_zygote), "com.example.app")
    assert (found.totals["inherited_kb"], found.inherited_pss_kb) == (None, None)
    assert found.freed_ram == FreedRange(1000, 1620)
    old = capture({"com.example.app": own(50).replace("SwapPss:", "SwapXss:")})
    found = whole_app(View(old))
    assert (found.totals["swap_pss_kb"], found.freed_swap) == (None, None)
    unread = Process("com.example.app:gone", package="com.example.app", fidelity="none")
    found = whole_app(View(replace(old, processes=(*old.processes, unread))))
    assert (len(found.members), found.totals["pss_kb"]) == (1, 50)
    assert [warning.kind for warning in found.warnings] == ["unread_process"]
    nothing = replace(old, processes=(replace(unread, rows=0),), vmas=capture({"x": ""}).vmas)
    found = whole_app(View(nothing))
    assert (found.members, found.totals["pss_kb"], found.freed_ram, found.anon_swap_kb) == ((), None, None, None)


def test_which_app() -> None:
    with pytest.raises(UsageError, match=r"2 apps .*com\.example\.app, com\.other") as error:
        whole_app(View(app()))
    assert error.value.settings == ("app",)
    with pytest.raises(UsageError, match="no process of com.none"):
        whole_app(View(app()), "com.none")
    twice = capture({"com.a": text(("x", 4)), "com.a:b": text(("x", 6))}, users=[10_001, 1_010_001])
    with pytest.raises(UsageError, match="users 0, 10") as error:
        whole_app(View(twice), "com.a")
    assert error.value.settings == ("user",)
    assert whole_app(View(twice), "com.a", 10).totals["pss_kb"] == 6
    assert whole_app(View(capture({"daemon": text(("x", 4))}))).app == "daemon"


@pytest.mark.parametrize(
    ("uid", "name", "kind"),
    [
        (10_217, "com.example.app", ProcessKind.APP),
        (1_099_004, "com.example.app:isolated", ProcessKind.ISOLATED),
        (90_010, "com.example.app:zygote-child", ProcessKind.ISOLATED),
        (99_004, "com.android.webview:sandboxed_process0", ProcessKind.WEBVIEW),
        (20_217, "com.example.app_sdk_sandbox", ProcessKind.SDK_SANDBOX),
        (None, "com.example.app:sandboxed_process0:X:0", ProcessKind.ISOLATED),
        (None, "com.example.app:remote", ProcessKind.APP),
    ],
)
def test_kinds(uid: int | None, name: str, kind: ProcessKind) -> None:
    assert kind_of(Process(name, uid=uid, package="com.example.app")) is kind
