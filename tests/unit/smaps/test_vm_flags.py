from __future__ import annotations

from droidanon.smaps.vm_flags import flag_words


def test_only_what_the_permissions_do_not_say() -> None:
    assert flag_words("rd wr mr mw me ac") == []
    assert flag_words("rd ex mr mw me dd wf") == ["left out of core dumps", "emptied on fork"]


def test_flags_that_are_not_known_stay() -> None:
    assert flag_words("rd ?? zz") == ["??", "zz"]
