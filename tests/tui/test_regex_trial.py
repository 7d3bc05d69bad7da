"""A user's regex is tried in a process of its own before the TUI applies it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from droidanon_tui.explore import regex_trial
from droidanon_tui.explore.regex_trial import RegexTrial

from droidanon.errors import InputError
from droidanon.taxonomy.rules import load_rules

NAME = f"[anon:{'a' * 60}]"


def trial(folder: Path, regex: str, cpu_seconds: int = 1) -> RegexTrial:
    path = folder / "rules.toml"
    path.write_text(f"[[rule]]\nid = 'mine'\nregex = '{regex}'\ncategory = 'native.other'\n")
    return RegexTrial(load_rules([path]), cpu_seconds)


def test_a_regex_that_takes_for_ever_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"rules.toml:\d+: rule 'mine' takes too long"):
        trial(tmp_path, r"\[anon:(a+)+b\]").run(["x", NAME], lambda: False)


def test_a_trial_that_is_cancelled_ends_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regex_trial, "_MOST_SECONDS", 1000.0)
    begin = time.monotonic()
    with pytest.raises(InputError, match="cancelled"):
        trial(tmp_path, r"\[anon:(a+)+b\]", 1000).run([NAME], lambda: True)
    assert time.monotonic() - begin < 60


def test_names_are_tried_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = trial(tmp_path, r"\[anon:a+\]")
    made.run([NAME, "\udcff\x00"], lambda: False)
    monkeypatch.setattr("subprocess.Popen", None)
    made.run([NAME], lambda: False)


def test_without_regexes_of_the_user_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subprocess.Popen", None)
    RegexTrial(None).run([NAME], lambda: False)
    RegexTrial(load_rules()).run([NAME], lambda: False)
