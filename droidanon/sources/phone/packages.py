"""Finds the packages of processes, including isolated, sandboxed and renamed ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from droidanon.model import ProcessIdentity
from droidanon.platform.readers.dumpsys import Activity, PackageFacts
from droidanon.platform.readers.procfs import package_of_process
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.reading import Reading
from droidanon.uids import SDK_SANDBOX_IDS, app_id

_SANDBOX_SHIFT = 10_000
"""The uid of an app's SDK sandbox minus that of the app (AOSP Process.toSdkSandboxUid, Android 13)."""
_ZYGOTE_END = "_zygote"


def listed_processes(readings: Iterable[Reading], activity: Activity) -> list[ProcessFacts]:
    """The processes of a listing, with their packages."""
    listed = [reading.process for reading in readings]
    for process in listed:
        process.package = package_of(process, activity, {})
    return listed


def package_of(process: ProcessIdentity, activity: Activity, packages: Mapping[int, str]) -> str | None:
    """The package of a process, from the activity manager or else from its name and uid (`packages`: by app id)."""
    known = None if process.pid is None else activity.processes.get(process.pid)
    if known is not None and known.name == process.name:
        return known.package
    if process.is_zygote and "." in process.name:
        return process.name.removesuffix(_ZYGOTE_END)  # an app zygote: the parent of an app's own isolated processes
    return package_of_process(process.name, _client_uid(process.uid), packages)


def _client_uid(uid: int | None) -> int | None:
    if uid is not None and app_id(uid) in SDK_SANDBOX_IDS:
        return uid - _SANDBOX_SHIFT
    return uid


def add_package_facts(process: ProcessFacts, packages: Mapping[str, PackageFacts]) -> None:
    """Adds the facts of a process's package."""
    if (facts := packages.get(process.package or "")) is not None:
        process.version_name, process.version_code = facts.version_name, facts.version_code
        process.debuggable, process.large_heap = facts.debuggable, facts.large_heap
        process.abi = facts.abi
        process.compile_filter = facts.compile_filter
