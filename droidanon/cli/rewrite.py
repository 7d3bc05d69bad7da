"""`droidanon rewrite`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from droidanon.cli.options import not_stdout


def rewrite(
    captures: Annotated[
        list[Path],
        typer.Argument(metavar="CAPTURE...", help="Captures, series, or folders of them.", show_default=False),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write a new file and leave the only CAPTURE unchanged."),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Also store captures in full that a series stores as changes.")
    ] = False,
) -> int:
    """Convert captures to the current format.

    Other tools can then open them. Text that droidanon does not use, such as the logs of a bug report, is removed.
    All numbers stay the same. Each file is replaced at once or not at all.

    \b
    Examples:
      droidanon rewrite captures/
      droidanon rewrite old.parquet -o new.parquet
      droidanon rewrite --full captures/20260102T030405Z_Pixel-9_com.example.app
    """
    from droidanon.errors import DroidanonError, UsageError
    from droidanon.report.captures import print_rewritten
    from droidanon.report.narration import say
    from droidanon.store.rewrite import Dependents, rewrite_capture

    not_stdout(output, "a capture is a file")
    files = list(_files(captures))
    if full:
        files.reverse()  # a capture is stored as changes of an older one
    if output is not None and (len(files) != 1 or files != captures):
        raise UsageError("-o writes one capture: name one file, not a folder")
    code, dependents = 0, Dependents()
    for file in files:
        try:
            print_rewritten(rewrite_capture(file, output, full=full, dependents=dependents))
        except DroidanonError as error:
            say(f"droidanon: {error}")
            code = max(code, error.exit_code)
    return code


def _files(captures: Sequence[Path]) -> Iterator[Path]:
    from droidanon.errors import InputError
    from droidanon.escape import escape_text
    from droidanon.store.library import capture_files

    for path in captures:
        if not path.is_dir():
            yield path
            continue
        found = capture_files(path)
        if not found:
            raise InputError(f"{escape_text(str(path))}: no captures in this folder")
        yield from found
