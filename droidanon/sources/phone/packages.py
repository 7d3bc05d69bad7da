"""Whose process it is: the app behind isolated, sandboxed and renamed processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from droidanon.model import Process
from droidanon.platform.readers.dumpsys import Activity, PackageFacts
from droidanon.platform.readers.procfs import is_zygote, package_of_process

_USER_SPAN = 100_000
_SANDBOX_UIDS = range(20_000, 30_000)
_SANDBOX_SHIFT = 10_000
"""The uid of an app's SDK sandbox is the app's and this (AOSP Process.toSdkSandboxUid, Android 13)."""
_ZYGOTE_END = "_zygote"


def owned(process: Process, activity: Activity, packages: Mapping[int, str]) -> Process:
    """The process with its package: as the activity manager says, else by its name and uid (`packages`: by app id)."""
    known = None if process.pid is None else activity.processes.get(process.pid)
    if known is not None and known.name == process.name:
        package: str | None = known.package
    elif is_zygote(process.name) and "." in process.name:
        package = process.name.removesuffix(_ZYGOTE_END)  # an app zygote: the parent of an app's own isolated processes
    else:
        package = package_of_process(process.name, _client_uid(process.uid), packages)
    return process if package == process.package else replace(process, package=package)


def _client_uid(uid: int | None) -> int | None:
    if uid is not None and uid % _USER_SPAN in _SANDBOX_UIDS:
        return uid - _SANDBOX_SHIFT
    return uid


def with_facts(process: Process, packages: Mapping[str, PackageFacts]) -> Process:
    """The process with what is known of its package."""
    facts = packages.get(process.package or "")
    if facts is None:
        return process
    return replace(
        process,
        version_name=facts.version_name,
        version_code=facts.version_code,
        debuggable=facts.debuggable,
        abi=facts.abi,
        compile_filter=facts.compile_filter,
    )
