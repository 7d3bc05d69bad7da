"""The phone's root folder: shell, tools and scripts in /system/bin, and the files they read."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from testphone.phone.catalogue import App
from testphone.phone.exit_info import ZONE_NAME
from testphone.phone.model import app_folder
from testphone.phone.proc_tree import KERNEL_RELEASE, SHELL_UID

SCRIPTS = Path(__file__).parent / "bin"

TOYBOX_LINKS = [
    "acpi",
    "base64",
    "basename",
    "blockdev",
    "bzcat",
    "cal",
    "cat",
    "chgrp",
    "chmod",
    "chown",
    "chroot",
    "cksum",
    "clear",
    "cmp",
    "comm",
    "cp",
    "cpio",
    "cut",
    "date",
    "df",
    "dirname",
    "dmesg",
    "dos2unix",
    "du",
    "echo",
    "env",
    "expand",
    "fallocate",
    "false",
    "find",
    "flock",
    "free",
    "groups",
    "head",
    "hostname",
    "id",
    "ifconfig",
    "ionice",
    "iorenice",
    "kill",
    "killall",
    "ln",
    "logname",
    "losetup",
    "ls",
    "lsmod",
    "lsof",
    "md5sum",
    "mkdir",
    "mknod",
    "mkswap",
    "mktemp",
    "more",
    "mount",
    "mountpoint",
    "mv",
    "netstat",
    "nice",
    "nl",
    "nohup",
    "od",
    "paste",
    "patch",
    "pgrep",
    "pidof",
    "pkill",
    "pmap",
    "printenv",
    "printf",
    "ps",
    "pwd",
    "readlink",
    "realpath",
    "renice",
    "rm",
    "rmdir",
    "sed",
    "setsid",
    "sha1sum",
    "sleep",
    "sort",
    "split",
    "stat",
    "strings",
    "sync",
    "sysctl",
    "tac",
    "tail",
    "tar",
    "taskset",
    "tee",
    "time",
    "timeout",
    "touch",
    "true",
    "truncate",
    "tty",
    "ulimit",
    "umount",
    "uniq",
    "unix2dos",
    "uptime",
    "usleep",
    "vmstat",
    "wc",
    "which",
    "whoami",
    "xargs",
    "xxd",
    "yes",
    "grep",
]
"""Android 7's tools, as far as Debian's toybox has them (no tr, dd, expr or awk); its grep was BSD's."""


def property_texts(serial: str, access: str) -> dict[str, str]:
    """The phone's properties."""
    build = "16/BP4A.260105.001/12345678"
    debug = access == "root"
    return {
        "dalvik.vm.heapgrowthlimit": "256m",
        "dalvik.vm.heapsize": "512m",
        "dalvik.vm.isa.arm64.variant": "generic",
        "persist.sys.timezone": ZONE_NAME,
        "ro.boot.qemu": "0",
        "ro.build.characteristics": "default",
        "ro.build.display.id": "BP4A.260105.001",
        "ro.build.fingerprint": f"model/model_phone/model:{build}:{'userdebug/dev-keys' if debug else 'user/release-keys'}",
        "ro.build.id": "BP4A.260105.001",
        "ro.build.type": "userdebug" if debug else "user",
        "ro.build.version.incremental": "12345678",
        "ro.build.version.release": "16",
        "ro.build.version.sdk": "36",
        "ro.build.version.security_patch": "2026-01-05",
        "ro.config.low_ram": "false",
        "ro.debuggable": "1" if debug else "0",
        "ro.product.brand": "model",
        "ro.product.cpu.abi": "arm64-v8a",
        "ro.product.cpu.abilist": "arm64-v8a,armeabi-v7a",
        "ro.product.cpu.pagesize.max": "16384",
        "ro.product.device": "model",
        "ro.product.manufacturer": "Modelmaker",
        "ro.product.model": "Model Phone",
        "ro.product.name": "model_phone",
        "ro.secure": "1",
        "ro.serialno": serial,
        "service.adb.root": "1" if access == "root" else "0",
        "sys.boot_completed": "1",
    }


def build_root(
    root: Path,
    *,
    apps: tuple[App, ...],
    seed: int,
    serial: str,
    access: str,
    su: str | None,
    gzip: bool,
    real: bool,
    reporter: str | None = None,
    dumpsys: bool = True,
) -> None:
    """Fill `root`. `real`: for adbd in its namespaces; otherwise only the scripts, for the host's sh."""
    for folder in ("system/bin", "system/xbin", "system/etc/phone", "data/local/tmp", "dev", "proc", "etc", "sdcard"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    root.chmod(0o755)
    (root / "data/local/tmp").chmod(0o777)
    _write_facts(root / "system/etc/phone", serial, access)
    write_package_facts(root, apps, seed)
    if reporter:
        # AUTHORITY PROCESS ANSWER
        (root / "system/etc/phone/providers").write_text(
            f"com.example.app.droidanon com.example.app {reporter}\n"
            f"com.example.app.droidanon.remote com.example.app:remote {reporter}\n"
        )
    if not dumpsys:
        (root / "system/etc/phone/no-dumpsys").touch()
    _write_sys(root / "sys/block/zram0", root / "sys/kernel/dmabuf/buffers")
    shell = "/system/bin/sh" if real else "/bin/sh"
    if real:
        _add_programs(root, gzip=gzip)
    for script in SCRIPTS.iterdir():
        name = script.name.split("-")[0] if script.name.startswith("su-") else script.name
        if name == "ps" and real:
            continue  # toybox has a better version
        if name == "su" and script.name != f"su-{su}":
            continue
        target = root / "system/bin" / name
        target.unlink(missing_ok=True)
        target.write_text(f"#!{shell}\n{script.read_text(encoding='utf-8')}", encoding="utf-8")
        target.chmod(0o755)


def _write_facts(folder: Path, serial: str, access: str) -> None:
    properties = property_texts(serial, access)
    (folder / "props").write_text("".join(f"{key}={value}\n" for key, value in sorted(properties.items())))
    (folder / "kernel").write_text(f"{KERNEL_RELEASE}\n")


def write_package_facts(root: Path, apps: tuple[App, ...], seed: int) -> None:
    """Write the installed packages, for the scripts and run-as."""
    lines = (
        f"{app.package} {app.app_id} {app.version[1]} {app.version[0]} {int(app.debuggable)} {app_folder(app, seed)}\n"
        for app in apps
    )
    path = root / "system/etc/phone/packages"
    new = path.with_name("packages.new")
    new.write_text("".join(lines))
    new.replace(path)
    _write_package_list(root / "data/system", apps)


def _write_package_list(folder: Path, apps: tuple[App, ...]) -> None:
    """Write the package list that installd and run-as use; readable only by root."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (
        f"{app.package} {app.app_id} {int(app.debuggable)} /data/user/0/{app.package} default:targetSdkVersion=36 none 0 "
        f"{app.version[1]} 1 @null\n"
        for app in apps
    )
    path = folder / "packages.list"
    path.write_text("".join(lines))
    path.chmod(0o600)


def _write_sys(zram: Path, buffers: Path) -> None:
    """Write zram's counts, readable by everyone, and the dma-bufs, readable only by root."""
    zram.mkdir(parents=True)
    (zram / "mm_stat").write_text("1634000896 402653184 419430400 0 440401920 3100 8000 0 0\n")
    for number, size in enumerate((8294400, 4096, 1048576)):
        buffer = buffers / str(number + 300)
        buffer.mkdir(parents=True)
        (buffer / "size").write_text(f"{size}\n")
        (buffer / "size").chmod(0o400)


def _add_programs(root: Path, *, gzip: bool) -> None:
    system_bin, xbin = root / "system/bin", root / "system/xbin"
    _copy_program("mksh", system_bin / "sh")
    _copy_program("toybox", system_bin / "toybox")
    for link in TOYBOX_LINKS:
        (system_bin / link).symlink_to("toybox")
    if gzip:  # Android has had it since 8
        _copy_program("gzip", system_bin / "gzip")
    _copy_program("setpriv", xbin / "setpriv")
    _copy_program("setpriv", xbin / "change-uid")
    (xbin / "change-uid").chmod(0o4755)  # like su and run-as on a phone: a program that may change its uid
    for folder in ("usr/lib", *(["usr/lib64"] if Path("/usr/lib64").is_dir() else [])):
        (root / folder).mkdir(parents=True)
        (root / folder.removeprefix("usr/")).symlink_to(folder)
    (root / "bin").symlink_to("system/bin")
    # adbd looks up the shell of its user in the password file.
    users = {"root": 0, "system": 1000, "shell": SHELL_UID}
    (root / "etc/passwd").write_text(
        "".join(f"{name}:x:{uid}:{uid}::/:/system/bin/sh\n" for name, uid in users.items())
    )
    (root / "etc/group").write_text("".join(f"{name}:x:{uid}:\n" for name, uid in users.items()) + "readproc:x:3009:\n")


def find_program(name: str) -> str | None:
    """Find a program of the host, including in folders that are only in root's PATH."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin")))


def _copy_program(name: str, target: Path) -> None:
    source = find_program(name)
    if source is None:
        raise FileNotFoundError(f"{name} is not installed; testphone/phone/setup.sh installs it")
    shutil.copyfile(source, target)
    target.chmod(0o755)
