"""Doubts about a comparison."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from droidanon.analysis.view import View
from droidanon.analysis.warnings.comparability import comparison_warnings, facts_of
from droidanon.model import Capture, Preparation, Process
from tests.builders import capture, text


def app(*, process: dict[str, Any] | None = None, **facts: Any) -> Capture:
    taken = replace(capture({"com.example.app": text(("[heap]", 40))}), **facts)
    return replace(taken, processes=(replace(taken.processes[0], **(process or {})),))


def doubts(base: list[Capture], new: list[Capture], *, single: bool = True) -> dict[str, str]:
    sides = ([facts_of(View(taken)) for taken in side] for side in (base, new))
    return {warning.where: warning.message for warning in comparison_warnings(*sides, single=single)}


def test_captures_alike_leave_no_doubt() -> None:
    assert doubts([app()], [app()]) == {}
    assert doubts([app()] * 3, [app()] * 4) == {}


def test_another_device_or_build() -> None:
    found = doubts(
        [app(device={"model": "A", "android": "15", "abi": "x"})] * 2, [app(device={"model": "A", "android": "16"})]
    )
    assert found == {"Android release": "differs: 15 against 16"}
    mixed = doubts([app(device={"build": "1"}), app(device={"build": "2"})], [app(device={"build": "1"})])
    assert mixed == {"build": "differs: 1, 2 against 1"}
    same = doubts([app(device={"serial": "1"}), app(device={"serial": "2"})], [app(device={"serial": s}) for s in "12"])
    assert same == {"device": "mixed within a side: 1, 2"}


def test_prepared_otherwise() -> None:
    gc, still = Preparation("gc", True, "asked"), Preparation("freeze", True, "stopped")
    assert doubts([app(preparations=(gc, still))], [app()]) == {"preparation": "differs: gc against none"}
    assert doubts([app(preparations=(still,))], [app(preparations=(replace(gc, done=False),))]) == {}


def test_debuggable_and_compiled_otherwise() -> None:
    base, new = app(process={"debuggable": True, "compile_filter": "verify"}), app(process={"debuggable": False})
    assert doubts([base], [new]) == {"debuggable": "differs: com.example.app: debuggable against release"}
    assert doubts([base], [app(process={"compile_filter": "speed"})]) == {
        "compile filter": "differs: com.example.app: verify against speed"
    }


def test_uptime_and_age_that_differ_by_more_than_twice() -> None:
    young, old = {"uptime_s": 400}, {"uptime_s": 9000}
    assert doubts([app(system=young)], [app(system=old)]) == {"uptime": "differs: 7 min against 2.5 h"}
    assert doubts([app(system={"uptime_s": 8000})], [app(system=old)]) == {}
    assert doubts([app(process={"age_s": 5.0})], [app(process={"age_s": 600.0})]) == {
        "age of com.example.app": "differs: 5 s against 10 min"
    }
    started = doubts(
        [app(system=old, process={"start_time": 895_000})], [app(system=old, process={"start_time": 100_000})]
    )
    assert started == {"age of com.example.app": "differs: 50 s against 2.2 h"}


def test_use_of_swap_goes_by_the_middle_of_a_side() -> None:
    calm, full = app(system={"swap_used_kb": 1000}), app(system={"swap_used_kb": 90_000})
    assert doubts([calm, calm, full], [calm]) == {}
    assert doubts([calm], [full, full]) == {"swap": "the system's use of swap differs by 89,000 kB between the sides"}
    much, more = app(system={"swap_used_kb": 2_000_000}), app(system={"swap_used_kb": 2_050_000})
    assert doubts([much], [more]) == {}  # a fortieth


def test_processes_that_came_and_went() -> None:
    both = capture({"com.example.app": text(("[heap]", 4)), "other": text(("[heap]", 4))})
    assert doubts([app(), both], [app()], single=False) == {"process set": "1 only in base: other"}
    bare = capture({"812": text(("[heap]", 4)), "com.example.app": text(("[heap]", 4))})
    (found,) = doubts([bare], [app()], single=False).values()
    assert found.startswith("1 processes of base and 0 of new have only a pid")


def test_kernel_threads_are_in_no_process_set() -> None:
    thread = Process("[kworker/0:0]", pid=7)
    base = replace(app(), processes=(*app().processes, thread))
    assert doubts([base], [app()], single=False) == {}


def test_a_process_that_could_not_be_read_is_not_gone() -> None:
    both = capture({"com.example.app": text(("[heap]", 40)), "com.example.other": text(("[heap]", 4))})
    other = both.processes[1]
    denied = replace(app(), processes=(*app().processes, replace(other, rows=0, fidelity="none")))
    assert doubts([both], [denied], single=False)["process set"] == (
        "1 could not be read in new, where their memory is not known: com.example.other"
    )


def test_what_a_capture_warns_of_is_said_once_a_side() -> None:
    assert doubts([app(partial=True)] * 3, [app()]) == {
        "base capture": "partial: the source broke off before all processes were read"
    }


def test_use_of_swap_may_differ_by_a_part_of_the_lesser_one() -> None:
    base, new = app(system={"swap_used_kb": 400_000}), app(system={"swap_used_kb": 420_500})
    for sides in (([base], [new]), ([new], [base])):
        assert doubts(*sides) == {"swap": "the system's use of swap differs by 20,500 kB between the sides"}
