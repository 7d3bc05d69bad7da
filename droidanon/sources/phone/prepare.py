"""Prepares a phone's processes for reading: trim, garbage collection, settling.

Each step returns a record of the actions and the phone's replies.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from droidanon.errors import DeviceError
from droidanon.escape import escape_text
from droidanon.model import Preparation, ProcessIdentity
from droidanon.platform.readers.procfs import parse_number, parse_pid, takes_signal
from droidanon.sources.adb.frames import new_marker
from droidanon.sources.adb.server import Device
from droidanon.sources.adb.stream import ask
from droidanon.sources.phone.access import Access
from droidanon.sources.phone.collector import quoted
from droidanon.sources.phone.options import Prepare
from droidanon.sources.reading import where_of
from droidanon.sources.sampling.adb_link import AdbLink
from droidanon.sources.sampling.sample import parse_statuses

GC_SECONDS = 1.0
"""The time for a garbage collection that was started by a signal; nothing reports its end."""
SETTLE_SECONDS = 30.0
STILL_KB = 256
"""The largest change of RssAnon + VmSwap, summed over the selected processes, between two looks half a second apart
that counts as stable.
"""
_LOOK_SECONDS = 0.5
_DUMPSYS_SECONDS = 40.0
_SIGUSR1 = 10
# $1: marker, $2: the command for each pid, $3: its arguments after the pid. An answer is a line: marker, pid, exit
# status, output.
_EACH = r"""
set -f
M=$1 run=$2 rest=$3
shift 3
for p; do
  s=$($run $p $rest 2>&1 </dev/null); r=$?
  echo "$M $p $r" $s
done
"""
_COMPLAINT = re.compile(r"(?:Exception|Error): (.{1,200}?)(?: at |$)")


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone with its access, the selected processes, and their /proc/PID/status."""

    device: Device
    access: Access
    chosen: Sequence[ProcessIdentity]
    statuses: Mapping[int, bytes]
    packages: Mapping[int, str]
    """The package whose run-as may signal a pid."""


def prepare(phone: Phone, wanted: Prepare, progress: Callable[[str], None]) -> list[Preparation]:
    """Run all preparations except freezing, which lasts while processes are read. Raises DeviceError if the phone
    disconnects."""
    found = []
    if wanted.trim:
        progress(f"trim {wanted.trim}")
        found.append(trim(phone, wanted.trim))
    if wanted.gc:
        progress("gc")
        found.append(collect_garbage(phone))
    if wanted.settle:
        try:
            with closing(AdbLink(phone.device.address or phone.device.serial)) as link:
                found.append(settle(lambda: link.look().texts, phone.chosen, wanted.settle, progress))
        except OSError as error:
            raise DeviceError(f"{escape_text(phone.device.serial)}: the connection broke: {error}") from error
    return found


def trim(phone: Phone, level: str) -> Preparation:
    """Run `am send-trim-memory` for each app process (AOSP ActivityManagerService.setProcessMemoryTrimLevel may
    refuse).
    """
    apps = {one.pid: one for one in phone.chosen if one.package and one.pid}
    answers = _answers(phone.device, "am send-trim-memory", level, list(apps))
    refused = []
    for pid, one in apps.items():
        status, answer = answers.get(pid, (-1, "no answer"))
        if status or answer:
            complaint = _COMPLAINT.search(answer)
            refused.append(f"{where_of(one)}: {complaint[1] if complaint else answer[:200] or f'exit status {status}'}")
    sent = f"{level} sent to {len(apps) - len(refused)} of {len(phone.chosen)}"
    return Preparation("trim", bool(apps) and not refused, "; ".join([sent, *refused]))


_NO_TIME_LIMIT = "find service: -t"
"""The error of dumpsys in Android 6: it has -t since Android 7."""


def collect_garbage(phone: Phone) -> Preparation:
    """Send SIGUSR1, which makes ART collect garbage (art/runtime/signal_catcher.cc), or run `dumpsys meminfo` and
    discard its output.

    The signal is only sent to processes that handle it, because it would kill any other program.
    """
    waiting = [one for one in phone.chosen if one.pid and takes_signal(_status(phone, one), _SIGUSR1)]
    signalled: set[int] = set()
    for command, pids in _signallers(phone, waiting).items():
        answers = _answers(phone.device, "kill -USR1", "", pids, command, phone.access)
        signalled |= {pid for pid in pids if answers.get(pid, (-1, ""))[0] == 0}
    left = {one.pid: one for one in phone.chosen if one.pid and one.pid not in signalled and one.package}
    answers = _answers(phone.device, "dumpsys -t 30 meminfo", "", list(left))
    if old := [pid for pid in left if _NO_TIME_LIMIT in answers.get(pid, (-1, ""))[1]]:
        answers |= _answers(phone.device, "dumpsys meminfo", "", old)
    asked = {pid for pid in left if f"MEMINFO in pid {pid} " in answers.get(pid, (-1, ""))[1]}
    if signalled:
        time.sleep(GC_SECONDS)
    ways = [f"{len(signalled)} by SIGUSR1"] * bool(signalled) + [f"{len(asked)} by dumpsys meminfo"] * bool(asked)
    result = f"{len(signalled) + len(asked)} of {len(phone.chosen)} asked to collect" + (
        f" ({', '.join(ways)})" if ways else ""
    )
    refused = [
        f"{where_of(one)}: {answers.get(pid, (-1, ''))[1][:200] or 'no answer'}"
        for pid, one in left.items()
        if pid not in asked
    ]
    none = [
        f"{where_of(one)}: not an app, and does not wait for SIGUSR1"
        for one in phone.chosen
        if one.pid not in signalled and not one.package
    ]
    return Preparation("gc", bool(signalled or asked) and not refused, "; ".join([result, *refused, *none]))


def settle(
    look: Callable[[], bytes],
    chosen: Sequence[ProcessIdentity],
    times: int,
    progress: Callable[[str], None],
    *,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
) -> Preparation:
    """Wait until RssAnon + VmSwap of the selected processes is stable for the requested number of looks.

    `look` returns the status texts.
    """
    pids = {one.pid for one in chosen}
    begin = clock()
    last: int | None = None
    change = held = 0
    while True:
        seen = [one.anon_swap_kb for one in parse_statuses(look()) if one.pid in pids]
        known = [kb for kb in seen if kb is not None]
        if len(known) < len(seen) or not seen:
            why = "they have ended" if not seen else "this kernel does not report RssAnon"
            return Preparation("settle", False, f"RssAnon + VmSwap are not known: {why}")
        now = sum(known)
        if last is not None:
            change = now - last
            held = held + 1 if abs(change) <= STILL_KB else 0
        last = now
        took = clock() - begin
        if held >= times:
            return Preparation(
                "settle", True, f"RssAnon + VmSwap stable for {times} samples at {now:,} kB, after {took:.1f} s"
            )
        if took >= SETTLE_SECONDS:
            answer = (
                f"RssAnon + VmSwap not stable for {times} samples within {SETTLE_SECONDS:.0f} s: "
                f"{now:,} kB, {change:+,} kB at last"
            )
            return Preparation("settle", False, answer)
        progress(f"settle: {now:,} kB, stable for {held} of {times} samples")
        wait(_LOOK_SECONDS)


def _status(phone: Phone, process: ProcessIdentity) -> str:
    return phone.statuses.get(process.pid or 0, b"").decode("utf-8", "replace")


def _signallers(phone: Phone, processes: Sequence[ProcessIdentity]) -> dict[tuple[str, ...], list[int]]:
    """Group pids by the command prefix that may signal them: empty for the session's user."""
    found: dict[tuple[str, ...], list[int]] = {}
    for one in processes:
        package = phone.packages.get(one.pid or 0)
        before = () if package is None else ("run-as", package, *(["--user", str(one.user)] if one.user else []))
        found.setdefault(before, []).append(one.pid or 0)
    return found


def _answers(
    device: Device, run: str, rest: str, pids: Sequence[int], before: Sequence[str] = (), access: Access | None = None
) -> dict[int, tuple[int, str]]:
    """The output and exit status of a command for each pid; pids without an answer are absent."""
    if not pids:
        return {}
    marker = new_marker()
    arguments = [*before, "sh", "-c", _EACH, "droidanon", marker, run, rest, *map(str, pids)]
    text = ask(device, access.command(arguments) if access else quoted(arguments), seconds=_DUMPSYS_SECONDS)
    found = {}
    for line in text.splitlines():
        sign, _, result = line.partition(f"{marker} ")
        pid, status, answer = (*result.split(" ", 2), "", "")[:3]
        code = parse_number(status)
        if not sign and (number := parse_pid(pid)) is not None and code is not None:
            found[number] = (code, answer.strip())
    return found
