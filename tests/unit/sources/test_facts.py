"""The facts of a process on their way to a capture."""

from __future__ import annotations

from dataclasses import fields

from droidanon.model import Process
from droidanon.platform.readers.process_states import ListedState
from droidanon.sources.facts import ProcessFacts


def test_all_that_a_process_has_but_for_its_rows() -> None:
    facts, of_rows = {field.name for field in fields(ProcessFacts)}, {"rows", "fidelity", "text", "crlf"}
    assert {field.name for field in fields(Process)} == facts | of_rows
    assert not facts & of_rows


def test_the_process_that_they_make() -> None:
    facts = ProcessFacts("com.a:x", pid=7, package="com.a", uid=1_010_123)
    facts.debuggable = True
    made = facts.process(rows=3, fidelity="maps")
    assert made == Process("com.a:x", pid=7, package="com.a", uid=1_010_123, debuggable=True, rows=3, fidelity="maps")
    assert (made.app, made.user) == (facts.app, facts.user) == ("com.a", 10)


def test_a_state_goes_to_the_process_of_its_name_only() -> None:
    listed = {7: ListedState(7, "com.a:x", "u0a1", "FGS", 200), 8: ListedState(8, "system", "1000", "PER", -900)}
    same, other = ProcessFacts("com.a:x", pid=7), ProcessFacts("com.b", pid=7)
    server, known = ProcessFacts("system_server", pid=8), ProcessFacts("com.a:x", pid=7, oom_score_adj=100)
    for facts in (same, other, server, known):
        facts.add_state(listed)
    assert [(one.state, one.oom_score_adj) for one in (same, other, server, known)] == [
        ("FGS", 200),
        (None, None),
        ("PER", -900),
        ("FGS", 100),
    ]
