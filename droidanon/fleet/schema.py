"""The tables of a dataset: their columns, and where their files are. docs/fleet.md documents the same tables for users.

Every file of a table has the same columns. Text is dictionary-encoded, numbers are int32 or int64; every engine reads
these without options. Null means unknown, never 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT_VERSION = 1

FACTS, PROCESSES, CAPTURES, KEPT = "facts", "processes", "captures", "kept"
"""The tables, and their folders in the dataset. `kept` has the captures themselves, if requested."""

PARTITIONS = ("capture_app", "month")
"""The columns of facts that are in the path instead of the files:
`facts/capture_app=com.example/month=2026-11/BATCH.parquet`. `capture_app` is the app of a capture, or `WHOLE_PHONE` if
it has several."""

WHOLE_PHONE = "all"
UNKNOWN_MONTH = "unknown"


class TableColumn(NamedTuple):
    """A column of a table. `type` is text, int32, int64, bool, date, bytes or map (of text to text)."""

    name: str
    type: str
    meaning: str


COUNTERS = (
    "size_kb",
    "rss_kb",
    "pss_kb",
    "pss_dirty_kb",
    "shared_clean_kb",
    "shared_dirty_kb",
    "private_clean_kb",
    "private_dirty_kb",
    "referenced_kb",
    "anonymous_kb",
    "ksm_kb",
    "lazy_free_kb",
    "anon_huge_pages_kb",
    "shmem_pmd_mapped_kb",
    "file_pmd_mapped_kb",
    "shared_hugetlb_kb",
    "private_hugetlb_kb",
    "swap_kb",
    "swap_pss_kb",
    "locked_kb",
    "swappable_pss_kb",
    "clean_pss_kb",
    "inherited_kb",
    "own_kb",
    "uss_kb",
    "total_pss_kb",
    "private_swap_pss_kb",
    "anon_swap_kb",
)
"""The counters of facts and processes: those printed by kernels, and those computed by droidanon."""

_OF_CAPTURE = (
    TableColumn("capture_id", "text", "the capture: a hash of its content"),
    TableColumn("day", "date", "when it was captured (UTC)"),
    TableColumn("device", "text", "the model of the device"),
    TableColumn("device_id", "text", "a salted hash of the device's serial; null if the capture has none"),
    TableColumn("android", "int32", "the Android release"),
    TableColumn("ram_tier", "text", "the amount of RAM that the device is sold with, such as `8GB`"),
    TableColumn("taxonomy", "int32", "the version of the rules that assigned heaps and categories"),
)
_OF_PROCESS = (
    TableColumn("process_index", "int32", "the number of the process in its capture; with `capture_id` the key"),
    TableColumn("app", "text", "the package of the process, else its name"),
    TableColumn("process", "text", "the name of the process"),
    TableColumn("build", "text", "the capture's label `build`, else the version name of the app"),
    TableColumn(
        "state", "text", "`foreground`, `service`, `background` or `cached`, as Google Play distinguishes them"
    ),
    TableColumn("fidelity", "text", "what the rows of the process are: `smaps`, `showmap`, `meminfo`, ..."),
)
_VMAS = TableColumn("vmas", "int64", "the number of VMAs; null if the rows of the process are not VMAs")
_COUNTERS = tuple(TableColumn(name, "int64", "") for name in COUNTERS)

TABLES = {
    FACTS: (
        *_OF_CAPTURE,
        *_OF_PROCESS,
        TableColumn("heap", "text", "the heap, as `dumpsys meminfo` names it"),
        TableColumn("category", "text", "the category, such as `native.scudo.primary`"),
        TableColumn("name", "text", "the normalised name"),
        _VMAS,
        *_COUNTERS,
    ),
    PROCESSES: (
        *_OF_CAPTURE,
        *_OF_PROCESS,
        TableColumn("capture_app", "text", "the app that the capture is of; `all` if it has several"),
        TableColumn("pid", "int32", "the process id"),
        TableColumn("user", "int32", "the Android user"),
        TableColumn("version_name", "text", "the version of the app"),
        TableColumn("version_code", "int64", "the version code of the app"),
        TableColumn("debuggable", "bool", "whether the app is debuggable"),
        TableColumn("limited", "bool", "whether limits apply to the process: to those of apps, not to daemons"),
        TableColumn("state_source", "text", "what `state` was derived from: `lru`, `oom_adj` or `oom_level`"),
        TableColumn("ram_kb", "int64", "MemTotal of the device"),
        TableColumn("judged_anon_swap_kb", "int64", "RssAnon + VmSwap of /proc/PID/status, which Google Play judges"),
        TableColumn(
            "off_smaps_kb", "int64", "memory that smaps does not show, such as `GL mtrack`; in no other number"
        ),
        _VMAS,
        *_COUNTERS,
    ),
    CAPTURES: (
        *_OF_CAPTURE,
        TableColumn("capture_app", "text", "the app that the capture is of; `all` if it has several"),
        TableColumn("build", "text", "the label `build`, else the version name of that app"),
        TableColumn("version_name", "text", "the version of that app"),
        TableColumn("version_code", "int64", "the version code of that app"),
        TableColumn("state", "text", "the state of that app's main process"),
        TableColumn(
            "created", "text", "when it was captured: ISO 8601, UTC; for a bug report the local time that it prints"
        ),
        TableColumn("device_build", "text", "the build fingerprint of the device"),
        TableColumn("ram_kb", "int64", "MemTotal of the device"),
        TableColumn("page_size", "int32", "bytes"),
        TableColumn("access", "text", "how the device was read"),
        TableColumn("fidelity", "text", "the fidelities of its processes, separated by commas"),
        TableColumn("partial", "bool", "whether the source stopped before every process was read"),
        TableColumn("processes", "int32", "the number of processes"),
        TableColumn("vmas", "int64", "the number of VMAs"),
        TableColumn("problems", "int32", "the number of problems"),
        TableColumn("caveats", "text", "the kinds of warnings about its numbers, separated by commas"),
        TableColumn("labels", "map", "its labels"),
        TableColumn("source", "text", "the file name of its source"),
        TableColumn("source_digest", "text", "a hash of the bytes of its source"),
        TableColumn("tool_version", "text", "the version of droidanon that read the source"),
        TableColumn("kept", "bool", "whether the dataset keeps the capture, from which facts can be derived again"),
    ),
    KEPT: (
        TableColumn("capture_id", "text", "the capture: a hash of its content"),
        TableColumn("data", "bytes", "its file, as `droidanon capture` writes it"),
    ),
}
"""The columns of each table. The counters of a process are the sums of its facts; reference processes have no rows."""


def arrow_schema(table: str) -> pa.Schema:
    """The Arrow schema of a table's files."""
    import pyarrow as pa

    types: dict[str, Any] = {
        "text": pa.dictionary(pa.int32(), pa.string()),
        "int32": pa.int32(),
        "int64": pa.int64(),
        "bool": pa.bool_(),
        "date": pa.date32(),
        "bytes": pa.large_binary(),
        "map": pa.map_(pa.string(), pa.string()),
    }
    return pa.schema([pa.field(column.name, types[column.type]) for column in TABLES[table]])
