"""What other tools recorded opens in the TUI as captures do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import text
from tests.traces import head, packed, serialised
from tests.tui.builders import app
from tests.tui.reading import explore, screen_text, settle


def trace(path: Path) -> str:
    packets = [packed(7, text(("[anon:scudo:primary]", size)), seconds=size) for size in (1111, 2222)]
    path.write_bytes(serialised([*head(), *packets]))
    return str(path)


def stream(path: Path) -> str:
    path.write_text(f">>PID_START: 7 com.a\n{text(('[anon:scudo:primary]', 2222))}>>PID_END: 7\n")
    return str(path)


@pytest.mark.parametrize("make", [trace, stream])
async def test_it_opens_at_its_newest(tmp_path: Path, make: object) -> None:
    assert callable(make)
    application = app(tmp_path, make(tmp_path / "source"))
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        explore(application)
        shown = screen_text(application)
        assert "native" in shown
        assert "2,222" in shown
        assert "1,111" not in shown
