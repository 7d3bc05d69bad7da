"""Places and forms in which a text could survive redaction: every field of the model, escapes, numbers in groups."""

from __future__ import annotations

import dataclasses
import itertools
import re
import typing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from droidanon.errors import UsageError
from droidanon.model import FIDELITIES, Capture, Preparation, Problem, Process
from droidanon.share import run as share_run
from droidanon.share.captures import Redactor
from droidanon.share.contents import contents
from droidanon.share.functions import redact
from droidanon.share.policy import load_policy
from droidanon.share.run import LeakError, share
from droidanon.store.parquet import load_capture, save_capture
from tests.builders import capture, text

SALT = b"s" * 32


def redactor() -> Redactor:
    return Redactor(load_policy(), SALT)


class Secrets:
    """Makes secrets, and remembers which field has which."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._numbers = itertools.count()

    def new(self, field: str) -> str:
        letters = "".join("aeioulmnst"[int(digit)] for digit in f"{next(self._numbers):04}")
        self.fields[f"zq{letters}wy"] = field
        return f"zq{letters}wy"

    def fill(self, base: Any, *, but: tuple[str, ...]) -> Any:
        """The dataclass with a secret in each field that has text."""
        changes: dict[str, Any] = {}
        for name, hint in typing.get_type_hints(type(base)).items():
            kind, field = str(hint), f"{type(base).__name__}.{name}"
            if name in but or name not in {one.name for one in dataclasses.fields(base)}:
                continue
            if kind.startswith("collections.abc.Mapping[str, int]"):
                changes[name] = {self.new(f"key of {field}"): 1}
            elif kind.startswith("collections.abc.Mapping[str, str"):
                changes[name] = {self.new(f"key of {field}"): self.new(field)}
            elif "str" in kind or "bytes" in kind:
                secret = self.new(field)
                changes[name] = secret.encode() if "bytes" in kind else secret
        return replace(base, **changes)


def all_bytes(path: Path) -> bytes:
    return b"\n".join(chunk.data for chunk in contents(path.read_bytes())).lower()


def test_no_field_of_the_model_passes_text_on(tmp_path: Path) -> None:
    made, secrets = capture({"a": text(("[heap]", 4)), "b": text(("[stack]", 4))}), Secrets()
    filled: Process = secrets.fill(made.processes[0], but=("fidelity",))
    several = ("processes", "vmas", "problems", "notes", "preparations")
    whole: Capture = secrets.fill(made, but=several)
    problem: Problem = secrets.fill(Problem("", ""), but=())
    preparation: Preparation = secrets.fill(Preparation("", True, ""), but=())
    whole = replace(
        whole,
        processes=(filled, made.processes[1]),
        problems=(problem,),
        notes=(problem,),
        preparations=(preparation,),
    )
    source = save_capture(whole, tmp_path / "in.parquet")
    share([str(source)], tmp_path / "out.parquet", load_policy(), SALT, None)
    before, after = all_bytes(source), all_bytes(tmp_path / "out.parquet")
    assert len(secrets.fields) > 25
    assert not [field for secret, field in secrets.fields.items() if secret.encode() not in before]
    assert not [field for secret, field in secrets.fields.items() if secret.encode() in after]


@pytest.mark.parametrize(
    ("name", "digits"),
    [
        (r"[anon:\152\157\150\156 scudo]", r"152\\157"),
        ("[anon:scudo:%68%69%6A%6B]", "%68%69"),
        ("[anon:scudo &#106;&#111;]", "106"),
        ("[anon:call +49 171 1234567]", "171"),
        ("[anon:call 171-123-456]", "171"),
        ("[anon:card 4111 1111-1111.1111]", "4111"),
        ("[anon:card_4111_1111_1111]", "4111"),
        ("[anon:net aa:11:22:33:44:55]", "11:22"),
        ("[anon:net fe80::1234:5678:9012:3456]", "5678"),
        ("[anon:net 10.0.0.5]", r"10\.0"),
        ("[anon:net 192.168.1.37:5555]", "5555"),
        ("/data/data/com.acme.x/files/a.db.491711234567", "49171"),
        ("[anon:/data/data/com.acme.x/lib/liba.so+491711234567]", "49171"),
    ],
)
def test_long_numbers_in_groups(name: str, digits: str) -> None:
    assert re.search(digits, name)
    (found,) = redactor().names.vma_names([name])
    assert not re.search(digits, found), found


@pytest.mark.parametrize(
    "name",
    [
        "[anon:pool 7 of 12]",
        "[anon:stack_and_tls:12345]",
        "/system/lib64/libc.so",
        "/data/app/com.android.chrome-1/base.apk!classes2.dex",
    ],
)
def test_platform_names_stay(name: str) -> None:
    assert redactor().names.vma_names([name]) == [name]


@pytest.mark.parametrize(
    "name",
    [
        "/data/data/com.acme.x/libacme.so.6",
        "/data/app/~~a==/com.acme.x-b==/classes_acme.dex",
        "/data/app/~~a==/com.acme.x-b==/split_config.acme.apk",
        "/data/app/vmdlacme.tmp/base.apk",
        "/usr/local/acme/x.so",
        "/system/../data/acme/x.so",
        "/data/misc/apexdata/com.android.art/dalvik-cache/arm64/data@app@com.acme.x@base.apk@classes.odex",
    ],
)
def test_paths_that_look_like_the_platforms(name: str) -> None:
    (found,) = redactor().names.vma_names([name])
    assert "acme" not in found


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("/system/bin/app_process com.acme.Main --user=acme", "/system/bin/app_process "),
        ("/vendor/bin/x:acme", "/vendor/bin/x:"),
        ("com.example.x:isolatedacme", "app."),
        ("com.example.x:sandboxed_process_acme:0", "app."),
        ("com.example.x:sandboxed_process0:remote12", ":sandboxed_process0:remote12"),
        ("media.acme.player", "app."),
        ("android.acme.player", "app."),
        ("com.google.android.extacme.x", "app."),
        ("android.hardware.camera.provider@2.7-service_64", "android.hardware.camera.provider@2.7-service_64"),
    ],
)
def test_processes_that_look_like_the_platforms(name: str, kept: str) -> None:
    found = redactor().process(name)
    assert "acme" not in found
    assert kept in found


def test_hexadecimal_ids_do_not_keep_the_places_of_their_digits() -> None:
    made = redactor().pseudonyms
    ids = [f"{number:032x}" for number in (0x12345678AAAAAAAA << 64, 0xABCDEF12 << 80, 0x1A2B3C4D << 70)]
    forms = [re.sub("[0-9]", "0", re.sub("[a-f]", "a", one)) for one in ids]
    found = [re.sub("[0-9]", "0", re.sub("[a-f]", "a", made.digits(one))) for one in ids]
    assert not set(forms) & set(found)
    assert [len(one) for one in map(made.digits, ids)] == [32, 32, 32]
    assert re.fullmatch("[0-9][0-9A-F]{7}-[0-9][0-9A-F]{3}", made.digits("DEADBEE1-1234"))


@pytest.mark.parametrize("value", ["12345.12345", "52.52000", "1234567"])
def test_labels_keep_only_numbers_of_few_digits(value: str) -> None:
    assert redactor().labels({"build": value})["build"].startswith("label_")
    assert redactor().labels({"build": "1.2.13"}) == {"build": "1.2.13"}


def test_android_users_go_with_uids(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text('[[rule]]\nof = "uid"\naction = "drop"\n')
    names = ["/data/user/10/com.acme.x/files/a.db", "/data/user/11/com.acme.x/files/a.db"]
    kept = redactor().names.vma_names(names)
    assert [name.split("/")[3] for name in kept] == ["10", "11"]
    dropped = Redactor(load_policy([tmp_path / "rules.toml"]), SALT).names.vma_names(names)
    assert not {name.split("/")[3] for name in dropped} & {"10", "11"}


def test_a_leak_of_the_writer_is_found_and_nothing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = save_capture(capture({"com.acme.tiles": text(("[heap]", 4))}), tmp_path / "in.parquet")

    def leaky(made: Capture, path: Path) -> Path:
        return save_capture(replace(made, labels={"x": "COM.Acme.TILES"} if made.processes else {}), path)

    monkeypatch.setattr(share_run, "save_capture", leaky)
    with pytest.raises(LeakError):
        share([str(source)], tmp_path / "out.parquet", load_policy(), SALT, None)
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


def test_names_of_files_are_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = save_capture(capture({"com.acme.tiles": text(("[heap]", 4))}), tmp_path / "in.parquet")
    write_all = share_run._write_all

    def leaky(items: Any, folder: Path, used: Redactor, progress: Any) -> list[str]:
        write_all(items, folder, used, progress)
        (folder / "capture.parquet").rename(folder / "com%2Eacme%2Etiles.parquet")
        return ["com%2Eacme%2Etiles.parquet"]

    monkeypatch.setattr(share_run, "_write_all", leaky)
    with pytest.raises(LeakError):
        share([str(source)], tmp_path / "out", load_policy(), SALT, None)
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


def test_a_copy_and_its_original_together(tmp_path: Path) -> None:
    source = save_capture(capture({"com.acme.tiles": text(("[anon:acme 7]", 4))}), tmp_path / "in.parquet")
    share([str(source)], tmp_path / "copy.parquet", load_policy(), SALT, None)
    done = share([str(source), str(tmp_path / "copy.parquet")], tmp_path / "both", load_policy(), SALT, None)
    assert done.scan is not None
    assert not any("acme" in text for text in done.scan.excluded)


def test_words_of_droidanon_in_dropped_texts_are_no_leaks(tmp_path: Path) -> None:
    note = Problem("", f"redacted: {' '.join(FIDELITIES)}")
    made = replace(capture({"a": text(("[heap]", 4))}), notes=(note,))
    source = save_capture(made, tmp_path / "in.parquet")
    share([str(source)], tmp_path / "one.parquet", load_policy(), SALT, None)
    share([str(tmp_path / "one.parquet")], tmp_path / "two.parquet", load_policy(), SALT, None)
    assert load_capture(tmp_path / "two.parquet").vmas.name.values == ("[heap]",)


def test_the_salt_is_never_replaced(tmp_path: Path) -> None:
    source = save_capture(capture({"a": text(("[heap]", 4))}), tmp_path / "in.parquet")
    salt = tmp_path / "salt.parquet"
    with pytest.raises(UsageError):
        redact(source, salt, salt=salt)
    assert not salt.exists()
