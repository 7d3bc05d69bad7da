"""`droidanon procrank`."""

from __future__ import annotations

from typing import Annotated

import typer

from droidanon.cli.options import Access, Android, App, LongSerial, Source

_SORT = "Sort by {}."


def procrank(
    source: Source,
    by_vss: Annotated[bool, typer.Option("-v", help=_SORT.format("VSS"))] = False,
    by_rss: Annotated[bool, typer.Option("-r", help=_SORT.format("RSS"))] = False,
    by_pss: Annotated[bool, typer.Option("-p", help=_SORT.format("PSS (the default)"))] = False,
    by_uss: Annotated[bool, typer.Option("-u", help=_SORT.format("USS"))] = False,
    by_swap: Annotated[bool, typer.Option("-s", help=_SORT.format("swap"))] = False,
    by_oom: Annotated[bool, typer.Option("-o", help="Show oom_score_adj and sort by it.")] = False,
    reverse: Annotated[bool, typer.Option("-R", help="Smallest first.")] = False,
    descendants: Annotated[
        list[int] | None, typer.Option("-d", metavar="PID", help="Only this process and its descendants; repeatable.")
    ] = None,
    app: App = None,
    android: Android = None,
    serial: LongSerial = None,
    access: Access = None,
) -> None:
    """Rank processes, as AOSP's procrank.

    PSwap is the kernel's SwapPss. USwap is - unless SwapPss equals Swap. For a bug report that contains procrank's
    output, the numbers are procrank's own.

    \b
    Examples:
      droidanon procrank adb: -o
    """
    from droidanon.cli.loading import load
    from droidanon.platform.views.procrank import format_procrank
    from droidanon.platform.views.procrank import procrank as rank
    from droidanon.platform.views.tool_rows import PAGES_WRONG, PAGES_WRONG_IN, release_of
    from droidanon.report.narration import say, say_problems

    capture = load(source, serial=serial, access=access, app=app)
    chosen = {"oom": by_oom, "swap": by_swap, "uss": by_uss, "pss": by_pss, "rss": by_rss, "vss": by_vss}
    sort = next((name for name, wanted in chosen.items() if wanted), "pss")
    release = release_of(capture, android)
    ranks = rank(capture, release, sort=sort, reverse=reverse, descendants_of=descendants or ())
    typer.echo("\n".join(format_procrank(capture, ranks, release, oom=by_oom)))
    say_problems(capture.problems, notes=capture.notes)
    if release == PAGES_WRONG_IN:
        say(PAGES_WRONG)
    without = sum(one.pss is None for one in ranks)
    if without:
        say(f"{without} of {len(ranks)} processes have no known PSS, so its total is left out")
