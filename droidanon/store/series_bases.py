"""Finds captures of a series that cannot be opened because their base, or its base, is missing or damaged."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.model import Problem
from droidanon.store.file_names import existing_file
from droidanon.wording import counted

_MOST_NAMES = 10


def lost_captures(folder: Path, bases: Mapping[str, str], problems: list[Problem]) -> frozenset[str]:
    """The files that cannot be opened; a problem for each base names them.

    Args:
        folder: The series.
        bases: The file of each capture's base (empty: none) according to the manifest. A capture that has since been
            stored in full is not lost.
        problems: New problems are appended.
    """
    lost: set[str] = set()
    dependents, places = _by_base(bases), {file: place for place, file in enumerate(bases)}
    for base in dict.fromkeys(bases.values()):
        reason = _reason(folder / base) if base and Path(base).name == base else ""
        if not reason:
            continue
        files = sorted(_dependents(folder, dependents, base), key=places.__getitem__)
        if base in bases:  # damaged; the manifest's problem names a missing one
            lost.add(base)
        lost.update(files)
        if files or base in bases:
            problems.append(Problem(f"{escape_text(str(folder))}/{escape_text(base)}", _message(reason, files)))
    return frozenset(lost)


def _by_base(bases: Mapping[str, str]) -> Mapping[str, list[str]]:
    """The files that name each base."""
    found: dict[str, list[str]] = {}
    for file, base in bases.items():
        if base:
            found.setdefault(base, []).append(file)
    return found


def _dependents(folder: Path, dependents: Mapping[str, list[str]], base: str) -> set[str]:
    """The files stored as changes of a base, directly or indirectly."""
    from droidanon.store.parquet import base_of

    found: set[str] = set()
    left = [base]
    while left:
        one = left.pop()
        new = [file for file in dependents.get(one, ()) if file not in found and base_of(folder / file) == one]
        found.update(new)
        left += new
    return found


def _reason(path: Path) -> str:
    """Why a base cannot be opened; empty if it can. Checks its digest without decoding anything."""
    from droidanon.store.sealed import open_sealed

    if existing_file(path.parent, path.name) is None:
        return "missing"
    try:
        open_sealed(path)
    except InputError as error:
        return str(error).partition(": ")[2]
    return ""


def _message(reason: str, files: list[str]) -> str:
    if not files:
        return f"{reason}; it is left out"
    names = ", ".join(map(escape_text, files[:_MOST_NAMES]))
    more = f" and {len(files) - _MOST_NAMES} more" if len(files) > _MOST_NAMES else ""
    return f"{reason}; left out: {counted(len(files), 'capture')} that are stored as its changes: {names}{more}"
