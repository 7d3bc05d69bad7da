"""One pass over a phone, in at most four sessions of the script (collector.py).

`droidanon capture --app com.a` on a locked phone, as an example:

1. As the shell, `facts list activity`: the running processes, with their apps and users. If the app does not run, or
   the selection is ambiguous, the pass ends here, before root is requested. (For all processes of a rooted phone the
   list is not needed, so `list-unless-root` leaves it out.)
2. Access is tested: no su. Preparations (trim, gc, settle) follow, because they may need that access.
3. `system count:5 pid:1977:com.a:com.a.droidanon: pid:1986:... pid:788 ...`: the reading itself. Selected processes
   come first, then the zygotes, so that a pulled cable costs what matters least. With --freeze, `stop:... freeze` and
   `thaw` surround the selected processes only.
4. `package:com.a dumpsys:1977 ...`: package facts, graphics memory and objects. Each answer of dumpsys takes up to a
   second, so this step comes after the reading.
5. Only if smaps was denied: `dumpsys:PID` for the processes that step 4 left out, to get their heaps.

If a session breaks, everything received is kept, and the capture is partial.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from droidanon.errors import AccessError, DeviceError, ProcessError, UsageError
from droidanon.escape import escape_text
from droidanon.model import Capture, Preparation, Problem
from droidanon.platform.readers.dumpsys import (
    Activity,
    PackageFacts,
    parse_activity,
    parse_package,
    parse_packages_list,
)
from droidanon.platform.readers.procfs import parse_packages
from droidanon.sources.adb.server import Device
from droidanon.sources.assemble import make_capture, unreadable
from droidanon.sources.background_parser import Intake
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.phone import freezer
from droidanon.sources.phone.access import Access, obtain
from droidanon.sources.phone.collector import quoted
from droidanon.sources.phone.compression import is_compressed
from droidanon.sources.phone.fallback import table_of, with_fallback
from droidanon.sources.phone.foreground import foreground_process, of_user
from droidanon.sources.phone.options import PhoneOptions
from droidanon.sources.phone.packages import add_package_facts, listed_processes, package_of
from droidanon.sources.phone.prepare import Phone, prepare
from droidanon.sources.phone.reporter import authority
from droidanon.sources.phone.session import read_session
from droidanon.sources.phone.session_result import Collected
from droidanon.sources.reading import Reading, ReadOutcome, where_of
from droidanon.sources.selection import Selection
from droidanon.sources.source import Progress
from droidanon.uids import APP_IDS, app_id
from droidanon.wording import listed

_FEW = 16
"""The most processes for which dumpsys is run, too; for more it would take long, and disturb the phone."""
_PACKAGE = re.compile(r"[A-Za-z0-9_.]+")
_SHELL_UID = 2000
_LIMITER_SDK = 36
_REUSED = "another process took over its pid before it was read; left out"


@dataclass(slots=True)
class PhonePass:
    """A capture in progress. `broken`: why the connection broke; empty while it works."""

    device: Device
    options: PhoneOptions
    selection: Selection
    progress: Progress | None
    access: Access = field(default_factory=lambda: Access("shell"))
    intake: Intake = field(default_factory=Intake)
    broken: str = ""
    preparations: list[Preparation] = field(default_factory=list)

    def capture(self) -> Capture:
        """Make the capture. Raises ProcessError, AccessError or DeviceError if there is nothing to keep."""
        with self.intake:
            return self._capture()

    def _capture(self) -> Capture:
        way = self.options.way
        compressed = is_compressed(self.device, self.options.transfer, self.options.say)
        seen = self._session(self._first_words(), compressed=compressed)
        if self.broken:
            raise self._nothing_came()
        activity = parse_activity(seen.texts.get("activity", ""))
        listed = listed_processes(seen.readings, activity)
        if self.selection.foreground:
            self._choose_foreground(listed, activity)
        self._check_preparations()
        everything = self.selection.everything
        if not everything:
            self.selection.partition(listed, live=True)  # before access is requested
        self.device, self.access = obtain(self.device, way, seen.uid, self.options.say)
        if not listed and not self.access.privileged:  # adbd is root, which does not prove that it may read
            self._session(["list", "activity"], into=seen)
            activity = parse_activity(seen.texts.get("activity", ""))
            listed = listed_processes(seen.readings, activity)
        chosen: list[ProcessFacts] = []
        if everything and self.access.privileged:
            words = [*_system_words(seen), "every", "packages", "package-list", "activity"]
        else:
            found = self.selection.partition(listed, live=True)
            chosen, reference = [listed[place] for place in found.wanted], [listed[place] for place in found.reference]
            self._prepare(chosen, seen)
            words = [*_system_words(seen), *self._words(chosen, reference), *(["packages"] if everything else ())]
        read = self._session(words, compressed=compressed, into=Collected(intake=self.intake))
        if (asked := self._asked_words(chosen)) and not self.broken:
            # Not compressed: each answer takes time, and gzip would buffer it until more arrives.
            self._session(asked, into=read)
        if activity_text := read.texts.get("activity"):
            activity = parse_activity(activity_text)
        readings = self._with_fallback(self._sorted(read, listed, activity), read)
        return self._made(readings, seen, read, chosen)

    def _first_words(self) -> list[str]:
        if self.selection.everything and not self.selection.foreground:
            return ["facts", "list-unless-root"]
        return ["facts", "list", "activity"]

    def _session(self, words: Sequence[str], *, compressed: bool = False, into: Collected | None = None) -> Collected:
        """The phone's answers to words, as far as they arrived."""
        read = read_session(self.device, self.access, words, progress=self.progress, compressed=compressed, into=into)
        self.broken = self.broken or read.broken
        return read

    def _nothing_came(self) -> DeviceError:
        return DeviceError(
            f"{escape_text(self.device.serial)}: {escape_text(self.broken)} (nothing had arrived yet); "
            "check the cable and try again"
        )

    def _choose_foreground(self, listed: Sequence[ProcessFacts], activity: Activity) -> None:
        top = foreground_process(self.device, listed, activity, "name an app, or read every process", ("app", "all"))
        self.selection = Selection(top.app, user=top.user)
        self.options.say(f"the app in the foreground: {top.app}{of_user(top.user)}")

    def _words(self, chosen: Sequence[ProcessFacts], reference: Sequence[ProcessFacts]) -> list[str]:
        words = [f"count:{len(chosen) + len(reference)}"]
        # The selected processes first, in case the connection breaks; by package, so that its run-as is tried once.
        stops = freezer.words(self._asked_to_stop(chosen), self._run_as_packages(chosen))
        for some, first, last in ((chosen, stops, ["thaw"] if stops else []), (reference, [], [])):
            words += first
            for process in sorted(
                some, key=lambda process: (process.package or "", process.user or 0, process.pid or 0)
            ):
                words.append(f"pid:{process.pid}{self._by_the_app(process)}")
            words += last
        return words

    def _asked_words(self, chosen: Sequence[ProcessFacts]) -> list[str]:
        """The words that run dumpsys for a few processes."""
        if self.selection.everything or len(chosen) > _FEW:
            return []
        packages = {process.package for process in chosen if _PACKAGE.fullmatch(process.package or "")}
        return [
            *(f"package:{package}" for package in sorted(filter(None, packages))),
            *(f"dumpsys:{process.pid}" for process in chosen),
        ]

    def _check_preparations(self) -> None:
        """Raise UsageError if a preparation is not possible with these processes or this access."""
        if (asked := self.options.prepare.asked) and self.selection.everything:
            raise UsageError(
                f"{asked[0]} works on selected processes only: select some", settings=("app", "pid", "process", "user")
            )
        if self.options.prepare.freeze and self.options.way == "reporter":
            raise UsageError(
                "freeze: a stopped app cannot hand over its own smaps; choose another access than reporter",
                settings=("access",),
            )

    def _prepare(self, chosen: Sequence[ProcessFacts], seen: Collected) -> None:
        """Prepare the selected processes."""
        if self.options.prepare.freeze and len(chosen) > freezer.MOST:
            raise UsageError(f"freeze: {len(chosen)} processes; at most {freezer.MOST} at once: choose fewer")
        phone = Phone(self.device, self.access, chosen, seen.statuses, self._run_as_packages(chosen))
        report = self.progress
        self.preparations = prepare(
            phone, self.options.prepare, lambda text: None if report is None else report(0, len(chosen), text)
        )

    def _asked_to_stop(self, chosen: Sequence[ProcessFacts]) -> list[ProcessFacts]:
        if not self.options.prepare.freeze:
            return []
        return [process for process in chosen if freezer.may_be_stopped(process, self.selection)]

    def _run_as_packages(self, processes: Sequence[ProcessFacts]) -> dict[int, str]:
        """The package of each process that run-as may read and signal."""
        ways = ((process.pid, self._by_the_app(process).split(":")[1:2]) for process in processes)
        return {pid: way[0] for pid, way in ways if pid is not None and way and way[0]}

    def _by_the_app(self, process: ProcessFacts) -> str:
        """`:PACKAGE:AUTHORITY:USER` if run-as or the app's provider may help."""
        uid, package = process.uid, process.package or ""
        if self.access.privileged or uid is None or app_id(uid) not in APP_IDS or not _PACKAGE.fullmatch(package):
            return ""
        provider = authority(process)
        owner = {"auto": (package, provider), "run-as": (package, ""), "reporter": ("", provider)}.get(self.options.way)
        return "" if owner is None else f":{owner[0]}:{owner[1]}:{process.user or ''}"

    def _sorted(self, read: Collected, listed: Sequence[ProcessFacts], activity: Activity) -> list[Reading]:
        """The readings with the facts of their processes; reference processes are marked."""
        before = {process.pid: process for process in listed}
        packages = parse_packages(read.texts.get("packages", ""))
        facts = self._package_facts(read.texts)
        found = []
        for reading in read.readings:
            known = before.get(reading.process.pid)
            if known is not None and reading.process.start_time != known.start_time:
                reading = _other_process(reading, known)
            process = reading.process
            process.package = package_of(process, activity, packages)
            add_package_facts(process, facts)
            process.add_state(activity.states)
            if not self.selection.everything and process.is_zygote and not self.selection.includes(process):
                if reading.text is None:
                    continue  # not requested
                process.reference = True
            if process.pid in read.dumpsys and (table := table_of(process.pid, read.dumpsys)) is not None:
                process.add_meminfo(table)
            found.append(reading)
        return found

    def _package_facts(self, texts: Mapping[str, str]) -> dict[str, PackageFacts]:
        facts = parse_packages_list(texts.get("package-list", ""))
        for kind, text in texts.items():
            if kind.startswith("package "):
                facts[kind.partition(" ")[2]] = parse_package(text)
        return facts

    def _with_fallback(self, readings: list[Reading], read: Collected) -> list[Reading]:
        """The readings, where denied ones have rows from dumpsys meminfo or status."""
        refused = [reading for reading in readings if reading.is_refused]
        if not refused or self.options.way not in ("auto", "shell"):
            return readings
        unasked = [reading.process for reading in refused if reading.process.pid not in read.dumpsys]
        texts = dict(read.dumpsys)
        if unasked and not self.broken:
            words = [f"count:{len(unasked)}", *(f"dumpsys:{process.pid}" for process in unasked)]
            texts |= self._session(words).dumpsys
        return [with_fallback(reading, texts, read.statuses) if reading.is_refused else reading for reading in readings]

    def _made(
        self, readings: list[Reading], seen: Collected, read: Collected, chosen: Sequence[ProcessFacts]
    ) -> Capture:
        serial = self.device.serial
        where = escape_text(serial)
        wanted = [reading for reading in readings if not reading.process.reference]
        if not wanted:
            if self.broken:
                raise self._nothing_came()
            raise ProcessError(f"{where}: no process was listed; see `adb shell ls /proc`")
        kind = "+".join(sorted(read.ways)) or self.access.kind
        if (first := unreadable(readings)) is not None:
            if self.broken:
                raise self._nothing_came()
            who = f"{escape_text(where_of(first.process))} on {where}"
            if first.outcome.is_gone:
                raise ProcessError(f"{who}: {escape_text(first.error)}; start it and try again")
            raise AccessError(
                f"{who}: {escape_text(first.error)}, read as {kind}. {self._way_out(seen)}", settings=("access",)
            )
        problems = []
        if self.broken:
            arrived = {reading.process.pid for reading in readings}
            missing = [process for process in chosen if process.pid not in arrived]
            problems.append(Problem(self.device.source, self.broken + _listed(missing)))
        if self.options.prepare.freeze:
            asked = self._asked_to_stop(chosen)
            self.preparations.append(freezer.freezing(chosen, asked, read.texts))
        problems += freezer.still_stopped(
            [reading.process for reading in wanted],
            read.statuses | seen.statuses,  # the listing was read before this capture stopped any process
            self._continuing,
        )
        system = read.system
        limits, wrong = read.limits(seen.properties, system.get("mem_total_kb"))
        problems += [Problem(self.device.source, message) for message in wrong]
        return make_capture(
            readings,
            source=self.device.source,
            access=kind,
            app=self.selection.app or "",
            device={"serial": serial, **seen.device},
            system=system,
            limits=limits,
            problems=problems,
            partial=bool(self.broken),
            intake=self.intake,
            preparations=self.preparations,
        )

    def _continuing(self, process: ProcessFacts) -> str:
        """A command for this computer's shell that continues a stopped process, as the user that reads it."""
        command = ["kill", "-CONT", str(process.pid)]
        if self.access.dialect:
            asked = [quoted(command)] if self.access.dialect[-1] == "-c" else command
            command = [*self.access.dialect, *asked]
        elif package := self._run_as_packages([process]).get(process.pid or 0):
            user = ["--user", str(process.user)] if process.user else []
            command = ["run-as", package, *user, *command]
        return quoted(["adb", "-s", self.device.address or self.device.serial, "shell", quoted(command)])

    def _way_out(self, seen: Collected) -> str:
        """Advice if smaps cannot be read."""
        if self.access.privileged:
            return "The phone refuses even root: its maker's security policy or its kernel forbids it"
        if self.options.way == "reporter":
            return "Only an app that has a reporter built in can be read like this (docs/reporter.md); try access auto"
        if seen.device.get("build_type") in ("userdebug", "eng"):
            return "This build of Android allows root: run `adb root`, or choose access root"
        return (
            "Try access auto, which falls back to the heaps of dumpsys meminfo; "
            "for every VMA, install a debuggable build of the app"
        )


def _system_words(seen: Collected) -> list[str]:
    """Words that query the phone itself. The memory limiter exists since Android 17, whose betas have SDK 36."""
    sdk = seen.device.get("sdk", 0)
    return ["system", "limits", *(["limiter"] if isinstance(sdk, int) and sdk >= _LIMITER_SDK else [])]


def _other_process(reading: Reading, known: ProcessFacts) -> Reading:
    """The reading of a listed process whose pid belonged to another process when it was read."""
    if reading.process.start_time is None:
        return Reading(known, None, reading.error, outcome=reading.outcome)
    return Reading(known, None, _REUSED, outcome=ReadOutcome.PID_REUSED)


def _listed(missing: Sequence[ProcessFacts]) -> str:
    if not missing:
        return ""
    return f"; not read: {listed([where_of(process) for process in missing], 4)}"
