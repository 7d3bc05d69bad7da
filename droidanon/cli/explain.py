"""`droidanon explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from droidanon.cli.options import Android, Json, Rules


def explain(
    topic: Annotated[
        str, typer.Argument(metavar="TOPIC", help="A name, a counter, a heap or a category.", show_default=False)
    ],
    rules: Rules = None,
    android: Android = None,
    as_json: Json = False,
) -> None:
    """Explain a name, counter, heap or category.

    Prints its meaning, its origin, why it grows, and how to reduce it.

    \b
    Examples:
      droidanon explain '[anon:scudo:primary]'
      droidanon explain total_pss_kb
    """
    from dataclasses import asdict

    from droidanon.cli.rule_files import chosen_rules
    from droidanon.escape import escape_text
    from droidanon.report.rows import print_json
    from droidanon.taxonomy.explain import explain as look_up

    known = chosen_rules(rules)
    found = look_up(topic, android=android, rules=known)
    if as_json:
        print_json([asdict(found)], source=topic, taxonomy=known.identity())
        return
    lines = {
        "": found.title,
        "heap": " / ".join(part for part in (found.heap, found.sub_heap) if part),
        "category": found.category,
        "rule": found.rule or "",
        "what": found.summary,
        "grows": found.grows,
        "advice": found.advice,
        "source": found.source,
    }
    for label, text in lines.items():
        if text:
            typer.echo(f"{label + ':':10}{escape_text(text)}" if label else escape_text(text))
    for note in found.notes:
        typer.echo(f"{'note:':10}{escape_text(note)}")
