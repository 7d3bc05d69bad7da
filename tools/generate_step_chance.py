"""Writes droidanon/analysis/stats/step_chance.py: the sizes of steps that occur by chance, from simulated series.

`python tools/generate_step_chance.py` (a minute).
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from droidanon.analysis.stats.steps import grid_length, simulated_chance  # noqa: E402 # found by the line above

LENGTHS = 12
_HEAD = '''"""How large steps are by chance: the simulation of `steps` at the lengths of its grid, computed beforehand.

Written by `python tools/generate_step_chance.py`.
"""

# fmt: off
CHANCE: dict[int, tuple[tuple[float, ...], tuple[float, ...]]] = {
'''
_END = '''}
"""For each length: for noise with each correlation of `steps`, the median correlation of the residuals, and the F that
one series in 50 exceeds.
"""
'''


def main() -> None:
    """The module."""
    lines = [_HEAD]
    for power in range(LENGTHS):
        length = grid_length(power)
        usual, bar = ([repr(number) for number in column.tolist()] for column in simulated_chance(length))
        lines.append(f"    {length}: (\n")
        for numbers in (usual, bar):
            rows = (", ".join(numbers[begin : begin + 5]) for begin in (0, 5))
            lines.append("        (" + ",\n         ".join(rows) + "),\n")
        lines.append("    ),\n")
    (ROOT / "droidanon" / "analysis" / "stats" / "step_chance.py").write_text("".join((*lines, _END)), encoding="utf-8")


if __name__ == "__main__":
    main()
