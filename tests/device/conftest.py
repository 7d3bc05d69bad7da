"""The test phone as the only one that adb knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from droidanon.sources.adb import client, stream
from droidanon.sources.phone import access
from testphone.phone import Phone
from testphone.phone.fixtures import see_only
from testphone.phone.services import Build
from tests.device.ab_options import EXTRA_KB, STAY_ON
from tests.device.reading import PhoneMaker
from tests.waiting import PATIENCE_S


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test phone on a busy machine answers late. Tests of a limit set it themselves."""
    monkeypatch.setattr(access, "_VERSION_SECONDS", PATIENCE_S)
    monkeypatch.setattr(access, "_ROOT_SECONDS", PATIENCE_S)
    monkeypatch.setattr(client, "_CONNECT_SECONDS", PATIENCE_S)
    monkeypatch.setattr(stream, "ASK_SECONDS", PATIENCE_S)


@pytest.fixture
def seen(new_phone: PhoneMaker, monkeypatch: pytest.MonkeyPatch, real_adbd: None) -> PhoneMaker:
    """Makes the one phone that adb knows."""
    monkeypatch.delenv("DROIDANON_ACCESS", raising=False)

    def start(**options: Any) -> Phone:
        phone = new_phone(seed=4, processes=16, **options)
        see_only(phone, monkeypatch)
        return phone

    return start


@pytest.fixture
def builds(tmp_path: Path) -> list[str]:
    """The options for two builds; the new one has 5 MB more of native heap."""
    base = Build(version_code=271).write(tmp_path / "base.apk")
    new = Build(version_code=272, native_kb=EXTRA_KB).write(tmp_path / "new.apk")
    return ["--apk-a", str(base), "--apk-b", str(new)]


@pytest.fixture
def ab_phone(seen: PhoneMaker) -> Iterator[Phone]:
    """A phone with settings of its own, which are the same afterwards."""
    phone: Phone = seen()
    del phone.services.settings[STAY_ON]
    before = dict(phone.services.settings)
    yield phone
    assert phone.services.settings == before
    assert not list((phone.root / "data/local/tmp").iterdir())
