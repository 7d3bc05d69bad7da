"""The order of runs, and which phone takes which."""

from __future__ import annotations

from collections import Counter

from droidanon.lab.order import ordered_runs
from droidanon.lab.plan import LabCell, LabRun
from droidanon.lab.queue import RunQueue

OLD, NEW, OTHER = (LabCell("shop", build, "cold") for build in ("1.0", "1.1", "2.0"))
CELLS = [OLD, NEW, OTHER]


def make_queue(*done: LabRun, repetitions: int = 2, retries: int = 1) -> RunQueue:
    return RunQueue(CELLS, repetitions, 1, retries, done)


def taken(queue: RunQueue, phone: str, group: str = "") -> LabRun:
    run = queue.take(phone, group)
    assert run is not None
    return run


def test_each_repetition_has_every_cell_once_in_an_order_of_its_own() -> None:
    runs = ordered_runs("A", CELLS, 20, 1)
    blocks = [runs[start : start + 3] for start in range(0, 60, 3)]
    assert all({run.cell for run in block} == set(CELLS) for block in blocks)
    assert [block[0].repetition for block in blocks] == list(range(1, 21))
    assert len({tuple(run.cell for run in block) for block in blocks}) > 3
    assert ordered_runs("A", CELLS, 20, 1) == runs
    assert ordered_runs("A", CELLS, 5, 1) == runs[:15]
    assert ordered_runs("A", CELLS, 20, 2) != runs
    assert [run.cell for run in ordered_runs("B", CELLS, 20, 1)] != [run.cell for run in runs]


def test_a_phone_takes_the_runs_of_its_group_until_none_is_left() -> None:
    queue = make_queue(LabRun("A", OLD, 1), LabRun("A", NEW, 2))
    queue.join("A", "A")
    runs = []
    while (run := queue.take("A", "A")) is not None:
        runs.append(run)
        assert queue.has_more("A")
        queue.finish(run)
    assert {(run.cell, run.repetition) for run in runs} == {(NEW, 1), (OTHER, 1), (OLD, 2), (OTHER, 2)}
    assert [run.repetition for run in runs] == [1, 1, 2, 2]
    assert not queue.has_more("A")
    assert queue.counts("A") == (6, 6)
    assert queue.left() == []


def test_phones_that_share_a_group_do_each_cell_about_as_often() -> None:
    queue = make_queue(repetitions=30)
    for phone in ("A", "B"):
        queue.join(phone, "")
    count: Counter[tuple[str, LabCell]] = Counter()
    for turn in range(90):  # B is twice as slow
        phone = "B" if turn % 3 == 2 else "A"
        run = taken(queue, phone)
        count[phone, run.cell] += 1
        queue.finish(run)
    for phone, each in (("A", 20), ("B", 10)):
        assert all(abs(count[phone, cell] - each) <= 1 for cell in CELLS)


def test_a_failed_run_goes_to_another_phone_after_all_others() -> None:
    queue = make_queue(repetitions=1)
    queue.join("A", "")
    queue.join("B", "")
    failed = taken(queue, "A")
    assert queue.fail(failed, "A", "broken", by_itself=True)
    queue.finish(taken(queue, "A"))
    queue.finish(taken(queue, "A"))
    assert queue.take("A", "") is None  # B can take it
    assert queue.has_more("")
    assert taken(queue, "B") == failed
    queue.finish(failed)
    assert not queue.has_more("")


def test_a_phone_repeats_its_own_failure_if_no_other_can() -> None:
    queue = make_queue(repetitions=1, retries=5)
    for phone in ("A", "B"):
        queue.join(phone, "")
    run = taken(queue, "A")
    queue.fail(run, "A", "", by_itself=True)
    for _ in range(2):
        queue.finish(taken(queue, "B"))
    assert taken(queue, "B") == run
    queue.fail(run, "B", "", by_itself=True)
    assert taken(queue, "A") == run  # both have failed at it
    queue.fail(run, "A", "", by_itself=True)
    queue.leave("B", "")
    assert taken(queue, "A") == run
    assert queue.is_running()


def test_a_cell_that_never_works_is_given_up() -> None:
    queue = make_queue(repetitions=5, retries=1)
    queue.join("A", "A")
    done = []
    while (run := queue.take("A", "A")) is not None:
        if run.cell == NEW:
            queue.fail(run, "A", "refused", by_itself=True)
        else:
            done.append(run)
            queue.finish(run)
    assert len(done) == 10
    assert {run.cell for run in queue.given_up} == {NEW}
    assert len(queue.given_up) == 5


def test_lost_phones_do_not_give_up_a_cell() -> None:
    queue = make_queue(repetitions=2, retries=0)
    queue.join("A", "A")
    lost = taken(queue, "A", "A")
    assert not queue.fail(lost, "A", "offline", by_itself=False)
    assert list(queue.given_up) == [lost]
    assert len(queue.left()) == 5


def test_a_cancelled_run_is_the_next_again() -> None:
    queue = make_queue()
    queue.join("A", "A")
    run = taken(queue, "A", "A")
    queue.put_back(run, "A")
    assert not queue.is_running()
    assert taken(queue, "A", "A") == run


def test_waiting_runs_without_a_phone() -> None:
    queue = make_queue()
    queue.add_group("A")
    assert not queue.has_active_phone()
    queue.join("B", "B")
    assert queue.has_active_phone()
    queue.leave("B", "B")
    assert not queue.has_active_phone()
    assert len(queue.left()) == 12
