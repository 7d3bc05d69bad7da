"""`droidanon selftest`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from droidanon.cli.options import Json, PhoneSource, Serial

if TYPE_CHECKING:
    from droidanon.model import Capture
    from droidanon.report.selftest import Check, SelfTest, State
    from droidanon.sources.adb.server import Device

_WAYS = ("auto", "root", "su", "run-as", "reporter", "shell")


def selftest(
    source: PhoneSource = "adb:",
    app: Annotated[
        str | None,
        typer.Option("--app", metavar="PACKAGE", help="The app to read (default: the one in the foreground)."),
    ] = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="Write the report to this file.")
    ] = Path("droidanon-selftest.json"),
    serial: Serial = None,
    as_json: Json = False,
) -> int:
    """Test droidanon on a connected phone.

    Tries every way to read one app, compares with dumpsys meminfo, and where allowed with the phone's showmap and
    procrank, and checks that nothing of droidanon stays on the phone. Writes a report that you can attach to a bug
    report: it contains no serial number, and a hash instead of the app's name. The exit code is 1 if a check fails.

    \b
    Examples:
      droidanon selftest adb: --app com.example.app
    """
    import json

    from droidanon.cli.loading import with_serial
    from droidanon.cli.options import not_stdout
    from droidanon.errors import UsageError
    from droidanon.report.json import print_json
    from droidanon.report.narration import say
    from droidanon.report.selftest import print_selftest, redacted, selftest_record
    from droidanon.sources.adb.server import open_device
    from droidanon.sources.phone.foreground import ask_foreground
    from droidanon.store.atomic_file import atomic_file

    not_stdout(output, "give the name of a file")
    source = with_serial(source, serial)
    if not source.startswith("adb:"):
        raise UsageError(f"{source}: selftest tests a connected phone: adb: or adb:SERIAL")
    device = open_device(source.removeprefix("adb:") or None)
    app = app or ask_foreground(device).app
    others: set[str] = set()
    found = redacted(run(device, app, others), app, (device.serial, device.address), others)
    with atomic_file(output) as file:
        file.write(json.dumps(selftest_record(found), indent=1).encode() + b"\n")
    if as_json:
        record = selftest_record(found)
        print_json(record["checks"], source="adb:", facts=record["facts"])  # type: ignore[arg-type]
    else:
        print_selftest(found)
    say(f"report: {output}; read it before you attach it to a bug report")
    return 1 if found.failed else 0


def run(device: Device, app: str, others: set[str]) -> SelfTest:
    """Run all checks in order; adds the names of running apps to `others`."""
    import platform

    from droidanon.report.selftest import SelfTest
    from droidanon.version import __version__

    captures: dict[str, Capture] = {}
    checks = [*_examined(device, others), *_ways(device, app, captures)]
    best = max(captures.values(), key=lambda capture: capture.counted_vmas, default=None)
    if best is not None:
        checks += [*_heaps(device, app), *_tools(device, best), *_remains(device)]
    facts: dict[str, str | int] = {
        "droidanon": __version__,
        "host": platform.system(),
        "python": platform.python_version(),
    }
    known = ("model", "android", "sdk", "build_type", "kernel", "page_size", "abi")
    facts |= {key: value for key, value in (best.device if best else {}).items() if key in known}
    return SelfTest(facts, tuple(checks))


def _examined(device: Device, others: set[str]) -> Iterator[Check]:
    """The findings of doctor."""
    from droidanon.report.narration import say
    from droidanon.report.selftest import Check
    from droidanon.sources.phone.doctor.examination import examine
    from droidanon.store.library import captures_folder

    found = examine(device.address or device.serial, captures_folder(None), say)
    others |= {row.app for row in found.apps}
    for finding in found.findings:
        yield Check(finding.part, finding.what, finding.state, finding.result)


def _ways(device: Device, app: str, captures: dict[str, Capture]) -> Iterator[Check]:
    """Read the app with every access method; adds successful readings to `captures`."""
    from droidanon.errors import AccessError, DroidanonError
    from droidanon.report.narration import say
    from droidanon.report.selftest import Check
    from droidanon.sources.phone.options import PhoneOptions
    from droidanon.sources.resolve import load_source

    for way in _WAYS:
        if way == "root" and "root" not in {capture.access for capture in captures.values()}:
            yield Check("access", way, "skipped", "adbd is not root, and selftest does not restart it")
            continue
        begin = time.monotonic()
        state: State = "ok"
        try:
            capture = load_source(device.source, app=app, options=PhoneOptions(access=way, say=say))
            captures[way] = capture
            fidelities = sorted({process.fidelity for process in capture.counted})
            result = f"as {capture.access}: {len(capture.counted)} processes, {capture.counted_vmas:,} VMAs"
            result += f" ({', '.join(fidelities)}), {len(capture.problems)} problems"
            state = "warning" if capture.partial or "none" in fidelities else "ok"
        except AccessError as error:
            state, result = "skipped", str(error)
        except DroidanonError as error:
            state, result = "failure", str(error)
        yield Check("access", way, state, result, time.monotonic() - begin)


def _heaps(device: Device, app: str) -> Iterator[Check]:
    """Compare the heaps with dumpsys meminfo."""
    from droidanon.cli.verify import VerifyRequest
    from droidanon.cli.verify import run as compare
    from droidanon.errors import DroidanonError
    from droidanon.report.selftest import Check

    begin = time.monotonic()
    state: State = "ok"
    try:
        found = compare(VerifyRequest(device.source, device, app, None, None))
        result = (
            f"{len(found.cells)} values compared, {len(found.different)} differ in each of {found.readings} readings"
        )
        if found.different:
            state = "failure"
            heaps = sorted({f"{cell.heap} {cell.counter}" for process, cell in found.cells if cell.differs})
            result += f": {', '.join(heaps[:6])}"
    except DroidanonError as error:
        state, result = "skipped", str(error)
    yield Check("numbers", "heaps as in dumpsys meminfo", state, result, time.monotonic() - begin)


def _tools(device: Device, capture: Capture) -> Iterator[Check]:
    """Compare with the phone's showmap and procrank, which need root."""
    from droidanon.errors import DroidanonError
    from droidanon.report.selftest import Check
    from droidanon.sources.adb.stream import ask
    from droidanon.sources.phone.access import obtain

    place = next((n for n, process in enumerate(capture.processes) if process.fidelity == "smaps"), None)
    try:
        device, access = obtain(device, "auto", 0 if capture.access == "root" else None, lambda _: None)
        if place is None or not access.privileged:
            yield Check("numbers", "showmap, procrank", "skipped", "they need root")
            return
        pid = str(capture.processes[place].pid)
        yield _beside_showmap(capture, place, ask(device, access.command(["showmap", pid]), seconds=60.0))
        yield _beside_procrank(capture, ask(device, access.command(["procrank"]), seconds=60.0))
    except DroidanonError as error:
        yield Check("numbers", "showmap, procrank", "skipped", str(error))


def _beside_showmap(capture: Capture, place: int, text: str) -> Check:
    from droidanon.platform.readers.showmap import parse_showmap
    from droidanon.platform.views.showmap import ShowmapOptions, format_showmap, showmap
    from droidanon.platform.views.tool_rows import release_of
    from droidanon.report.selftest import Check

    theirs = parse_showmap(text.splitlines())
    if theirs is None:
        return Check("numbers", "names as in showmap", "skipped", "the phone has no showmap that answers")
    release, options = release_of(capture, None), ShowmapOptions(False, False, False)
    lines = format_showmap(capture, showmap(capture, place, options, release), options, "raw", release)
    ours = parse_showmap(lines)
    mine, other = set(ours.names if ours else ()), set(theirs.names)
    odd = len(mine ^ other)
    result = f"{len(other)} names, {odd} on one side only; total PSS {theirs.total_pss_kb} kB, here "
    result += f"{ours.total_pss_kb if ours else None} kB"
    return Check("numbers", "names as in showmap", "failure" if odd > max(2, len(other) // 20) else "ok", result)


def _beside_procrank(capture: Capture, text: str) -> Check:
    import numpy as np

    from droidanon.platform.readers.procrank import parse_procrank
    from droidanon.report.selftest import Check

    ranks = {rank.pid: rank.counters.get("pss_kb") for rank in parse_procrank(text.splitlines())}
    vmas = capture.vmas
    pss = vmas.counters.get("pss_kb", np.zeros(len(vmas), np.int64))
    sums = np.bincount(vmas.process, pss, len(capture.processes)).astype(int).tolist()
    ours = {process.pid: kb for process, kb in zip(capture.processes, sums, strict=True) if process.fidelity == "smaps"}
    pairs = [(ours[pid], ranks[pid] or 0) for pid in ours if pid in ranks and pid is not None]
    if not pairs:
        return Check("numbers", "PSS as in procrank", "skipped", "the phone has no procrank that answers")
    most = max(abs(mine - theirs) / max(theirs, 1) for mine, theirs in pairs)
    result = f"{len(pairs)} processes, at most {most:.1%} apart (the app's memory changes between the two)"
    return Check("numbers", "PSS as in procrank", "warning" if most > 0.1 else "ok", result)


def _remains(device: Device) -> Iterator[Check]:
    """Check whether anything of droidanon is left on the phone."""
    from droidanon.report.selftest import Check
    from droidanon.sources.adb.stream import ask

    text = ask(device, "for d in /proc/[0-9]*; do [ ${d##*/} = $$ ] || cat $d/cmdline; echo; done 2>/dev/null")
    left = sum("@@droidanon:" in line for line in text.replace("\0", " ").splitlines())
    result = "no process of droidanon is left" if not left else f"{left} processes of droidanon are left"
    yield Check("clean-up", "processes", "failure" if left else "ok", result)
    files = ask(device, "ls /data/local/tmp 2>/dev/null").split()
    ours = [name for name in files if "droidanon" in name]
    result = "no file of droidanon is left" if not ours else f"{len(ours)} files of droidanon are left"
    yield Check("clean-up", "files", "failure" if ours else "ok", result)
