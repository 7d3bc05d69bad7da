"""Captures for tests, every argument defaulted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from droidanon.model import Capture, Process
from droidanon.smaps.parse import assemble
from droidanon.store.library import capture_path
from droidanon.store.parquet import save_capture
from droidanon.store.series import Series, Taken, write_manifest

KEYS = (
    "Size", "KernelPageSize", "MMUPageSize", "Rss", "Pss", "Shared_Clean", "Shared_Dirty", "Private_Clean",
    "Private_Dirty", "Referenced", "Anonymous", "Swap", "SwapPss", "Locked",
)  # fmt: skip


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


def capture(
    processes: dict[str, str] | None = None, *, device: dict[str, str | int] | None = None, users: Sequence[int] = ()
) -> Capture:
    """A capture of processes by name; a name with a dot is its package too."""
    texts = processes if processes is not None else {"com.example.app": text(("[anon:scudo:primary]", 100))}
    described = [
        Process(
            name, pid=100 + place, package=name.split(":")[0] if "." in name else None,
            uid=users[place] if place < len(users) else None,
        )
        for place, name in enumerate(texts)
    ]  # fmt: skip
    found, vmas, _ = assemble(described, [body.encode() for body in texts.values()])
    return Capture(found, vmas, "test", created="2026-01-02T03:04:05Z", device=device or {})


def make_series(folder: Path, sizes: tuple[int, ...] = (100, 120, 110), *, partial: int | None = None) -> Series:
    """A series of captures of com.a, a minute apart; `partial` is the place of one that is."""
    folder.mkdir(parents=True)
    taken = []
    for place, size in enumerate(sizes):
        made = replace(
            capture({"com.a": text(("[anon:scudo:primary]", size))}), created=f"2026-01-01T00:{place:02}:00Z",
            partial=place == partial,
        )  # fmt: skip
        path = save_capture(made, capture_path(folder, made))
        taken.append(Taken(path.name, made.created, 60.0 * place, 60.0 * place, 0.5, made.partial))
    series = Series(
        folder, tuple(taken), source="adb:S", started="2026-01-01T00:00:00.000Z", every_s=60.0, state="done"
    )
    write_manifest(series)
    return series
