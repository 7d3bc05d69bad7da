"""A phone's /proc as a tree of files, from the model or a recording."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from testphone.phone.dumpsys_meminfo import meminfo_text
from testphone.phone.exit_info import End, ExitHistory
from testphone.phone.limiter import Cgroups, Charged, cgroup_of
from testphone.phone.model import ModelPhone, Process
from testphone.phone.smaps_text import Vma, format_entry, format_header, format_rollup

GRAPHICS_KB = 4096
"""EGL memory of an app, visible only to dumpsys."""
PRIVATE_FILES = ("smaps", "maps", "smaps_rollup")
"""Files readable only by the process's own uid and root (a phone's kernel refuses others in open())."""

ART_BLOCKED = 0x80001204
"""The signals blocked by the main thread of every ART process: SIGQUIT, SIGUSR1, SIGPIPE and one of bionic's own."""
ART_ROLES = ("zygote", "system_server", "app", "isolated", "webview_zygote")

SHELL_UID = 2000
KERNEL_RELEASE = "6.6.58-android15-8-g0a1b2c3d4e5f-ab12345678"
KERNEL_VERSION = f"Linux version {KERNEL_RELEASE} (kleaf@build-host) (Android clang version 18.0.0) #1 SMP PREEMPT\n"


def status_text(process: Process, vmas: list[Vma]) -> str:
    """/proc/PID/status; like the kernel's, without the lines about memory for kernel threads."""
    ids = "\t".join([str(process.uid)] * 4)
    head = (
        f"Name:\t{process.comm}\nUmask:\t0077\nState:\tS (sleeping)\nTgid:\t{process.pid}\nNgid:\t0\n"
        f"Pid:\t{process.pid}\nPPid:\t{process.ppid}\nTracerPid:\t0\nUid:\t{ids}\nGid:\t{ids}\nFDSize:\t128\nGroups:\t9997 \n"
    )
    memory = ""
    if vmas:
        rss = sum(vma.rss for vma in vmas)
        anon = sum(vma.anonymous for vma in vmas)
        shmem = sum(vma.rss for vma in vmas if vma.name.startswith(("/memfd:", "/dev/ashmem", "/dmabuf")))
        size = sum(vma.size for vma in vmas)
        numbers = {
            "VmPeak": size + 2048,
            "VmSize": size,
            "VmLck": 0,
            "VmPin": 0,
            "VmHWM": rss + 1024,
            "VmRSS": rss,
            "RssAnon": anon,
            "RssFile": rss - anon - shmem,
            "RssShmem": shmem,
            "VmData": size // 3,
            "VmStk": 8192,
            "VmExe": 8,
            "VmLib": 120000,
            "VmPTE": 1800,
            "VmSwap": sum(vma.swap for vma in vmas),
        }
        memory = "".join(f"{key}:\t{number:8d} kB\n" for key, number in numbers.items())
    threads = 1 + sum(vma.name.startswith("[anon:stack_and_tls") for vma in vmas)
    return (
        f"{head}{memory}Threads:\t{threads}\nSigQ:\t0/21390\nSigPnd:\t0000000000000000\n"
        f"SigBlk:\t{ART_BLOCKED if process.role in ART_ROLES else 0:016x}\nSigIgn:\t0000000000000000\n"
        f"SigCgt:\t0000000000000000\nSeccomp:\t{2 if process.app else 0}\n"
        "Cpus_allowed:\tff\nvoluntary_ctxt_switches:\t120\nnonvoluntary_ctxt_switches:\t13\n"
    )


def stat_text(process: Process, vmas: list[Vma]) -> str:
    """/proc/PID/stat: 52 fields, of which the 22nd is the start time in clock ticks after boot."""
    size, rss = sum(vma.size for vma in vmas), sum(vma.rss for vma in vmas)
    fields = [process.pid, f"({process.comm})", "S", process.ppid, process.ppid, 0, 0, -1, 4194624, 900, 0, 40, 0]
    fields += [120, 60, 0, 0, 20, 0, 12, 0, process.start_time, size * 1024, rss // 4, 18446744073709551615]
    fields += [0] * (52 - len(fields))
    return " ".join(map(str, fields)) + "\n"


def process_files(process: Process, vmas: list[Vma]) -> dict[str, str]:
    """The texts of /proc/PID, by file name."""
    cmdline = f"{process.name}\0" if process.name else ""
    if process.role == "daemon" and process.pid == 1:
        cmdline = "/system/bin/init\0second_stage\0"
    size, rss = sum(vma.size for vma in vmas), sum(vma.rss for vma in vmas)
    return {
        "smaps": "".join(map(format_entry, vmas)),
        "maps": "".join(map(format_header, vmas)),
        "smaps_rollup": format_rollup(vmas),
        "status": status_text(process, vmas),
        "stat": stat_text(process, vmas),
        "statm": f"{size // 4} {rss // 4} {rss // 8} 2 0 {size // 12} 0\n",
        "cmdline": cmdline,
        "comm": f"{process.comm}\n",
        "oom_score_adj": f"{process.oom_score_adj}\n",
        "cgroup": f"0::{cgroup_of(process)}\n",
    }


def system_files(model: ModelPhone) -> dict[str, str]:
    """The files of /proc that do not belong to a process."""
    total, used = 7_700_000, 3_600_000 + 40 * len(model.processes) * 100 + model.step * 1024
    used = min(used, total - 600_000)
    meminfo = {
        "MemTotal": total,
        "MemFree": (total - used) // 4,
        "MemAvailable": (total - used),
        "Buffers": 5200,
        "Cached": (total - used) // 2,
        "SwapCached": 21000,
        "Active": used // 3,
        "Inactive": used // 2,
        "SwapTotal": 4194300,
        "SwapFree": 2600000 - min(2_000_000, model.step * 128),
        "Dirty": 800,
        "Writeback": 0,
        "AnonPages": used // 2,
        "Mapped": 900000,
        "Shmem": 41000,
        "KReclaimable": 210000,
        "Slab": 420000,
        "SReclaimable": 150000,
        "SUnreclaim": 270000,
        "KernelStack": 52000,
        "PageTables": 110000,
        "CommitLimit": 8044300,
        "Committed_AS": 91000000,
        "VmallocTotal": 259653632,
        "VmallocUsed": 160000,
        "CmaTotal": 300000,
        "CmaFree": 1200,
    }
    vmstat = {
        "nr_free_pages": meminfo["MemFree"] // 4,
        "nr_anon_pages": meminfo["AnonPages"] // 4,
        "pgpgin": 9_100_000,
        "pgpgout": 800_000,
        "pswpin": 120_000 + model.step * 3,
        "pswpout": 460_000 + model.step * 32,
        "pgfault": 88_000_000 + model.step * 900,
        "pgmajfault": 210_000 + model.step,
        "oom_kill": 0,
        "workingset_refault_anon": 61_000,
        "workingset_refault_file": 190_000,
        "allocstall_normal": 12,
    }
    pressure = "".join(
        f"{kind} avg10=0.00 avg60=0.12 avg300=0.08 total={total}\n"
        for kind, total in (("some", 5_100_200 + model.step * 70), ("full", 2_400_100 + model.step * 20))
    )
    return {
        "meminfo": "".join(f"{key + ':':<16}{number:8d} kB\n" for key, number in meminfo.items()),
        "vmstat": "".join(f"{key} {number}\n" for key, number in vmstat.items()),
        "uptime": f"{model.uptime:.2f} {model.uptime * 5:.2f}\n",
        "version": KERNEL_VERSION,
        "stat": "cpu  900 10 800 90000 12 3 4 0 0 0\nbtime 1760000000\nprocesses 9000\n",
        "loadavg": "1.20 1.10 0.90 1/3000 9000\n",
        "filesystems": "nodev\tproc\nnodev\ttmpfs\n\text4\n\tf2fs\n\terofs\n",
        "mounts": "proc /proc proc rw,relatime,gid=3009,hidepid=invisible 0 0\n",
        "pressure/memory": pressure,
        "sys/kernel/pid_max": "32768\n",
        "sys/vm/max_map_count": "65530\n",
        "sys/kernel/random/boot_id": f"6f1c0de0-0000-4000-8000-{model.seed:012x}\n",
    }


@dataclass(frozen=True)
class ProcessTexts:
    """A phone's texts about a process: /proc/PID by file name, `dumpsys meminfo` by option, and its cgroup's kB."""

    files: Mapping[str, str]
    answers: Mapping[str, str]
    charged: Charged


_KNOWN_TEXTS: dict[tuple[int, float, str], ProcessTexts] = {}
_MOST_KNOWN_TEXTS = 200
"""Enough for about 10 phones with few processes; a process has 300 kB of texts."""


def texts_of(model: ModelPhone, process: Process) -> ProcessTexts:
    """A process's texts, cached because tests start many phones, and those with the same seed are equal."""
    key = (model.seed, model.density, repr(process))
    if key not in _KNOWN_TEXTS:
        vmas = model.vmas(process)
        graphics = GRAPHICS_KB if process.role == "app" else 0
        answers = {
            option: meminfo_text(process.pid, process.name, vmas, graphics, full=bool(option))
            for option in (("", "-a") if process.role != "kernel" else ())
        }
        if len(_KNOWN_TEXTS) >= _MOST_KNOWN_TEXTS:
            _KNOWN_TEXTS.clear()
        _KNOWN_TEXTS[key] = ProcessTexts(process_files(process, vmas), answers, Charged.of(vmas))
    return _KNOWN_TEXTS[key]


class ProcTree:
    """Writes a model's files below `root`; each file and process appears atomically to readers."""

    def __init__(self, model: ModelPhone, root: Path, staging: Path, *, hidden: bool = False) -> None:
        """`hidden`: without root, files that the shell's uid may not read are made unreadable anyway."""
        self.model = model
        self.hidden = hidden
        self.root = root
        self.root.mkdir(parents=True, exist_ok=True)
        self.staging = staging  # on the same file system, so that renaming is atomic
        self.staging.mkdir(exist_ok=True)
        self.answers = root.parent / "system/etc/phone/meminfo"
        """The output of dumpsys meminfo by pid; pid plus `-a` has the output with that option."""
        self.answers.mkdir(parents=True, exist_ok=True)
        self.exits = ExitHistory(self.answers.parent / "exits")
        self.cgroups = Cgroups(root.parent)
        self._shown: dict[int, Process] = {}

    def write_all(self, *, empty: bool = False) -> None:
        """Write all processes (`empty`: none) and all system files."""
        for process in () if empty else self.model.processes.values():
            self._write_process(process)
        # Programs that read their own process (the shell, ps) need an existing /proc/self.
        self_link = self.root / "self"
        if not self_link.is_symlink():
            self_link.symlink_to("1")
        self.write_system()

    def write_system(self) -> None:
        for name, text in system_files(self.model).items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            self._replace(path, text)

    def evolve(self) -> None:
        """Advance the model by one step, and update the files."""
        self._show(*self.model.evolve(), "low memory")

    def restart(self, package: str, more: Mapping[str, float]) -> None:
        """Restart an app of the model."""
        self._show(*self.model.restart(package, more), "force stop")

    def _show(self, changed: set[int], gone: set[int], end: End) -> None:
        """Update the files after changes of the model."""
        for pid in gone:
            self.remove(pid, end)
        for pid in changed - gone:
            self._write_process(self.model.processes[pid])
        self.write_system()

    def remove(self, pid: int, end: End = "itself") -> None:
        """End a process: its folder disappears at once, and the phone records how it ended."""
        self.model.processes.pop(pid, None)
        if (process := self._shown.pop(pid, None)) is not None:
            self.cgroups.remove(process)
            self.exits.add(process, end, self._rss_kb(pid), seconds=time.time())
        for option in ("", "-a"):
            (self.answers / f"{pid}{option}").unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):
            target = self.staging / f"gone-{pid}"
            os.rename(self.root / str(pid), target)
            shutil.rmtree(target)

    def _rss_kb(self, pid: int) -> int:
        status = (self.root / str(pid) / "status").read_text()
        return int(status.partition("VmRSS:")[2].split(maxsplit=1)[0] if "VmRSS:" in status else 0)

    def write(
        self,
        pid: int,
        ppid: int,
        uid: int,
        cmdline: bytes,
        comm: str,
        start_time: int,
        oom_score_adj: int,
        smaps: bytes,
        vmas: list[Vma] | None = None,
    ) -> None:
        """Add a process with arbitrary, possibly hostile, facts; without `vmas` its status reports no memory."""
        process = Process(pid, ppid, uid, "", "given", comm=comm, start_time=start_time, oom_score_adj=oom_score_adj)
        folder = self.staging / str(pid)
        folder.mkdir()
        given = {"cmdline": cmdline, "smaps": smaps}
        for name, text in process_files(process, vmas or []).items():
            (folder / name).write_bytes(given.get(name, text.encode()))
            protect(folder / name, private_mode(name, uid, self.hidden), uid)
        add_task_folder(folder, pid)
        protect(folder, 0o755, uid)
        os.rename(folder, self.root / str(pid))

    def _replace(self, path: Path, text: str, mode: int = 0o444, uid: int = 0) -> None:
        new = self.staging / "new"
        new.write_text(text, encoding="utf-8", newline="")
        protect(new, mode, uid)
        os.replace(new, path)

    def show(self, process: Process) -> None:
        """Write the files of a process that was added to the model."""
        self._write_process(process)

    def _write_process(self, process: Process) -> None:
        self._shown[process.pid] = process
        texts = texts_of(self.model, process)
        self.cgroups.write(process, texts.charged)
        for option, answer in texts.answers.items():
            self._replace(self.answers / f"{process.pid}{option}", answer)
        folder = self.root / str(process.pid)
        if folder.is_dir():
            for name, text in texts.files.items():
                self._replace(folder / name, text, private_mode(name, process.uid, self.hidden), process.uid)
            return
        new = self.staging / str(process.pid)
        new.mkdir()
        for name, text in texts.files.items():
            (new / name).write_text(text, encoding="utf-8", newline="")
            protect(new / name, private_mode(name, process.uid, self.hidden), process.uid)
        add_task_folder(new, process.pid)
        protect(new, 0o755, process.uid)
        os.rename(new, folder)


def private_mode(name: str, uid: int, hidden: bool = False) -> int:
    """0400 if only the owner may read; without root, files cannot change owner, so 0 marks those of others."""
    if name not in PRIVATE_FILES:
        return 0o444
    return 0 if hidden and uid != SHELL_UID else 0o400


def protect(path: Path, mode: int, uid: int) -> None:
    """Set the owner (as root) and mode of a file in the tree."""
    if os.geteuid() == 0:
        os.chown(path, uid, uid)
    path.chmod(mode)


def add_task_folder(folder: Path, pid: int) -> None:
    """Add /proc/PID/task/PID, which ps looks for."""
    (folder / "task").mkdir()
    (folder / "task" / str(pid)).symlink_to("../..")


def proc_tree_from_recording(folder: Path, ps: Path | None, tree: Path) -> Path:
    """Make a /proc tree from saved smaps (`PID.txt` in `folder`), with names, uids and parents from a saved `ps -ef`.

    Processes known only from `ps` get everything except smaps; files not named after a pid are ignored.
    """
    known = parse_ps(ps.read_text(encoding="utf-8", errors="surrogateescape")) if ps else {}
    recorded = {int(path.stem): path for path in folder.glob("*.txt") if path.stem.isdigit()}
    for pid in sorted(known.keys() | recorded.keys()):
        process = known.get(pid) or Process(pid, 1, 0, "", "kernel", comm=f"pid{pid}")
        target = tree / str(pid)
        target.mkdir(parents=True)
        for name, text in process_files(process, []).items():
            (target / name).write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
        if pid in recorded:
            shutil.copyfile(recorded[pid], target / "smaps")
        for path in target.iterdir():
            protect(path, private_mode(path.name, process.uid), process.uid)
        add_task_folder(target, pid)
        protect(target, 0o755, process.uid)
    for name, text in system_files(ModelPhone(processes=12)).items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text, encoding="utf-8", newline="")
    if (tree / "1").is_dir():
        (tree / "self").symlink_to("1")
    return tree


_NAMED_UIDS = {
    "root": 0,
    "system": 1000,
    "radio": 1001,
    "bluetooth": 1002,
    "graphics": 1003,
    "shell": 2000,
    "nobody": 9999,
}


def parse_ps(text: str) -> dict[int, Process]:
    """The processes in a saved `ps -ef` (UID PID PPID C STIME TTY TIME CMD)."""
    processes = {}
    for line in text.splitlines():
        fields = line.split(None, 7)
        if len(fields) < 8 or not fields[1].isdigit():
            continue
        user, pid, ppid, command = fields[0], int(fields[1]), int(fields[2]), fields[7]
        kernel = command.startswith("[") and command.endswith("]")
        name = "" if kernel else command.split()[0]
        process = Process(
            pid, ppid, uid_of(user), name, "kernel" if kernel else "recorded", comm=command.strip("[]")[-15:]
        )
        process.start_time = pid * 10
        processes[pid] = process
    return processes


def uid_of(user: str) -> int:
    """The uid of an Android user name (`u0_a106`, `u0_i0`, `system`); 1000 for other names of daemons."""
    if match := re.fullmatch(r"u(\d+)_([ai])(\d+)", user):
        return int(match[1]) * 100_000 + (10_000 if match[2] == "a" else 99_000) + int(match[3])
    return int(user) if user.isdigit() else _NAMED_UIDS.get(user, 1000)
