"""Processes without a name, known by what they map."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from droidanon.analysis.diff.comparison import Diff, diff
from droidanon.analysis.diff.vmas import diff_vmas
from droidanon.analysis.match_processes import is_bare, mapped_names, match_by_mappings
from droidanon.analysis.view import View
from droidanon.model import Capture
from droidanon.sources.resolve import load_source
from tests.builders import capture, text
from tests.corpus import PHONES, corpus

COMMON = ("/system/lib64/libc.so", "/system/lib64/libart.so", "[anon:libc_malloc]")


def phone(processes: dict[str, tuple[str, ...]], *, more: int = 0) -> View:
    """A capture whose processes map some names beside those that all map; 10 kB each, and `more`."""
    return View(capture({name: text(*((n, 10 + more) for n in (*COMMON, *own))) for name, own in processes.items()}))


MAIL = ("/data/app/com.mail-1/base.apk", "/data/app/com.mail-1/oat/arm64/base.odex", "/system/fonts/A.ttf")
MAPS = ("/data/app/com.maps-1/base.apk", "/data/app/com.maps-1/oat/arm64/base.odex")
GAME = ("/data/app/com.game-1/base.apk", "/data/app/com.game-1/lib/arm64/libgame.so")
BASE = {"com.mail": MAIL, "2935": MAPS, "77": GAME}
NEW = {"com.mail": MAIL, "com.maps": MAPS, "2935": GAME}


def matched(base: View, new: View) -> dict[str, str]:
    return match_by_mappings(mapped_names(base), mapped_names(new))


def test_a_process_is_known_by_what_it_maps() -> None:
    assert matched(phone(BASE), phone(NEW)) == {"2935": "com.maps", "77": "2935"}
    assert matched(phone({"com.mail": MAIL}), phone({"com.mail": MAIL})) == {}
    assert is_bare("77")
    assert not is_bare("com.mail")


def test_what_could_be_two_is_none() -> None:
    assert matched(phone({"1": MAIL, "com.maps": MAPS}), phone({"8": MAIL, "9": MAIL, "com.maps": MAPS})) == {}
    assert matched(phone({"1": MAIL, "com.game": GAME}), phone({"8": MAPS, "com.game": GAME})) == {}


def test_of_two_that_are_equally_alike_the_same_pid_tells() -> None:
    both = phone({"8": MAIL, "9": MAIL, "10": (), "11": (), "com.maps": MAPS})
    assert matched(both, both) == {name: name for name in ("8", "9", "10", "11")}
    change = diff(both, both, by=("process",), all_rows=True)
    assert set(change.rows.keys["status"]) == {"both"}
    assert not {warning.where for warning in change.warnings} & {"processes", "process set"}


def test_names_that_both_tell_are_never_taken_for_another() -> None:
    assert matched(phone({"com.mail": MAIL, "5": GAME}), phone({"com.post": MAIL, "6": GAME})) == {"5": "6"}


def rows(change: Diff, key: str) -> dict[str, tuple[object, object, object]]:
    return {row[key]: (row["base_kb"], row["new_kb"], row["status"]) for row in change.rows.records()}  # type: ignore[misc]


def test_a_diff_calls_it_by_its_name_where_one_side_tells_it() -> None:
    change = diff(phone(BASE), phone(NEW, more=1), by=("process",))
    assert rows(change, "process") == {
        "com.mail": (60, 66, "both"),
        "com.maps": (50, 55, "both"),
        "77": (50, 55, "both"),
    }
    told = {warning.where: warning.message for warning in change.warnings}
    assert told["processes"].endswith(": 2935 -> com.maps, 77 -> 2935")
    assert "process set" not in told
    vmas = diff_vmas(phone(BASE), phone(NEW, more=1))
    assert set(vmas.rows.keys["process"]) == {"com.mail", "com.maps", "77"}
    assert not {"new", "gone"} & set(vmas.rows.keys["status"])


def test_the_same_pid_is_another_process_where_nothing_says_that_it_is_the_same() -> None:
    change = diff(phone({"com.mail": MAIL, "5": MAPS}), phone({"com.mail": MAIL, "5": GAME}), by=("process",))
    assert rows(change, "process") == {"5": (50, 0, "gone"), "5 (another)": (0, 50, "new")}


def test_it_comes_into_its_app() -> None:
    bare, named = phone({"com.mail": MAIL, "5": MAPS}), phone({"com.mail": MAIL, "com.maps:sync": MAPS}, more=1).capture
    processes = tuple(replace(one, package=one.name.partition(":")[0]) for one in named.processes)
    change = diff(bare, View(replace(named, processes=processes)), by=("app",))
    assert set(rows(change, "app")) == {"com.mail", "com.maps"}


def test_replicates_are_called_alike() -> None:
    sides = [[phone({"com.mail": MAIL, str(90 + n): MAPS}, more=more * n) for n in range(2)] for more in (0, 1)]
    assert set(rows(diff(*sides, by=("process",), all_rows=True), "process")) == {"com.mail", "90"}


def test_named_processes_of_two_real_phones_find_themselves() -> None:
    base, new = (load_source(str(corpus() / f"{name}.tar.xz")) for name in PHONES)
    truth = {one.name for one in base.processes if one.rows} & {one.name for one in new.processes if one.rows}
    # Names that were inferred from mappings may be those of another process of the same app.
    counts = Counter(one.name for one in (*base.processes, *new.processes))
    truth = {name for name in truth if not is_bare(name) and counts[name] == 2}
    pids = {name: str(number) for number, name in enumerate(sorted(truth), start=100_000)}

    def without_names(taken: Capture) -> View:
        return View(
            replace(
                taken,
                processes=tuple(
                    replace(one, name=pids.get(one.name, one.name), package=None) for one in taken.processes
                ),
            )
        )

    found = matched(without_names(base), View(new))
    assert len(truth) > 100
    assert {name: found.get(pid) for name, pid in pids.items()} == {name: name for name in truth}
