"""Texts of `dumpsys activity exit-info` in the forms of Android 11 to 17."""

from __future__ import annotations

ANDROID_17 = """\
ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)
Last Timestamp of Persistence Into Persistent Storage: 2026-10-08 22:49:04.298
  package: com.example.app
    Historical Process Exit for uid=10197
        ApplicationExitInfo #0:
          timestamp=2026-10-08 22:49:31.375 pid=8297 realUid=10197 packageUid=10197 definingUid=10197 user=0
          process=com.example.app reason=13 (OTHER KILLS BY SYSTEM) subreason=12 (KILL PID) status=0
          importance=100 pss=55MB rss=127MB description=MemoryLimiter:AnonSwap state=empty trace=null
        ApplicationExitInfo #1:
          timestamp=2026-10-08 21:00:00.000 pid=4100 realUid=10197 packageUid=10197 definingUid=10197 user=10
          process=com.example.app:remote reason=3 (LOW_MEMORY) subreason=0 (UNKNOWN) status=0
          importance=400 pss=1.9GB rss=0.00 description=null state=empty trace=null
  package: com.example.other
    Historical Process Exit for uid=10198
        ApplicationExitInfo #0:
          timestamp=2026-10-07 10:00:00.000 pid=77 realUid=10198 packageUid=10198 definingUid=10198 user=0
          process=com.example.other reason=4 (APP CRASH(EXCEPTION)) subreason=0 (UNKNOWN) status=0
          importance=125 pss=0.00 rss=90KB description=crash state=12 bytes trace=/data/system/procexitstore/x.gz
"""

ANDROID_11 = """\
ACTIVITY MANAGER LRU PROCESSES (dumpsys activity exit-info)
Last Timestamp of Persistence Into Persistent Storage: 2020-10-08 22:49:04.298
  package: com.example.app
    Historical Process Exit for userId=0
        ApplicationExitInfo #0:
          timestamp=2020-10-08 22:49:31.375
          pid=8297
          realUid=10197
          packageUid=10197
          definingUid=10197
          user=0
          process=com.example.app
          reason=3 (LOW_MEMORY)
          status=0
          importance=400
          pss=0.00
          rss=127MB
          description=null
          state=empty
          trace=null
"""


def with_anr_info(text: str) -> str:
    """The same text of a build that has `anrInfo`: no line end follows it (ApplicationExitInfo.java `dump`)."""
    lines = text.splitlines(keepends=True)
    return "".join(f"{line} anrInfo=null" if " trace=" in line else line for line in lines)


def entry(number: int, **values: str) -> str:
    """One entry as Android 12 and later print it; values replace the usual ones."""
    known = {
        "timestamp": "2026-10-08 22:49:31.375",
        "pid": "8297",
        "process": "com.example.app",
        "reason": "1 (EXIT_SELF)",
        "subreason": "0 (UNKNOWN)",
        "status": "0",
        "importance": "100",
        "pss": "55MB",
        "rss": "127MB",
        "description": "null",
        **values,
    }
    return (
        f"        ApplicationExitInfo #{number}:\n"
        f"          timestamp={known['timestamp']} pid={known['pid']} realUid=10197 packageUid=10197 "
        f"definingUid=10197 user=0\n"
        f"          process={known['process']} reason={known['reason']} subreason={known['subreason']} "
        f"status={known['status']}\n"
        f"          importance={known['importance']} pss={known['pss']} rss={known['rss']} "
        f"description={known['description']} state=empty trace=null\n"
    )


def exit_info(*entries: str, package: str = "com.example.app") -> str:
    """The whole text of one package."""
    head = "ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)\n"
    return f"{head}  package: {package}\n    Historical Process Exit for uid=10197\n{''.join(entries)}"
