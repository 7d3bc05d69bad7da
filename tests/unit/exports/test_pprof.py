"""pprof profiles: their messages, and `go tool pprof`."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from droidanon.analysis.view import View
from droidanon.errors import DroidanonError
from droidanon.exports import pprof_messages
from tests.builders import entry, text
from tests.unit.exports.exported import HOSTILE, exported, hostile, total, view_of, without_swap_pss

GO = pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed (Debian: golang-go)")


def profile(data: bytes) -> Any:
    return pprof_messages.profile_class().FromString(gzip.decompress(data))


def samples(data: bytes, kind: str) -> list[tuple[list[str], int, dict[str, object]]]:
    """(frames from the root, value, labels) of a type."""
    found = profile(data)
    texts = found.string_table
    types = [texts[one.type] for one in found.sample_type]
    names = {one.id: texts[one.name] for one in found.function}
    frames = {one.id: names[one.line[0].function_id] for one in found.location}
    return [
        (
            [frames[one] for one in reversed(sample.location_id)],
            sample.value[types.index(kind)],
            {texts[label.key]: texts[label.str] or label.num for label in sample.label},
        )
        for sample in found.sample
    ]


def test_a_capture() -> None:
    view = view_of({"com.a": text(("[anon:scudo:primary]", 100))})
    data = exported("pprof", view)
    frames = ["com.a", "com.a", "Native Heap", "native.scudo.primary", "[anon:scudo:primary]"]
    assert samples(data, "total_pss") == [(frames, 100, {"pid": 100})]
    found = profile(data)
    assert found.string_table[found.default_sample_type] == "total_pss"
    assert {found.string_table[one.unit] for one in found.sample_type} == {"kilobytes"}
    assert found.time_nanos == 1_767_323_045_000_000_000
    assert {found.string_table[one.filename] for one in found.function} == {
        "app",
        "process",
        "heap",
        "category",
        "name",
    }


def test_a_counter_that_a_row_lacks_is_no_type() -> None:
    found = profile(exported("pprof", without_swap_pss()))
    types = {found.string_table[one.type] for one in found.sample_type}
    assert "swap_pss" not in types
    assert "pss" in types
    one = samples(exported("pprof", without_swap_pss(), counter="swap_pss"), "swap_pss")
    assert [(frames[0], kb) for frames, kb, _ in one] == [("com.a", 3)]


def test_a_difference_has_negative_samples_of_the_base() -> None:
    base = view_of({"com.a": text(("[heap]", 5), ("/gone", 3))})
    new = view_of({"com.a": text(("[heap]", 9), ("[stack]", 8))})
    found = [(frames[-1], kb, labels) for frames, kb, labels in samples(exported("pprof", new, base=base), "pss")]
    assert sorted(found, key=str) == sorted(
        [
            ("[heap]", 9, {}),
            ("[stack]", 8, {}),
            ("[heap]", -5, {"pprof::base": "true"}),
            ("/gone", -3, {"pprof::base": "true"}),
        ],
        key=str,
    )


def test_a_difference_leaves_out_what_a_side_does_not_know() -> None:
    new = view_of({"com.a": entry("/a.so", SwapPss=5), "com.b": entry("/b.so", SwapPss=6)})
    data = exported("pprof", new, base=without_swap_pss(), counter="swap_pss")
    assert [(frames[0], kb) for frames, kb, _ in samples(data, "swap_pss")] == [("com.a", 5), ("com.a", -3)]


def test_without_protobuf(monkeypatch: pytest.MonkeyPatch) -> None:
    pprof_messages.profile_class.cache_clear()
    monkeypatch.setitem(sys.modules, "google.protobuf", None)
    with pytest.raises(DroidanonError, match="protobuf"):
        exported("pprof", view_of())


def top(path: Path, *options: str) -> dict[str, str]:
    """`go tool pprof -top`: the flat value of each node."""
    command = ["go", "tool", "pprof", "-top", "-unit=kb", "-nodefraction=0", *options, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    table = done.stdout.partition("cum%\n")[2]
    return {cells[5]: cells[0] for cells in (line.split(maxsplit=5) for line in table.splitlines())}


@GO
def test_go_reads_a_capture(tmp_path: Path) -> None:
    path = tmp_path / "x.pb.gz"
    path.write_bytes(exported("pprof", view_of({"com.a": text(("[heap]", 100), ("[anon:x]", 7))})))
    assert {name: kb for name, kb in top(path).items() if kb != "0"} == {"[heap]": "100kB", "[anon:x]": "7kB"}
    assert top(path, "-sample_index=rss", "-tagfocus=pid=100")["[heap]"] == "100kB"


@GO
def test_go_reads_a_difference(tmp_path: Path) -> None:
    path = tmp_path / "d.pb.gz"
    base, new = (view_of({"com.a": text(("[heap]", kb), ("[anon:x]", 70 - kb))}) for kb in (30, 50))
    path.write_bytes(exported("pprof", new, base=base))
    assert {name: kb for name, kb in top(path).items() if kb != "0"} == {"[heap]": "20kB", "[anon:x]": "-20kB"}


@GO
def test_go_reads_hostile_names(tmp_path: Path) -> None:
    view: View = hostile()
    path = tmp_path / "h.pb.gz"
    path.write_bytes(exported("pprof", view))
    flat = [int(kb.removesuffix("kB")) for kb in top(path).values()]
    assert sum(flat) == total(view, "total_pss_kb")
    assert len([kb for kb in flat if kb]) == len(HOSTILE) + 1
