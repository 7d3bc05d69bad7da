"""Processes named by their mappings, and files that are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.errors import InputError
from droidanon.sources.files.infer_process import infer_process
from droidanon.sources.resolve import load_source
from tests.unit.sources.files.reported_texts import names, read


def test_what_is_refused_shows_its_first_lines_and_what_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path / "x.txt", "first \x1b[31mline\nsecond line " + "x" * 500 + "\n")
    shown = str(error.value)
    assert "second line" in shown
    assert "\x1b" not in shown
    assert len(shown) < 600
    for form in ("smaps", "showmap", "dumpsys meminfo", "procrank", "pmap"):
        assert form in shown


@pytest.mark.parametrize("header", ["16ec0000000-16efa600000", "// 70000000-70001000 of a source file"])
def test_a_text_without_a_row_is_refused(tmp_path: Path, header: str) -> None:
    """Its sums would be 0, and nothing was read."""
    with pytest.raises(InputError, match="line 1"):
        read(tmp_path / "x.txt", f"{header}\nSize:   4 kB\nRss:    4 kB\nPss:    4 kB\nVmFlags: rd\n")


APP = """\
70000000-70001000 r-xp 00000000 fd:00 1                                  /system/bin/app_process64
70002000-70003000 r--p 00000000 fd:00 2                                  /data/app/~~a==/com.google.android.youtube-b==/base.apk
70004000-70005000 r--s 00000000 fd:00 3                                  /data/data/com.example.app/databases/x.db
"""


@pytest.mark.parametrize(
    ("body", "want"),
    [
        (APP, ("com.example.app", "com.example.app")),
        (APP.rsplit("\n", 2)[0] + "\n", ("com.google.android.youtube", "com.google.android.youtube")),
        (
            APP.replace("/data/data/com.example.app/databases/x.db", "/system/framework/services.odex"),
            ("system_server", None),
        ),
        ("70000000-70001000 r-xp 00000000 fd:00 1    /vendor/bin/hw/android.hardware.x@1.0-service\n",)
        + (("/vendor/bin/hw/android.hardware.x@1.0-service", None),),
        (APP.splitlines(keepends=True)[0], None),
    ],
)
def test_who_a_process_is_by_what_it_maps(body: str, want: tuple[str, str | None] | None) -> None:
    assert infer_process(body.encode()) == want


def test_a_folder_of_pids_shows_apps_and_says_that_they_are_inferred(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "7.txt").write_text(APP)
    (tmp_path / "f" / "cold.txt").write_text(APP.replace("app_process64", "x"))
    capture = load_source(str(tmp_path / "f"))
    assert names(capture) == [("com.example.app", 7), ("cold", None)]
    assert any("com.example.app (pid 7)" in note.message for note in capture.notes)
