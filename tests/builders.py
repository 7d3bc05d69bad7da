"""Captures for tests, every argument defaulted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from droidanon.columns import VmaTable
from droidanon.model import Capture, Process
from droidanon.platform.readers.exit_info import ProcessExit
from droidanon.record.samples import SampleLog
from droidanon.smaps.parse import parse_texts
from droidanon.sources.sampling.sample import ProcessSample, Sample, SystemSample
from droidanon.store.exits import SeriesExit, add_exits
from droidanon.store.library import capture_path
from droidanon.store.metadata import METADATA_KEY
from droidanon.store.parquet import save_capture
from droidanon.store.series import Series, SeriesCapture, iso_time, write_manifest

VERSION_1 = Path(__file__).parent / "unit" / "store" / "version1"
"""Captures that 0.1.0 wrote: `with-text` holds foreign text (`secret`) in every place there is; `without-digest`."""

KEYS = (
    "Size",
    "KernelPageSize",
    "MMUPageSize",
    "Rss",
    "Pss",
    "Shared_Clean",
    "Shared_Dirty",
    "Private_Clean",
    "Private_Dirty",
    "Referenced",
    "Anonymous",
    "Swap",
    "SwapPss",
    "Locked",
)


def entry(
    name: str = "[anon:scudo:primary]",
    *,
    start: int = 0x7000000000,
    size_kb: int = 64,
    perms: str = "rw-p",
    flags: str = "rd wr mr mw me ac",
    **counters: int,
) -> str:
    """The text of one entry as a 4.14 kernel prints it; counters by the kernel's key, Rss follows Pss."""
    values = dict.fromkeys(KEYS, 0)
    values.update(Size=size_kb, KernelPageSize=4, MMUPageSize=4, Pss=16)
    values.update(counters)
    values.setdefault("Rss", values["Pss"])
    if "Rss" not in counters:
        values["Rss"] = values["Pss"]
    if "Private_Dirty" not in counters:
        values["Private_Dirty"] = values["Pss"]
    head = f"{start:08x}-{start + size_kb * 1024:08x} {perms} 00000000 00:00 0 "
    lines = [head.ljust(73) + name if name else head]
    lines += [f"{key + ':':<16}{value:8d} kB" for key, value in values.items()]
    lines.append(f"VmFlags: {flags} ")
    return "\n".join(lines) + "\n"


def text(*entries: str | tuple[str, int]) -> str:
    """A process: entries, or (name, pss) pairs that are laid out one after the other with holes between them."""
    parts = []
    start = 0x7000000000
    for item in entries:
        if isinstance(item, str):
            parts.append(item)
            continue
        name, pss = item
        size = max(pss, 4)
        parts.append(entry(name, start=start, size_kb=size, Pss=pss))
        start += (size + 64) * 1024
    return "".join(parts)


def parsed_as(processes: Sequence[Process], texts: Sequence[bytes]) -> tuple[tuple[Process, ...], VmaTable]:
    """Processes with the rows of their texts, and the table of them."""
    found = parse_texts(texts)
    described = tuple(
        replace(one, rows=rows, text=tail, crlf=crlf, fidelity=fidelity)
        for one, rows, tail, crlf, fidelity in zip(
            processes, found.rows, found.tails, found.crlf, found.fidelity, strict=True
        )
    )
    return described, found.vmas


def capture(
    processes: dict[str, str] | None = None, *, device: dict[str, str | int] | None = None, users: Sequence[int] = ()
) -> Capture:
    """A capture of processes by name; a name with a dot is its package too."""
    texts = processes if processes is not None else {"com.example.app": text(("[anon:scudo:primary]", 100))}
    described = [
        Process(
            name,
            pid=100 + place,
            package=name.split(":")[0] if "." in name else None,
            uid=users[place] if place < len(users) else None,
        )
        for place, name in enumerate(texts)
    ]
    found, vmas = parsed_as(described, [body.encode() for body in texts.values()])
    return Capture(found, vmas, "test", created="2026-01-02T03:04:05Z", device=device or {})


def extreme_capture() -> Capture:
    """Addresses above 2**63, a counter above 2**31, unknown facts, missing counters and names, bytes that no column holds."""
    texts = [
        text(("[anon:scudo:primary]", 100), ("[anon:größer]", 7)),
        entry("[vsyscall]", start=0xFFFFFFFFFF600000, perms="--xp", flags="ex", Pss=0),
        entry("", Rss=1 << 33, Pss=1) + "junk\n" + entry("/b.so").replace("SwapPss:               0 kB\n", ""),
        "",
    ]
    described = [Process(f"p{place}", pid=place or None, uid=10_000 if place else None) for place in range(len(texts))]
    processes, vmas = parsed_as(described, [one.encode() for one in texts])
    return Capture(processes, vmas, "test")


APPS = {
    "com.example.app": text(("[anon:scudo:primary]", 100), ("[anon:dalvik-main space]", 50)),
    "com.example.app:remote": text(("[anon:scudo:primary]", 30)),
    "surfaceflinger": text(("[anon:scudo:secondary]", 11)),
}


def write_apps(folder: Path) -> None:
    """a.parquet; b.parquet, where com.example.app has 64 kB more of scudo:primary; one.smaps, the text of that app in a."""
    save_capture(capture(APPS), folder / "a.parquet")
    grown = {**APPS, "com.example.app": text(("[anon:scudo:primary]", 164), ("[anon:dalvik-main space]", 50))}
    save_capture(capture(grown), folder / "b.parquet")
    (folder / "one.smaps").write_text(APPS["com.example.app"])


def write_replicates(folder: Path) -> None:
    """before/ and after/: four captures each; scudo:primary of com.example.app grows by 40 kB."""
    for name, more in (("before", 0), ("after", 40)):
        (folder / name).mkdir()
        for number, noise in enumerate((0, 3, 1, 2)):
            grown = text(("[anon:scudo:primary]", 900 + noise + more), ("[anon:v8]", 50 - noise))
            save_capture(capture({**APPS, "com.example.app": grown}), folder / name / f"{number}.parquet")


def write_leak(folder: Path) -> None:
    """leak/: 12 captures two minutes apart; scudo:primary of com.example.app grows by about 10 kB per capture."""
    (folder / "leak").mkdir()
    for place in range(12):
        grown = text(("[anon:scudo:primary]", 900 + 10 * place + place % 3), ("[anon:v8]", 50 + place % 2))
        made = replace(capture({"com.example.app": grown}), created=f"2026-01-02T03:{2 * place:02d}:00Z")
        save_capture(made, folder / "leak" / f"{place:02d}.parquet")


def write_phone_folder(folder: Path) -> None:
    """The texts of a phone as a person saves them: smaps of a pid, ps, and a note."""
    folder.mkdir()
    (folder / "7.smaps").write_text(text(("[anon:scudo:primary]", 10)))
    (folder / "ps.txt").write_text("PID PPID CMD\n7 1 com.example.app\n")
    (folder / "notes.md").write_text("hello\n")


def write_off_smaps(folder: Path) -> None:
    """base.parquet and new.parquet: captures with graphics memory, page tables and objects."""
    for name, kb, views in (("base", 3000, 10), ("new", 3500, 12)):
        made = capture({"com.example.app": text(("[anon:scudo:primary]", 100)), "com.other": text(("[heap]", 5))})
        first, other = made.processes
        mtrack, objects = {"EGL mtrack": kb, "GL mtrack": 0}, {"Views": views, "WebViews": 0}
        first = replace(first, not_in_smaps_kb=mtrack, objects=objects)
        other = replace(other, status_kb={"vm_pte_kb": 44})
        save_capture(replace(made, processes=(first, other)), folder / f"{name}.parquet")


def rewrite_capture(
    source: Path, target: Path, *, columns: dict[str, int] | None = None, **metadata: int | None
) -> None:
    """A capture as another program might write it: one number per column, other metadata (None leaves a key out)."""
    table, written = pq.read_table(source), pq.read_metadata(source).metadata
    values = {**json.loads(written[METADATA_KEY.encode()]), **metadata}
    kept = {key: value for key, value in values.items() if value is not None or key not in metadata}
    for name, number in (columns or {}).items():
        table = table.set_column(table.column_names.index(name), name, pa.array([number] * len(table), pa.int64()))
    with pq.ParquetWriter(target, table.schema.remove_metadata()) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({METADATA_KEY: json.dumps(kept)})


def add_series_exits(folder: Path) -> None:
    """Two exits in a series of com.a that begins at 2026-01-01T00:00:00Z, on a phone whose clock is an hour ahead: at
    40 s by the memory limiter, 5 s after a sample; at 90 s by itself."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    log = SampleLog(folder)
    log.add(Sample(begin.timestamp() + 35, (ProcessSample(7, "com.a", rss_anon_kb=2000, swap_kb=48, rss_kb=4000),)))
    log.flush()
    zone = timezone(timedelta(hours=1))
    ends = [
        (40, ProcessExit("com.a", "com.a", 7, begin, 17, 10100, 0, status=0, importance=100, pss_kb=2048, rss_kb=4096)),
        (90, ProcessExit("com.a", "com.a:remote", 8, begin, 1, 10100, 0, status=0, importance=400)),
    ]
    add_exits(
        folder,
        [
            SeriesExit(
                iso_time(begin.timestamp() + at),
                replace(one, time=(begin + timedelta(hours=1, seconds=at)).astimezone(zone)),
            )
            for at, one in ends
        ],
    )


def add_samples(folder: Path) -> None:
    """40 samples, 10 s apart, of com.a on a phone with 6 GB: 1 GB in the foreground, then 1.1 GB or 4 GB in the
    background; com.a:small is cached, and a daemon has no limits."""
    log = SampleLog(folder)
    for place in range(40):
        front = place < 20
        kb = 1_000_000 if front else 1_100_000 if place < 34 else 4_000_000
        log.add(
            Sample(
                1_767_225_600.0 + 10 * place,
                (
                    ProcessSample(
                        100, "com.a", uid=10_100, oom_score_adj=0 if front else 700, rss_anon_kb=kb, swap_kb=0
                    ),
                    ProcessSample(101, "com.a:small", uid=10_100, oom_score_adj=900, rss_anon_kb=500, swap_kb=24),
                    ProcessSample(3, "lmkd", uid=1069, oom_score_adj=-1000, rss_anon_kb=900, swap_kb=0),
                ),
                SystemSample(mem_total_kb=6 * 1024 * 1024),
            )
        )
    log.flush()


def make_series(folder: Path, sizes: tuple[int, ...] = (100, 120, 110), *, partial: int | None = None) -> Series:
    """A series of captures of com.a, a minute apart; `partial` is the place of one that is."""
    folder.mkdir(parents=True)
    taken = []
    for place, size in enumerate(sizes):
        made = replace(
            capture({"com.a": text(("[anon:scudo:primary]", size))}),
            created=f"2026-01-01T00:{place:02}:00Z",
            partial=place == partial,
        )
        path = save_capture(made, capture_path(folder, made))
        taken.append(SeriesCapture(path.name, made.created, 60.0 * place, 60.0 * place, 0.5, made.partial))
    series = Series(
        folder, tuple(taken), source="adb:S", started="2026-01-01T00:00:00.000Z", every_s=60.0, state="done"
    )
    write_manifest(series)
    return series
