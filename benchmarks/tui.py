"""The TUI on a real pty with a whole phone of a million VMAs: start to first table, key to response, peak memory.

`python benchmarks/tui.py [NEW BASE]`, in the checkout's folder; without captures, the model's phone is captured (a
minute). The response to a key is timed to its first and last byte, including work done by workers.
"""

from __future__ import annotations

import os
import re
import select
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.terminal import Terminal

ROUNDS = 3
QUIET = 0.25
"""Seconds without output after which a response is complete."""
PATIENCE = 30.0
_ESCAPES = re.compile(rb"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[()].|[=>78])")


@dataclass(frozen=True)
class Step:
    """A key (or keys typed at once), and a word in its response if a worker produces it."""

    name: str
    keys: bytes
    word: str = ""


ONE = (
    Step("down", b"j"),
    Step("page down", b"\x1b[6~"),
    Step("open row (category)", b"l"),
    Step("close row", b"h"),
    Step("to the end", b"\x1b[F"),
    Step("to the top", b"\x1b[H"),
    Step("sort by the next column", b"s"),
    Step("reverse", b"S"),
    Step("counter", b"C"),
    Step("heaps (G)", b"G"),
    Step("names (G)", b"G"),
    Step("categories (G)", b"G"),
    Step("kB or MiB", b"u"),
    Step("treemap", b"t"),
    Step("tile to the right", b"l"),
    Step("into the tile", b"\r"),
    Step("table again", b"t"),
    Step("filter opens", b"/"),
    Step("filter: s", b"s"),
    Step("filter: c", b"c"),
    Step("filter: u", b"u"),
    Step("filter done", b"\r"),
    Step("filter away", b"\x1b"),
    Step("help", b"?"),
    Step("back", b"\x1b"),
)
TWO = (
    Step("down", b"j"),
    Step("open row (category)", b"l"),
    Step("open its largest row", b"jl"),
    Step("open a name: VMAs of both sides", b"jl"),
    Step("changed rows or all", b"a"),
    Step("changed rows again", b"a"),
    Step("heaps (G)", b"G"),
    Step("names (G)", b"G"),
    Step("categories (G)", b"G"),
    Step("alone again (d)", b"d"),
    Step("compare (d)", b"d", "delta"),
    Step("swap sides", b"w", "delta"),
    Step("another counter, compared", b"C", "delta"),
)


@dataclass(frozen=True)
class Answer:
    """Seconds to the first and last byte of a response, and processor seconds of the program's threads meanwhile."""

    first: float
    last: float
    computed: float


class Session:
    """One TUI on its pty."""

    def __init__(self, arguments: list[str], folder: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"XDG_STATE_HOME": str(folder / "state"), "ANDROID_ADB_SERVER_PORT": "1"}
        self.begin = time.perf_counter()
        command = [sys.executable, "-m", "droidanon", "tui", *arguments, "--captures", str(folder / "captures")]
        self.terminal = Terminal(command, environment, Path.cwd())

    def hear(self, word: str, begin: float, *, settle: bool = True) -> Answer:
        """The output from `begin` until a word of it appears (and then until it is quiet)."""
        seen, first, last = b"", 0.0, begin
        computed = self.computed()
        while True:
            found = bool(seen) and word.encode() in _ESCAPES.sub(b"", seen)
            if found and not settle:
                break
            if not select.select([self.terminal.terminal], [], [], QUIET if found else PATIENCE)[0]:
                assert found, f"no answer {word!r} in {PATIENCE} s"
                break
            seen += os.read(self.terminal.terminal, 1 << 16)
            last = time.perf_counter()
            first = first or last - begin
        return Answer(first, last - begin, self.computed() - computed)

    def press(self, step: Step) -> Answer:
        begin = time.perf_counter()
        self.terminal.type(step.keys)
        return self.hear(step.word, begin)

    def computed(self) -> float:
        """Processor seconds of all threads, including those that ended (clock_getcpuclockid(3)), and of processes it waited
        for (cutime and cstime of /proc/PID/stat); other work on the machine is not included.
        """
        pid = self.terminal.process.pid
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[13:15]
        return time.clock_gettime(~pid << 3 | 2) + sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    def peak_mb(self) -> float:
        """VmHWM of the process."""
        text = Path(f"/proc/{self.terminal.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", text)[1]) / 1024  # type: ignore[index]

    def close(self) -> None:
        self.terminal.type(b"q")
        self.terminal.exit_code()


def start(arguments: list[str], word: str, folder: Path) -> tuple[Session, Answer]:
    """Start a session, and wait for its first table; returns the time this took."""
    session = Session(arguments, folder)
    answer = session.hear(word, session.begin, settle=False)
    answer = Answer(answer.first, answer.last, session.computed())
    time.sleep(2 * QUIET)
    session.hear("", time.perf_counter())
    return session, answer


def run(title: str, arguments: list[str], word: str, steps: tuple[Step, ...], folder: Path) -> None:
    """Print one row per step, with medians."""
    starts: list[Answer] = []
    found: dict[str, list[Answer]] = {step.name: [] for step in steps}
    peak = 0.0
    for _ in range(ROUNDS):
        session, answer = start(arguments, word, folder)
        starts.append(answer)
        for step in steps:
            found[step.name].append(session.press(step))
        peak = max(peak, session.peak_mb())
        session.close()
    print(f"\n{title:38}{'first':>9}{'all':>9}{'least':>9}{'computed':>9}  ms (medians; the quickest; on a processor)")
    for name, answers in {"start to first table": starts, **found}.items():
        firsts, lasts = [a.first for a in answers], [a.last for a in answers]
        columns = statistics.median(firsts), statistics.median(lasts), min(lasts), min(a.computed for a in answers)
        print(f"{name:38}" + "".join(f"{value * 1000:9,.0f}" for value in columns))
    print(f"{'peak memory':38}{peak:9,.0f} MB")


def main() -> None:
    """Measure one capture, then the diff of two."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import pandas"], check=True)
    print(f"{'import pandas, for comparison':38}{(time.perf_counter() - begin) * 1000:9,.0f}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        paths = sys.argv[1:3]
        if not paths:
            paths = [str(folder / "new.parquet"), str(folder / "base.parquet")]
            maker = str(Path(__file__).with_name("whole_phone.py"))
            for path, growth in zip(paths, ("3", "0"), strict=True):
                subprocess.run([sys.executable, maker, path, growth], check=True, stdout=subprocess.DEVNULL)
        run("one capture", [paths[0]], "native", ONE, folder)
        if len(paths) > 1:
            run("diff", [paths[0], "--base", paths[1]], "delta", TWO, folder)


if __name__ == "__main__":
    main()
