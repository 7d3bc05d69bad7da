"""action.yml: its script runs in bash, with `uv` replaced by this checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import write_replicates
from tests.ci_page import ROOT, action, action_script, gitlab_job, page_files, workflow_steps

BUDGET = (
    '[budget]\napp = "com.example.app"\nbaseline = "before"\n[[budget.row]]\ncategory = "native"\nmax_growth = "{}"\n'
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """before/, after/, and a `uv` that runs droidanon of this checkout."""
    write_replicates(tmp_path)
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(
        f'#!/bin/sh\n[ "$1 $2 $3 $4 $5" = "tool run --from {ROOT} droidanon" ] || exit 9\nshift 5\nexec {sys.executable} -m droidanon "$@"\n'
    )
    uv.chmod(0o755)
    return tmp_path


def run_action(project: Path, limit: str, **inputs: str) -> tuple[int, dict[str, str], str]:
    """The exit code of the script, its outputs and its log."""
    (project / "droidanon.toml").write_text(BUDGET.format(limit))
    variables = dict.fromkeys(("BUDGET", "BASELINE", "OUTPUTS"), "") | {"ALLOW_UNDECIDED": "false"}
    variables |= {
        "SOURCES": "after\n",
        "ACTION_FOLDER": str(ROOT),
        "RUNNER_TEMP": str(project / "temp"),
        "GITHUB_OUTPUT": str(project / "output"),
        "GITHUB_STEP_SUMMARY": str(project / "summary.md"),
        "PATH": f"{project / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    (project / "output").write_text("")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", action_script()],
        cwd=project,
        env={**os.environ, **variables, **inputs},
        capture_output=True,
        text=True,
        check=False,
    )
    outputs = dict(line.split("=", 1) for line in (project / "output").read_text().splitlines())
    return done.returncode, outputs, done.stdout + done.stderr


@pytest.mark.parametrize(("limit", "outcome", "code"), [("20%", "pass", 0), ("4%", "undecided", 1), ("1%", "fail", 3)])
def test_the_action(project: Path, limit: str, outcome: str, code: int) -> None:
    found, outputs, log = run_action(project, limit)
    assert (found, outputs["outcome"]) == (code, outcome), log
    assert "Memory of `com.example.app`" in Path(outputs["markdown"]).read_text("utf-8")
    assert (project / "summary.md").read_text("utf-8").startswith("### ")
    assert Path(outputs["junit"]).read_text("utf-8").startswith("<?xml")
    assert ("::error file=droidanon.toml,line=4" in log) == (outcome == "fail")


def test_inputs_of_the_action(project: Path) -> None:
    for side, name in (("after", "odd $(touch x) name"), ("before", "odd $(touch x) base")):
        (project / side).rename(project / name)
    inputs = {"SOURCES": "odd $(touch x) name\n", "BASELINE": "odd $(touch x) base", "OUTPUTS": "bencher=b.json\n"}
    code, outputs, log = run_action(project, "20%", ALLOW_UNDECIDED="true", **inputs)
    assert (code, outputs["outcome"]) == (0, "pass"), log
    assert (project / "b.json").exists()
    assert not (project / "x").exists(), "an input is never a part of the script"


def test_an_error_of_the_check_is_no_outcome(project: Path) -> None:
    code, outputs, log = run_action(project, "20%", SOURCES="nowhere")
    assert (code, outputs["outcome"]) == (2, "error")
    assert "nowhere" in log


def test_the_action_declares_what_its_script_uses() -> None:
    found = action()
    (step,) = [step for step in found["runs"]["steps"] if step.get("id") == "check"]
    used = {value.split("inputs.")[1].split(" ")[0] for value in step["env"].values() if "inputs." in value}
    assert used == set(found["inputs"])
    for name in found["outputs"]:
        assert f'"{name}=' in step["run"]


def test_the_workflow_of_the_page_names_what_the_action_has() -> None:
    (step,) = [step for step in workflow_steps() if step.get("id") == "check"]
    assert set(step["with"]) <= set(action()["inputs"])
    assert all("uses" in step or "run" in step for step in workflow_steps())


def test_the_jobs_of_the_page_name_reports_that_they_write() -> None:
    job = gitlab_job()
    for report, file in job["artifacts"]["reports"].items():
        name = {"junit": "junit", "metrics": "gitlab"}[report]
        assert f"{name}={file}" in job["script"][-1]


def test_the_nightly_job_has_ten_lines_and_no_jq() -> None:
    lines = page_files()["nightly.sh"].splitlines()
    assert len(lines) <= 10
    assert not any("jq" in line for line in lines)
