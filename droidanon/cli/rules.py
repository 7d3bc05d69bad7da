"""`droidanon rules`: rule files of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from droidanon.cli.options import Access, Csv, Json, Serial, phone_options, with_serial


def test(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A rule file.", show_default=False)],
    source: Annotated[
        str | None, typer.Argument(metavar="[SOURCE]", help="Tell what each rule takes in this source.")
    ] = None,
    serial: Serial = None,
    access: Access = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> int:
    """Test a rule file.

    Checks the syntax and that each rule matches its own examples. With SOURCE, also prints the memory that each rule matches.
    The exit code is 1 if another rule matches an example, and 2 if the file is not a rule file.

    \b
    Examples:
      droidanon rules test droidanon.toml cold.parquet
    """
    from dataclasses import asdict

    from droidanon.analysis.rule_trial import try_rules
    from droidanon.cli.narration import progress, say
    from droidanon.report.rows import print_csv, print_json
    from droidanon.report.rule_trials import print_trials
    from droidanon.sources.resolve import load_source
    from droidanon.taxonomy.rules import load_rules

    rules = load_rules([file])
    capture = None
    if source is not None:
        source = with_serial(source, serial)
        with progress() as line:
            capture = load_source(source, options=phone_options(access), progress=line)
    trials = try_rules(rules, capture)
    rows = [{key: value for key, value in asdict(trial).items() if key != "taken"} for trial in trials]
    for row, trial in zip(rows, trials, strict=True):
        row |= asdict(trial.taken) if trial.taken is not None else {}
    if as_json:
        print_json(rows, source=source or str(file), taxonomy=rules.identity())
    elif as_csv:
        flat = [
            {key: "; ".join(value) if isinstance(value, tuple) else value for key, value in row.items()} for row in rows
        ]
        print_csv(flat, list(flat[0]) if flat else ["rule"])
    else:
        print_trials(trials)
    for trial in trials:
        for failure in trial.failures:
            say(f"{trial.place}: {failure}")
    return int(any(trial.failures for trial in trials))
