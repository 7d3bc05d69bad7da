"""Parsers of texts that a phone or an API returns, and small ones to begin with."""

from __future__ import annotations

import json


def parse_listings(data: bytes) -> None:
    """Tables and lists of processes."""
    from droidanon.platform.readers.dumpstate import parse_dumpstate
    from droidanon.platform.readers.low_memory import parse_low_memory
    from droidanon.platform.readers.meminfo_checkin import parse_checkin_line
    from droidanon.platform.readers.procrank import parse_procranks
    from droidanon.platform.readers.sanitizer_map import parse_sanitizer_maps
    from droidanon.platform.readers.showmap_export import plain_table

    words = data.decode("utf-8", "replace")
    lines = words.splitlines()
    parse_procranks(lines)
    parse_low_memory(lines)
    parse_sanitizer_maps(words)
    plain_table(words)
    for line in lines:
        parse_checkin_line(line)
    parse_dumpstate(data)


def parse_facts(data: bytes) -> None:
    """Facts about processes and the phone, from /proc and tools."""
    from droidanon.platform.readers import procfs
    from droidanon.platform.readers.cgroup import parse_cgroup
    from droidanon.platform.readers.phone_limits import phone_limits
    from droidanon.sources.sampling import sample

    words = data.decode("utf-8", "replace")
    properties = procfs.parse_getprop(words)
    procfs.device_facts(properties)
    procfs.parse_packages(words)
    procfs.parse_pressure(words)
    procfs.parse_zram(words)
    procfs.parse_vmstat(words)
    procfs.parse_stat(words)
    procfs.is_kernel_thread(words)
    procfs.comm_of_stat(words)
    procfs.parse_status(words)
    procfs.takes_signal(words, 10)
    procfs.parse_ps(words)
    phone_limits(properties, limiter=words, configs=[words], map_count=words, total_kb=8_000_000)
    parse_cgroup(dict.fromkeys(("memory.stat", "memory.high"), words))
    sample.parse_statuses(data)
    sample.parse_adjustments(words)
    sample.parse_system(words)
    sample.parse_times(words)


def parse_vitals(data: bytes) -> None:
    """Answers of Google Play's Reporting API."""
    from droidanon.platform.readers import play_vitals

    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        return
    play_vitals.parse_freshness(answer)
    play_vitals.parse_rows(answer)


PROCRANK = b"""\
  PID      Vss      Rss      Pss      Uss     Swap  oom  cmdline
 1200  900000K  200000K  100000K   90000K    5000K  -900  system_server
    7  500000K   90000K   50000K   40000K    1000K   0  com.a
                           ------   ------   ------
                          150000K  130000K    6000K  TOTAL

ZRAM: 1500K physical used for 6000K in swap (2097148K total swap)
 RAM: 3800000K total, 200000K free, 1000K buffers, 900000K cached, 5000K shmem, 100000K slab
"""
LOW_MEMORY = b"""\
01-01 00:00:40.000  1200  1300 I am_low_memory: Low on memory: no more background processes
01-01 00:00:40.000  1200  1300 I ActivityManager:   ntv N   30464: surfaceflinger (pid 500) native
01-01 00:00:40.000  1200  1300 I ActivityManager:   fg  A   50,000K: com.a (pid 7) activity
"""
SANITIZER = b"""\
==7==Process memory map follows:
\t0x000000400000-0x000000401000\t/data/local/tmp/a
\t0x007000000000-0x007000010000
"""
SHOWMAP_JSON = (
    b'[{"virtual size":100,"RSS":64,"PSS":40,"shared clean":30,"shared dirty":0,"private clean":0,"private dirty":34,'
    b'"swap":0,"swapPSS":0,"#":3,"object":"/system/lib64/libc.so"}]\n'
)
CHECKIN = b"4,7,com.a," + b",".join(b"%d" % number for number in range(60)) + b"\n"
DUMPSTATE = b"""\
== dumpstate: 2026-01-01 00:00:40
Build fingerprint: 'a/b/c:16/X/1:user/release-keys'
------ SHOW MAP 7 (com.a) (showmap -q 7) ------
 virtual                     shared   shared  private  private
    size      RSS      PSS    clean    dirty    clean    dirty     swap  swapPSS object
     100       64       40       30        0        0       34        0        0 /system/lib64/libc.so
------ 0.010s was the duration of 'SHOW MAP 7 (com.a)' ------
"""
STATUS = b"""\
Name:\tcom.a
State:\tS (sleeping)
Pid:\t7
PPid:\t1
Uid:\t10001\t10001\t10001\t10001
SigCgt:\t0000000000000200
VmRSS:\t  5000 kB
RssAnon:\t  4000 kB
VmSwap:\t   100 kB
"""
FACTS = b"""\
[ro.build.version.release]: [16]
[dalvik.vm.heapsize]: [512m]
MemTotal:        8000000 kB
some avg10=0.00 avg60=0.00 avg300=0.00 total=12
  PID  PPID CMD
    7     1 com.a
7 (com.a) S 1 1 0 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 10 0 1234 5678 90
package:com.a uid:10001
anon 4096
"""
LIMITER = b"""\
<memoryLimiterConfig><version>1</version><limitSet><minimum>0</minimum></limitSet></memoryLimiterConfig>
"""
VITALS = b"""\
{"freshnessInfo": {"freshnesses": [{"aggregationPeriod": "DAILY", "latestEndTime": {"year": 2026, "month": 11, "day": 29}}]},
 "rows": [{"startTime": {"year": 2026, "month": 11, "day": 28}, "dimensions": [{"dimension": "versionCode", "int64Value": "7"}],
 "metrics": [{"metric": "distinctUsers", "decimalValue": {"value": "1000"}}]}]}
"""
