"""The HTML report of a whole phone: time to write it, size, time to open it, and time of each kind of click.

`report.py [CAPTURE]`; without one, the model's phone is captured. Times in the browser are wall times, so run it on an
idle machine, or compare with the printed load.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Playwright, sync_playwright  # noqa: E402

from droidanon.html_report.assets import hash_source  # noqa: E402 # found by the line above

RUNS = 3
CHROMIUM = "chromium-headless-shell"
CLICKS_S = 40
"""The seconds within which all clicks finish, even on a busy machine."""


def main() -> None:
    """Print all measurements."""
    with tempfile.TemporaryDirectory() as folder:
        capture = Path(sys.argv[1]) if len(sys.argv) > 1 else whole_phone(Path(folder) / "phone.parquet")
        html = Path(folder) / "phone.html"
        write(capture, html)
        html.write_text(clicking(html.read_text("utf-8")), "utf-8")
        with sync_playwright() as playwright:
            runs = [measured(playwright, html) for _ in range(RUNS)]
    print_clicks([run["clicks"] for run in runs])


def whole_phone(path: Path) -> Path:
    subprocess.run([sys.executable, ROOT / "benchmarks" / "whole_phone.py", path], check=True)
    return path


def write(capture: Path, html: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "droidanon", "report", capture, "-o", html], check=True, cwd=ROOT)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"written in {seconds:.1f} s of processor time, {used.ru_maxrss / 1024:.0f} MB; size {html.stat().st_size / 1e6:.2f} MB"
    )


def clicking(page: str) -> str:
    """The page plus a clicking script that its policy allows."""
    script = (ROOT / "benchmarks" / "report_clicks.js").read_text("utf-8")
    allowed = page.replace("script-src ", f"script-src {hash_source(script)} ", 1)
    return allowed.replace("</body>", f"<script>{script}</script></body>")


def measured(playwright: Playwright, html: Path) -> dict[str, Any]:
    """The times of a page opened in a browser, which is not inspected until it is done, because that slows it down."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = shutil.which(CHROMIUM) or "chromium"
    command = [
        program,
        "--no-sandbox",
        "--window-size=1600,1000",
        f"--remote-debugging-port={port}",
        html.resolve().as_uri(),
    ]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        time.sleep(CLICKS_S)
        page = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}").contexts[0].pages[0]
        page.set_default_timeout(120_000)
        page.wait_for_selector("html[data-measured]")
        clicks = json.loads(str(page.get_attribute("html", "data-measured")))
        ready = page.eval_on_selector_all("[data-ready]", "all => all.map((one) => parseInt(one.dataset.ready))")
        process.terminate()
    print(
        f"first table and figure after {min(ready)} ms, everything after {max(ready)} ms, load {os.getloadavg()[0]:.1f}"
    )
    return {"clicks": clicks}


def print_clicks(runs: list[list[tuple[str, float]]]) -> None:
    """Print the first click of each kind, and the median of the others."""
    for name in dict.fromkeys(name for name, _ in runs[0]):
        times = [[ms for kind, ms in run if kind == name] for run in runs]
        first = statistics.median(run[0] for run in times)
        later = statistics.median(ms for run in times for ms in run[1:])
        print(f"{name:20} first {first:5.0f} ms, later {later:5.0f} ms")


if __name__ == "__main__":
    main()
