"""`droidanon rules`: custom rule files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from droidanon.cli.options import Access, Csv, Json, Serial, output_format


def test(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A rule file.", show_default=False)],
    source: Annotated[
        str | None, typer.Argument(metavar="[SOURCE]", help="Also show the memory in SOURCE that each rule matches.")
    ] = None,
    serial: Serial = None,
    access: Access = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> int:
    """Test a rule file.

    Checks the syntax and that each rule matches its own examples. With SOURCE, also prints the memory that each rule
    matches. The exit code is 1 if another rule matches an example, and 2 if FILE is not a valid rule file.

    \b
    Examples:
      droidanon rules test droidanon.toml cold.parquet
    """
    from droidanon.analysis.rule_trial import try_rules
    from droidanon.cli.loading import load
    from droidanon.report.rule_trials import print_trials
    from droidanon.taxonomy.rules import load_rules

    output = output_format(json=as_json, csv=as_csv)
    rules = load_rules([file])
    capture = load(source, serial=serial, access=access) if source is not None else None
    trials = try_rules(rules, capture)
    print_trials(trials, source or str(file), rules, output)
    return int(any(trial.failures for trial in trials))
