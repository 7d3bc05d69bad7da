"""`droidanon explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from droidanon.cli.options import Android, Json, Rules, output_format


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
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.report.explain import print_explanation
    from droidanon.taxonomy.explain import explain as look_up

    known = chosen_rules(rules)
    print_explanation(look_up(topic, android=android, rules=known), topic, known, output_format(json=as_json))
