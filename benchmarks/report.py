"""The HTML report of a whole phone: time to write it, its size, time to open it, and time of each kind of click.

`report.py [CAPTURE]`. Times in the browser are wall time and, because machines are busy, the processor time of the page's main thread.
"""

from __future__ import annotations

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
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page, Playwright

OPENINGS, CLICKS = 3, 4
OPENING_S = 15
TIMEOUT_MS = 120_000
CHROMIUM = "chromium-headless-shell"
UNTIL = """async ([action, selector, watched]) => {
  const changed = new Promise((done) => {
    if (!watched) done();
    else new MutationObserver(done).observe(document.querySelector(watched), { childList: true, subtree: true, characterData: true });
  });
  const element = document.querySelector(selector);
  const begin = performance.now();
  if (action === "click") element.click();
  else if (action === "choose") {
    element.selectedIndex = element.selectedIndex === 0 ? 4 : 0;
    element.dispatchEvent(new Event("change"));
  } else {
    element.value = action;
    element.dispatchEvent(new Event("input", { bubbles: true }));
  }
  await changed;
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - begin;
}"""
"""Acts on an element, and waits until another one has changed and the page is drawn; milliseconds."""


def main() -> None:
    """Print a table of all measurements."""
    with tempfile.TemporaryDirectory() as folder:
        capture = Path(sys.argv[1]) if len(sys.argv) > 1 else whole_phone(Path(folder) / "phone.parquet")
        html = Path(folder) / "phone.html"
        write(capture, html)
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            opening(playwright, html)
            program = shutil.which(CHROMIUM) or "chromium"
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            page, session = opened(browser, html)
            clicks(page, session)
            browser.close()


def whole_phone(path: Path) -> Path:
    subprocess.run([sys.executable, ROOT / "benchmarks" / "whole_phone.py", path], check=True)
    return path


def write(capture: Path, html: Path) -> None:
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-m", "droidanon", "report", capture, "-o", html], check=True, cwd=ROOT)
    wall = time.perf_counter() - begin
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"written in {wall:.1f} s ({used.ru_utime + used.ru_stime:.1f} s of processor, with the phone if it was made)"
    )
    print(f"size {html.stat().st_size / 1e6:.2f} MB")


def opening(playwright: Playwright, html: Path) -> None:
    """The page, opened several times in a browser that nothing inspects until it is done: an inspector slows it down."""
    for _ in range(OPENINGS):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [CHROMIUM, "--no-sandbox", f"--remote-debugging-port={port}", "--window-size=1600,1000"]
        with subprocess.Popen([*command, html.resolve().as_uri()], stderr=subprocess.DEVNULL) as process:
            time.sleep(OPENING_S)
            browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
            page = browser.contexts[0].pages[0]
            times = page.eval_on_selector_all("[data-ready]", "all => all.map((one) => parseInt(one.dataset.ready))")
            process.terminate()
        load = os.getloadavg()[0]
        print(f"first table and figure after {min(times)} ms, everything after {max(times)} ms, load {load:.1f}")


def opened(browser: Browser, html: Path) -> tuple[Page, CDPSession]:
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    page.set_default_timeout(TIMEOUT_MS)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(html.resolve().as_uri())
    page.wait_for_selector("html[data-ready]")
    return page, session


def clicks(page: Page, session: CDPSession) -> None:
    explorer, names = (page.locator("section.explorer").get_attribute("id"), name_table(page))
    total, info = f"#{explorer}-total", f"#{names} .dt-info"
    steps = {
        "open a part": ("click", f"#{explorer}-table tbody .opener", total),
        "back to all": ("click", f"#{explorer}-path button", total),
        "icicle": ("click", f"#{explorer} [data-figure=icicle]", ""),
        "treemap": ("click", f"#{explorer} [data-figure=treemap]", ""),
        "counter": ("choose", f"#{explorer}-counter", total),
        "sort by name": ("click", f"#{names}-table thead th:first-child", f"#{names}-table tbody"),
        "sort by kB": ("click", f"#{names}-table thead th.numeric", f"#{names}-table tbody"),
        "filter": ("scudo", f"#{names} input", info),
        "filter off": ("", f"#{names} input", info),
    }
    walls: dict[str, list[float]] = {name: [] for name in steps}
    cpus: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(CLICKS):
        for name, step in steps.items():
            before = processor_ms(session)
            walls[name].append(page.evaluate(UNTIL, list(step)))
            cpus[name].append(processor_ms(session) - before)
    for name in steps:
        print(
            f"{name:14} first {walls[name][0]:5.0f} ms wall {cpus[name][0]:5.0f} ms processor; "
            f"then (medians) {statistics.median(walls[name][1:]):5.0f} ms wall {statistics.median(cpus[name][1:]):5.0f} ms processor"
        )


def name_table(page: Page) -> str:
    """The section of the table of names."""
    found = page.evaluate(
        "[...document.querySelectorAll('h2')].find((one) => one.textContent === 'Names').parentElement.id"
    )
    return str(found)


def processor_ms(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1000 * float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


if __name__ == "__main__":
    main()
