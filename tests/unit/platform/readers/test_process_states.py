"""The lists of processes with their states."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droidanon.platform.readers.process_states import adj_of_level, parse_process_states

LRU = """\
ACTIVITY MANAGER LRU PROCESSES (dumpsys activity lru)
  Activities:
  #99: fg       TPSL -------TI 27235:com.example.notes/u0a392 act:activities|recents
  Other:
  #82: vis  + 1 FGS  ---NFUATI 26051:com.google.android.webview:sandboxed_process0:org.chromium.content.app.SandboxedProcessService0:0/u0a281i542
  # 7: cch+85   CEM  -------- 1200:com.example.cached/u10a12
  #12: cch + 75 CEM  ------- 1201:com.example.app:remote/u0a13
  #13: zzz      ??   ------- 1202:com.example.odd/1000
  not a line
"""
OOM = """\
  Process LRU list (sorted by oom_adj, 91 total, non-act at 6, non-svc at 6):
    PERS #90: sys    F/ /PER  LCMNFUA  t: 0 1332:system/1000 (fixed)
    Proc # 0: fg     T/A/TOP  LCMNFUA  t: 0 27235:com.example.notes/u0a392 (top-activity)
    Proc #12: cch+25 B/ /CEM  -------  t: 0 1300:com.example.empty/u0a14 (cch-empty)
    Proc # 3: prcp   F/S/FGS  trm: 0 1301:com.example.player/u0a15 (fg-service)
"""


def test_each_process_of_the_lru_list() -> None:
    found = parse_process_states(LRU.splitlines())
    assert {pid: (one.code, one.oom_adj) for pid, one in found.items()} == {
        27235: ("TPSL", 0),
        26051: ("FGS", 101),
        1200: ("CEM", 985),
        1201: ("CEM", 975),
        1202: (None, None),
    }
    assert (found[27235].name, found[27235].owner) == ("com.example.notes", "u0a392")
    assert found[26051].name.endswith("SandboxedProcessService0:0")
    assert found[26051].owner == "u0a281i542"
    assert parse_process_states(LRU.replace("\n", "\r\n").split("\n")) == found


def test_each_process_of_the_oom_list() -> None:
    found = parse_process_states(OOM.splitlines())
    assert {pid: (one.name, one.code, one.oom_adj) for pid, one in found.items()} == {
        1332: ("system", "PER", -900),
        27235: ("com.example.notes", "TOP", 0),
        1300: ("com.example.empty", "CEM", 925),
        1301: ("com.example.player", "FGS", 200),
    }


def test_the_lru_list_counts() -> None:
    for text in (LRU + OOM, OOM + LRU):
        found = parse_process_states(text.splitlines())
        assert found[27235].code == "TPSL"
        assert found[1332].code == "PER"


@pytest.mark.parametrize(("level", "adj"), [("Cached", 900), ("Visible", 100), ("x", None), (None, None)])
def test_levels_of_meminfo(level: str | None, adj: int | None) -> None:
    assert adj_of_level(level) == adj


@given(st.text(alphabet=LRU + OOM, max_size=300), st.integers(0, len(LRU + OOM)))
def test_no_text_fails(noise: str, cut: int) -> None:
    text = (LRU + OOM)[:cut] + noise + (LRU + OOM)[cut:]
    assert all(str(pid) in text for pid in parse_process_states(text.splitlines()))
