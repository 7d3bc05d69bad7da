"""Writes the reference in docs/python.md from the docstrings of the public API: `python docs/generate_python.py`; `--check` only compares."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path

import droidanon

PAGE = Path(__file__).parent / "python.md"
HEAD = "# Reference\n"
LONGEST = 100
FUNCTIONS = (
    "open",
    "capture",
    "load",
    "save",
    "breakdown",
    "diff",
    "trend",
    "insights",
    "limits",
    "whole_app",
    "exits",
    "check",
    "open_dataset",
    "classify",
    "parse_smaps",
    "redact",
    "set_vma_name",
    "named_buffer",
)
CLASSES = (
    "OpenedCapture",
    "CaptureList",
    "OpenedSeries",
    "Comparison",
    "Growth",
    "CheckResult",
    "Insights",
    "AppLimits",
    "AppMemory",
    "OpenedDataset",
)


def text() -> str:
    """The page: the guide as it stands, and the reference."""
    guide = PAGE.read_text("utf-8").partition(HEAD)[0]
    parts = [guide + HEAD]
    for name in FUNCTIONS:
        parts.append(f"## droidanon.{name}\n\n{_described(getattr(droidanon, name), name)}")
    for name in CLASSES:
        kind = getattr(droidanon, name)
        parts.append(f"## droidanon.{name}\n\n{_sections(inspect.getdoc(kind) or '')}")
        for method, function in vars(kind).items():
            if not method.startswith("_") and callable(function) and method != "of":
                parts.append(f"### {name}.{method}\n\n{_described(function, method)}")
    return "\n".join(parts)


def _described(function: Callable[..., object], name: str) -> str:
    signature = inspect.signature(function)
    parameters, starred = [], False
    for parameter in signature.parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            parameters.append("*")
            starred = True
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        parameters.append(f"{parameter.name}: {parameter.annotation}{default}")
    returned = "" if signature.return_annotation in ("None", signature.empty) else f" -> {signature.return_annotation}"
    call = f"{name}({', '.join(parameters)}){returned}"
    if len(call) > LONGEST:
        call = f"{name}(\n" + "".join(f"    {parameter},\n" for parameter in parameters) + f"){returned}"
    return f"```python\n{call}\n```\n\n{_sections(inspect.getdoc(function) or '')}"


def _sections(docstring: str) -> str:
    """A docstring as Markdown: sections become lists."""
    lines, listed = [], False
    for line in docstring.splitlines():
        section = re.fullmatch(r"(Args|Returns|Raises|Attributes):", line)
        if section:
            listed = section[1] != "Returns"
            lines += [f"**{section[1]}**", ""]
        elif listed and (item := re.fullmatch(r"    ([\w, ]+): (.*)", line)):
            names = ", ".join(f"`{word}`" for word in item[1].split(", "))
            lines.append(f"- {names}: {item[2]}")
        else:
            lines.append(("  " if listed and line else "") + line.strip())
            listed = listed and bool(line)
    return "\n".join(lines).strip() + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text("utf-8") != text())
    PAGE.write_text(text(), "utf-8")
