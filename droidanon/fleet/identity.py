"""The ids of captures, sources and devices in a dataset."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from droidanon.columns import Coded
from droidanon.model import Capture, Process
from droidanon.sources.archives import MAX_BYTES
from droidanon.store.folder_walk import files_of, walk

_BYTES = 16
_PIECE = 1 << 20


def capture_id(capture: Capture) -> str:
    """A hash of a capture's content: 32 hexadecimal digits.

    It depends neither on the file, its name and labels, nor on when a text was parsed, so the same content always has
    the same id. (Times measured on the device, such as the age of a process, are content.)
    """
    digest = hashlib.blake2b(digest_size=_BYTES)
    facts = {
        "serial": str(capture.device.get("serial", "")),
        "system": dict(sorted(capture.system.items())),
        "processes": [_identity(process) for process in capture.processes],
    }
    digest.update(json.dumps(facts, sort_keys=True).encode())
    vmas = capture.vmas
    digest.update(np.ascontiguousarray(vmas.start).tobytes())
    digest.update("\0".join(_distinct(vmas.name)).encode("utf-8", "backslashreplace"))
    for name in sorted(vmas.counters):
        values, missing = vmas.counters[name], vmas.missing.get(name)
        if missing is not None and missing.all():  # as if it had not been printed
            continue
        digest.update(name.encode() + np.ascontiguousarray(values, np.int64).tobytes())
        if missing is not None and missing.any():
            digest.update(np.packbits(missing).tobytes())
    return digest.hexdigest()


def _identity(process: Process) -> list[object]:
    return [
        process.name,
        process.pid,
        process.start_time,
        process.age_s,
        process.rows,
        process.fidelity,
        process.reference,
        dict(process.status_kb),
        dict(process.not_in_smaps_kb),
    ]


def _distinct(names: Coded) -> list[str]:
    return sorted(set(names.compact().values))


def device_id(serial: str, salt: str) -> str:
    """The hash of a serial in a dataset, 16 hexadecimal digits. The salt makes hashes of different datasets differ."""
    return hashlib.blake2b(serial.encode(), digest_size=8, key=bytes.fromhex(salt)).hexdigest()


def source_digest(path: Path) -> str | None:
    """A hash of a file's bytes, or of the names and bytes of a folder's files.

    None if there are more bytes than an archive may have, because reading a huge sparse file could take hours. Raises
    OSError if a file is unreadable.
    """
    digest = hashlib.blake2b(digest_size=_BYTES)
    files = [path] if path.is_file() else [path / name for name in files_of(walk(path), path)]
    if sum(file.stat().st_size for file in files) > MAX_BYTES:
        return None
    for file in files:
        if file != path:
            name = file.relative_to(path).as_posix().encode("utf-8", "surrogateescape")
            digest.update(b"%d %s" % (file.stat().st_size, name))
        with file.open("rb") as stream:
            while piece := stream.read(_PIECE):
                digest.update(piece)
    return digest.hexdigest()
