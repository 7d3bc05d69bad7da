"""docs/ci.md on a phone: the nightly job, the script for the emulator of GitHub, and the job for GitLab, as a user would copy them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import junitparser
import pytest

from droidanon.sources.resolve import resolve
from testphone.phone import Phone
from testphone.phone.launcher import adb_path
from testphone.phone.services import Build
from tests.ci_page import ROOT, gitlab_job, workflow_steps, write_page
from tests.device.reading import PhoneMaker


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`droidanon` of this checkout, a `pip` that has nothing to do, and an `adb` that installs by push and pm.

    `adb install` asks for the service `abb_exec`, which the test phone's adbd does not have.
    """
    folder = tmp_path_factory.mktemp("bin")
    adb = f"""\
if [ "$1" = install ]; then
  {adb_path()} push "$3" /data/local/tmp/app.apk && {adb_path()} shell pm install -r /data/local/tmp/app.apk
else
  exec {adb_path()} "$@"
fi"""
    for name, line in (("droidanon", f'exec {sys.executable} -m droidanon "$@"'), ("pip", ":"), ("adb", adb)):
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def project(seen: PhoneMaker, tmp_path: Path, programs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of the page, an APK, and 6 captures of the release as the baseline."""
    phone: Phone = seen()
    for name, value in {
        **phone.env,
        "PATH": os.pathsep.join([str(programs), phone.env["PATH"]]),
        "PYTHONPATH": str(ROOT),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DROIDANON_CAPTURES", raising=False)
    monkeypatch.chdir(tmp_path)
    write_page(tmp_path)
    Build(version_code=300).write(tmp_path / "app.apk")
    Build(version_code=301, native_kb=20_000).write(tmp_path / "fat.apk")
    shell("sh capture.sh app.apk 1.0.0")
    assert len(resolve("label:build=1.0.0").members) == 6
    return tmp_path


def shell(line: str, code: int = 0, **variables: str) -> str:
    """The output of a line, as CI runs it."""
    environment = {**os.environ, **variables}
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == code, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_nightly_job(project: Path) -> None:
    """A build like the release passes; one with 20 MB more native heap fails."""
    assert "pass: 2 rows within their limits" in shell("sh nightly.sh app.apk nightly-1")
    assert "### ✅ Memory of `com.example.app` `1.0.0` → `nightly-1`" in (project / "comment.md").read_text("utf-8")
    out = shell("sh nightly.sh fat.apk nightly-2", code=3)
    assert re.search(r"^native total PSS growth +fail", out, re.M), out
    (suite,) = junitparser.JUnitXml.fromfile(str(project / "memory.xml"))
    assert (suite.tests, suite.failures, suite.errors) == (2, 1, 0)


def test_the_jobs_for_github_and_gitlab(project: Path) -> None:
    (emulator,) = [step for step in workflow_steps() if "emulator-runner" in step.get("uses", "")]
    apk = project / "app" / "build" / "outputs" / "apk" / "debug" / "app-debug.apk"
    apk.parent.mkdir(parents=True)
    (project / "app.apk").rename(apk)
    for line in emulator["with"]["script"].splitlines():
        shell(line, GITHUB_SHA="abc123")
    (check,) = [step for step in workflow_steps() if step.get("id") == "check"]
    sources = check["with"]["sources"].replace("${{ github.sha }}", "abc123")
    assert len(resolve(sources).members) == 6

    apk.rename(project / "app.apk")
    for line in gitlab_job()["script"]:
        shell(line, CI_COMMIT_SHORT_SHA="def456")
    for path in ("memory.md", "metrics.txt", "memory.xml"):
        assert (project / path).stat().st_size > 100
