"""Pictures of a terminal, one after the other, in one SVG that browsers (and GitHub) play."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_OPENING = re.compile(r"<svg[^>]*>")
_FONT = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)


@dataclass(frozen=True)
class Frame:
    """A screenshot as SVG text, and how long it is shown."""

    svg: str
    seconds: float


def animate(frames: Sequence[Frame]) -> str:
    """The frames in an endless loop. All have the same size; Rich gives each its own ids."""
    opening = _OPENING.search(frames[0].svg)
    assert opening is not None
    total = sum(frame.seconds for frame in frames)
    rules, groups, begin = [], [], 0.0
    for number, frame in enumerate(frames):
        end = begin + frame.seconds
        steps = {0.0: "hidden", begin: "visible", end: "hidden"}
        steps = {at: shown for at, shown in steps.items() if at < total or shown == "visible"}
        keyframes = " ".join(f"{at / total:.2%} {{ visibility: {shown}; }}" for at, shown in sorted(steps.items()))
        rules.append(f"@keyframes frame-{number} {{ {keyframes} }}")
        rules.append(f"#frame-{number} {{ animation: frame-{number} {total:g}s step-end infinite; }}")
        inner = _OPENING.sub("", frame.svg, count=1).rpartition("</svg>")[0]
        groups.append(f'<g id="frame-{number}">{_FONT.sub("", inner) if number else inner}</g>')
        begin = end
    style = "\n".join(rules)
    return f"{opening[0]}\n<style>\n{style}\n</style>\n" + "\n".join(groups) + "\n</svg>\n"
