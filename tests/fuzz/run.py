"""Runs a target in a child process with limits of memory and time: a crash of the interpreter is noticed, and its input kept."""

from __future__ import annotations

import hashlib
import os
import random
import re
import resource
import signal
import tempfile
import time
import traceback
import warnings
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from types import FrameType

from droidanon.errors import DroidanonError
from tests.fuzz.targets import TARGETS, Target

MOST_ADDRESS_SPACE = 4 << 30
"""2 GiB of memory for an input, and what libraries reserve."""
LEAST_SECONDS, SECONDS_PER_MB = 10, 20
"""Processor time that an input may need, by its size. A dataset takes a second, and twice that on a loaded machine."""
FIRST_SECONDS = 60
"""Processor time that the first input may need in addition: it imports modules, which takes seconds on a loaded machine."""


@dataclass
class Progress:
    """The inputs of a target so far. `failures`: the file of the input of each failure."""

    inputs: int = 0
    cpu_s: float = 0.0
    failures: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """The end of a run. `input`: the input that failed."""

    inputs: int
    cpu_s: float
    failure: str = ""
    input: bytes = b""


class TooSlow(BaseException):
    """An input needs more processor time than its size justifies. A parser that catches every Exception passes it on."""


def _on_time(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow


def check(target: Target, data: bytes, *, valid: bool = False, first: bool = False) -> str:
    """How a parser fails with an input; '' if it does not. It may refuse an input that is not `valid`."""
    limit = LEAST_SECONDS + SECONDS_PER_MB * len(data) / 1e6 + (FIRST_SECONDS if first else 0)
    signal.setitimer(signal.ITIMER_VIRTUAL, limit)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            target.parse(data)
    except DroidanonError as error:
        return f"{type(error).__name__}: {error}" if valid else ""
    except TooSlow:
        return f"more than {limit:.1f} s of processor time for {len(data)} bytes"
    except Exception as error:
        return f"{type(error).__name__}: {error} ({_raised_at(error)})"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return ""


def _raised_at(error: Exception) -> str:
    """The deepest line of droidanon in a traceback."""
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if "/droidanon/" in frame.filename]
    return f"{Path(lines[-1].filename).name}:{lines[-1].lineno}" if lines else "outside droidanon"


def set_limits() -> None:
    """Limit the memory and the time per input of this process, which does not wait for the disk any more."""
    os.fsync = lambda fd: None
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESS_SPACE, MOST_ADDRESS_SPACE))
    signal.signal(signal.SIGVTALRM, _on_time)


def _work(name: str, seed: int, inputs: int | None, seconds: float | None, last: str, results: object) -> None:
    """The child: inputs until one fails, or the end; `last` is a file with the input that is parsed."""
    target, rng = TARGETS[name], random.Random(f"{name} {seed}")
    corpus, seeds = target.corpus(), len(target.seeds())
    set_limits()
    done, end = 0, time.monotonic() + (seconds or float("inf"))
    begin = time.process_time()
    kept = open(last, "r+b", buffering=0)
    while (inputs is None or done < inputs) and time.monotonic() < end:
        data = corpus[done] if done < len(corpus) else target.mutate(rng, corpus)
        kept.seek(0)
        kept.write(len(data).to_bytes(8, "little") + data)
        failure = check(target, data, valid=done < seeds, first=done == 0)
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


def run_blind(name: str, *, seed: int, seconds: float, folder: Path) -> Progress:
    """Runs until the time is over; `folder` gets `failures/`."""
    found, end = Progress(), time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        outcome = run(name, seed=seed, seconds=left)
        found.inputs, found.cpu_s, seed = found.inputs + outcome.inputs, found.cpu_s + outcome.cpu_s, seed + 1
        if outcome.failure and kind_of(outcome.failure) not in map(kind_of, found.failures):
            path = folder / "failures" / hashlib.sha256(outcome.input).hexdigest()[:10]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(outcome.input)
            found.failures[outcome.failure] = str(path)
    return found


def kind_of(failure: str) -> str:
    """The same text for failures that are most likely the same: their numbers differ."""
    return re.sub("[0-9]+", "0", failure)[-80:]
