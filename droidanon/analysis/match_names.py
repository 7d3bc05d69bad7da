"""Things that are called otherwise on the other side: what is left once equal names are matched, paired where it is
certain.

A name that only base has and one that only new has are the same thing where they are equal but for their numbers (a
version, a counter), for the folder that ART keeps its boot images in, for the screen, language or processor that a
split APK is made for, or for the folder of a library, and nothing else on either side could be meant.
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
    """Of names that only new has, those that are one of base's: new name to base's name."""
    return _match(base, new, (without_numbers, _boot_image, _split_kind, _library))


def match_processes(base: Iterable[str], new: Iterable[str]) -> dict[str, str]:
    """The same of process names: counters in them differ from run to run."""
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
    """The names by their shape, where one name alone has it."""
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
    """A configuration split by what it is for (bundletool's naming): screen density, ABI or language."""
    match = _SPLIT.search(name)
    if not match:
        return None
    kind = "density" if _DENSITY.fullmatch(match[1]) else "abi" if _ABI.fullmatch(match[1]) else "language"
    return f"{name[: match.start()]}<{kind}>{name[match.end() :]}"


def _library(name: str) -> str | None:
    """A library by its file's name without numbers, wherever it lies."""
    match = _LIBRARY.fullmatch(name)
    return _NUMBERS.sub("#", match[1]) if match else None
