"""The test phone as the only one that adb knows."""

from __future__ import annotations

from typing import Any

import pytest

from testphone.phone import Phone
from testphone.phone.fixtures import see_only
from tests.device.reading import PhoneMaker


@pytest.fixture
def seen(new_phone: PhoneMaker, monkeypatch: pytest.MonkeyPatch, real_adbd: None) -> PhoneMaker:
    """Makes the one phone that adb knows."""
    monkeypatch.delenv("DROIDANON_ACCESS", raising=False)

    def start(**options: Any) -> Phone:
        phone = new_phone(seed=4, processes=16, **options)
        see_only(phone, monkeypatch)
        return phone

    return start
