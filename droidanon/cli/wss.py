"""`droidanon wss`."""

from __future__ import annotations

from typing import Annotated

import typer

from droidanon.cli import completion
from droidanon.cli.options import BY, Access, App, Json, PhoneSource, Pid, Rules, Serial, TopRows, User, output_format

_MOST_READINGS = 60


def wss(
    source: PhoneSource = "adb:",
    app: App = None,
    pid: Pid = None,
    user: User = None,
    by: Annotated[str, typer.Option("--by", metavar="KEYS", help=BY, autocompletion=completion.keys)] = "category",
    every: Annotated[str, typer.Option("--every", metavar="TIME", help="Time between readings: 10s, 1m.")] = "10s",
    count: Annotated[
        int, typer.Option("-n", "--count", metavar="N", min=1, max=_MOST_READINGS, help="Number of readings.")
    ] = 3,
    top: TopRows = None,
    rules: Rules = None,
    serial: Serial = None,
    access: Access = None,
    as_json: Json = False,
) -> None:
    """Find resident memory that is not touched.

    Clears the accessed bits of the app's pages, then reads smaps several times: touched memory grows from reading to
    reading, and the rest of RSS is cold. Use the app during this time. Without --app, --pid or --user, reads the app in
    the foreground.

    Needs root. The reset disturbs the app: the kernel considers all its pages idle until they are touched
    again. Without root, record a series and follow swap by name with `droidanon trend`: memory in swap is cold.

    \b
    Examples:
      droidanon wss adb: --app com.example.app
      droidanon wss adb: --app com.example.app --every 30s -n 10 --by name --top 20
      droidanon trend SERIES --counter swap --by name
    """
    from droidanon.analysis.view import View
    from droidanon.analysis.working_set import working_set
    from droidanon.cli.loading import with_serial
    from droidanon.cli.options import duration_option, phone_options
    from droidanon.cli.progress import progress
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.errors import UsageError
    from droidanon.report.wss import WorkingSetReport, print_working_set
    from droidanon.sources.phone.accessed_bits import read_since_reset
    from droidanon.sources.phone.source import AdbSource
    from droidanon.sources.resolve import resolve
    from droidanon.sources.selection import Selection

    output = output_format(json=as_json)
    found = resolve(with_serial(source, serial), phone_options(access))
    phone = getattr(found, "source", None)
    if not isinstance(phone, AdbSource):
        raise UsageError(
            f"wss reads a phone (adb: or adb:SERIAL), not {found.text}: touched pages are not in a capture"
        )
    every_s = duration_option("--every", every, least=0.5)
    known = chosen_rules(rules)
    selection = Selection(app, pid, user=user)
    if selection.everything:
        selection = Selection(foreground=True)
    with progress() as line:
        read = read_since_reset(phone, selection, [every_s * (number + 1) for number in range(count)], line)
    views = [View(capture, None, known) for capture in read.captures]
    result = working_set(views, read.seconds, read.reset, by)
    problems = tuple(dict.fromkeys(problem for capture in read.captures for problem in capture.problems))
    print_working_set(WorkingSetReport(found.text, read.captures[-1].app, known, result, problems, top), output)
