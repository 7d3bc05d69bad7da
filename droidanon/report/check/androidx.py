"""A check as `benchmarkData.json` of androidx.benchmark, which dashboards of Android benchmarks read.

Metrics have Macrobenchmark's names if they mean the same (memoryRssAnonLastKb); others follow the same pattern.
"""

from __future__ import annotations

import json
from statistics import median
from typing import Any

from droidanon.analysis.budgets.verdict import RowVerdict
from droidanon.escape import escape_text
from droidanon.report.check.report import CheckReport

_UNKNOWN = -1
_MACROBENCHMARK = {"anonymous_kb": "rssAnon"}
"""Counters that Macrobenchmark's MemoryUsageMetric has under another name, if they are of whole processes."""
_KB = 1024


def render(report: CheckReport) -> str:
    """The phone of the first capture, and one benchmark per row with one run per capture."""
    rows = [one for one in report.verdict.rows if _runs(one)]
    found = {"context": _context(report), "benchmarks": [_benchmark(one, report) for one in rows]}
    return json.dumps(found, indent=4) + "\n"


def _context(report: CheckReport) -> dict[str, Any]:
    first = report.verdict.new[0]
    device = {key: escape_text(str(value)) for key, value in first.device.items()}
    memory = first.system.get("mem_total_kb")
    fingerprint = device.get("build", "")
    return {
        "build": {
            "brand": fingerprint.partition("/")[0],
            "device": fingerprint.partition(":")[0].rpartition("/")[2],
            "fingerprint": fingerprint,
            "id": (fingerprint.split("/") + [""] * 4)[3],
            "model": device.get("model", ""),
            "type": device.get("build_type", ""),
            "version": {"codename": "REL", "sdk": int(first.device.get("sdk", _UNKNOWN))},
        },
        "cpuCoreCount": _UNKNOWN,
        "cpuLocked": False,
        "cpuMaxFreqHz": _UNKNOWN,
        "memTotalBytes": _UNKNOWN if memory is None else memory * _KB,
        "sustainedPerformanceModeEnabled": False,
        "artMainlineVersion": _UNKNOWN,
        "osCodenameAbbreviated": "REL",
        "compilationMode": next((p.compile_filter for p in first.processes if p.compile_filter), None) or "unknown",
        "payload": {},
    }


def _benchmark(one: RowVerdict, report: CheckReport) -> dict[str, Any]:
    runs = _runs(one)
    metric = {"minimum": min(runs), "maximum": max(runs), "median": median(runs), "runs": runs}
    return {
        "name": escape_text(one.row.title),
        "params": {},
        "className": escape_text(report.app or "droidanon"),
        "totalRunTimeNs": 0,
        "metrics": {_metric_name(one): metric},
        "sampledMetrics": {},
        "warmupIterations": 0,
        "repeatIterations": len(runs),
        "thermalThrottleSleepSeconds": 0,
        "profilerOutputs": [],
    }


def _runs(one: RowVerdict) -> list[float]:
    return [value for value in one.values if value is not None]


def _metric_name(one: RowVerdict) -> str:
    row = one.row
    if row.counter is None:
        return (
            f"{_camel(row.count)}Count" if row.count else f"memoryAnonSwapOf{_camel(row.share_of or '').title()}Percent"
        )
    words = _MACROBENCHMARK.get(row.counter, "") if row.selector.of_processes else ""
    words = words or _camel(row.counter.removesuffix("_kb"))
    return f"memory{words[0].upper()}{words[1:]}{'Max' if one.judged_by == 'highest' else 'Last'}Kb"


def _camel(text: str) -> str:
    first, *others = text.replace(" ", "_").split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)
