"""Options that several commands share, each written once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A capture, an smaps file, a folder or archive of them, -, adb:, adb:SERIAL, local: or bugreport:FILE",
        show_default=False,
    ),
]
App = Annotated[str | None, typer.Option("--app", metavar="PACKAGE", help="Only this app and its processes.")]
Pid = Annotated[int | None, typer.Option("--pid", help="Only the process with this pid.")]
Serial = Annotated[str | None, typer.Option("-s", "--serial", help="The device, as adb calls it ($ANDROID_SERIAL).")]
LongSerial = Annotated[str | None, typer.Option("--serial", help="The device, as adb calls it ($ANDROID_SERIAL).")]
"""For commands whose `-s` is the platform's own."""
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
Android = Annotated[
    int | None,
    typer.Option("--android", metavar="N", help="Count heaps as Android N does (else the device's, else 16)."),
]
Rules = Annotated[
    list[Path] | None,
    typer.Option(
        "--rules",
        metavar="FILE",
        help="A file of your own rules for names; goes before droidanon.toml here and rules.toml in your settings.",
        show_default=False,
    ),
]
Captures = Annotated[
    Path | None,
    typer.Option("--captures", metavar="FOLDER", help="Folder of captures ($DROIDANON_CAPTURES, else ./captures)."),
]
Counter = Annotated[str, typer.Option("--counter", help="The counter to compare.")]


def with_serial(source: str, serial: str | None) -> str:
    """`adb:` with the serial that `-s` gave."""
    return f"adb:{serial}" if serial and source == "adb:" else source


def size_option(text: str) -> float:
    """kB from a size that was typed. UsageError if it is none."""
    from droidanon.errors import UsageError
    from droidanon.units import parse_size_kb

    try:
        return parse_size_kb(text)
    except ValueError as error:
        raise UsageError(str(error)) from error
