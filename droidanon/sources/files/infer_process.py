"""Infers a process's name from the files it maps: its executable, or the package of its app."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

_PACKAGE = rb"([A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)+)"
_FOLDER = rb"[ @/]data[/@]app[/@](?:~~[^/\n]{1,40}/)?" + _PACKAGE + rb"-[^/@\n]{1,40}[/@]"
_DATA = re.compile(rb" /data/(?:data|user(?:_de)?/[0-9]{1,4})/" + _PACKAGE + rb"/")
_COMPILED = re.compile(_FOLDER + rb"(?:oat/[^/\n]+/|base\.apk@)[^/\n]+\.(?:odex|vdex|art|dex)\b")
_INSTALLED = re.compile(_FOLDER + rb"(?:base|split_[^/\n]{1,80})\.apk")
_SYSTEM_APP = re.compile(
    rb" /(?:system|product|system_ext|vendor|odm)(?:/[a-z_]+)?/(?:priv-)?app/"
    rb"([A-Za-z0-9_]+)/[^\n]+\.(?:odex|vdex|apk)\b"
)
_EXECUTABLE = re.compile(rb" (/(?:[\w.+-]+/)*(?:bin|xbin|sbin)/(?:[\w.-]+/)*[\w.@:+-]+|/init)(?: \(deleted\))?\r?\Z")
_SERVER = re.compile(rb"/system/framework/(?:oat/[a-z0-9_]+/)?services\.(?:odex|jar|vdex|art)")
_LOADED_BY_OTHERS = re.compile(
    rb"com\.(?:google\.)?android\.(?:webview|trichromelibrary|gms|chrome)(?:_|$)|WebViewGoogle|webview", re.IGNORECASE
)
"""Apps whose code runs in the processes of other apps."""
_MOST_KEPT = 1 << 14
"""Lines with known evidence that are kept; the processes of a phone have most in common."""
_MOST_BYTES = 1 << 10
"""The size of such a line."""
_LINKERS = frozenset({"linker", "linker64", "linker_asan", "linker_asan64"})
_RUNTIMES = frozenset({"app_process", "app_process32", "app_process64"})


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The names that one line shows: programs, whether it is a file of system_server, and the owners of files."""

    programs: tuple[bytes, ...]
    is_server: bool
    owners: tuple[tuple[bytes, ...], ...]
    """The names that each of `_OWNERS` finds."""


_OWNERS = ((_DATA, True), (_COMPILED, True), (_SYSTEM_APP, False), (_INSTALLED, True))
"""Patterns of files that name their app, and whether by its package. Others read icons from an installed app's .apk, so
that the last one is weak evidence."""
_STRONG, _WEAK = (0, 1, 2), (3,)


def infer_process(text: bytes) -> tuple[str, str | None] | None:
    """Name and package of the process in smaps or maps text; None if its mappings do not reveal them.

    An app is named by its package (a system app by its file name), because its other processes (`:remote`) map the same
    files.
    """
    return infer_from_lines(Counter(_paths(text)))


def infer_from_lines(lines: Mapping[bytes, int]) -> tuple[str, str | None] | None:
    """The same from the distinct lines of a text, in order of first appearance, and their counts.

    A line may lack everything before the blank that precedes its path.
    """
    seen = ((_evidence(line) if len(line) <= _MOST_BYTES else _find_evidence(line), n) for line, n in lines.items())
    found = [(one, count) for one, count in seen if one is not None]
    programs = [path.decode("utf-8", "replace") for path in dict.fromkeys(p for one, _ in found for p in one.programs)]
    names = [PurePosixPath(path).name for path in programs]
    if names and not _RUNTIMES & set(names):
        return next(((path, None) for path, name in zip(programs, names, strict=True) if name not in _LINKERS), None)
    if any(one.is_server for one, _ in found):
        return "system_server", None
    return _infer_app(found)


def _paths(text: bytes) -> Iterator[bytes]:
    """The paths in a text, each after a blank; about 2 % of the text."""
    place = text.find(b"/")  # far faster than a search for both bytes, as blanks are everywhere
    while place >= 0:
        end = place + 1
        if text[place - 1 : place] == b" ":
            end = text.find(b"\n", place)
            end = len(text) if end < 0 else end
            yield text[place - 1 : end]
        place = text.find(b"/", end)


def _find_evidence(line: bytes) -> _Evidence | None:
    """The names that a line shows; None if it shows none."""
    if (start := line.find(b" /")) < 0:
        return None
    line = line[start:]
    programs, is_server = tuple(_EXECUTABLE.findall(line)), _SERVER.search(line) is not None
    owners = tuple(tuple(pattern.findall(line)) for pattern, _ in _OWNERS)
    return _Evidence(programs, is_server, owners) if programs or is_server or any(owners) else None


_evidence = lru_cache(_MOST_KEPT)(_find_evidence)


def _infer_app(found: Sequence[tuple[_Evidence, int]]) -> tuple[str, str | None] | None:
    """The app whose file is mapped most often."""
    owners: list[Counter[bytes]] = [Counter() for _ in _OWNERS]
    for one, count in found:
        for names, counter in zip(one.owners, owners, strict=True):
            for owner in names:
                counter[owner] += count
    for evidence in (_STRONG, _WEAK):
        for own in (True, False):
            for place in evidence:
                known = {n: count for n, count in owners[place].items() if not own or not _LOADED_BY_OTHERS.match(n)}
                if known:
                    name = max(known, key=known.__getitem__).decode()
                    return name, name if _OWNERS[place][1] else None
    return None
