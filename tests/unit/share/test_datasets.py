"""Redacted datasets: the same sums, and no secret in any file."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from droidanon.cli.main import run
from droidanon.fleet.dataset import Dataset
from droidanon.fleet.schema import CAPTURES, COUNTERS, FACTS, PROCESSES
from droidanon.share.contents import contents
from droidanon.share.policy import load_policy
from droidanon.share.run import share
from droidanon.store.parquet import save_capture
from tests.builders import capture, text

SECRETS = ("acme", "tilepool", "R58M123ABC", "Prototype 7", "nightly77x", "hinz")
APP = "com.acme.maps"


def sums(rows: list[dict[str, Any]], *keys: str) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        label = [str(row[key]).partition("unknown.")[0] if key == "category" else row[key] for key in keys]
        found[(*label, *(row[name] for name in COUNTERS))] += 1
    return found


def test_a_dataset(tmp_path: Path) -> None:
    memory = text(
        ("[anon:scudo:primary]", 100), ("[anon:tilepool 7]", 30), (f"/data/app/{APP}-x==/lib/arm64/libhinz.so", 8)
    )
    for place in range(2):
        made = capture(
            {APP: memory, f"{APP}:remote": text(("[stack]", 5 + place)), "system_server": text(("[heap]", 4))}
        )
        device: dict[str, str | int] = {"serial": SECRETS[2], "model": SECRETS[3], "android": "16"}
        made = replace(made, device=device, labels={"build": SECRETS[4]}, source=f"adb:{SECRETS[2]}", app=APP)
        save_capture(made, tmp_path / f"hinz-{place}.parquet")
    source, output = tmp_path / "fleet", tmp_path / "shared"
    assert run(["fleet", "add", str(source), *map(str, sorted(tmp_path.glob("*.parquet")))]) == 0
    done = share([str(source)], output, load_policy(), b"s" * 32, None)
    assert done.scan is not None
    old, new = Dataset.open(str(source)), Dataset.open(str(output))
    for table, keys in ((FACTS, ("heap", "category", "vmas")), (PROCESSES, ("pid", "fidelity"))):
        before, after = old.arrow(table).to_table().to_pylist(), new.arrow(table).to_table().to_pylist()
        assert len(before) == len(after) > 3
        assert sums(before, *keys) == sums(after, *keys)
        assert len({row["app"] for row in before}) == len({row["app"] for row in after})
    months = [{name.split("/")[2] for name in dataset.files(FACTS)} for dataset in (old, new)]
    assert months[0] == months[1] == {"month=2026-01"}
    ids = {row["capture_id"] for row in new.arrow(FACTS).to_table().to_pylist()}
    assert {row["capture_id"] for row in new.arrow(CAPTURES).to_table().to_pylist()} == ids
    files = [path for path in output.rglob("*") if path.is_file()]
    data = b"\n".join(chunk.data for path in files for chunk in contents(path.read_bytes())).lower()
    data += "\n".join(map(str, files)).lower().encode()
    assert not [secret for secret in SECRETS if secret.lower().encode() in data]
    assert new.salt != old.salt
