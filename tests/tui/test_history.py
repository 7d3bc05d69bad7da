from __future__ import annotations

from droidanon_tui.explore.navigation import VisitHistory


def test_back_and_forward_like_a_browser() -> None:
    history: VisitHistory[str] = VisitHistory()
    assert history.back("a") is None
    history.leave("a")
    history.leave("b")
    assert history.back("c") == "b"
    assert history.back("b") == "a"
    assert history.back("a") is None
    assert history.forward("a") == "b"
    assert history.forward("b") == "c"
    assert history.forward("c") is None


def test_a_jump_forgets_what_was_ahead() -> None:
    history: VisitHistory[str] = VisitHistory()
    history.leave("a")
    assert history.back("b") == "a"
    history.leave("a")
    assert history.forward("c") is None


def test_bookmarks_go_round() -> None:
    history: VisitHistory[str] = VisitHistory()
    assert history.next_bookmark() is None
    assert history.toggle_bookmark("a")
    assert history.toggle_bookmark("b")
    assert [history.next_bookmark() for _ in range(3)] == ["a", "b", "a"]
    assert not history.toggle_bookmark("a")
    assert history.bookmarks == ["b"]
