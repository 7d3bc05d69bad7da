"""Open captures and apps for the TUI's tests, every argument defaulted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from droidanon_tui.app import DroidanonApp
from droidanon_tui.explore.jobs import compare, open_side, prepare
from droidanon_tui.explore.messages import Compared
from droidanon_tui.explore.sides import Side
from droidanon_tui.explore.state import ExploreState

from droidanon.counters import DEFAULT_COUNTER
from droidanon.model import Capture
from droidanon.store.parquet import save_capture
from tests.builders import capture, text

DEVICE: Mapping[str, str | int] = {"model": "Pixel 8", "android": "16", "page_size": 4096}
MAIN = (
    ("[anon:scudo:primary]", 6000),
    ("[anon:scudo:primary]", 2000),
    ("[anon:scudo:secondary]", 1500),
    ("[anon:dalvik-main space (region space)]", 5000),
    ("[anon:dalvik-large object space]", 700),
    ("[anon:stack_and_tls:1234]", 120),
    ("/system/lib64/libhwui.so", 900),
    ("", 60),
    ("[anon:never seen before]", 40),
)
REMOTE = (("[anon:scudo:primary]", 800), ("[anon:dalvik-main space (region space)]", 300))
OTHER = (("[anon:scudo:primary]", 250), ("/system/bin/surfaceflinger", 100))
PROCESSES: Mapping[str, tuple[tuple[str, int], ...]] = {
    "com.example.app": MAIN,
    "com.example.app:remote": REMOTE,
    "surfaceflinger": OTHER,
}


def phone(processes: Mapping[str, tuple[tuple[str, int], ...]] = PROCESSES, *, label: str = "cold start") -> Capture:
    """A capture of some processes."""
    made = capture({name: text(*vmas) for name, vmas in processes.items()}, device=dict(DEVICE))
    return replace(made, labels={"label": label}, access="root")


def grown(*, label: str = "after use") -> Capture:
    """The same phone later: scudo grew, the stack is gone, a name is new."""
    main = [(name, pss + 500 if name == "[anon:scudo:primary]" else pss) for name, pss in MAIN if "stack" not in name]
    return phone({**PROCESSES, "com.example.app": (*main, ("[anon:partition_alloc]", 640))}, label=label)


def side(made: Capture | None = None) -> Side:
    opened = open_side("test.parquet", made if made is not None else phone(), 0.0)
    prepare(opened)
    return opened


def state(made: Capture | None = None, *, by: str = "category", counter: str = DEFAULT_COUNTER) -> ExploreState:
    return ExploreState(side(made), counter, by=by)


def diff_state(base: Capture | None = None, new: Capture | None = None) -> ExploreState:
    """Explore's state of a diff, changed rows only."""
    sides = side(base if base is not None else phone()), side(new if new is not None else grown())
    compared = compare(*sides, DEFAULT_COUNTER)
    assert isinstance(compared, Compared)
    made = ExploreState(sides[1], DEFAULT_COUNTER)
    made.show_diff(compared)
    return made


def saved(folder: Path, made: Capture | None = None, name: str = "cold-start") -> str:
    """A capture file's path as a source."""
    return str(save_capture(made if made is not None else phone(), folder / f"{name}.parquet"))


def app(folder: Path, source: str | None = None, *, base: str | None = None) -> DroidanonApp:
    """The app over a folder, with a clock that stands."""
    return DroidanonApp(source, base, folder, clock=lambda: 0.0)
