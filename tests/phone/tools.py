"""What is in the phone's /system/bin: Android's shell, the tools of Android 7's toybox, and small scripts."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

# What Android 7's toybox had, of what a collector could want (AOSP: system/core/shell_and_utilities/README.md).
TOYBOX_7 = (
    "acpi basename blockdev bzcat cal cat chgrp chmod chown chroot cksum clear cmp comm cp cpio cut date df dirname "
    "dmesg dos2unix du echo env expand expr fallocate false find flock free getenforce groups head hostname id "
    "ifconfig inotifyd insmod kill killall ln load_policy losetup ls lsmod lsof lsusb md5sum mkdir mknod mkswap "
    "mktemp modinfo more mount mountpoint mv netstat nice nl nohup od paste patch pgrep pidof pkill pmap printenv "
    "printf ps pwd readlink realpath renice restorecon rm rmdir rmmod runcon sed seq setsid sha1sum sleep sort split "
    "stat strings swapoff swapon sync sysctl tac tail tar taskset tee time timeout top touch true truncate tty ulimit "
    "umount uname uniq unix2dos uptime usleep vmstat wc which whoami xargs yes"
).split()

PROPERTIES = {
    "ro.build.fingerprint": "example/model/model:16/AP4A.000000.001/1:userdebug/dev-keys",
    "ro.build.type": "userdebug",
    "ro.build.version.release": "16",
    "ro.build.version.sdk": "36",
    "ro.product.cpu.abi": "arm64-v8a",
    "ro.product.model": "Model Phone",
    "ro.serialno": "MODEL0001",
}

_SCRIPTS = {
    "getprop": 'if [ -z "$1" ]; then cat /system/etc/props; exit; fi\n'
    'while read -r line; do case "$line" in "[$1]: "*) v=${line#*: \\[}; echo "${v%]}"; exit;; esac; done < /system/etc/props\necho "$2"\n',
    "pm": 'case "$1 $2" in "list packages") cat /system/etc/packages;; "path "*) echo "package:/data/app/$2/base.apk";; esac\n',
    "dumpsys": 'case "$1" in meminfo) echo "Applications Memory Usage (in Kilobytes):";; *) echo "Can\'t find service: $1"; exit 1;; esac\n',
    "getconf": '[ "$1" = PAGESIZE ] && echo 4096\n',
    "uname": 'case "$1" in -r) echo 6.6.50-android15-8;; *) echo Linux;; esac\n',
    "am": "exit 0\n",
}


def write_tools(system: Path, packages: Mapping[str, int]) -> None:
    """`/system/bin` and `/system/etc` of a phone."""
    folder = system / "bin"
    folder.mkdir(parents=True)
    (system / "etc").mkdir()
    for name, source in (("mksh", "mksh"), ("toybox", "toybox")):
        shutil.copy2(_which(source), folder / name)
    (folder / "sh").symlink_to("mksh")
    for name in TOYBOX_7:
        if name not in _SCRIPTS:
            (folder / name).symlink_to("toybox")
    for name, body in _SCRIPTS.items():
        _script(folder / name, body)
    props = "".join(f"[{key}]: [{value}]\n" for key, value in sorted(PROPERTIES.items()))
    (system / "etc" / "props").write_text(props)
    listed = "".join(f"package:{name} uid:{uid}\n" for name, uid in sorted(packages.items()))
    (system / "etc" / "packages").write_text(listed)


def _script(path: Path, body: str) -> None:
    path.write_text(f"#!/system/bin/sh\n{body}")
    path.chmod(0o755)


def _which(name: str) -> str:
    path = shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin")
    if path is None:
        raise FileNotFoundError(name)
    return path
