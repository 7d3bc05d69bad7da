"""Doubts about a comparison."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from droidanon.analysis.capture_facts import facts_of
from droidanon.analysis.view import View
from droidanon.analysis.warnings.comparability import comparison_warnings
from droidanon.model import Capture, Preparation, Process
from tests.builders import capture, text
from tests.messages import mentions, numbers


def app(*, process: dict[str, Any] | None = None, **facts: Any) -> Capture:
    taken = replace(capture({"com.example.app": text(("[heap]", 40))}), **facts)
    return replace(taken, processes=(replace(taken.processes[0], **(process or {})),))


def doubts(base: list[Capture], new: list[Capture], *, single: bool = True) -> dict[str, str]:
    sides = ([facts_of(View(taken)) for taken in side] for side in (base, new))
    return {warning.kind: warning.message for warning in comparison_warnings(*sides, single=single)}


def test_captures_alike_leave_no_doubt() -> None:
    assert doubts([app()], [app()]) == {}
    assert doubts([app()] * 3, [app()] * 4) == {}


def test_another_device_or_build() -> None:
    found = doubts(
        [app(device={"model": "A", "android": "15", "abi": "x"})] * 2, [app(device={"model": "A", "android": "16"})]
    )
    assert list(found) == ["different_android_release"]
    assert numbers(found["different_android_release"]) == [15, 16]
    mixed = doubts([app(device={"build": "1"}), app(device={"build": "2"})], [app(device={"build": "1"})])
    assert list(mixed) == ["different_build"]
    assert numbers(mixed["different_build"]) == [1, 2, 1]
    same = doubts([app(device={"serial": "1"}), app(device={"serial": "2"})], [app(device={"serial": s}) for s in "12"])
    assert list(same) == ["mixed_device"]
    assert numbers(same["mixed_device"]) == [1, 2]


def test_prepared_otherwise() -> None:
    gc, still = Preparation("gc", True, "asked"), Preparation("freeze", True, "stopped")
    found = doubts([app(preparations=(gc, still))], [app()])
    assert list(found) == ["different_preparation"]
    assert mentions(found["different_preparation"], "gc")
    assert doubts([app(preparations=(still,))], [app(preparations=(replace(gc, done=False),))]) == {}


def test_debuggable_and_compiled_otherwise() -> None:
    base, new = app(process={"debuggable": True, "compile_filter": "verify"}), app(process={"debuggable": False})
    assert mentions(doubts([base], [new])["different_debuggable"], "com.example.app", "debuggable", "release")
    found = doubts([base], [app(process={"compile_filter": "speed"})])
    assert list(found) == ["different_compile_filter"]
    assert mentions(found["different_compile_filter"], "com.example.app", "verify", "speed")


def test_uptime_and_age_that_differ_by_more_than_twice() -> None:
    young, old = {"uptime_s": 400}, {"uptime_s": 9000}
    found = doubts([app(system=young)], [app(system=old)])
    assert list(found) == ["different_uptime"]
    assert mentions(found["different_uptime"], "7 min", "2.5 h")
    assert doubts([app(system={"uptime_s": 8000})], [app(system=old)]) == {}
    found = doubts([app(process={"age_s": 5.0})], [app(process={"age_s": 600.0})])
    assert list(found) == ["different_age"]
    assert mentions(found["different_age"], "5 s", "10 min")
    started = doubts(
        [app(system=old, process={"start_time": 895_000})], [app(system=old, process={"start_time": 100_000})]
    )
    assert mentions(started["different_age"], "50 s", "2.2 h")


def test_use_of_swap_goes_by_the_middle_of_a_side() -> None:
    calm, full = app(system={"swap_used_kb": 1000}), app(system={"swap_used_kb": 90_000})
    assert doubts([calm, calm, full], [calm]) == {}
    found = doubts([calm], [full, full])
    assert list(found) == ["different_swap"]
    assert numbers(found["different_swap"]) == [89_000]
    much, more = app(system={"swap_used_kb": 2_000_000}), app(system={"swap_used_kb": 2_050_000})
    assert doubts([much], [more]) == {}  # a fortieth


def test_processes_that_came_and_went() -> None:
    both = capture({"com.example.app": text(("[heap]", 4)), "other": text(("[heap]", 4))})
    found = doubts([both], [app()], single=False)
    assert list(found) == ["only_in_base"]
    assert mentions(found["only_in_base"], "1", "base", "other")
    bare = capture({"812": text(("[heap]", 4)), "com.example.app": text(("[heap]", 4))})
    found = doubts([bare], [app()], single=False)
    assert list(found) == ["unmatched_pid"]
    assert mentions(found["unmatched_pid"], "1", "base", "new")


def test_a_process_that_some_captures_lack() -> None:
    texts = {f"com.example.app{suffix}": text(("[heap]", 4)) for suffix in ("", ":remote", ":sandbox:7")}
    whole, other = capture(texts), capture({name.replace("7", "91"): body for name, body in texts.items()})
    lacks = capture({name: body for name, body in texts.items() if "remote" not in name})
    found = doubts([lacks, whole, lacks], [whole, other], single=False)
    assert "com.example.app:remote" in found["missing_process"]
    assert numbers(found["missing_process"]) == [2, 3, 0]
    assert "missing_process" not in doubts([whole, whole], [whole, other], single=False)  # only its number differs


def test_kernel_threads_are_in_no_process_set() -> None:
    thread = Process("[kworker/0:0]", pid=7)
    base = replace(app(), processes=(*app().processes, thread))
    assert doubts([base], [app()], single=False) == {}


def test_a_process_that_could_not_be_read_is_not_gone() -> None:
    both = capture({"com.example.app": text(("[heap]", 40)), "com.example.other": text(("[heap]", 4))})
    other = both.processes[1]
    denied = replace(app(), processes=(*app().processes, replace(other, rows=0, fidelity="none")))
    assert mentions(doubts([both], [denied], single=False)["unread_process"], "1", "new", "com.example.other")


def test_what_a_capture_warns_of_is_said_once_a_side() -> None:
    assert list(doubts([app(partial=True)] * 3, [app()])) == ["partial"]


def test_use_of_swap_may_differ_by_a_part_of_the_lesser_one() -> None:
    base, new = app(system={"swap_used_kb": 400_000}), app(system={"swap_used_kb": 420_500})
    for sides in (([base], [new]), ([new], [base])):
        assert {kind: numbers(message) for kind, message in doubts(*sides).items()} == {"different_swap": [20_500]}
