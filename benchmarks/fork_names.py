"""The cost of VMA names in a fork, for large and typical processes, on kernels that count names or copy them.

`python benchmarks/fork_names.py [--boots N] [--rounds N] [--write]`, as root in the checkout's folder, with both
kernels of testphone/guest/build_kernel.sh. Prints the table; `--write` puts it and the figure into docs/. The kernels
boot in turns. A round starts each process once; the process forks 15 times, and the shortest fork counts. The cost of
names is computed per round, from a process with names and the one without that ran just before.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

FORKS = 15
PAGE, PICTURE = ROOT / "docs" / "internals" / "fork.md", ROOT / "docs" / "internals" / "fork.svg"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
KERNELS = {"counted": "counted, as merged", "copied": "copied"}
COLOURS = {"counted": "#2f6fb7", "copied": "#c4572c"}


@dataclass(frozen=True)
class Kind:
    """A process to fork; `arguments` are those of testphone/guest/programs/many_vmas.c without the number of runs."""

    process: str
    names: str
    arguments: tuple[int, int, int, int, int]


KINDS = (
    Kind("64,000 VMAs", "none", (64_000, 0, 1, 79, 0)),
    Kind("64,000 VMAs", "one for all", (64_000, 64_000, 1, 79, 0)),
    Kind("64,000 VMAs", "all different", (64_000, 64_000, 64_000, 79, 0)),
    Kind("usual", "none", (3_500, 0, 1, 18, 20_000)),
    Kind("usual", "46 on 600 VMAs", (3_500, 600, 46, 18, 20_000)),
)
Times = Mapping[tuple[str, Kind], list[float]]
"""Milliseconds by kernel and kind, one value per round."""


def measure(boots: int, rounds: int) -> Times:
    """Boot each kernel this many times, in turns."""
    from testphone.guest import Guest
    from testphone.guest.kernel import kernel_image

    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))  # keeps other work on this machine out of the measurement
    times: dict[tuple[str, Kind], list[float]] = defaultdict(list)
    for boot in range(boots):
        for kernel in KERNELS:
            image = kernel_image(copied_names=kernel == "copied")
            if image is None:
                sys.exit(f"no kernel whose names are {kernel}: sh testphone/guest/build_kernel.sh [--copied-names]")
            with Guest(image) as guest:
                guest.shell("echo 0 >/sys/kernel/mm/ksm/run")  # no other work in the guest
                for each in range(rounds):
                    for kind in KINDS:
                        command = f"many_vmas {' '.join(map(str, kind.arguments))} {FORKS}"
                        done = guest.shell(command)
                        forks = [float(line) for line in done.stdout.split()]
                        if len(forks) != FORKS:
                            sys.exit(f"{command}: {done.stderr.decode()}")
                        times[kernel, kind].append(min(forks))
                    print(
                        f"{kernel}, boot {boot + 1}, round {each + 1}: load {os.getloadavg()[0]:.1f}", file=sys.stderr
                    )
    return times


def more(times: Times, kernel: str, kind: Kind) -> list[float]:
    """By how many percent names make the fork slower, by round."""
    bare = next(other for other in KINDS if other.process == kind.process)
    pairs = zip(times[kernel, kind], times[kernel, bare], strict=True)
    return [100 * (named / nameless - 1) for named, nameless in pairs]


def table(times: Times) -> str:
    """A Markdown table of medians, with ranges in brackets."""
    titles = [text for told in KERNELS.values() for text in (f"{told}: ms", "more than without")]
    lines = [f"| process | names | {' | '.join(titles)} |", f"|---|---|{'---:|' * len(titles)}"]
    for kind in KINDS:
        cells = [kind.process, kind.names]
        for kernel in KERNELS:
            found = times[kernel, kind]
            cells.append(f"{statistics.median(found):.1f} ({min(found):.1f} to {max(found):.1f})")
            cost = more(times, kernel, kind)
            spread = f"**{statistics.median(cost):+.1f} %** ({min(cost):+.1f} to {max(cost):+.1f})"
            cells.append("" if kind.names == "none" else spread)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def picture(times: Times) -> str:
    """An SVG with a dot per round and a bar at the median, on an axis in percent."""
    rows = [(kind, kernel) for kind in KINDS if kind.names != "none" for kernel in KERNELS]
    values = [more(times, kernel, kind) for kind, kernel in rows]
    low = min(-10, *(10 * (min(cost) // 10) for cost in values))
    high = max(50, *(10 * (max(cost) // 10 + 1) for cost in values))
    left, right, top, step = 250, 700, 40, 30
    bottom = top + step * len(rows)

    def at(percent: float) -> float:
        return left + (percent - low) / (high - low) * (right - left)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 730 {bottom + 45}" font-family="sans-serif" font-size="12">',
        "<title>By how much names slow a fork, counted and copied</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        '<text x="20" y="22" font-weight="bold" fill="#222">A fork with names and one without</text>',
    ]
    for percent in range(int(low), int(high) + 1, 10):
        x = at(percent)
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}" stroke="{"#888" if not percent else "#e2e2e2"}"/>'
        )
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle" fill="#444">{percent:+} %</text>')
    for number, ((kind, kernel), cost) in enumerate(zip(rows, values, strict=True)):
        y = top + step * number + step / 2
        label = f"{kind.process}, {kind.names}: {kernel}"
        parts.append(f'<text x="{left - 12}" y="{y + 4}" text-anchor="end" fill="#222">{label}</text>')
        middle = at(statistics.median(cost))
        parts.append(
            f'<line x1="{middle:.1f}" x2="{middle:.1f}" y1="{y - 10}" y2="{y + 10}" stroke="{COLOURS[kernel]}" stroke-width="3"/>'
        )
        parts += [
            f'<circle cx="{at(each):.1f}" cy="{y}" r="4" fill="{COLOURS[kernel]}" fill-opacity="0.45"/>'
            for each in cost
        ]
    parts.append(
        f'<text x="{right}" y="{bottom + 36}" text-anchor="end" fill="#444">a dot: one round; a bar: their median</text>'
    )
    return "\n".join([*parts, "</svg>", ""])


def write(times: Times) -> None:
    """Write the table between its marks in docs/internals/fork.md, and the figure."""
    before, rest = PAGE.read_text("utf-8").split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table(times)}\n{END}{after}", "utf-8")
    PICTURE.write_text(picture(times), "utf-8")


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--boots", type=int, default=2, help="of each kernel (2)")
    parser.add_argument("--rounds", type=int, default=5, help="a boot (5)")
    parser.add_argument(
        "--write", action="store_true", help="also into docs/internals/fork.md and docs/internals/fork.svg"
    )
    options = parser.parse_args(arguments)
    times = measure(options.boots, options.rounds)
    print(table(times))
    if options.write:
        write(times)


if __name__ == "__main__":
    main(sys.argv[1:])
