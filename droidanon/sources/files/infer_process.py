"""Infers a process from the files that it maps: the name of its executable, or the package of its app."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
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
_EXECUTABLE = re.compile(rb" (/(?:[\w.+-]+/)*(?:bin|xbin|sbin)/(?:[\w.-]+/)*[\w.@:+-]+|/init)(?: \(deleted\))?\r?\n")
_SERVER = re.compile(rb"/system/framework/(?:oat/[a-z0-9_]+/)?services\.(?:odex|jar|vdex|art)")
_LOADED_BY_OTHERS = re.compile(
    rb"com\.(?:google\.)?android\.(?:webview|trichromelibrary|gms|chrome)(?:_|$)|WebViewGoogle|webview", re.IGNORECASE
)
"""Apps whose code runs in the processes of other apps."""
_LINKERS = frozenset({"linker", "linker64", "linker_asan", "linker_asan64"})
_RUNTIMES = frozenset({"app_process", "app_process32", "app_process64"})


def infer_process(text: bytes) -> tuple[str, str | None] | None:
    """Name and package of the process of a text of smaps or maps; None if its mappings don't show them.

    An app is named by its package (one of the system by its file's name): its other processes (`:remote`) map the same
    files.
    """
    text = _paths(text)
    programs = [path.decode("utf-8", "replace") for path in dict.fromkeys(_EXECUTABLE.findall(text))]
    names = [PurePosixPath(path).name for path in programs]
    if names and not _RUNTIMES & set(names):
        return next(((path, None) for path, name in zip(programs, names, strict=True) if name not in _LINKERS), None)
    if _SERVER.search(text):
        return "system_server", None
    return _infer_app(text)


def _paths(text: bytes) -> bytes:
    """The paths in a text, each after a blank: a fiftieth of the text."""
    found = []
    place = text.find(b" /")
    while place >= 0:
        end = text.find(b"\n", place)
        end = len(text) if end < 0 else end
        found.append(text[place:end])
        place = text.find(b" /", end)
    return b"\n".join(found) + b"\n"


def _infer_app(text: bytes) -> tuple[str, str | None] | None:
    """The app: an installed app's .apk alone is weak evidence, since others read its icon from it."""
    strong = [(pattern.findall(text), pattern is not _SYSTEM_APP) for pattern in (_DATA, _COMPILED, _SYSTEM_APP)]
    weak = [(_INSTALLED.findall(text), True)]
    for evidence in (strong, weak):
        for own in (True, False):
            for names, is_package in evidence:
                name = _most_common([name for name in names if not own or not _LOADED_BY_OTHERS.match(name)])
                if name is not None:
                    return name, name if is_package else None
    return None


def _most_common(names: Sequence[bytes]) -> str | None:
    return Counter(names).most_common(1)[0][0].decode() if names else None
