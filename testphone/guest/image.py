"""Builds the guest's initramfs: the test phone's shell and tools with their libraries, adbd, and compiled programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from testphone.guest.host_files import add_file, add_libraries
from testphone.guest.python import add_python
from testphone.phone.catalogue import APPS
from testphone.phone.tools import build_root, find_program, property_texts

HERE = Path(__file__).parent
SERIAL = "GUEST0001"
ADBD = Path("/usr/lib/android-sdk/platform-tools/adbd")
PROPERTIES = {"ro.product.model": "Test Guest", "ro.product.cpu.abi": "x86_64", "ro.product.cpu.abilist": "x86_64"}
COMPILER = ["gcc", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread"]
PROGRAMS = {
    "family": ["family.c", "vma_kinds.c", "ledger.c"],
    "many_vmas": ["many_vmas.c", "ledger.c"],
    "shares": ["shares.c", "ledger.c"],
    "limited": ["limited.c", "ledger.c"],
}


def build_image(root: Path) -> Path:
    """Fill the folder `root` with the guest's files, and return the archive next to it for qemu."""
    build_root(root, apps=APPS, seed=1, serial=SERIAL, access="root", su="magisk", gzip=True, real=True)
    properties = property_texts(SERIAL, "root") | PROPERTIES
    (root / "system/etc/phone/props").write_text(
        "".join(f"{key}={value}\n" for key, value in sorted(properties.items()))
    )
    (root / "system/bin/getenforce").unlink()  # no SELinux here
    for link in ("uname", "swapon"):  # the guest's kernel reports its own name
        (root / "system/bin" / link).unlink(missing_ok=True)
        (root / "system/bin" / link).symlink_to("toybox")
    shutil.copy(find_program("dd") or "dd", root / "system/bin/dd")  # Android's reads and skips like that of coreutils
    for program, sources in PROGRAMS.items():
        compile_program(root / "system/bin" / program, sources)
    shutil.copy(HERE / "init.sh", root / "init")
    (root / "init").chmod(0o755)
    for folder in ("sys", "data/local/tmp/family"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "data/local/tmp/family").chmod(0o1777)
    add_file(root, ADBD)
    for program in ("mksh", "toybox", "gzip", "setpriv", "dd", str(ADBD)):
        add_libraries(root, find_program(program) or program)
    add_python(root)
    archive = root.with_name("initramfs.cpio")
    with archive.open("wb") as file:
        for part in cpio_parts(root):
            file.write(part)
    return archive


def compile_program(target: Path, sources: Sequence[str]) -> None:
    """Compile one of the C programs."""
    command = [*COMPILER, "-o", str(target), *(str(HERE / "programs" / name) for name in sources)]
    subprocess.run(command, check=True)


def cpio_parts(root: Path) -> Iterator[bytes]:
    """A tree as an archive that the kernel can unpack (`newc`); all files belong to root, and there is a console."""
    yield _entry("dev", 0o040755, b"", 1)
    yield _entry("dev/console", 0o020600, b"", 2, device=(5, 1))
    number = 2
    for folder, folders, files in os.walk(root):
        folders.sort()
        for name in sorted([*folders, *files]):
            path = Path(folder) / name
            inside = path.relative_to(root).as_posix()
            if inside == "dev":
                continue
            number += 1
            status = path.lstat()
            if path.is_symlink():
                data = os.fsencode(path.readlink())
            else:
                data = path.read_bytes() if path.is_file() else b""
            yield _entry(inside, status.st_mode, data, number, time=int(status.st_mtime))
    yield _entry("TRAILER!!!", 0, b"", 0)


def _entry(name: str, mode: int, data: bytes, inode: int, *, device: tuple[int, int] = (0, 0), time: int = 0) -> bytes:
    """One file; its fields are described in the kernel's Documentation/driver-api/early-userspace/buffer-format.rst."""
    path = os.fsencode(name) + b"\0"
    fields = (inode, mode, 0, 0, 1, time, len(data), 0, 0, *device, len(path), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + path
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)
