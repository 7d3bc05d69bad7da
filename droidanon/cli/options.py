"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from droidanon.cli import completion

if TYPE_CHECKING:
    from droidanon.report.output_format import OutputFormat
    from droidanon.sources.phone.options import PhoneOptions, Prepare

_SOURCE_HELP = (
    "A capture or series, an smaps file, a folder or archive of them, a Perfetto trace, -, adb:, adb:SERIAL, local:, "
    "bugreport:FILE or label:KEY=VALUE."
)
Source = Annotated[str, typer.Argument(metavar="SOURCE", help=_SOURCE_HELP, show_default=False)]
SourceOrSample = Annotated[str | None, typer.Argument(metavar="[SOURCE]", help=_SOURCE_HELP, show_default=False)]
LiveSource = Annotated[str, typer.Argument(metavar="[SOURCE]", help="adb:, adb:SERIAL or local:", show_default="adb:")]
PhoneSource = Annotated[str, typer.Argument(metavar="[SOURCE]", help="adb: or adb:SERIAL", show_default="adb:")]
App = Annotated[str | None, typer.Option("--app", metavar="PACKAGE", help="Only this app and its processes.")]
Pid = Annotated[int | None, typer.Option("--pid", metavar="PID", help="Only the process with this pid.")]
User = Annotated[int | None, typer.Option("--user", metavar="N", min=0, help="Only processes of this Android user.")]
_SERIAL_HELP = "The serial number of the device, as in `adb devices` ($ANDROID_SERIAL)."
Serial = Annotated[str | None, typer.Option("-s", "--serial", metavar="SERIAL", help=_SERIAL_HELP)]
Serials = Annotated[
    list[str] | None,
    typer.Option("-s", "--serial", metavar="SERIAL", help=f"{_SERIAL_HELP[:-1]}; repeat for several devices at once."),
]
AllDevices = Annotated[bool, typer.Option("--all-devices", help="Use all connected devices at once.")]
LongSerial = Annotated[str | None, typer.Option("--serial", metavar="SERIAL", help=_SERIAL_HELP)]
"""For commands with a `-s` of the platform."""
Access = Annotated[
    str | None,
    typer.Option(
        "--access",
        metavar="WAY",
        autocompletion=completion.ways,
        help="How to read the phone: auto, root, su, run-as, shell or reporter ($DROIDANON_ACCESS).",
    ),
]
Transfer = Annotated[
    str,
    typer.Option(
        "--transfer",
        metavar="WAY",
        autocompletion=completion.transfers,
        help="Compression of the data that the phone sends: auto (on slow links), raw or gzip.",
    ),
]
Freeze = Annotated[bool, typer.Option("--freeze", help="Stop the app's processes while reading them, at most 10 s.")]
Gc = Annotated[bool, typer.Option("--gc", help="Run a garbage collection in the processes before reading them.")]
Trim = Annotated[
    str | None,
    typer.Option(
        "--trim",
        metavar="LEVEL",
        help="Call onTrimMemory(LEVEL) in the app before reading: RUNNING_CRITICAL, HIDDEN, COMPLETE, ...",
    ),
]
Settle = Annotated[
    int | None,
    typer.Option(
        "--settle",
        metavar="K",
        min=1,
        help="Wait until RssAnon + VmSwap is stable for K samples (at most 30 s) before reading.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print Markdown, for a pull request.")]
Sample = Annotated[bool, typer.Option("--sample", help="Use the captures bundled with droidanon.")]
SampleCapture = Annotated[bool, typer.Option("--sample", help="Use a capture bundled with droidanon.")]
AllRows = Annotated[
    bool, typer.Option("--all", help="Show all rows, even if they do not fit the terminal (default in a pipe).")
]
TopRows = Annotated[
    int | None,
    typer.Option("--top", metavar="N", min=1, help="Show only the N largest rows, and sum the others in one row."),
]


def _known_release(android: int | None) -> int | None:
    """The release given by --android, if the platform's rules for it are known."""
    if android is not None:
        from droidanon.taxonomy.heaps import NEWEST_ANDROID, OLDEST_ANDROID

        if not OLDEST_ANDROID <= android <= NEWEST_ANDROID:
            raise typer.BadParameter(f"Android {android} is not supported; {OLDEST_ANDROID} to {NEWEST_ANDROID} are")
    return android


Android = Annotated[
    int | None,
    typer.Option(
        "--android",
        metavar="N",
        callback=_known_release,
        help="Use the heap rules of Android N, 8 to 17 (default: the device's release, else 16).",
    ),
]
Rules = Annotated[
    list[Path] | None,
    typer.Option(
        "--rules",
        metavar="FILE",
        help="Custom rule file. Overrides ./droidanon.toml and your user rules.toml.",
        show_default=False,
    ),
]
Captures = Annotated[
    Path | None,
    typer.Option("--captures", metavar="FOLDER", help="Folder of captures ($DROIDANON_CAPTURES, default ./captures)."),
]
Labels = Annotated[
    list[str] | None,
    typer.Option("--label", metavar="KEY=VALUE", help="A label to store with the capture; repeatable."),
]
BY = "app, process, user, heap, sub_heap, category, category:DEPTH, name, normal_name, origin or rule; or a list."
By = Annotated[str, typer.Option("--by", metavar="KEYS", help=BY, autocompletion=completion.keys)]


def counter_name(text: str) -> str:
    """The full name of a counter: `_kb` can be omitted."""
    from droidanon import counters

    if "," in text or text == "all":
        raise typer.BadParameter("name one counter, such as total_pss")
    return counters.counter_name(text)


Counter = Annotated[
    str,
    typer.Option(
        "--counter",
        "--counters",
        metavar="COUNTER",
        callback=counter_name,
        autocompletion=completion.counter,
        help="The counter to compare, such as total_pss, rss or uss.",
    ),
]


def output_format(**asked: bool) -> OutputFormat:
    """The requested output format: `output_format(json=..., csv=...)`. Raises UsageError for more than one."""
    from droidanon.errors import UsageError

    chosen = [name for name, wanted in asked.items() if wanted]
    if len(chosen) > 1:
        raise UsageError(f"choose one of {' and '.join(f'--{name}' for name in chosen)}")
    return cast("OutputFormat", chosen[0] if chosen else "table")


def phone_options(access: str | None, **more: Any) -> PhoneOptions:
    """The options for reading a phone; messages for the user go to stderr."""
    from droidanon.report.narration import say
    from droidanon.sources.phone.options import PhoneOptions

    return PhoneOptions(access=access or "", say=say, **more)


def prepare_options(freeze: bool, gc: bool, trim: str | None, settle: int | None) -> Prepare:
    """The preparations of the phone before reading."""
    from droidanon.sources.phone.options import Prepare

    return Prepare(freeze, gc, trim or "", settle or 0)


def size_option(option: str, text: str) -> float:
    """Parse an option's size, such as 64kB, to kB. Raises UsageError for any other form."""
    from droidanon.errors import UsageError
    from droidanon.units import parse_size_kb

    try:
        return parse_size_kb(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from error


def duration_option(option: str, text: str, *, least: float) -> float:
    """Parse an option's duration, such as 5m, to seconds. Raises UsageError for any other form, or less than `least`
    s."""
    from droidanon.errors import UsageError
    from droidanon.units import parse_duration_s

    try:
        seconds = parse_duration_s(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from error
    if seconds < least:
        raise UsageError(f"{option} {text}: the minimum is {least:g} s")
    return seconds


def not_stdout(output: Path | None, advice: str) -> None:
    """Raise UsageError for `-o -`, which would create a file or folder with that name."""
    from droidanon.errors import UsageError

    if output == Path("-"):
        raise UsageError(f"-o -: can't write to stdout; {advice}")


def label_option(texts: list[str] | None) -> dict[str, str]:
    """Parse labels from `key=value` strings. Raises UsageError for any other form."""
    from droidanon.errors import UsageError

    labels = {}
    for text in texts or []:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError(f"--label {text!r}: use the form KEY=VALUE")
        labels[key] = value
    return labels
