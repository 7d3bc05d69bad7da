"""The scenario of a round: a command on this computer or the phone, or a person who presses Enter."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Literal

from droidanon.errors import UsageError
from droidanon.experiment.shell import PhoneShell, StepError, last_line

SCENARIO_SECONDS = 1800.0
"""The maximum duration of a scenario."""
_POLL_SECONDS = 0.05
_END_SECONDS = 5.0
_REST_SECONDS = 1.0
"""The longest wait for output after the command ended: a program it left behind may keep the pipe open."""
_MOST_OUTPUT = 1 << 16
Kind = Literal["none", "host", "phone", "enter"]
_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)+")


@dataclass(frozen=True, slots=True)
class Scenario:
    """The steps between the start of an app and its capture."""

    kind: Kind
    command: str = ""


def is_package(text: str) -> bool:
    """Whether a text can be a package name, which becomes part of commands for the phone."""
    return _PACKAGE.fullmatch(text) is not None


def parse_scenario(text: str) -> Scenario:
    """Parse `host:COMMAND`, `phone:COMMAND`, `enter`, or nothing. Raises UsageError for other text."""
    if not text:
        return Scenario("none")
    if text == "enter":
        return Scenario("enter")
    kind, _, command = text.partition(":")
    if kind == "host" and command.strip():
        return Scenario("host", command)
    if kind == "phone" and command.strip():
        return Scenario("phone", command)
    raise UsageError(f"--scenario {text!r}: write host:COMMAND, phone:COMMAND or enter")


def run_scenario(
    scenario: Scenario, shell: PhoneShell, environment: Mapping[str, str], wait_for_enter: Callable[[], bool]
) -> str:
    """Run the scenario once, and return its response in one line.

    Raises StepError if it fails, DeviceError if the phone is lost, KeyboardInterrupt if cancelled.

    `environment` is added to the environment of a command on this computer. `wait_for_enter` returns whether Enter was
    pressed, after a short time at most.
    """
    begin = time.monotonic()
    if scenario.kind == "none":
        return ""
    if scenario.kind == "host":
        with shell.watched() as check:
            _run_here(scenario.command, check, environment)
    elif scenario.kind == "phone":
        shell.check(scenario.command, "the scenario", SCENARIO_SECONDS, SCENARIO_SECONDS)
    else:
        shell.say(f"{environment['DROIDANON_ROUND']}: press Enter when the app is in the state to capture")
        with shell.watched() as check:
            while not wait_for_enter():
                check()
    return f"{time.monotonic() - begin:.1f} s"


def start_app(shell: PhoneShell, app: str) -> str:
    """Start the app's launcher activity, wait until it is drawn, and return the phone's response."""
    answer = shell.check(f"am start -W -n {_launcher(shell, app)}", "starting the app")
    if "Error" in answer:  # before Android 11, the exit status is 0
        raise StepError(f"starting the app failed: {last_line(answer)}")
    total = [line for line in answer.splitlines() if line.startswith("TotalTime:")]
    return last_line(total[-1] if total else answer)


def _launcher(shell: PhoneShell, app: str) -> str:
    """The launcher activity, as `PACKAGE/CLASS`.

    `am start -p PACKAGE` does not find it if its intent filter lacks the category DEFAULT, as most do.
    """
    launcher = "-a android.intent.action.MAIN -c android.intent.category.LAUNCHER"
    answer = shell.run(f"cmd package resolve-activity --brief {launcher} {app}")[1]
    component = last_line(answer)
    if not re.fullmatch(rf"{re.escape(app)}/[\w.$]+", component):
        is_unclear = "ResolverActivity" in answer
        reason = "has several launcher activities" if is_unclear else "is not installed, or has no launcher activity"
        way = "start it in the scenario (phone:am start -n ...), with --no-start or, in a plan, start = false"
        raise StepError(f"{app} {reason}; {way}")
    return shlex.quote(component)


def _run_here(command: str, check: Callable[[], None], environment: Mapping[str, str]) -> None:
    """Run a shell command on this computer, in its own session so that all processes it starts can be ended.

    It is ended if `check`, which is called repeatedly, raises an error.
    """
    process = subprocess.Popen(
        command,
        shell=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **environment},
        start_new_session=True,
    )
    output = bytearray()
    reader = threading.Thread(target=_keep_the_end, args=(process.stdout, output), daemon=True)
    reader.start()
    try:
        status = _wait(process, check)
    finally:
        _end(process)
    if status:
        reader.join(_REST_SECONDS)
        answer = last_line(bytes(output).decode("utf-8", "replace"))
        raise StepError(f"the scenario failed (exit status {status}): {answer or 'no output'}")


def _keep_the_end(stream: IO[bytes], output: bytearray) -> None:
    """Read a stream to its end, keeping the last `_MOST_OUTPUT` bytes."""
    with stream:
        while piece := os.read(stream.fileno(), _MOST_OUTPUT):
            output += piece
            del output[:-_MOST_OUTPUT]


def _wait(process: subprocess.Popen[bytes], check: Callable[[], None]) -> int:
    end = time.monotonic() + SCENARIO_SECONDS
    while True:
        check()
        try:
            return process.wait(_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            if time.monotonic() > end:
                raise StepError(f"the scenario did not end within {SCENARIO_SECONDS / 60:.0f} minutes") from None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the remaining processes of the command."""
    if process.poll() is not None:
        return
    _signal(process, signal.SIGTERM)
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        else:
            process.terminate()
