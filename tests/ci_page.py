"""The files of docs/ci.md as a user would copy them, and the scripts in its YAML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
_FILE = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```\n", re.DOTALL)


def page_files() -> dict[str, str]:
    """The files of the page by path, and `capture.sh`: `nightly.sh` without its last line."""
    files = dict(_FILE.findall((ROOT / "docs" / "ci.md").read_text("utf-8")))
    files["capture.sh"] = "".join(files["nightly.sh"].splitlines(keepends=True)[:-1])
    return files


def write_page(folder: Path) -> None:
    """Write the files into a folder, as in a project's repository."""
    for path, text in page_files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")


def workflow_steps() -> list[dict[str, Any]]:
    """The steps of the job for GitHub."""
    steps: list[dict[str, Any]] = yaml.safe_load(page_files()[".github/workflows/memory.yml"])["jobs"]["memory"][
        "steps"
    ]
    return steps


def gitlab_job() -> dict[str, Any]:
    """The job for GitLab."""
    job: dict[str, Any] = yaml.safe_load(page_files()[".gitlab-ci.yml"])["memory"]
    return job


def action() -> dict[str, Any]:
    """The action of this repository."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    return found


def action_script() -> str:
    """The script of the action that runs the check."""
    (step,) = [step for step in action()["runs"]["steps"] if step.get("id") == "check"]
    return str(step["run"])
