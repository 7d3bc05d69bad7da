"""Builds the platform's own reader of smaps (AOSP's libmeminfo, C++) as a program, for comparison with droidanon.

The program is built from two AOSP checkouts of the same age, `system/memory/libmeminfo` and `system/libprocinfo`, and
keeps all VMAs of a file like `dumpsys meminfo` does. It is not part of droidanon.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

_FILE_H = """
#pragma once
#include <string>
namespace android { namespace base { inline bool ReadFileToString(const std::string&, std::string*) { return false; } } }
"""
_BEFORE = """
#include <cctype>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <vector>
#include <procinfo/process_map.h>
#include <meminfo/meminfo.h>
#define LOG(level) std::cerr
namespace android { namespace meminfo {
using VmaCallback = std::function<bool(Vma&)>;
"""
_AFTER = """
}}
static double processor_seconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}
int main(int count, char** names) {
  using namespace android::meminfo;
  double begin = processor_seconds();
  bool smaps = !strcmp(names[1], "smaps");
  for (int at = 2; at < count; at++) {
    std::vector<Vma> vmas;
    if (!ForEachVmaFromFile(names[at], [&](Vma& vma) { vmas.push_back(vma); return true; }, smaps)) return 1;
  }
  printf("%.6f\\n", processor_seconds() - begin);
}
"""


class Libmeminfo:
    """The built program, and the texts it reads, as files in a folder that is deleted at the end."""

    def __init__(self, libmeminfo: Path, libprocinfo: Path) -> None:
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        source = (libmeminfo / "procmeminfo.cpp").read_text()
        functions = [
            re.search(rf"^{re.escape(start)}.*?^}}\n", source, re.MULTILINE | re.DOTALL)
            for start in ("static bool parse_smaps_field(", "bool ForEachVmaFromFile(")
        ]
        if not all(functions):
            raise SystemExit(f"{libmeminfo}: procmeminfo.cpp is not the one of AOSP's main branch")
        (folder / "android-base").mkdir()
        (folder / "android-base" / "file.h").write_text(_FILE_H)
        (folder / "main.cpp").write_text("".join([_BEFORE, *(found[0] for found in functions if found), _AFTER]))
        includes = [f"-I{path}" for path in (folder, libmeminfo / "include", libprocinfo / "include")]
        self._program = folder / "read"
        command = ["g++", "-O2", "-std=c++17", *includes, str(folder / "main.cpp"), "-o", str(self._program)]
        subprocess.run(command, check=True)

    def write(self, texts: Sequence[bytes]) -> list[str]:
        """Write these texts to files, and return their names."""
        names = []
        for number, text in enumerate(texts):
            path = Path(self._folder.name) / f"{number}.txt"
            path.write_bytes(text)
            names.append(str(path))
        return names

    def seconds(self, names: Sequence[str], *, smaps: bool) -> float:
        """The processor time to read these files once, as smaps or as maps."""
        kind = "smaps" if smaps else "maps"
        return float(subprocess.run([self._program, kind, *names], check=True, capture_output=True, text=True).stdout)
