"""The model of a phone: its processes and their VMAs, which depend only on the seed.

Every app is a fork of a zygote: it has the zygote's ranges and names, most of whose pages are still shared, and its own
VMAs below them. The numbers satisfy the invariants of real kernels: Rss is the sum of its four parts, Private <= Pss <=
Rss <= Size, SwapPss <= Swap, Rss + Swap <= Size.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from testphone.phone import catalogue
from testphone.phone.catalogue import EXAMPLE_PACKAGE, App
from testphone.phone.memory import (
    DATA,
    MB,
    PAGE,
    Builder,
    change_by,
    java_heap,
    native_heap,
    pages_of,
    process_top,
    stable_number,
    threads,
)
from testphone.phone.smaps_text import Vma


@dataclass
class Process:
    """One process; `role` determines the kinds of its VMAs, `growth` is how often its heap has grown.

    `more`: by which fraction anonymous memory of a name is larger (or smaller) than the model's.
    """

    pid: int
    ppid: int
    uid: int
    name: str
    role: str
    comm: str = ""
    package: str = ""
    weight: float = 1.0
    bits: int = 64
    start_time: int = 0
    oom_score_adj: int = -1000
    growth: int = 0
    app: App | None = None
    more: Mapping[str, float] = field(default_factory=dict)
    like: int | None = None
    """The pid from which its VMAs are generated, if it should equal an earlier process."""

    def __post_init__(self) -> None:
        self.comm = self.comm or self.name.rsplit("/", 1)[-1][-15:]


class ModelPhone:
    """The processes of a phone, their VMAs, and how both change with each step."""

    def __init__(self, seed: int = 1, processes: int = 40, density: float = 1.0) -> None:
        """`processes`: the number with VMAs (kernel threads are extra); `density` scales their libraries and threads."""
        self.seed = seed
        self.step = 0
        self.density = density
        self.rng = random.Random(f"phone {seed}")
        self.processes: dict[int, Process] = {}
        self.next_pid = 1900
        self.uptime = 8000.0
        self._zygotes: dict[int, list[Vma]] = {}
        self._populate(max(12, processes))

    def _start(self, process: Process) -> Process:
        process.start_time = process.start_time or int(self.uptime * 100) - 60_000 + process.pid % 1000
        self.processes[process.pid] = process
        return process

    def _populate(self, count: int) -> None:
        start = self._start
        start(Process(1, 0, 0, "/system/bin/init", "daemon", comm="init", weight=2000, start_time=12))
        for number, comm in enumerate(catalogue.KERNEL_THREADS):
            start(
                Process(2 + number, 0 if number == 0 else 2, 0, "", "kernel", comm=comm, start_time=13, oom_score_adj=0)
            )
        start(Process(788, 1, 0, "zygote64", "zygote", comm="main", start_time=1500))
        start(Process(789, 1, 0, "zygote", "zygote", comm="main", bits=32, start_time=1502))
        start(Process(1205, 788, 1053, "webview_zygote", "webview_zygote", start_time=2100))
        start(
            Process(1332, 788, 1000, "system_server", "system_server", weight=4.5, start_time=1700, oom_score_adj=-900)
        )
        start(Process(640, 1, 1000, "/system/bin/surfaceflinger", "daemon", weight=14000, start_time=1400))
        wanted_daemons = min(len(catalogue.DAEMONS), count // 2)
        for number, daemon in enumerate(catalogue.DAEMONS[:wanted_daemons]):
            start(
                Process(410 + 7 * number, 1, daemon.uid, daemon.name, "daemon", weight=daemon.heap_kb, start_time=900)
            )
        rest = count - len([process for process in self.processes.values() if process.role != "kernel"]) - 1
        self.apps = catalogue.apps(max(5, rest))
        for app in self.apps:
            for suffix in app.suffixes:
                if rest > 0 or app.package == EXAMPLE_PACKAGE:
                    self._start_app(app, suffix)
                    rest -= 1
                if app.package == EXAMPLE_PACKAGE and suffix == ":remote":
                    self._start_isolated(app)

    def _new_pid(self) -> int:
        self.next_pid += self.rng.randrange(3, 60)
        return self.next_pid

    def _start_app(self, app: App, suffix: str) -> Process:
        visible = app.package in (EXAMPLE_PACKAGE, "com.android.systemui") and not suffix
        return self._start(
            Process(
                self._new_pid(),
                788 if app.bits == 64 else 789,
                app.app_id,
                app.package + suffix,
                "app",
                package=app.package,
                weight=app.weight * (0.4 if suffix else 1),
                bits=app.bits,
                app=app,
                oom_score_adj=0 if visible else self.rng.choice((100, 200, 700, 900, 950)),
            )
        )

    def _start_isolated(self, app: App) -> Process:
        name = f"{app.package}:sandboxed_process0:org.chromium.content.app.SandboxedProcessService0:0"
        return self._start(
            Process(
                self._new_pid(),
                1205,
                99001,
                name,
                "isolated",
                package=app.package,
                weight=0.8,
                app=app,
                oom_score_adj=0,
            )
        )

    def find(self, name: str) -> Process:
        """The process with this name. Raises KeyError if it is not running."""
        for process in self.processes.values():
            if process.name == name:
                return process
        raise KeyError(name)

    def vmas(self, process: Process) -> list[Vma]:
        """The VMAs of a process at this step, by address."""
        rng = random.Random(f"{self.seed} {process.like or process.pid}")
        if process.role == "kernel":
            return []
        if process.role == "daemon":
            vmas = list(self._daemon_vmas(process, rng))
        elif process.role == "zygote":
            vmas = [replace(vma) for vma in self._zygote(process.bits)]
        else:
            vmas = [*self._inherited(process, rng), *self._own_vmas(process, rng)]
            for name, part in process.more.items():
                change_by([vma for vma in vmas if vma.name == f"[anon:{name}]"], part)
        vmas.sort(key=lambda vma: vma.start)
        return vmas

    def _daemon_vmas(self, process: Process, rng: random.Random) -> Iterator[Vma]:
        build = Builder(rng, 0x7200000000 + rng.randrange(1 << 16) * PAGE)
        native_heap(build, int(process.weight), 2)
        for path in catalogue.DAEMON_LIBRARIES:
            build.library(path.format(lib="lib64"), 120 + stable_number(path, 900), 0.5)
        threads(build, 4, process.pid + 1)
        binder = build.add("r--p", 1016, "/dev/binderfs/binder", device="00:1f", inode=5)
        binder.private_dirty = 0
        process_top(
            build, process.name if process.name.startswith("/") else "/system/bin/" + process.name, 0x7F00000000
        )
        sharers = 30
        for vma in build.vmas:
            if vma.private_clean and vma.name.startswith(("/apex", "/system")):
                vma.shared_clean, vma.private_clean, vma.sharers = vma.private_clean, 0, sharers
            yield vma

    def _zygote(self, bits: int) -> list[Vma]:
        """The VMAs of a zygote, built once, because all its forks have the same ranges and names."""
        if bits not in self._zygotes:
            self._zygotes[bits] = self._build_zygote(bits)
        return self._zygotes[bits]

    def _build_zygote(self, bits: int) -> list[Vma]:
        rng = random.Random(f"{self.seed} zygote {bits}")
        lib, isa = ("lib64", "arm64") if bits == 64 else ("lib", "arm")
        high, top = (0x7200000000, 0x7F80000000) if bits == 64 else (0xA0000000, 0xF0000000)
        build = Builder(rng, 0x6F000000)
        for jar in catalogue.BOOT_JARS:
            size = 2400 if jar == "-framework" else 150 + stable_number(jar, 400)
            image = build.anonymous(size, f"dalvik-/system/framework/boot{jar}.art", 0.9)
            image.perms = "rw-p"
            path = f"/system/framework/{isa}/boot{jar}"
            inode = 1300 + stable_number(path, 99)
            build.file("r--p", size, f"{path}.oat", inode, clean=0.7)
            build.file("r-xp", size * 2, f"{path}.oat", inode, offset=size * 1024, clean=0.8)
            build.file("r--p", size * 2, f"{path}.vdex", inode + 1, clean=0.1)
        build.add("---p", 1200, "[anon:dalvik-Boot image reservation]")
        build.anonymous(800, "dalvik-zygote space", 0.95, gap=4)
        build.anonymous(3200, "dalvik-non moving space", 0.5, gap=4)
        build.cursor = high
        for number in range(4):
            build.anonymous(800, "scudo:primary", 0.6, 0.1, gap=16 + number)
        build.anonymous(1200, "dalvik-Pre-zygote-LinearAlloc", 0.9)
        build.anonymous(2048, "dalvik-zygote-jit-code-cache", 0.1)
        libraries = (*catalogue.APEX_LIBRARIES, *catalogue.SYSTEM_LIBRARIES, *catalogue.VENDOR_LIBRARIES)
        for path in libraries[: max(20, int(len(libraries) * self.density))]:
            kb = 200 + stable_number(path, 1600) + (9000 if path.endswith(("libhwui.so", "libart.so")) else 0)
            build.library(path.format(lib=lib), kb, rng.uniform(0.2, 0.9))
        for font in catalogue.FONTS[:3]:
            build.file("r--s", 900, f"/system/fonts/{font}", 700 + stable_number(font, 99), clean=0.4)
        build.file("r--s", 10000, "/apex/com.android.i18n/etc/icu/icudt75l.dat", 41, clean=0.1, device="07:50")
        build.file("r--p", 30000, "/system/framework/framework-res.apk", 2077, clean=0.1)
        build.add("---p", 1024 * MB if bits == 64 else 130 * MB, "[anon:libwebview reservation]")
        process_top(build, "/system/bin/app_process" + str(bits), top)
        sharers = 30 if bits == 64 else 3
        for vma in build.vmas:
            vma.sharers = sharers
            vma.shared_clean, vma.private_clean = vma.shared_clean + vma.private_clean, 0
            if vma.anonymous and vma.name != "[stack]":  # forks still have most of the pages written before
                vma.shared_dirty = pages_of(vma.private_dirty * 0.8)
                vma.private_dirty -= vma.shared_dirty
                vma.swap_sharers = sharers
        return sorted(build.vmas, key=lambda vma: vma.start)

    def _inherited(self, process: Process, rng: random.Random) -> Iterator[Vma]:
        """The zygote's VMAs as seen in a fork: some pages written since, some never accessed."""
        heavy = min(0.6, 0.08 * process.weight)
        for vma in self._zygote(process.bits):
            vma = replace(vma)
            if vma.anonymous:
                written = pages_of(vma.shared_dirty * rng.uniform(0, heavy))
                if vma.name != "[stack]":
                    vma.private_dirty = pages_of(vma.private_dirty * rng.uniform(0, 0.3)) + written
                    vma.shared_dirty -= written
                vma.anonymous = vma.private_dirty + vma.shared_dirty
            else:
                vma.shared_clean = pages_of(vma.shared_clean * rng.uniform(0.3, 1))
            yield vma

    def _own_vmas(self, process: Process, rng: random.Random) -> Iterator[Vma]:
        weight, growth = process.weight, process.growth
        build = Builder(rng, 0x7500000000 if process.bits == 64 else 0xC8000000)
        build.cursor += rng.randrange(1 << 10) * PAGE
        if process.bits == 32:
            weight = min(weight, 0.7)
        folder = self.install_folder(process)
        if process.role != "webview_zygote":
            heap_at = 0x02000000
            bookkeeping = Builder(rng, 0x24000000)
            java_heap(bookkeeping, weight, growth, heap_at)
            yield from bookkeeping.vmas
        native_heap(build, int(5 * MB * weight), int(6 * weight), growth)
        for name, kb, perms, clean in (
            ("base.apk", 9000, "r--s", 0.2),
            ("oat/arm64/base.vdex", 5000, "r--p", 0.1),
            ("oat/arm64/base.odex", 1200, "r--p", 0.6),
            ("oat/arm64/base.odex", 2400, "r-xp", 0.7),
        ):
            build.file(
                perms, int(kb * weight) + 8, f"{folder}/{name}", 40000 + process.uid % 1000, clean=clean, device=DATA
            )
        build.anonymous(int(500 * weight) + 8, f"dalvik-{folder}/oat/arm64/base.art", 0.8)
        if process.role in ("isolated", "webview_zygote"):
            self._webview(build, weight)
        for name in catalogue.APP_LIBRARIES[: int(4 * weight * self.density) + 1] if process.package else ():
            build.library(f"{folder}/lib/arm64/{name}", 300 + stable_number(name, 2000), 0.5)
            build.add("---p", 12, "[page size compat]")
        threads(build, int((8 + 14 * weight) * self.density) + 1, process.pid + 1)
        binder = build.add("r--p", 1016, "/dev/binderfs/binder", device="00:1f", inode=5, gap=4)
        binder.private_dirty = 0
        if process.role == "app":
            for _ in range(int(24 * weight * self.density)):
                buffer = build.add(
                    "rw-s", rng.choice((4, 16, 64, 128, 256)), "/dev/kgsl-3d0", device="00:05", inode=622
                )
                buffer.private_dirty = buffer.size if rng.random() < 0.4 else 0
            build.add("rw-s", 10164, "/dmabuf:system", device="00:0d", inode=900 + process.pid % 90)
        for number in range(int(6 * weight)):
            build.anonymous(rng.choice((4, 8, 64, 2048)), "", 0.7, gap=8 + number)
        fonts = [
            build.file("r--s", 600, f"/system/fonts/{font}", 700 + stable_number(font, 99), clean=0.5)
            for font in catalogue.FONTS[3:]
        ]
        for font in fonts:
            font.shared_clean, font.private_clean, font.sharers = font.private_clean, 0, 9
        yield from build.vmas

    def _webview(self, build: Builder, weight: float) -> None:
        build.library("/product/app/WebViewGoogle/WebViewGoogle.apk", 60000, 0.15)
        build.add("---p", 16 * 1024 * MB, "[anon:partition_alloc]")
        for _ in range(int(12 * weight) + 1):
            build.anonymous(2048, "partition_alloc", build.rng.uniform(0.05, 0.6), 0.1)
        for _ in range(int(4 * weight)):
            build.anonymous(256, "v8", 0.9, gap=256)

    def install_folder(self, process: Process) -> str:
        """The folder of a process's APK; its random parts depend only on the package and the seed."""
        app = process.app
        if app is None:
            return "/product/app/WebViewGoogle" if process.role == "webview_zygote" else "/system/framework"
        return app_folder(app, self.seed)

    def evolve(self) -> tuple[set[int], set[int]]:
        """Advance by one second, and return the pids that are new or changed, and those that ended."""
        self.step += 1
        self.uptime += 1
        changed, gone = set(), set()
        for process in list(self.processes.values()):
            if process.package == EXAMPLE_PACKAGE and process.role == "app":
                process.growth += 1 if process.name.endswith(":remote") else 2
                changed.add(process.pid)
        if self.step % 5 == 0:
            gone |= self._kill_named(f"{EXAMPLE_PACKAGE}:remote")
            changed.add(
                self._start_app(next(app for app in self.apps if app.package == EXAMPLE_PACKAGE), ":remote").pid
            )
        if self.step % 3 == 0:
            visitor = App("com.example.visitor", 10299, 0.5)
            if not (went := self._kill_named(visitor.package)):
                changed.add(self._start_app(visitor, "").pid)
            gone |= went
        return changed, gone

    def restart(self, package: str, more: Mapping[str, float]) -> tuple[set[int], set[int]]:
        """Restart an app a minute later, and return the new pids and those that ended. `more`: see Process."""
        self.uptime += 60
        gone = {pid for pid, process in self.processes.items() if process.package == package}
        for pid in gone:
            del self.processes[pid]
        before = set(self.processes)
        app = next(app for app in self.apps if app.package == package)
        for suffix in app.suffixes:
            self._start_app(app, suffix).more = more
            if package == EXAMPLE_PACKAGE and suffix == ":remote":
                self._start_isolated(app)
        return set(self.processes) - before, gone

    def _kill_named(self, name: str) -> set[int]:
        pids = {pid for pid, process in self.processes.items() if process.name == name}
        for pid in pids:
            del self.processes[pid]
        return pids


def app_folder(app: App, seed: int) -> str:
    """The folder of an app's APK: a system app's own, or in /data/app with its two random parts."""
    if app.folder:
        return app.folder
    letters = random.Random(f"{seed} {app.package}")
    outer, inner = ("".join(letters.choices("ABCDEFGHabcdefgh0123456789_-", k=22)) for _ in range(2))
    return f"/data/app/~~{outer}==/{app.package}-{inner}=="
