"""Pace, names, cost and absence, over a link that answers as it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import pytest

from droidanon.errors import DeviceError, UsageError
from droidanon.sources.sampling.link import Link, Look
from droidanon.sources.sampling.sample import Away, Sample
from droidanon.sources.sampling.sampler import Sampler, open_sampler
from tests.waiting import PATIENCE_S


def status(pid: int, comm: str, *, uid: int = 10_001, ppid: int = 1, rss: int = 10) -> bytes:
    return f"Name:\t{comm}\nState:\tS (sleeping)\nPid:\t{pid}\nPPid:\t{ppid}\nUid:\t{uid}\nVmRSS:\t{rss} kB\n".encode()


class FakeLink:
    """Says what its attributes say; `cpu_s` grows by `cost` a look."""

    own = "@@marker"

    def __init__(self) -> None:
        self.statuses = [status(7, "app")]
        self.cmdlines = {7: b"com.example.app"}
        self.asked: list[list[int]] = []
        self.cost, self.cpu_s = 0.0, 0.0
        self.error: Exception | None = None
        self.closed = False

    def look(self) -> Look:
        if self.error:
            raise self.error
        self.cpu_s += self.cost
        return Look(b"MemTotal: 5 kB\n" + b"".join(self.statuses), "7 0\n", self.cpu_s)

    def names(self, pids: Sequence[int]) -> dict[int, bytes]:
        self.asked.append(list(pids))
        return {pid: self.cmdlines[pid] for pid in pids if pid in self.cmdlines}

    def close(self) -> None:
        self.closed = True


def sampler_of(link: FakeLink, every_s: float = 0.001, cost_limit: float = 1e9) -> Sampler:
    return Sampler(lambda: link, every_s=every_s, cost_limit=cost_limit, clock=lambda: 1000.0)


def sample(sampler: Sampler) -> Sample:
    seen = next(sampler)
    assert isinstance(seen, Sample)
    return seen


def test_a_sample() -> None:
    seen = sample(sampler_of(FakeLink()))
    (process,) = seen.processes
    assert (process.name, process.oom_score_adj, process.rss_kb) == ("com.example.app", 0, 10)
    assert (seen.time, seen.system.mem_total_kb) == (1000.0, 5)


def test_names_are_asked_for_while_a_process_is_new_and_when_it_becomes_another() -> None:
    link = FakeLink()
    link.cmdlines = {7: b"zygote64"}
    sampler = sampler_of(link)
    assert sample(sampler).processes[0].name == "zygote64"
    link.cmdlines = {7: b"com.example.app"}
    assert sample(sampler).processes[0].name == "com.example.app"
    for _ in range(6):
        sample(sampler)
    assert link.asked == [[7]] * 4
    link.statuses, link.cmdlines = [status(7, "other")], {7: b""}
    assert sample(sampler).processes[0].name == "[other]"
    assert len(link.asked) == 5


def test_what_looks_is_left_out_with_what_it_starts() -> None:
    link = FakeLink()
    link.statuses += [status(50, "sh"), status(51, "cat", ppid=50), status(52, "sh")]
    link.cmdlines |= {50: b"sh\0-c\0...\0@@marker", 52: b"sh\0"}
    assert [one.pid for one in sample(sampler_of(link)).processes] == [7, 52]


def test_the_pace_slows_down_where_looking_costs_too_much() -> None:
    link = FakeLink()
    link.cost = 0.02
    sampler = sampler_of(link, every_s=0.01, cost_limit=0.5)
    assert sample(sampler).cost_share is None
    for _ in range(3):
        seen = sample(sampler)
    assert seen.every_s == pytest.approx(0.04)
    assert seen.cost_share == pytest.approx(0.5)
    link.cost = 0.0
    for _ in range(8):
        seen = sample(sampler)
    assert (seen.every_s, seen.cost_share) == (0.01, 0.0)


def test_the_first_answer_must_come() -> None:
    link = FakeLink()
    link.error = DeviceError("A: offline")
    with pytest.raises(DeviceError, match="A: offline"):
        next(sampler_of(link))


@pytest.mark.parametrize("error", [DeviceError("nothing\ncame"), ConnectionResetError("gone")])
def test_away_is_a_state_and_a_new_link_is_made(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("droidanon.sources.sampling.sampler._RETRY_SECONDS", 0.0)
    first, second = FakeLink(), FakeLink()
    links: list[Link | Exception] = [first, DeviceError("no device"), second]

    def connect() -> Link:
        link = links.pop(0)
        if isinstance(link, Exception):
            raise link
        return link

    sampler = Sampler(connect, every_s=0.001, clock=lambda: 5.0)
    sample(sampler)
    first.error = error
    assert next(sampler) == Away(5.0, " ".join(str(error).split()))
    assert first.closed
    assert next(sampler) == Away(5.0, "no device")
    assert sample(sampler).processes[0].name == "com.example.app"
    assert second.asked == [[7]]


def test_samples_come_at_the_pace() -> None:
    sampler = sampler_of(FakeLink(), every_s=0.05)
    begin = time.monotonic()
    for _ in range(4):
        sample(sampler)
    assert time.monotonic() - begin >= 0.15


@pytest.mark.parametrize("prepare", [lambda link: None, lambda link: setattr(link, "error", OSError("shut"))])
def test_closing_from_another_thread_ends_it(prepare: Callable[[FakeLink], None]) -> None:
    link = FakeLink()
    sampler = sampler_of(link, every_s=1000.0)
    sample(sampler)
    prepare(link)
    threading.Timer(0.05, sampler.close).start()
    begin = time.monotonic()
    assert list(sampler) == []
    assert time.monotonic() - begin < PATIENCE_S
    assert link.closed


def test_only_what_lives_can_be_watched() -> None:
    with pytest.raises(UsageError, match=r"x\.parquet"):
        open_sampler("x.parquet")
    with pytest.raises(UsageError):
        open_sampler("local:1")
