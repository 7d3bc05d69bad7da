"""Runs a target in a child process with limits of memory and time, so that a crash of the interpreter is seen and its input kept."""

from __future__ import annotations

import random
import resource
import signal
import tempfile
import time
import warnings
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from types import FrameType

from droidanon.errors import DroidanonError
from tests.fuzz.mutate import mutate
from tests.fuzz.targets import TARGETS, Target

MOST_ADDRESS_SPACE = 4 << 30
"""2 GiB of memory for an input, and what libraries reserve."""
LEAST_SECONDS, SECONDS_PER_MB = 2, 20
"""Processor time that an input may need, by its size."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended. `input`: what failed."""

    inputs: int
    cpu_s: float
    failure: str = ""
    input: bytes = b""


class TooSlow(Exception):
    """An input needs more processor time than its size justifies."""


def _on_time(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow


def check(target: Target, data: bytes) -> str:
    """What is wrong with how a parser takes an input; '' if nothing is."""
    limit = LEAST_SECONDS + SECONDS_PER_MB * len(data) / 1e6
    signal.setitimer(signal.ITIMER_VIRTUAL, limit)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            target.parse(data)
    except DroidanonError:
        pass
    except TooSlow:
        return f"more than {limit:.1f} s of processor time for {len(data)} bytes"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return ""


def _work(name: str, seed: int, inputs: int | None, seconds: float | None, last: str, results: object) -> None:
    """The child: inputs until one fails, or the end; `last` is a file with the input that is parsed."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESS_SPACE, MOST_ADDRESS_SPACE))
    signal.signal(signal.SIGVTALRM, _on_time)
    target, rng = TARGETS[name], random.Random(f"{name} {seed}")
    corpus = target.corpus()
    done, end = 0, time.monotonic() + (seconds or float("inf"))
    begin = time.process_time()
    kept = open(last, "r+b", buffering=0)
    while (inputs is None or done < inputs) and time.monotonic() < end:
        data = corpus[done] if done < len(corpus) else mutate(rng, corpus)
        kept.seek(0)
        kept.write(len(data).to_bytes(8, "little") + data)
        failure = check(target, data)
        done += 1
        if failure:
            results.put(Outcome(done, time.process_time() - begin, failure, data))  # type: ignore[attr-defined]
            return
    results.put(Outcome(done, time.process_time() - begin))  # type: ignore[attr-defined]


def run(name: str, *, seed: int = 1, inputs: int | None = None, seconds: float | None = None) -> Outcome:
    """One run, which ends with the first input that fails."""
    context = get_context("fork")
    with tempfile.NamedTemporaryFile() as last:
        results = context.SimpleQueue()
        child = context.Process(target=_work, args=(name, seed, inputs, seconds, last.name, results))
        child.start()
        child.join()
        if not results.empty():
            found: Outcome = results.get()
            return found
        kept = Path(last.name).read_bytes()
        size = int.from_bytes(kept[:8], "little")
        return Outcome(0, 0.0, f"the process ended with {child.exitcode}", kept[8 : 8 + size])
