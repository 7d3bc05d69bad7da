"""The origin of a VMA: the library or package file that its memory belongs to, including .bss, images and compiled
code.
"""

from __future__ import annotations

import re

import numpy as np

from droidanon.analysis.fidelity import is_vma
from droidanon.columns import Coded
from droidanon.model import Capture
from droidanon.taxonomy.normalise import normalise_name

_PATH = re.compile(r"(?:^|[ :-])(/[^\0\]]*?)\.(so|apk|jar|dex|odex|oat|vdex|art)(?=$|[\] (!:])")
_ISA_FOLDER = re.compile(r"/(?:oat/)?(?:arm|arm64|x86|x86_64|riscv64)(?=/[^/]*$)")
_FOLLOWING = frozenset({"", "[anon:.bss]"})
"""Names of memory that the linker puts right behind a library (bionic/linker/linker_phdr.cpp: the .bss segment)."""


def origin_of_name(name: str) -> str:
    """The file that a name refers to, else the (normalised) name itself.

    A library is its path. A package's file and the files compiled or extracted from it are `/data/app/com.x/base.*`.
    """
    normal = normalise_name(name)
    match = _PATH.search(normal)
    if not match:
        return normal
    path, kind = match.groups()
    return f"{path}.so" if kind == "so" else f"{_ISA_FOLDER.sub('', path)}.*"


def origins(capture: Capture, names: Coded) -> Coded:
    """The origin of each VMA, from its name. Memory directly after a library that is unnamed or named .bss belongs to
    the library.
    """
    vmas = capture.vmas
    column = names.map(origin_of_name)
    follows = names.matches(lambda name: name in _FOLLOWING)
    if not follows.any():
        return column
    is_library = column.matches(lambda name: name.endswith(".so"))
    joined = np.zeros(len(vmas), np.bool_)
    joined[1:] = (vmas.start[1:] == vmas.end[:-1]) & (vmas.process[1:] == vmas.process[:-1])
    joined &= follows & is_vma(capture)
    # Each VMA of a chain has the origin of the last VMA before the chain.
    places = np.maximum.accumulate(np.where(joined, 0, np.arange(len(vmas))))
    rows = np.where(joined & is_library[places], places, np.arange(len(vmas)))
    return column.take(rows)
