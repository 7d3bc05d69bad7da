"""`droidanon doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from droidanon.cli.options import Captures, Json, Serial, with_serial

if TYPE_CHECKING:
    from droidanon.sources.phone.doctor.finding import Examination


def doctor(
    source: Annotated[str, typer.Argument(metavar="[SOURCE]", help="adb: or adb:SERIAL", show_default="adb:")] = "adb:",
    serial: Serial = None,
    captures: Captures = None,
    as_json: Json = False,
) -> int:
    """Check this host and a phone.

    Reports which apps can be read, by which access, and how to fix the rest. Doctor tries each access, so su may ask for
    permission on the phone. It changes nothing. The exit code is 1 if a check fails.

    \b
    Examples:
      droidanon doctor adb:SERIAL
    """
    from dataclasses import asdict

    from droidanon.cli.narration import say
    from droidanon.errors import UsageError
    from droidanon.report.rows import print_json
    from droidanon.sources.phone.doctor.examination import examine
    from droidanon.store.library import captures_folder

    source = with_serial(source, serial)
    kind, colon, wanted = source.partition(":")
    if not colon or kind != "adb":
        raise UsageError(f"{source}: doctor looks at a phone: adb: or adb:SERIAL")
    found = examine(wanted or None, captures_folder(captures), say)
    if as_json:
        print_json(
            [asdict(finding) for finding in found.findings], source=source, apps=[asdict(app) for app in found.apps]
        )
    else:
        _print(found)
    return 1 if found.failed else 0


def _print(found: Examination) -> None:
    from droidanon.report.table import print_line

    width = max(len(finding.what) for finding in found.findings)
    part = ""
    for finding in found.findings:
        if finding.part != part:
            part = finding.part
            print_line(part)
        print_line(f"  {finding.state:<7}  {finding.what:<{width}}  {finding.told}")
        if finding.advice:
            print_line(f"  {'':<7}  {'':<{width}}  -> {finding.advice}")
