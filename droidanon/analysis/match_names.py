"""Matches names that differ between base and new but certainly mean the same thing.

A name that only base has and a name that only new has match if they differ only in their numbers (a version, a
counter), in the folder of ART's boot images, in the screen, language or processor of a split APK, or in the folder of a
library, and if no other name on either side is a candidate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

_LETTER = re.compile("[A-Za-z]")
_NUMBERS = re.compile(r"\d+(?:[._]\d+)*")
_BOOT_IMAGE = re.compile(r"(?:^|[/@-])(boot(?:-[\w.-]+)?\.(?:art|oat|odex|vdex))\]?$")
_INSTRUCTION_SET = re.compile(r"/(arm|arm64|x86|x86_64|riscv64)/")
_SPLIT = re.compile(r"split_config\.([\w-]+)\.apk")
_DENSITY = re.compile(r"(?:l|m|tv|h|xh|xxh|xxxh)dpi")
_ABI = re.compile(r"armeabi(?:_v7a)?|arm64_v8a|x86|x86_64|riscv64|mips(?:64)?")
_LIBRARY = re.compile(r"/(?:[^/]+/)*([^/]+\.so)")


def match_names(base: Iterable[str], new: Iterable[str]) -> dict[str, str]:
    """Map names that only new has to the names in base that they match."""
    return _match(base, new, (without_numbers, _boot_image, _split_kind, _library))


def match_processes(base: Iterable[str], new: Iterable[str]) -> dict[str, str]:
    """The same for process names, which may contain counters that differ from run to run."""
    return _match(base, new, (without_numbers,))


def _match(base: Iterable[str], new: Iterable[str], shapes: Iterable[Callable[[str], str | None]]) -> dict[str, str]:
    sides = set(base), set(new)
    gone, came = sides[0] - sides[1], sides[1] - sides[0]
    found: dict[str, str] = {}
    for shape in shapes:
        old_of, new_of = _alone(gone, shape), _alone(came, shape)
        for key in sorted(old_of.keys() & new_of.keys()):
            found[new_of[key]] = old_of[key]
            gone.discard(old_of[key])
            came.discard(new_of[key])
    return found


def _alone(names: Iterable[str], shape: Callable[[str], str | None]) -> Mapping[str, str]:
    """Map shapes to names, for shapes with a single name."""
    found: dict[str, list[str]] = {}
    for name in names:
        key = shape(name)
        if key is not None:
            found.setdefault(key, []).append(name)
    return {key: members[0] for key, members in found.items() if len(members) == 1}


def without_numbers(name: str) -> str | None:
    """The name without its numbers; None if it has none, or nothing else."""
    key = _NUMBERS.sub("#", name)
    return key if key != name and _LETTER.search(key) else None


def _boot_image(name: str) -> str | None:
    """A boot image of ART by its file's name: an update of the ART module moves it
    (art/runtime/gc/space/image_space.cc).
    """
    match = _BOOT_IMAGE.search(name)
    if not match:
        return None
    isa = _INSTRUCTION_SET.search(name)
    return f"{'anonymous' if name.startswith('[') else isa[1] if isa else ''} {match[1]}"


def _split_kind(name: str) -> str | None:
    """The kind of a configuration split (in bundletool's naming): screen density, ABI or language."""
    match = _SPLIT.search(name)
    if not match:
        return None
    kind = "density" if _DENSITY.fullmatch(match[1]) else "abi" if _ABI.fullmatch(match[1]) else "language"
    return f"{name[: match.start()]}<{kind}>{name[match.end() :]}"


def _library(name: str) -> str | None:
    """A library's file name without numbers and folder."""
    match = _LIBRARY.fullmatch(name)
    return _NUMBERS.sub("#", match[1]) if match else None
