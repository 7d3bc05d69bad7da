"""Parse throughput on a whole phone's text of at least 300 MB, compared with other methods in the same run.

`python benchmarks/parse.py [FOLDER_OR_ARCHIVE ...]`, in the checkout's folder. By default it uses the whole phones next
to the checkout if present, otherwise the test phone's model. Each method is a ratio to counting newlines, the minimum
for any reader of lines; the slow methods are timed on a part of the text.
"""

from __future__ import annotations

import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

RUNS = 5
LEAST_BYTES = 300_000_000
SLOW_BYTES = 20_000_000
"""The amount of text for methods that are tens of times slower."""
PHONES = ("pixel4-10-chrome.tar.xz", "pixel4-10-youtube.tar.xz")

_ENTRY = re.compile(
    rb"^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) (\S+) (\d+) *(.*)\n(?:(?:[A-Z]\w+): *(?:\d+) kB\n|.*:.*\n)*?"
    rb"Rss: *(\d+) kB\n(?:.*:.*\n)*?Pss: *(\d+) kB\n",
    re.MULTILINE,
)


def phone_texts(arguments: Sequence[str]) -> tuple[str, list[bytes]]:
    """The origin of the texts, and one smaps text per process."""
    from droidanon.smaps.writer import write_process
    from droidanon.sources.resolve import load_source

    data = ROOT.parent / "shared" / "data"
    sources = list(arguments) or [str(data / name) for name in PHONES if (data / name).exists()]
    if sources:
        captures = [load_source(source) for source in sources]
        return ", ".join(Path(source).name for source in sources), [
            b"".join(write_process(capture, index))
            for capture in captures
            for index, process in enumerate(capture.processes)
            if process.rows
        ]
    from testphone.phone.model import ModelPhone
    from testphone.phone.smaps_text import format_entry

    model = ModelPhone(seed=1, processes=300)
    found = ("".join(map(format_entry, model.vmas(process))) for process in model.processes.values())
    return "the test phone's model", [text.encode() for text in found if text]


def count_newlines(texts: Sequence[bytes]) -> None:
    """bytes.count, without splitting."""
    for text in texts:
        text.count(b"\n")


def droidanon_parse(texts: Sequence[bytes]) -> None:
    """All columns, exact."""
    from droidanon.smaps.parse import parse_texts

    parse_texts(texts)


def droidanon_slow(texts: Sequence[bytes]) -> None:
    """The slow path, applied to all of the text."""
    from droidanon.smaps.parse import parse_texts

    parse_texts(texts, fast=False)


def psutil_way(texts: Sequence[bytes]) -> None:
    """Like psutil's Process.memory_maps(grouped=False): a dict of counters per mapping, line by line."""
    for text in texts:
        lines = text.splitlines()
        current = [lines.pop(0)]
        data: dict[bytes, int] = {}
        found = []
        for line in lines:
            fields = line.split(None, 5)
            if not fields[0].endswith(b":"):
                found.append((current.pop(), data))
                data = {}
                current.append(line)
            else:
                try:
                    data[fields[0]] = int(fields[1]) * 1024
                except (ValueError, IndexError):
                    continue
        found.append((current.pop(), data))


def one_regex(texts: Sequence[bytes]) -> None:
    """A regex over the text that matches the header, Rss and Pss of each entry."""
    for text in texts:
        for match in _ENTRY.finditer(text):
            int(match[8]), int(match[9])


def speed(way: Callable[[Sequence[bytes]], None], texts: Sequence[bytes]) -> tuple[float, float]:
    """Median and best MB/s of a method, after one warm-up run."""
    size = sum(map(len, texts))
    times = []
    for _ in range(RUNS + 1):
        begin = time.perf_counter()
        way(texts)
        times.append(time.perf_counter() - begin)
    return size / statistics.median(times[1:]) / 1e6, size / min(times[1:]) / 1e6


def main() -> None:
    """Print one row per method."""
    where, phone = phone_texts(sys.argv[1:])
    size = sum(map(len, phone))
    texts = phone * -(-LEAST_BYTES // size)
    part: list[bytes] = []
    for text in phone:
        if sum(map(len, part)) < SLOW_BYTES:
            part.append(text)
    total, small = sum(map(len, texts)), sum(map(len, part))
    print(f"{where}: {total / 1e6:.0f} MB of {len(texts)} processes; slow ways on {small / 1e6:.0f} MB; {RUNS} runs")
    print(f"{'':34}{'MB/s':>8}{'best':>8}{'ratio':>8}")
    baseline = 0.0
    for name, way, these in (
        ("newlines counted (bytes.count)", count_newlines, texts),
        ("droidanon, fast path", droidanon_parse, texts),
        ("droidanon, slow path only", droidanon_slow, part),
        ("psutil's algorithm", psutil_way, part),
        ("one regex: header, Rss, Pss", one_regex, part),
    ):
        median, best = speed(way, these)
        baseline = baseline or median
        print(f"{name:34}{median:8.0f}{best:8.0f}{median / baseline:8.3f}")


if __name__ == "__main__":
    main()
