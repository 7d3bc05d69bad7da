"""Options that several commands share, each written once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from droidanon.cli import completion

if TYPE_CHECKING:
    from droidanon.sources.phone.options import PhoneOptions, Prepare

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A capture or series, an smaps file, a folder or archive of them, a Perfetto trace, -, adb:, adb:SERIAL, local: or bugreport:FILE.",
        show_default=False,
    ),
]
LiveSource = Annotated[str, typer.Argument(metavar="[SOURCE]", help="adb:, adb:SERIAL or local:", show_default="adb:")]
App = Annotated[str | None, typer.Option("--app", metavar="PACKAGE", help="Only this app and its processes.")]
Pid = Annotated[int | None, typer.Option("--pid", metavar="PID", help="Only the process with this pid.")]
Serial = Annotated[
    str | None, typer.Option("-s", "--serial", metavar="SERIAL", help="The device, as adb calls it ($ANDROID_SERIAL).")
]
Serials = Annotated[
    list[str] | None,
    typer.Option(
        "-s",
        "--serial",
        metavar="SERIAL",
        help="The device, as adb calls it ($ANDROID_SERIAL); repeated: several at once.",
    ),
]
AllDevices = Annotated[bool, typer.Option("--all-devices", help="All connected devices at once.")]
LongSerial = Annotated[
    str | None, typer.Option("--serial", metavar="SERIAL", help="The device, as adb calls it ($ANDROID_SERIAL).")
]
"""For commands whose `-s` is the platform's own."""
Access = Annotated[
    str | None,
    typer.Option(
        "--access",
        metavar="WAY",
        autocompletion=completion.ways,
        help="Read a phone as: auto, root, su, run-as, shell, reporter ($DROIDANON_ACCESS).",
    ),
]
Transfer = Annotated[
    str,
    typer.Option(
        "--transfer",
        metavar="WAY",
        autocompletion=completion.transfers,
        help="How texts come over: auto (compressed where the link is slow), raw, gzip.",
    ),
]
Freeze = Annotated[
    bool, typer.Option("--freeze", help="Stop the app's processes while they are read, for 10 s at most.")
]
Gc = Annotated[bool, typer.Option("--gc", help="Have the processes collect garbage before they are read.")]
Trim = Annotated[
    str | None,
    typer.Option("--trim", metavar="LEVEL", help="Send a trim before reading: RUNNING_CRITICAL, HIDDEN, COMPLETE, ..."),
]
Settle = Annotated[
    int | None,
    typer.Option("--settle", metavar="K", min=1, help="Read when RssAnon + VmSwap held still K times, or after 30 s."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]


def _known_release(android: int | None) -> int | None:
    """A release that was typed, if the platform's rules of it are known."""
    if android is not None:
        from droidanon.taxonomy.heaps import NEWEST_ANDROID, OLDEST_ANDROID

        if not OLDEST_ANDROID <= android <= NEWEST_ANDROID:
            raise typer.BadParameter(
                f"the rules of Android {OLDEST_ANDROID} to {NEWEST_ANDROID} are known, those of {android} are not"
            )
    return android


Android = Annotated[
    int | None,
    typer.Option(
        "--android",
        metavar="N",
        callback=_known_release,
        help="Count heaps as Android N (8 to 17) does (else as the device's, else 16).",
    ),
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
Labels = Annotated[
    list[str] | None, typer.Option("--label", metavar="KEY=VALUE", help="A label to keep with it; may be repeated.")
]
BY = "app, process, heap, sub_heap, category, category:DEPTH, name, normal_name, origin, rule; or a list of them."
By = Annotated[str, typer.Option("--by", metavar="KEYS", help=BY, autocompletion=completion.keys)]


def counter_name(text: str) -> str:
    """A counter's name, of which `_kb` may be left out."""
    from droidanon.counters import NOT_SUMS

    return text if text.endswith("_kb") or text in NOT_SUMS else f"{text}_kb"


Counter = Annotated[
    str,
    typer.Option(
        "--counter",
        metavar="COUNTER",
        callback=counter_name,
        autocompletion=completion.counter,
        help="The counter to compare, such as total_pss, rss or uss.",
    ),
]


def phone_options(access: str | None, **more: Any) -> PhoneOptions:
    """How a phone is read; what a person must know on the way is said on stderr."""
    from droidanon.cli.narration import say
    from droidanon.sources.phone.options import PhoneOptions

    return PhoneOptions(access=access or "", say=say, **more)


def prepare_options(freeze: bool, gc: bool, trim: str | None, settle: int | None) -> Prepare:
    """What is asked of processes before they are read."""
    from droidanon.sources.phone.options import Prepare

    return Prepare(freeze, gc, trim or "", settle or 0)


def with_serial(source: str, serial: str | None) -> str:
    """`adb:` with the serial that `-s` gave. UsageError where `-s` means nothing."""
    from droidanon.errors import UsageError

    if not serial or source == f"adb:{serial}":
        return source
    if source != "adb:":
        raise UsageError(f"-s {serial} is for adb:, not for {source}")
    return f"adb:{serial}"


def size_option(text: str) -> float:
    """kB from a size that was typed. UsageError if it is none."""
    from droidanon.errors import UsageError
    from droidanon.units import parse_size_kb

    try:
        return parse_size_kb(text)
    except ValueError as error:
        raise UsageError(str(error)) from error


def duration_option(text: str, *, least: float) -> float:
    """Seconds from a time that was typed. UsageError if it is none, or less than `least` seconds."""
    from droidanon.errors import UsageError
    from droidanon.units import parse_duration_s

    try:
        seconds = parse_duration_s(text)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if seconds < least:
        raise UsageError(f"{text}: must be at least {least:g} s")
    return seconds


def not_stdout(output: Path | None, advice: str) -> None:
    """UsageError for `-o -`, which would be a file or folder called `-`."""
    from droidanon.errors import UsageError

    if output == Path("-"):
        raise UsageError(f"-o -: not written to stdout; {advice}")


def label_option(texts: list[str] | None) -> dict[str, str]:
    """Labels from `key=value` texts. UsageError for another form."""
    from droidanon.errors import UsageError

    labels = {}
    for text in texts or []:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError(f"--label {text!r}: write it as key=value")
        labels[key] = value
    return labels
