"""Copying: what confirms it, and what the status message promises."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest
from droidanon_tui.clipboard import clipboard_programs, confirmed_copies, copy_status, run_program


class Programs:
    """Programs of which some exist; each keeps its input."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.ran: list[tuple[str, ...]] = []

    def __call__(self, command: Sequence[str], text: str) -> bool:
        if command[0] not in self.names:
            return False
        self.ran.append(tuple(command))
        return text == "x"


def test_without_a_program_nothing_is_confirmed_and_the_way_to_a_file_is_named() -> None:
    assert confirmed_copies("x", {}, Programs()) == []
    assert "e " in copy_status("1 row", [])
    assert "copied" not in copy_status("1 row", [])


def test_inside_tmux_its_buffer_has_it() -> None:
    programs = Programs("tmux")
    assert len(confirmed_copies("x", {"TMUX": "/tmp/tmux-0/default,1,0"}, programs)) == 1
    assert programs.ran == [("tmux", "load-buffer", "-w", "-")]
    assert confirmed_copies("x", {}, Programs("tmux")) == []


def test_an_old_tmux_knows_no_w() -> None:
    ran: list[tuple[str, ...]] = []

    def old(command: Sequence[str], text: str) -> bool:
        ran.append(tuple(command))
        return "-w" not in command

    assert len(confirmed_copies("x", {"TMUX": "1"}, old)) == 1
    assert len(ran) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="other platforms have one program")
@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ({}, []),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, ["wl-copy", "xclip", "xsel"]),
        ({"DISPLAY": ":0"}, ["xclip", "xsel"]),
        ({"WSL_DISTRO_NAME": "Debian"}, ["clip.exe"]),
    ],
)
def test_only_programs_that_reach_this_session_are_tried(environment: dict[str, str], names: list[str]) -> None:
    assert [command[0] for command in clipboard_programs(environment)] == names


def test_the_first_program_that_works_is_enough() -> None:
    programs = Programs("xclip", "xsel")
    assert confirmed_copies("x", {"DISPLAY": ":0"}, programs) == ["the clipboard"]
    assert [command[0] for command in programs.ran] == ["xclip"]


def test_a_program_that_fails_or_is_missing_confirms_nothing() -> None:
    assert run_program(("cat",), "x")
    assert not run_program(("false",), "x")
    assert not run_program(("no-such-program",), "x")
