"""`droidanon verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from droidanon.cli.options import Access, Csv, Json, PhoneSource, Serial, User, output_format

if TYPE_CHECKING:
    from droidanon.model import Capture, Process
    from droidanon.platform.readers.meminfo_table import Meminfo
    from droidanon.platform.verify import Cell
    from droidanon.report.verify import CellKey, Verification
    from droidanon.sources.adb.server import Device

_MOST_READINGS = 3


class VerifyRequest(NamedTuple):
    source: str
    device: Device
    app: str
    user: int | None
    access: str | None


def verify(
    source: PhoneSource = "adb:",
    app: Annotated[
        str | None,
        typer.Option("--app", metavar="PACKAGE", help="The app to compare (default: the one in the foreground)."),
    ] = None,
    user: User = None,
    every: Annotated[bool, typer.Option("--all", help="Also show values that agree.")] = False,
    serial: Serial = None,
    access: Access = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> int:
    """Compare with the phone's dumpsys meminfo.

    Runs `dumpsys meminfo --local` before and after reading smaps. A value counts as different if it is farther from the
    nearer dumpsys value than the two dumpsys values are from each other. Because memory changes between reads, this is
    repeated up to three times; values that differ each time are printed, and the exit code is 1.

    \b
    Examples:
      droidanon verify adb: --app com.example.app
    """
    from droidanon.cli.loading import with_serial
    from droidanon.errors import UsageError
    from droidanon.report.narration import say
    from droidanon.report.verify import print_verification
    from droidanon.sources.adb.server import open_device
    from droidanon.sources.phone.foreground import ask_foreground, of_user

    output = output_format(json=as_json, csv=as_csv)
    source = with_serial(source, serial)
    if not source.startswith("adb:"):
        raise UsageError(f"{source}: verify compares with a connected phone: adb: or adb:SERIAL")
    device = open_device(source.removeprefix("adb:") or None)
    if app is None:
        top = ask_foreground(device)
        app, user = top.app, top.user if user is None else user
        say(f"comparing the app in the foreground: {app}{of_user(user)} (--app selects another)")
    found = run(VerifyRequest(source, device, app, user, access))
    print_verification(found, output, all_cells=every)
    return 1 if found.different else 0


def run(request: VerifyRequest) -> Verification:
    """Read until no cell has differed in every reading, or the maximum number of readings is reached."""
    from droidanon.report.narration import say
    from droidanon.report.verify import Verification, key_of

    different: set[CellKey] = set()
    for readings in range(1, _MOST_READINGS + 1):
        capture, cells = _read(request)
        now = {key_of(process, cell) for process, cell in cells if cell.differs}
        different = now if readings == 1 else different & now
        if not different:
            break
        if readings < _MOST_READINGS:
            say(f"{len(different)} differ, perhaps because the app's memory changed meanwhile: reading again")
    return Verification(request.source, cells, different, readings, capture.problems)


def _read(request: VerifyRequest) -> tuple[Capture, list[tuple[Process, Cell]]]:
    """Capture an app, and compare its numbers with dumpsys meminfo before and after."""
    from droidanon.cli.options import phone_options
    from droidanon.cli.progress import progress
    from droidanon.platform.readers.meminfo import parse_meminfo
    from droidanon.sources.phone.source import ask_meminfo
    from droidanon.sources.resolve import load_source
    from droidanon.sources.selection import Selection

    def tables() -> dict[int | None, Meminfo]:
        return {table.pid: table for table in parse_meminfo(ask_meminfo(request.device, request.app))}

    with progress() as line:
        line(0, 3, "dumpsys meminfo")
        before = tables()
        capture = load_source(
            request.source,
            Selection(request.app, user=request.user),
            options=phone_options(request.access),
            progress=line,
        )
        line(2, 3, "dumpsys meminfo")
        after = tables()
    return capture, _cells(request.app, capture, before, after)


def _cells(
    app: str, capture: Capture, before: dict[int | None, Meminfo], after: dict[int | None, Meminfo]
) -> list[tuple[Process, Cell]]:
    from droidanon.analysis.heap_sums import heap_sums
    from droidanon.analysis.view import View
    from droidanon.errors import AccessError, DeviceError
    from droidanon.platform.verify import compare_tables
    from droidanon.platform.views.tool_rows import release_of
    from droidanon.report.narration import say

    ours = [pair for pair in heap_sums(View(capture)) if pair[0].fidelity == "smaps"]
    if not ours:
        raise AccessError(f"{app}: nothing to compare: smaps could not be read; run `droidanon doctor`")
    found = []
    for process, sums in ours:
        if process.pid in before and process.pid in after:
            cells = compare_tables(sums, before[process.pid], after[process.pid], release_of(capture, None))
            found += [(process, cell) for cell in cells]
        else:
            say(f"{process.name} (pid {process.pid}): left out: not in both outputs of dumpsys meminfo")
    if not found:
        raise DeviceError(f"{app}: dumpsys meminfo lists none of its processes")
    return found
