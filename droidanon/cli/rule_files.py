"""Finds the rule files to use: those of `--rules`, the folder's, and the user's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from droidanon.taxonomy.rules import RuleSet

FOLDER_FILE = "droidanon.toml"
USER_FILE = "rules.toml"


def rule_files(given: Sequence[Path] | None) -> list[Path]:
    """The rule files in order of precedence: `given`, ./droidanon.toml, the user's rules.toml."""
    from droidanon.taxonomy.rules import has_rules

    found = list(given or ())
    for path in (Path(FOLDER_FILE), Path(typer.get_app_dir("droidanon")) / USER_FILE):
        if path.is_file() and has_rules(path):
            found.append(path)
    return found


def chosen_rules(given: Sequence[Path] | None = None) -> RuleSet:
    """The rules of these files, followed by the built-in ones. Using the folder's file is reported, because it is
    implicit.

    Raises InputError for a file that is not a rule file.
    """
    from droidanon.report.narration import say
    from droidanon.taxonomy.rules import load_rules

    files = rule_files(given)
    if Path(FOLDER_FILE) in files[len(given or ()) :]:
        say(f"note: using the rules in ./{FOLDER_FILE}")
    return load_rules(files)
