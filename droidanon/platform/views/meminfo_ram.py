"""The lines of `dumpsys meminfo` about the phone's RAM: total, free, used, lost, zram.

Source: AOSP frameworks/base services/core ActivityManagerService (dumpApplicationMemoryUsage) and
com/android/internal/util/MemInfoReader. The amounts of dma-bufs, GPU and CMA in sysfs are unknown and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from droidanon.model import Capture
from droidanon.platform.readers.meminfo_system import REPORTED_RAM

_NEEDED = (
    "mem_free_kb",
    "buffers_kb",
    "cached_kb",
    "mapped_kb",
    "shmem_kb",
    "sunreclaim_kb",
    "page_tables_kb",
)
NO_VMALLOC = "/proc/meminfo does not report vmalloc usage (kernels before 5.3), so Used RAM and Lost RAM are left out"
_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})")
_IOREMAP_UNTIL = (4, 4)
"""In earlier kernels VmallocUsed includes ioremap addresses, which take no memory (mm/vmalloc.c)."""
_SHMEM_ONCE_SINCE = 15
"""Earlier releases subtract shared memory twice: as cached and as the kernel's."""


def ram_facts(capture: Capture) -> dict[str, int]:
    """The phone's memory in a capture, without numbers that its kernel counts differently from the platform.

    The platform adds up /proc/vmallocinfo. VmallocUsed equals that sum from kernel 5.3 on, and is 0 from 4.4 to 5.2.
    """
    system = dict(capture.system)
    version = _VERSION.match(str(capture.device.get("kernel", "")))
    # KReclaimable came with 4.20, and kernels that print it do not count ioremap addresses.
    usable = (int(version[1]), int(version[2])) >= _IOREMAP_UNTIL if version else "kreclaimable_kb" in system
    if not usable:
        system.pop("vmalloc_used_kb", None)
    return system


def format_ram(
    system: Mapping[str, int], android: int, *, every: bool, pss: int, cached_pss: int, swap_pss: int
) -> Iterator[str]:
    """The lines that can be determined: dumpsys' own, if printed for `every` process, else those from /proc/meminfo.

    `pss` (kB) is that of all processes, including their swap PSS.
    """
    if every and all(key in system for key in REPORTED_RAM.values()):
        yield from _reported_lines(system)
        return
    if "mem_total_kb" not in system:
        return
    total = system["mem_total_kb"]
    yield f"Total RAM: {total:9,d}K"
    if every and all(key in system for key in _NEEDED):
        free, cached, kernel = system["mem_free_kb"], cached_kernel_kb(system), kernel_used_kb(system)
        yield (
            f" Free RAM: {cached_pss + cached + free:9,d}K ({cached_pss:9,d}K cached pss + "
            f"{cached:9,d}K cached kernel + {free:9,d}K free)"
        )
        if kernel is not None:
            used = pss - cached_pss
            yield f" Used RAM: {used + kernel:9,d}K ({used:9,d}K used pss + {kernel:9,d}K kernel)"
            lost = total - (pss - swap_pss) - free - cached - kernel - system.get("zram_used_kb", 0)
            if android >= _SHMEM_ONCE_SINCE:
                lost += system["shmem_kb"]
            yield f" Lost RAM: {lost:9,d}K"
    yield from _zram_line(system)


def _reported_lines(system: Mapping[str, int]) -> Iterator[str]:
    """The lines as dumpsys printed them."""
    ram = {label: system[key] for label, key in REPORTED_RAM.items()}
    yield f"Total RAM: {system.get('reported_total_ram_kb', system.get('mem_total_kb', 0)):9,d}K"
    yield (
        f" Free RAM: {ram['Free RAM']:9,d}K ({ram['cached pss']:9,d}K cached pss + "
        f"{ram['cached kernel']:9,d}K cached kernel + {ram['free']:9,d}K free)"
    )
    yield f" Used RAM: {ram['Used RAM']:9,d}K ({ram['used pss']:9,d}K used pss + {ram['kernel']:9,d}K kernel)"
    yield f" Lost RAM: {ram['Lost RAM']:9,d}K"
    yield from _zram_line(system)


def _zram_line(system: Mapping[str, int]) -> Iterator[str]:
    if system.get("zram_used_kb") and "swap_total_kb" in system and "swap_used_kb" in system:
        yield (
            f"     ZRAM: {system['zram_used_kb']:9,d}K physical used for {system['swap_used_kb']:9,d}K in swap "
            f"({system['swap_total_kb']:9,d}K total swap)"
        )


def cached_kernel_kb(system: Mapping[str, int]) -> int:
    """The memory that the platform counts as cached by the kernel (MemInfoReader.getCachedSizeKb)."""
    reclaimable = system.get("kreclaimable_kb") or system.get("sreclaimable_kb", 0)
    return system["buffers_kb"] + reclaimable + system["cached_kb"] - system["mapped_kb"]


def kernel_used_kb(system: Mapping[str, int]) -> int | None:
    """The memory that the platform counts as used by the kernel (MemInfoReader.getKernelUsedSizeKb).

    None if the vmalloc part is unknown: older kernels print 0, and the platform adds up /proc/vmallocinfo. Kernel
    stacks are included (CONFIG_VMAP_STACK) in every kernel that reports this part.
    """
    vmalloc = system.get("vmalloc_used_kb", 0)
    return system["shmem_kb"] + system["sunreclaim_kb"] + vmalloc + system["page_tables_kb"] if vmalloc else None
