"""The order of rounds."""

from __future__ import annotations

from droidanon.experiment.plan import BASE, NEW, measured_rounds, remaining, warmup_rounds


def test_blocks_of_base_new_new_base() -> None:
    rounds = measured_rounds(4)
    assert [one.side for one in rounds] == [BASE, NEW, NEW, BASE, BASE, NEW, NEW, BASE]
    assert [one.number for one in rounds] == [1, 1, 2, 2, 3, 3, 4, 4]
    # Each side has the same mean place, so a linear drift cancels out.
    places = {side: [place for place, one in enumerate(rounds) if one.side == side] for side in (BASE, NEW)}
    assert sum(places[BASE]) == sum(places[NEW])


def test_names_and_what_is_left() -> None:
    assert [one.name for one in measured_rounds(1)] == ["base-01", "new-01"]
    assert [one.name for one in warmup_rounds(2, [NEW])] == ["warmup-new-01", "warmup-new-02"]
    left = list(remaining(measured_rounds(2), {(BASE, 1), (NEW, 2)}))
    assert [(one.side, one.number) for one in left] == [(NEW, 1), (BASE, 2)]
