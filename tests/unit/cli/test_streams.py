"""What stdout's encoding lacks is said with other letters."""

from __future__ import annotations

import codecs
import os
import subprocess
import sys
from pathlib import Path

import pytest

from droidanon.cli.streams import substitute
from droidanon.store.parquet import save_capture
from tests.builders import capture, text

DROIDANON = (sys.executable, "-m", "droidanon")


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "cp1252"},
        {"PYTHONIOENCODING": "cp437"},
        {"PYTHONIOENCODING": "ascii:strict"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
)
def test_bars_and_names_in_every_encoding(tmp_path: Path, environment: dict[str, str]) -> None:
    for name, size in (("a", 100), ("b", 164)):
        save_capture(capture({"com.example.app": text(("[anon:ж]", size))}), tmp_path / f"{name}.parquet")
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONIOENCODING", "PYTHONUTF8")}
    for arguments in (["diff", "a.parquet", "b.parquet", "--waterfall"], ["show", "a.parquet", "--by", "name"]):
        done = subprocess.run(
            [*DROIDANON, *arguments], cwd=tmp_path, env={**kept, **environment}, capture_output=True, check=False
        )
        assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
        if arguments[0] == "show":
            assert b"[anon:\\u0436]" in done.stdout
        elif environment.get("PYTHONIOENCODING") == "cp437":
            assert "█".encode("cp437") in done.stdout
        else:
            assert b"  ####" in done.stdout


def test_substitutes() -> None:
    codecs.register_error("droidanon-test", substitute)
    assert "▁▅█ a…b · → ж".encode("ascii", "droidanon-test") == b"_+# a...b - -> \\u0436"
    assert "ж\udcff…".encode("utf-8", "droidanon-test") == "ж\\udcff…".encode()
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("ascii", "droidanon-test")
