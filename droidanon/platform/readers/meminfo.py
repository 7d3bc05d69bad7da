"""Parses `dumpsys meminfo` of one or more processes, of any release: tables, details, summary, objects.

Forms: AOSP frameworks/base ActivityThread.dumpMemInfoTable (brief, `-a`, `-d` and `-s`, also of native processes, which
have no `** MEMINFO` line), the App Summary of a crash report, the lines of `--checkin` (meminfo_checkin), and the
layouts of Android 4.3 and earlier (meminfo_rows). Columns are identified by their titles, so unknown columns of later
releases are skipped. A table ends with its last section; nothing after it is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from droidanon.model import NOT_REPORTED, ReportedRows
from droidanon.platform.app_summary import MEMTRACK
from droidanon.platform.readers.meminfo_checkin import parse_checkin_line
from droidanon.platform.readers.meminfo_rows import TableRows, is_rule
from droidanon.platform.readers.meminfo_table import NOT_OF_VMAS, Counters, Meminfo
from droidanon.taxonomy.heaps import sub_heap_parents

START = re.compile(r"^ {0,8}\*\* MEMINFO in pid (\d{1,10}) \[(.*)\] \*\*$")
_TABLE = re.compile(r"^ {0,40}Pss +(?:Pss|Private|Shared|Rss) +[A-Z]")
_UPTIME = re.compile(r"^Uptime: (\d{1,18}) Realtime: \d")
_PAIR = re.compile(r"([A-Za-z][A-Za-z ()_/]{0,40}?): +(-?\d{1,18})")
_END = re.compile(r"^(?:-|={4}|\*\* |Total(?! +(?:Clean|Dirty|Total)\b) |Applications Memory|DUMP OF|Uptime:)")
"""What can follow the last section of a process: a list of the whole phone, another dump, a section of dumpstate."""
_RULE = "------"
"""The line below a title; it is not indented if blanks were lost."""
_SUMMARY = " App Summary"
_OF_CRASH = re.compile(r"^ {0,8}Process Summary \(From: [^)]{1,60}\)$")
_CRASHED = re.compile(r"^pid: (\d{1,9}), tid: \d{1,9}, name: .*?>>> (.*) <<<$")
"""The App Summary in a crash report of xCrash and its descendants (xcrash/Util.java, getProcessMemoryInfo), and the
line that names the process.
"""
_SECTIONS = {
    "Dalvik Details": "details",
    "App Summary": "summary",
    "Objects": "objects",
    "SQL": "",
    "DATABASES": "",
    "Asset Allocations": "",
    "Native Allocations": "",
}
_SUMMARY_LABELS = frozenset(
    {
        "Java Heap",
        "Native Heap",
        "Code",
        "Stack",
        "Graphics",
        "Private Other",
        "System",
        "Unknown",
        "TOTAL",
        "TOTAL PSS",
        "TOTAL RSS",
        "TOTAL SWAP PSS",
        "TOTAL SWAP (KB)",
    }
)
_SWAPS = ("swap_pss_kb", "swap_kb")
_TWICE_SWAPPED = ("Native Heap", "Dalvik Heap")


def parse_meminfo(text: str) -> list[Meminfo]:
    """The tables of all processes in a text, in order; skips lines outside them."""
    found: list[Meminfo] = []
    reader: _TableReader | None = None
    uptime: float | None = None
    crashed: tuple[int | None, str] = None, ""
    for line in text.splitlines():
        line = line.rstrip()
        if named := _CRASHED.match(line):
            crashed = int(named[1]), named[2]
        if of_crash := _OF_CRASH.match(line):
            line, reader = _SUMMARY, None
        if begun := _begin(line, reader):
            begun.uptime_s = uptime
            if of_crash:
                begun.pid, begun.process = crashed
            found.append(begun)
            reader = _TableReader(begun)
            reader.line(line)
        elif checkin := parse_checkin_line(line):
            found.append(checkin)
        elif reader is not None and not reader.line(line):
            reader = None
        if time := _UPTIME.match(line):
            uptime = int(time[1]) / 1000
    for table in found:
        table.text = table.text.rstrip("\n") + "\n"
        _mend_swap(table)
        table.problems += _mismatches(table)
    return [table for table in found if table.pid is not None or table.heaps or table.summary]


def _begin(line: str, reader: _TableReader | None) -> Meminfo | None:
    """The table of a new process, if this line begins one: with its `** MEMINFO` line or, without one, its titles."""
    if start := START.match(line):
        return Meminfo(int(start[1]), start[2])
    titles = _TABLE.match(line) is not None
    if (titles and (reader is None or reader.rows.columns)) or (reader is None and line.strip() == _SUMMARY.strip()):
        return Meminfo(None, "")
    return None


class _TableReader:
    """Reads the lines of one process."""

    def __init__(self, current: Meminfo) -> None:
        self.current = current
        self.section = "heaps"
        self.rows = TableRows(current)
        self.blanks = ""

    def line(self, line: str) -> bool:
        """Read a line; False if the process's part ended before it. The table's text keeps the lines that are used."""
        words = line.split()
        if not words:
            self.blanks += "\n" if self.current.text else ""
            return True
        if START.match(line):
            self._keep(line)
            return True
        if _END.match(line) and set(words) != {_RULE}:
            return False
        if line.strip() in _SECTIONS:
            self.section = _SECTIONS[line.strip()]
            self.blanks, used = self.blanks[:1], bool(self.section)
        else:
            used = self._of_section(line, words)
        if used:
            self._keep(line)
        elif self.section in ("summary", "objects"):
            self.section = ""
        return True

    def _keep(self, line: str) -> None:
        self.current.text += f"{self.blanks}{line}\n"
        self.blanks = ""

    def _of_section(self, line: str, words: Sequence[str]) -> bool:
        """Whether the line belongs to the current section."""
        if self.section == "summary":
            return self._summary_line(line)
        if self.section == "objects":
            return self._objects_line(line)
        if not self.section:
            return False
        if self.rows.is_transposed:
            return self.rows.transposed_row(line)
        if not self.rows.columns or is_rule(words):
            return self.rows.title(line)
        row = self.rows.row(line)
        return row is not None and self._row(*row)

    def _row(self, label: str, counters: Counters) -> bool:
        if self.section == "details":
            parent = sub_heap_parents().get(label)
            if parent is None:
                return False
            self.current.details[parent, label] = counters
        elif label == "TOTAL":
            self.current.totals = counters
            self.section = ""
        else:
            self.current.heaps[label] = counters
        return True

    def _summary_line(self, line: str) -> bool:
        """Read a line of the App Summary; since Android 11 most have a second number, the RSS."""
        words = line.split()
        if is_rule(words) or all(word.endswith("(KB)") for word in words):
            return True
        pairs = _PAIR.findall(line)
        rest = _PAIR.sub(" ", line).split()
        if not pairs or not all(word.isdecimal() and len(word) <= 18 for word in rest):
            return False
        if any(label.strip() not in _SUMMARY_LABELS for label, _ in pairs):
            return False
        for label, value in pairs:
            # `Unknown` is the only line with nothing but an RSS.
            self.current.summary["Unknown RSS" if label.strip() == "Unknown" else label.strip()] = int(value)
        if rest:
            self.current.summary[f"{pairs[0][0].strip()} RSS"] = int(rest[0])
        return True

    def _objects_line(self, line: str) -> bool:
        pairs = _PAIR.findall(line)
        if not pairs or _PAIR.sub("", line).strip():
            return False
        self.current.objects.update({label.strip(): int(value) for label, value in pairs})
        return True


def _mend_swap(table: Meminfo) -> None:
    """Assign Swap and SwapPss correctly in the first two rows of the `-a` table of Android 6 to 8.

    For Native Heap and Dalvik Heap only, ActivityThread.dumpMemInfoTable prints one under the other's title, so the
    column does not add up to TOTAL. The part of TOTAL that is in no other row belongs to these two.
    """
    twice = [label for label in _TWICE_SWAPPED if label in table.heaps]
    for printed, meant in zip(_SWAPS, reversed(_SWAPS), strict=True):
        total = table.totals.get(printed)
        rows = {label: row[printed] for label, row in table.heaps.items() if printed in row}
        if total is None or "swappable_pss_kb" not in table.totals or sum(rows.values()) == total:
            continue
        rest = total - sum(value for label, value in rows.items() if label not in twice)
        if rest < 0 or not all(label in rows for label in twice):
            continue
        for label in twice:
            row = dict(table.heaps[label])
            value = row.pop(printed)
            # Without SwapPss in the kernel the other sum is 0, which proves nothing.
            table.heaps[label] = {**row, meant: value} if value and meant == "swap_kb" else row
        if rest:
            known = {name: 0 for name in table.totals if name not in (*NOT_OF_VMAS, *_SWAPS)}
            table.heaps[NOT_REPORTED] = {**known, printed: rest}


def _mismatches(table: Meminfo) -> Iterator[str]:
    """The columns whose rows do not add up to TOTAL. Since Android 6 its PSS includes the swap PSS."""
    sums = {
        name: sum(row.get(name, 0) for row in table.heaps.values()) for name in table.totals if name not in NOT_OF_VMAS
    }
    if not table.heaps:
        return
    for name, found in sums.items():
        total = table.totals[name]
        if name == "pss_kb" and total == found + sums.get("swap_pss_kb", 0):
            continue
        if found != total:
            title = name.removesuffix("_kb")
            yield f"the rows of dumpsys meminfo add up to {found:,} kB {title}, its TOTAL is {total:,} kB"


def rows_of_meminfo(table: Meminfo) -> ReportedRows:
    """The rows for a capture, with fidelity `meminfo`: heaps and their details, without memory outside smaps.

    The details of a heap are left out if they exceed it (some releases print wrong ones). If the text has only the App
    Summary, the rows are its lines, with fidelity `summary`.
    """
    if not table.heaps:
        return _rows_of_summary(table.summary)
    rows: list[tuple[str, Counters]] = []
    for label, counters in table.heaps.items():
        if label in MEMTRACK:
            continue
        shown = {name: value for name, value in counters.items() if name not in NOT_OF_VMAS}
        inside = {child: row for (parent, child), row in table.details.items() if parent == label}
        rest = {name: value - sum(row.get(name, 0) for row in inside.values()) for name, value in shown.items()}
        if inside and min(rest.values(), default=0) >= 0:
            if any(rest.values()):
                rows.append((label, rest))
            rows += [(f"{label}/{child}", row) for child, row in inside.items() if any(row.values())]
        else:
            rows.append((label, shown))
    return _reported("meminfo", rows)


def _rows_of_summary(summary: Mapping[str, int]) -> ReportedRows:
    """The App Summary's lines as private memory; its line System has the rest, including all of the swap PSS."""
    swap_pss, swap = summary.get("TOTAL SWAP PSS"), summary.get("TOTAL SWAP (KB)")
    rows: list[tuple[str, Counters]] = []
    for label, value in summary.items():
        if label.startswith("TOTAL") or label.endswith(" RSS"):
            continue
        row = {"pss_kb": value}
        if f"{label} RSS" in summary:
            row["rss_kb"] = summary[f"{label} RSS"]
        if label == "System" and swap_pss is not None and swap_pss <= value:
            row |= {"pss_kb": value - swap_pss, "swap_pss_kb": swap_pss}
        if label == "System" and swap is not None:
            row["swap_kb"] = swap
        rows.append((label, row))
    if "Unknown RSS" in summary:
        rows.append(("Unknown", {"rss_kb": summary["Unknown RSS"]}))
    return _reported("summary", rows)


def _reported(fidelity: str, rows: Sequence[tuple[str, Counters]]) -> ReportedRows:
    names = dict.fromkeys(name for _, counters in rows for name in counters if name not in NOT_OF_VMAS)
    return ReportedRows(
        fidelity,
        [label for label, _ in rows],
        {name: [counters.get(name) for _, counters in rows] for name in names},
    )


def heap_alloc_kb(table: Meminfo) -> dict[str, int]:
    """The Heap Alloc column, in kB by heap."""
    return {label: row["heap_alloc_kb"] for label, row in table.heaps.items() if "heap_alloc_kb" in row}


def memtrack_kb(table: Meminfo) -> dict[str, int]:
    """The rows outside smaps, in kB by label."""
    return {label: table.heaps[label]["pss_kb"] for label in MEMTRACK if "pss_kb" in table.heaps.get(label, {})}
