"""docs/ci.md on a phone: the nightly job, the script for the emulator of GitHub, and the job for GitLab, as a user would copy them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import junitparser
import pytest

from droidanon.sources.resolve import resolve
from testphone.phone import Phone
from testphone.phone.launcher import adb_path
from testphone.phone.services import Build
from tests.ci_page import ROOT, gitlab_job, workflow_steps, write_page

pytestmark = pytest.mark.timeout(1200)  # 30 captures, each with a cold start and settled memory


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


@pytest.fixture(scope="module")
def project(real_adbd: None, tmp_path_factory: pytest.TempPathFactory, programs: Path) -> Iterator[Project]:
    """The files of the page, an APK, and 6 captures of the release as the baseline."""
    folder = tmp_path_factory.mktemp("project")
    write_page(folder)
    Build(version_code=300).write(folder / "app.apk")
    Build(version_code=300, native_kb=20_000).write(folder / "fat.apk")
    with Phone(seed=4, processes=16) as phone:
        path = os.pathsep.join([str(programs), phone.env["PATH"]])
        kept = {key: value for key, value in phone.env.items() if not key.startswith("DROIDANON")}
        project = Project(folder, {**kept, "PATH": path, "PYTHONPATH": str(ROOT)})
        project.shell("sh capture.sh app.apk 1.0.0")
        assert project.captures("build=1.0.0") == 6
        yield project


@dataclass(frozen=True)
class Project:
    """A folder with the files of the page, and the variables of its jobs."""

    folder: Path
    variables: dict[str, str]

    def shell(self, line: str, code: int = 0, **variables: str) -> str:
        """The output of a line, as CI runs it."""
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env={**self.variables, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout

    def captures(self, labels: str) -> int:
        """How many captures have these labels."""
        return len(resolve(f"{self.folder / 'captures'}#{labels}").members)


def test_the_nightly_job(project: Project) -> None:
    """A build like the release passes; one with 20 MB more native heap fails."""
    assert "pass: 2 rows within their limits" in project.shell("sh nightly.sh app.apk nightly-1")
    comment = (project.folder / "comment.md").read_text("utf-8")
    assert "### ✅ Memory of `com.example.app` `1.0.0` → `nightly-1`" in comment
    out = project.shell("sh nightly.sh fat.apk nightly-2", code=3)
    assert re.search(r"^native total PSS growth +fail", out, re.M), out
    (suite,) = junitparser.JUnitXml.fromfile(str(project.folder / "memory.xml"))
    assert (suite.tests, suite.failures, suite.errors) == (2, 1, 0)


def test_the_script_for_the_emulator_of_github(project: Project) -> None:
    (emulator,) = [step for step in workflow_steps() if "emulator-runner" in step.get("uses", "")]
    apk = project.folder / "app" / "build" / "outputs" / "apk" / "debug" / "app-debug.apk"
    apk.parent.mkdir(parents=True)
    apk.write_bytes((project.folder / "app.apk").read_bytes())
    for line in emulator["with"]["script"].splitlines():
        project.shell(line, GITHUB_SHA="abc123")
    (check,) = [step for step in workflow_steps() if step.get("id") == "check"]
    sources = check["with"]["sources"].replace("${{ github.sha }}", "abc123")
    assert project.captures(sources.removeprefix("label:")) == 6


def test_the_job_for_gitlab(project: Project) -> None:
    for line in gitlab_job()["script"]:
        project.shell(line, CI_COMMIT_SHORT_SHA="def456")
    assert project.captures("build=def456") == 6
    for path in ("memory.md", "metrics.txt", "memory.xml"):
        assert (project.folder / path).stat().st_size > 100
