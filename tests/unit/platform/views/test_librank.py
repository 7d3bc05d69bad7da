from __future__ import annotations

import csv
import json

from droidanon.model import Capture
from droidanon.platform.views.librank import LibrankOptions, format_librank, librank
from tests.builders import capture, entry, text


def phone() -> Capture:
    return capture(
        {
            "com.a": text(("/system/lib64/libc.so", 30), ("[anon:scudo:primary]", 100), ("[heap]", 5)),
            "com.b": text(("/system/lib64/libc.so", 40), ("/system/lib64/libc.so", 1)),
            "com.c": entry("/data/x", perms="r-xp", Pss=9, Swap=4),
        }
    )


def ranked(**options: object) -> list[tuple[str, int, list[str]]]:
    found = librank(phone(), LibrankOptions(**options), 16)  # type: ignore[arg-type]
    return [(library.name, library.pss, [process.name for process in library.processes]) for library in found]


def test_names_by_their_pss_over_all_processes() -> None:
    assert ranked() == [
        ("[anon:scudo:primary]", 100, ["com.a"]),
        ("/system/lib64/libc.so", 71, ["com.b", "com.a"]),
        ("/data/x", 9, ["com.c"]),
    ]


def test_heap_and_stack_are_shown_when_asked_for() -> None:
    assert ("[heap]", 5, ["com.a"]) in ranked(everything=True)


def test_only_a_path_or_permissions() -> None:
    assert [name for name, _, _ in ranked(prefix="/system")] == ["/system/lib64/libc.so"]
    assert [name for name, _, _ in ranked(perms="rx")] == ["/data/x"]


def test_reverse_turns_the_processes_of_a_name_only() -> None:
    assert ranked(reverse=True)[1] == ("/system/lib64/libc.so", 71, ["com.a", "com.b"])


def test_the_text() -> None:
    found = librank(phone(), LibrankOptions(prefix="/"), 16)
    assert list(format_librank(found, "raw")) == [
        " RSStot       VSS      RSS      PSS      USS     Swap  Name/PID",
        "    71K                                                /system/lib64/libc.so",
        "              44K      41K      41K      41K       0K    com.b [101]",
        "              30K      30K      30K      30K       0K    com.a [100]",
        "     9K                                                /data/x",
        "              64K       9K       9K       9K       4K    com.c [102]",
    ]


def test_json_is_an_object_a_line_and_csv_has_all_cells() -> None:
    found = librank(phone(), LibrankOptions(), 16)
    rows = [json.loads(line) for line in format_librank(found, "json", oom=True)]
    assert rows[0] == {
        "Library": "[anon:scudo:primary]",
        "Total_RSS": 100,
        "Process": "com.a",
        "PID": "100",
        "VSS": 100,
        "RSS": 100,
        "PSS": 100,
        "USS": 100,
        "Swap": 0,
        "Oom": 1001,
    }
    shown = list(format_librank(found, "csv", oom=True))
    assert shown[0].endswith('"USS","Swap","Oomadj"')
    assert {line.count(",") for line in shown} == {9}


def test_csv_keeps_hostile_names_in_their_cells() -> None:
    name = "/x\",=cmd|'/C calc'!A0,\""
    taken = capture({"=cmd|'/C calc'!A0": text((name, 8))})
    (line,) = list(format_librank(librank(taken, LibrankOptions(), 16), "csv"))[1:]
    (cells,) = csv.reader([line])
    assert (cells[0], cells[2]) == (name, "'=cmd|'/C calc'!A0")


def test_before_10_vectors_were_counted_and_memory_without_a_name_was_not() -> None:
    taken = capture({"a": text(("", 8), ("[vectors]", 4), ("/x", 2))})
    for android, names in ((9, ["[vectors]", "/x"]), (10, ["", "/x"])):
        assert [library.name for library in librank(taken, LibrankOptions(), android)] == names
    assert "" in [library.name for library in librank(taken, LibrankOptions(everything=True), 9)]
