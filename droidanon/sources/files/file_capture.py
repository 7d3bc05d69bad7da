"""Makes a capture from gathered files, or an error that describes the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from droidanon.errors import InputError, ProcessError
from droidanon.escape import escape_text
from droidanon.model import Capture
from droidanon.sources.assemble import make_capture
from droidanon.sources.background_parser import Intake
from droidanon.sources.files.detect import Kind
from droidanon.sources.files.importer import Gathered
from droidanon.sources.files.repair import Repaired, repair, with_original, with_range_sizes, with_release
from droidanon.sources.reading import Reading
from droidanon.sources.selection import Selection
from droidanon.wording import counted

FORMS = (
    "smaps, maps or smaps_rollup, showmap, dumpsys meminfo, procrank, pmap -x, procmem, a tombstone, "
    "a sanitizer's memory map, a list of `Low on memory`, a Perfetto trace, a bug report, or a capture"
)


def capture_of(
    found: Gathered,
    path: str,
    *,
    selection: Selection,
    alone: bool,
    is_chosen: bool = False,
    created: str = "",
    intake: Intake | None = None,
) -> Capture:
    """A capture of the selected processes. Raises InputError if there is nothing to read, and ProcessError if no
    process matches.

    `created`: when the files were made, if known. `alone`: there is one file. `is_chosen`: the texts were named
    individually, so that their times do not matter. `intake` has the texts that were handed over.
    """
    where = escape_text(path)
    _check(found, where, alone, is_chosen)
    originals = {id(found.readings[place]): original for place, original in found.originals.items()}
    kept = _chosen(found.readings, selection)
    capture = _assembled(found, found.readings if kept is None else kept, path, selection, intake=intake)
    repaired = repair(found.readings if kept is None else kept, capture)
    if repaired is not None or kept is None:
        kept = selection.of_readings(found.readings if repaired is None else repaired.readings)
        capture = _assembled(found, kept, path, selection, repaired, intake)
    _check_rows(capture, kept, where)
    if created:
        capture = replace(capture, created=created)
    capture = with_release(with_range_sizes(capture), where)
    for index, reading in enumerate(one for one in kept if one.reported is None):
        if (original := originals.get(id(reading))) is not None:
            capture = with_original(capture, index, original)
    return capture


def _chosen(readings: Sequence[Reading], selection: Selection) -> list[Reading] | None:
    """The selected readings; None if there is none yet, since the process may be one of several in a text."""
    try:
        return selection.of_readings(readings)
    except ProcessError:
        return None


def _assembled(
    found: Gathered,
    readings: Sequence[Reading],
    path: str,
    selection: Selection,
    repaired: Repaired | None = None,
    intake: Intake | None = None,
) -> Capture:
    return make_capture(
        readings,
        source=path,
        app=selection.app or "",
        device=found.device,
        system=found.system,
        limits=found.limits,
        problems=[*found.problems, *(repaired.problems if repaired else ())],
        notes=[*found.notes, *(repaired.notes if repaired else ())],
        created=min(found.times, default=""),
        intake=intake if any(reading.handed is not None for reading in readings) else None,
    )


def _check(found: Gathered, where: str, alone: bool, is_chosen: bool) -> None:
    if not found.readings:
        raise InputError(f"{where}: {_refusal(found, alone)}")
    if found.problems and not any(reading.has_text or reading.reported for reading in found.readings):
        raise InputError(f"{where}: contains no smaps files, only empty and other files")
    if len(found.times) > 1 and not is_chosen:
        first, *_, last = sorted(found.times)
        raise InputError(
            f"{where}: contains texts of {len(found.times)} times ({first} to {last}), which cannot be summed; "
            "pass one of them, or an (unpacked) folder with texts of one app, which is a series"
        )


def _check_rows(capture: Capture, readings: Sequence[Reading], where: str) -> None:
    """Raise InputError if there are texts and problems but no rows, because nothing can be computed."""
    has_text = any(reading.has_text for reading in readings)
    if has_text and capture.problems and not len(capture.vmas) and not any(one.reported for one in readings):
        first = capture.problems[0]
        raise InputError(f"{where}: no mapping could be read: {first.where}: {first.message}")


def _refusal(found: Gathered, alone: bool) -> str:
    """The error if there is nothing to read."""
    other = next((kind for kind in found.kinds if kind not in (Kind.OTHER, Kind.CAPTURE)), None)
    if alone and other is not None:
        return found.left_out[0] if found.left_out else f"{other.value}, not an smaps file"
    if alone:
        seen = f" It begins with {found.seen}." if found.seen else ""
        return f"not an smaps file: no line has a known form.{seen} Expected: {FORMS}"
    if found.captures:
        return (
            f"a folder of {counted(len(found.captures), 'capture')}, not of smaps files: pass one of them, "
            f"such as {found.captures[0]}, or pass the folder to ls, diff or trend"
        )
    return "contains no smaps files"
