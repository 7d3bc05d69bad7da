"""`droidanon share`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from droidanon.cli.options import Json, not_stdout, output_format

SALT_FILE = "share-salt"
"""In the user's settings folder."""


class ShareRequest(NamedTuple):
    """What to share, and where to write it."""

    sources: list[str]
    output: Path | None
    """None for a preview."""
    rules: list[Path]
    salt: Path


def share(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]...", help="Captures, series, datasets, or any other source.", show_default=False
        ),
    ] = None,
    redact: Annotated[
        bool, typer.Option("--redact", help="Replace what identifies apps, users and phones by pseudonyms.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="OUTPUT", help="A new .parquet file (for one capture), or a new folder."
        ),
    ] = None,
    rules: Annotated[
        list[Path] | None,
        typer.Option("--rules", metavar="FILE", help="Rules that come before the built-in ones.", show_default=False),
    ] = None,
    salt: Annotated[
        Path | None,
        typer.Option(
            "--salt",
            metavar="FILE",
            help="The salt of the pseudonyms, created if missing (default: in your settings folder).",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List how each text would change; write nothing.")] = False,
    show_rules: Annotated[bool, typer.Option("--show-rules", help="Print the bundled rules.")] = False,
    as_json: Json = False,
) -> None:
    """Copy captures without private names.

    All numbers, heaps and categories stay, and so do names of the platform. Other names become pseudonyms, equal in all
    copies that you make with the same salt. Free text is dropped. Before the copy gets its name, all its bytes are
    searched for the names of the original; if one is found, nothing is written.

    \b
    Examples:
      droidanon share cold.parquet --redact -o shared.parquet
      droidanon share captures/20260102_series cold.parquet --redact -o shared/
      droidanon share cold.parquet --redact --dry-run
    """
    from droidanon.errors import UsageError
    from droidanon.report.share import print_rules

    printed = output_format(json=as_json)
    if show_rules:
        print_rules()
        return
    if not sources:
        raise UsageError("name a SOURCE to share")
    if not redact:
        raise UsageError("share copies captures without names: add --redact (to share all of a capture, copy its file)")
    not_stdout(output, "the copy is a file or folder")
    if (output is None) != dry_run:
        raise UsageError("choose an output with -o, or --dry-run" if output is None else "--dry-run writes no output")
    default = Path(typer.get_app_dir("droidanon")) / SALT_FILE
    run(ShareRequest(sources, output, rules or [], salt or default), as_json=printed == "json")


def run(request: ShareRequest, *, as_json: bool) -> None:
    """Write the copy, or list what it would contain."""
    from droidanon.cli.progress import progress
    from droidanon.report.share import ShareReport, print_preview, print_shared
    from droidanon.share.policy import load_policy
    from droidanon.share.run import preview, share
    from droidanon.share.salt import read_salt

    policy, salt = load_policy(request.rules), read_salt(request.salt, request.output)
    with progress() as line:
        if request.output is None:
            found = preview(request.sources, policy, salt, line)
        else:
            found = share(request.sources, request.output, policy, salt, line)
    report = ShareReport(request.sources, found)
    if request.output is None:
        print_preview(report, as_json=as_json)
    else:
        print_shared(report, as_json=as_json)
