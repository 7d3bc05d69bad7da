"""showmap's rows and text, against what AOSP's own tool prints where the corpus is there."""

from __future__ import annotations

import csv
import json

import pytest

from droidanon.model import Capture
from droidanon.platform.views.showmap import ShowmapOptions, format_showmap, showmap
from droidanon.sources.resolve import load_source
from tests.builders import capture, entry
from tests.corpus import corpus

KB = 1024
LIBRARY = "/system/lib64/libc.so"


def one(*entries: str) -> Capture:
    return capture({"app": "".join(entries)})


def lines(taken: Capture, form: str = "raw", android: int = 16, **options: bool) -> list[str]:
    chosen = ShowmapOptions(**options)
    return list(format_showmap(taken, showmap(taken, 0, chosen, android), chosen, form, android))


def names(taken: Capture, android: int = 16, **options: bool) -> list[str]:
    return showmap(taken, 0, ShowmapOptions(**options), android).names


def with_bss() -> Capture:
    """A library, memory without a name behind it twice, another name, memory without a name that follows nothing."""
    start = 0x7000000000
    return one(
        entry(LIBRARY, start=start, size_kb=64, Pss=10),
        entry("", start=start + 64 * KB, size_kb=8, Pss=2),
        entry("", start=start + 72 * KB, size_kb=8, Pss=3),
        entry("[anon:a]", start=start + 100 * KB, size_kb=8, Pss=4),
        entry("", start=start + 108 * KB, size_kb=8, Pss=5),
    )


@pytest.mark.parametrize(
    ("expected", "source", "form", "options"),
    [
        ("oppo-10-launcher.showmap.txt", "oppo-10-launcher/smaps", "raw", {}),
        ("oppo-10-launcher.showmap-t.txt", "oppo-10-launcher/smaps", "raw", {"terse": True}),
        ("oppo-10-launcher.showmap.csv", "oppo-10-launcher/smaps", "csv", {}),
        ("aosp-libmeminfo.showmap.txt", "aosp-libmeminfo/smaps", "raw", {}),
        ("aosp-libmeminfo.showmap-t.txt", "aosp-libmeminfo/smaps", "raw", {"terse": True}),
    ],
)
def test_the_text_is_what_the_platforms_tool_prints(
    expected: str, source: str, form: str, options: dict[str, bool]
) -> None:
    taken = load_source(str(corpus() / source))
    text = "\n".join(lines(taken, form, **options)) + "\n"
    assert text == (corpus() / "expected" / expected).read_text()


def test_bss_is_put_to_its_library_and_chains() -> None:
    table = showmap(with_bss(), 0, ShowmapOptions(), 16)
    assert dict(zip(table.names, table.numbers[:, 2].tolist(), strict=True)) == {
        LIBRARY: 15,
        "[anon:a]": 4,
        "[anon]": 5,
    }
    assert table.counts.tolist() == [3, 1, 1]
    assert table.total[2] == 24


def test_rows_of_vmas_say_which_are_bss() -> None:
    assert names(with_bss(), verbose=True) == [LIBRARY, f"{LIBRARY} [bss]", f"{LIBRARY} [bss]", "[anon:a]", "[anon]"]
    assert names(with_bss(), addresses=True)[1] == f"{LIBRARY} [bss]"


def test_until_13_the_library_had_to_be_the_last_of_the_sorted_list() -> None:
    start = 0x7000000000
    taken = one(
        entry("zzz", start=start, size_kb=4),
        entry(LIBRARY, start=start + 4 * KB, size_kb=64, Pss=10),
        entry("", start=start + 68 * KB, size_kb=8, Pss=2),
    )
    assert names(taken) == [LIBRARY, "zzz"]
    assert names(taken, 13) == [LIBRARY, "[anon]", "zzz"]
    assert names(taken, 13, addresses=True) == ["zzz", LIBRARY, f"{LIBRARY} [bss]"]


def test_the_first_vma_keeps_its_empty_name() -> None:
    assert names(one(entry("", size_kb=4), entry("", start=0x7100000000, size_kb=4))) == ["", "[anon]"]


def test_tagged_globals_have_their_librarys_name_from_15_on() -> None:
    taken = one(entry("[anon:mt:/system/lib64/libc.so+1000]"))
    assert names(taken) == [LIBRARY]
    assert names(taken, 14) == ["[anon:mt:/system/lib64/libc.so+1000]"]


@pytest.mark.parametrize(("android", "columns"), [(9, 10), (11, 10), (12, 15), (13, 15), (14, 16), (16, 16)])
def test_columns_by_release(android: int, columns: int) -> None:
    shown = lines(one(entry("[anon:a]")), android=android)
    assert len(shown[3].split()) == columns + 1
    assert shown[0].startswith(" virtual")
    assert shown[2] == shown[-5] == shown[-2]
    assert shown[-1].endswith(" TOTAL")


def test_in_14_the_number_of_vmas_is_stuck() -> None:
    taken = one(entry("[anon:a]", Pss=1), entry("[anon:a]", start=0x7100000000, Pss=2))
    assert lines(taken, android=14)[3].split()[-2] == "1"
    assert lines(taken, android=15)[3].split()[-2] == "2"


def test_json_is_one_array_that_ends_in_the_total() -> None:
    (text,) = lines(with_bss(), "json")
    rows = json.loads(text)
    assert [row["object"] for row in rows] == [LIBRARY, "[anon:a]", "[anon]", "TOTAL"]
    assert (rows[0]["#"], rows[-1]["PSS"]) == (3, 24)
    assert "\\/system\\/lib64" in text
    (text,) = lines(with_bss(), "json", addresses=True, verbose=True)
    assert (json.loads(text)[0]["start addr"], json.loads(text)[0]["flags"]) == ("7000000000", "rw-")
    assert json.loads(text)[-1]["start addr"] == ""


def test_csv_has_a_cell_for_each_title() -> None:
    for options in ({}, {"addresses": True}, {"verbose": True}, {"addresses": True, "verbose": True}):
        shown = lines(with_bss(), "csv", **options)
        assert {line.count(",") for line in shown} == {shown[0].count(",")}


@pytest.mark.parametrize(("name", "cell"), [('[a",=1+1,"]', '[a",=1+1,"]'), ("=1+1", "'=1+1")])
def test_csv_keeps_hostile_names_in_their_cells(name: str, cell: str) -> None:
    shown = lines(one(entry(name)), "csv")
    assert [row[-1] for row in csv.reader(shown)][1] == cell


def test_device_text_is_escaped() -> None:
    taken = one(entry("[anon:\x1b[2J]"))
    for form in ("raw", "csv", "json"):
        assert "\x1b" not in "\n".join(lines(taken, form))
