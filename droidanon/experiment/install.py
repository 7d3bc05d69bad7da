"""A build on a phone: pushed once per session; installed, verified and compiled before each round."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from droidanon.errors import InputError, UsageError
from droidanon.escape import escape_text
from droidanon.experiment.manifest import NO_COMPILATION, Apk, Steps
from droidanon.experiment.shell import PhoneShell, StepError, last_line
from droidanon.sources.adb.push import push
from droidanon.sources.phone.collector import quoted

INSTALL_SECONDS = 600.0
"""The longest silence during installation or compilation, which take minutes for a large app on a slow phone."""
_FAILURE = re.compile(r"(?:Failure|Error)\b:?\s*\[?([^\]\n]{1,200})")
_SESSION = re.compile(r"\[(\d{1,12})\]")
_DOWNGRADE = "INSTALL_FAILED_VERSION_DOWNGRADE"
_REINSTALL = "use --reinstall, which uninstalls the app (and deletes its data) before each installation"
_ADVICE = {
    _DOWNGRADE: f"it is older than the installed build, and Android downgrades only debuggable apps; {_REINSTALL}",
    "INSTALL_FAILED_UPDATE_INCOMPATIBLE": f"it is signed with another key than the installed build; {_REINSTALL}",
    "INSTALL_FAILED_MISSING_SPLIT": "it is one part of a split APK; name all parts, each with its own option",
    "INSTALL_FAILED_USER_RESTRICTED": "allow installation over USB on the phone",
    "INSTALL_FAILED_INSUFFICIENT_STORAGE": "free storage on the phone",
}


def check_apks(paths: Sequence[Path]) -> tuple[Apk, ...]:
    """The files of a build. Raises UsageError for a bundle, InputError if a file cannot be read."""
    for path in paths:
        if path.suffix.lower() in (".aab", ".apks", ".xapk", ".apkm"):
            text = "a bundle, not an APK; extract the APKs for this phone (bundletool) and name each one"
            raise UsageError(f"{escape_text(str(path))}: {text}")
    return tuple(Apk.of(path) for path in paths)


def check_compile_mode(mode: str) -> None:
    """Raise UsageError for a mode that cannot be one of `cmd package compile`."""
    if not re.fullmatch(r"[a-z][a-z-]{0,30}", mode):
        raise UsageError(f"--compile {escape_text(mode)}: write a mode such as speed-profile, or none")


def check_unchanged(apks: Sequence[Apk]) -> None:
    """Raise InputError if a file has changed since the experiment started."""
    for apk in apks:
        if Apk.of(Path(apk.path)).sha1 != apk.sha1:
            raise InputError(f"{escape_text(apk.path)}: not the file that the experiment began with; use a new folder")


def push_build(
    shell: PhoneShell, apks: Sequence[Apk], folder: str, side: str, progress: Callable[[str], None]
) -> list[str]:
    """Push the files of a build, and return their paths on the phone."""
    remote = []
    for place, apk in enumerate(apks):

        def report(sent: int, apk: Apk = apk) -> None:
            shell.check_cancelled()
            progress(f"push {Path(apk.path).name}: {100 * sent // max(apk.size, 1)} %")

        remote.append(f"{folder}/{side}-{place}.apk")
        push(shell.device, Path(apk.path), remote[-1], report)
    return remote


def install(shell: PhoneShell, steps: Steps, apks: Sequence[Apk], remote: Sequence[str]) -> str:
    """Install a build, verify that the phone has it, and return the phone's response. Raises StepError with advice."""
    if steps.reinstall and _installed_paths(shell, steps.app):
        shell.check(f"pm uninstall {steps.app}", "uninstalling", INSTALL_SECONDS)
    answer = _install(shell, apks, remote, downgrade=False)
    if _DOWNGRADE in answer:
        answer = _install(shell, apks, remote, downgrade=True)
    if "Success" not in answer:
        found = _FAILURE.search(answer)
        reason = escape_text(found[1].strip()) if found else last_line(answer) or "no answer"
        advice = next((text for word, text in _ADVICE.items() if word in answer), "")
        raise StepError(f"{_names(apks)} was not installed: {reason}{'; ' + advice if advice else ''}")
    _verify(shell, steps.app, apks)
    return last_line(answer)


def compile_app(shell: PhoneShell, steps: Steps) -> str:
    """Bring the app into the same compile state on both sides, and return the phone's response."""
    if steps.compile_mode == NO_COMPILATION:
        return ""
    command = f"cmd package compile -m {steps.compile_mode} -f {steps.app}"
    status, answer = shell.run(command, INSTALL_SECONDS)
    if status or "Success" not in answer:
        reason = last_line(answer) or f"exit status {status}"
        raise StepError(f"compiling failed: {reason}; choose another mode of compiling, or none")
    return f"{steps.compile_mode}: {last_line(answer)}"


def _install(shell: PhoneShell, apks: Sequence[Apk], remote: Sequence[str], *, downgrade: bool) -> str:
    """The response of pm. `-t` allows builds marked testOnly, such as those from Android Studio."""
    options = f"-r -t{' -d' if downgrade else ''}"
    if len(remote) == 1:
        return shell.run(f"pm install {options} {remote[0]}", INSTALL_SECONDS)[1]
    answer = shell.run(f"pm install-create {options}")[1]
    session = _SESSION.search(answer)
    if session is None:
        return answer
    for place, (apk, path) in enumerate(zip(apks, remote, strict=True)):
        answer = shell.run(f"pm install-write -S {apk.size} {session[1]} {place}.apk {path}", INSTALL_SECONDS)[1]
        if "Success" not in answer:
            shell.run(f"pm install-abandon {session[1]}")
            return answer
    return shell.run(f"pm install-commit {session[1]}", INSTALL_SECONDS)[1]


def _verify(shell: PhoneShell, app: str, apks: Sequence[Apk]) -> None:
    """Raise StepError if the installed files differ from the build's, for example because it is another app's."""
    paths = _installed_paths(shell, app)
    if not paths:
        raise StepError(f"{_names(apks)} is not a build of {escape_text(app)}: the app is not installed now")
    _, answer = shell.run(quoted(["sha1sum", *paths]), INSTALL_SECONDS)
    digests = {line.split()[0] for line in answer.splitlines() if re.match(r"[0-9a-f]{40}\s", line)}
    if len(digests) == len(paths) and digests != {apk.sha1 for apk in apks}:
        raise StepError(f"{_names(apks)} is not a build of {escape_text(app)}: the installed app is another one")


def _installed_paths(shell: PhoneShell, app: str) -> list[str]:
    answer = shell.run(f"pm path {app}")[1]
    return [line.removeprefix("package:") for line in answer.splitlines() if line.startswith("package:/")]


def _names(apks: Sequence[Apk]) -> str:
    return escape_text(", ".join(Path(apk.path).name for apk in apks))
