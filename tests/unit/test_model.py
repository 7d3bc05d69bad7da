"""What a capture tells of itself."""

from __future__ import annotations

import pytest

from tests.builders import capture


@pytest.mark.parametrize(
    ("told", "android"),
    [("16", 16), ("8.1.0", 8), (15, 15), ("", None), ("S", None), ("\u00b2", None), ("9" * 5000, None)],
)
def test_the_release_is_a_number_that_a_device_may_not_tell(told: str | int, android: int | None) -> None:
    assert capture(device={"android": told}).android == android
