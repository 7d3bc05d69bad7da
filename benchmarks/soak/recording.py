"""`droidanon record` as a process: its messages, the marks it received, and its memory over time."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_CAPTURE = re.compile(r"^capture (\d+): ")
_MARKED = re.compile(r"^marked: (.*)$")
END_S = 90


@dataclass
class Recording:
    """A recording that runs from its creation until `end`."""

    title: str
    folder: Path
    arguments: tuple[str, ...]
    env: Mapping[str, str]
    every_s: float
    process: subprocess.Popen[str] = field(init=False)
    lines: list[str] = field(default_factory=list)
    """Its output on stderr."""
    announced: int = 0
    """The number of the last capture reported as stored."""
    acknowledged: list[str] = field(default_factory=list)
    """Marks reported as made."""
    sent: list[str] = field(default_factory=list)
    memory: list[tuple[float, int]] = field(default_factory=list)
    """Seconds since its start, and its resident kB."""
    peak_kb: int = 0
    began_s: float = 0.0
    lasted_s: float = 0.0
    began_at: float = 0.0

    def __post_init__(self) -> None:
        command = [sys.executable, "-m", "droidanon", "record", "-o", str(self.folder), "--stdin-marks"]
        self.began_s, self.began_at = time.monotonic(), time.time()
        self.process = subprocess.Popen(
            [*command, "--every", f"{self.every_s:g}s", *self.arguments],
            env={**self.env, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            line = line.rstrip("\n")
            self.lines.append(line)
            if found := _CAPTURE.match(line):
                self.announced = int(found[1])
            elif found := _MARKED.match(line):
                self.acknowledged.append(found[1])

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def wait_until_begun(self) -> None:
        """Wait until the first capture is stored. Raises RuntimeError if the recorder ends instead."""
        while not self.announced:
            if not self.runs:
                raise RuntimeError(f"{self.title} did not begin: {self.lines}")
            time.sleep(0.05)

    def mark(self, note: str, way: str) -> None:
        """Add a mark by a line on stdin, by SIGUSR1 (without a note), or by `droidanon mark`."""
        if way == "stdin":
            assert self.process.stdin
            self.process.stdin.write(f"{note}\n")
            self.process.stdin.flush()
        elif way == "signal":
            self.process.send_signal(signal.SIGUSR1)
            note = ""
        else:
            command = [sys.executable, "-m", "droidanon", "mark", str(self.folder), note]
            subprocess.run(command, env={**self.env, "PYTHONPATH": str(ROOT)}, check=True, stdout=subprocess.DEVNULL)
        self.sent.append(note)

    def measure(self) -> None:
        """Record its current memory."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
            found = {key: int(value.split()[0]) for key, value in re.findall(r"^(VmRSS|VmHWM):\s+(.*)$", status, re.M)}
        except OSError:
            return
        if "VmRSS" in found:
            self.memory.append((time.monotonic() - self.began_s, found["VmRSS"]))
            self.peak_kb = found["VmHWM"]

    def end(self) -> int:
        """Send Ctrl-C, and return the exit code."""
        if self.runs:
            self.lasted_s = time.monotonic() - self.began_s
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(END_S)
        self._listener.join(10)
        return code
