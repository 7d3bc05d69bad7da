"""Fuzzing by coverage: Atheris (libFuzzer) keeps the inputs that reach new code and mutates them further."""

from __future__ import annotations

import hashlib
import json
import random
import resource
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the child instruments all modules of droidanon before they are imported
    from tests.fuzz.run import Progress

MOST_MB = 2048
MOST_SECONDS = 60
"""Seconds after which libFuzzer ends an input that does not return to Python, where `run.check` would end it."""
_STATUS = "status.json"
_SAVE_S = 1.0


def is_installed() -> bool:
    """Whether the atheris package is there."""
    return find_spec("atheris") is not None


def run_guided(name: str, *, seed: int, seconds: float, folder: Path) -> Progress:
    """Fuzz one target; an input that ends the process is kept, and another process continues.

    Args:
        folder: gets `corpus/`, from which a later run continues, and `failures/`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for child in ("corpus", "failures"):
        (folder / child).mkdir(exist_ok=True)
    from tests.fuzz.run import Progress

    found, end = Progress(), time.monotonic() + seconds
    while (left := end - time.monotonic()) >= 1:
        (folder / _STATUS).unlink(missing_ok=True)
        before = set((folder / "failures").iterdir())
        begin = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", __name__, name, str(seed), str(int(left)), str(folder)]
        ended = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.cpu_s += used.ru_utime + used.ru_stime - begin.ru_utime - begin.ru_stime
        if (folder / _STATUS).exists():
            child_found = json.loads((folder / _STATUS).read_bytes())
            found.inputs += child_found["inputs"]
            found.failures |= child_found["failures"]
        if ended.returncode:
            new = [path for path in (folder / "failures").iterdir() if path not in before and path.name[:2] != "x-"]
            reason = next((line for line in ended.stderr.splitlines() if "ERROR" in line), ended.stderr[-500:])
            found.failures[f"the process ended with {ended.returncode}: {reason}"] = str(new[0]) if new else ""
        seed += 1
    return found


def main() -> None:
    """The child: `python -m tests.fuzz.guided TARGET SEED SECONDS FOLDER`."""
    import atheris

    name, seed, seconds, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
    with atheris.instrument_imports(include=["droidanon"]):
        from droidanon.errors import DroidanonError
        from tests.fuzz.run import Progress, check, kind_of, set_limits
        from tests.fuzz.targets import TARGETS

        target = TARGETS[name]
        corpus = target.corpus()
        for data in corpus:  # imports the modules that are imported when they are needed
            with suppress(DroidanonError):
                target.parse(data)
    for data in corpus:
        (folder / "corpus" / hashlib.sha256(data).hexdigest()[:40]).write_bytes(data)
    progress, saved = Progress(), time.monotonic()
    set_limits()

    def save() -> None:
        progress.cpu_s = time.process_time()
        (folder / _STATUS).write_text(json.dumps(asdict(progress)))

    def one_input(data: bytes) -> None:
        nonlocal saved
        failure = check(target, data)
        progress.inputs += 1
        if failure and kind_of(failure) not in map(kind_of, progress.failures):
            path = folder / "failures" / f"x-{hashlib.sha256(data).hexdigest()[:10]}"
            path.write_bytes(data)
            progress.failures[failure] = str(path)
            print(f"{name}: {path}: {failure}", file=sys.stderr, flush=True)
            save()
        elif time.monotonic() - saved > _SAVE_S:
            saved = time.monotonic()
            save()

    def one_mutation(data: bytes, most_bytes: int, number: int) -> bytes:
        rng = random.Random(number)
        if rng.random() < 0.4 and target.mutate.__module__ == "tests.fuzz.mutate":
            mutated: bytes = atheris.Mutate(data, most_bytes)
            return mutated
        return target.mutate(rng, [data, data, data, rng.choice(corpus)])[:most_bytes]

    options = {
        "seed": seed,
        "max_total_time": seconds,
        "max_len": 1 << 18,
        "rss_limit_mb": MOST_MB,
        "timeout": MOST_SECONDS,
        "artifact_prefix": f"{folder}/failures/",
        "verbosity": 0,
    }
    arguments = [f"-{key}={value}" for key, value in options.items()]
    atheris.Setup([name, *arguments, str(folder / "corpus")], one_input, custom_mutator=one_mutation)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
