"""`droidanon tui --web`: the TUI in a real browser, on loopback, behind its secret."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psutil
import pytest
from PIL import Image

from droidanon.cli.tui import _same_command
from testphone.phone.smart_socket import free_port
from tests.terminal import hear_ctrl_c
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of the sample, and its address."""
    environment = {**os.environ, "ANDROID_ADB_SERVER_PORT": "1", "XDG_STATE_HOME": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "droidanon", "tui", "--web", "--sample", "--captures", str(tmp_path / "kept")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=hear_ctrl_c,
    )
    assert process.stdout is not None
    yield process, process.stdout.readline().strip()
    if process.poll() is None:
        process.kill()
    process.communicate()


def until(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_S
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


def test_a_browser_shows_the_tui_and_its_keys_work(page: Page, serving: tuple[subprocess.Popen[str], str]) -> None:
    process, address = serving
    heard = bytearray()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.extend(as_bytes(frame))))
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(address)

    def shows(word: str) -> bool:
        page.wait_for_timeout(50)  # lets the browser's events come in
        return word.encode() in bytes(heard)

    assert until(lambda: shows("com.example.app"))
    assert until(lambda: shows("java"))
    assert until(lambda: colours(page) > 20), "nothing is drawn"
    heard.clear()
    page.keyboard.press("t")  # without a click: the terminal has the focus
    assert until(lambda: shows("area: total PSS"))
    page.keyboard.press("q")
    page.get_by_text("The session has ended").wait_for()
    assert {urlsplit(url).hostname for url in asked} == {"127.0.0.1"}
    assert errors == []
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_S) == 130


def as_bytes(frame: str | bytes) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode()


def colours(page: Page) -> int:
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return len(picture.getcolors(maxcolors=1 << 24) or [])


def test_an_open_page_ends_with_the_server(page: Page, serving: tuple[subprocess.Popen[str], str]) -> None:
    process, address = serving
    page.goto(address)
    server = psutil.Process(process.pid)
    assert until(lambda: any("tui" in child.cmdline() for child in server.children(recursive=True)))
    children = server.children(recursive=True)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_S) == 130
    _, alive = psutil.wait_procs(children, timeout=PATIENCE_S)
    assert alive == []
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()


def test_pages_that_send_nonsense_or_read_nothing_do_not_keep_the_server(
    serving: tuple[subprocess.Popen[str], str],
) -> None:
    process, address = serving
    with ThreadPoolExecutor(1) as pool:  # the browser of other tests runs a loop in this thread
        pool.submit(asyncio.run, open_bad_pages(f"ws{address.removeprefix('http')}ws")).result()
    children = psutil.Process(process.pid).children(recursive=True)
    assert children  # they may just have started, when they hear nothing
    process.send_signal(signal.SIGINT)
    assert process.wait(50) == 130  # a server that waits for its pages waits for a minute
    assert [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []
    assert process.stderr is not None
    assert process.stderr.read().splitlines()[1:] == ["interrupted"]


async def open_bad_pages(address: str) -> None:
    """Opens pages that send what the page does not, and pages that are silent."""
    import aiohttp

    async with aiohttp.ClientSession() as session:
        for message in ("[]", "{}", "not json", '["resize", {}]', '["stdin", 5]'):
            await (await session.ws_connect(address)).send_str(message)
        for _ in range(2):
            await session.ws_connect(address)


def test_it_listens_on_loopback_only_and_nothing_answers_without_the_secret(
    serving: tuple[subprocess.Popen[str], str],
) -> None:
    process, address = serving
    listening = [one for one in psutil.Process(process.pid).net_connections("inet") if one.status == "LISTEN"]
    assert [one.laddr.ip for one in listening] == ["127.0.0.1"]
    parts = urlsplit(address)
    assert len(parts.path) > 16
    with urllib.request.urlopen(address) as answer:
        assert answer.status == 200
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    for path in ("/", "/ws", "/static/js/textual.js", "/download/x", f"/{'x' * 22}/"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://{parts.netloc}{path}")


def test_the_port_is_chosen_and_addresses_are_relative(tmp_path: Path) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        done = subprocess.run(
            [sys.executable, "-m", "droidanon", "tui", "--web", "--port", str(port)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert str(port) in done.stderr
    process = subprocess.Popen(
        [sys.executable, "-m", "droidanon", "tui", "--web", "--port", str(port), "--captures", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_ctrl_c,
    )
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    # As through `ssh -L 9000:127.0.0.1:PORT`: another name and port in the browser.
    request = urllib.request.Request(address, headers={"Host": "localhost:9000"})
    with urllib.request.urlopen(request) as answer:
        page, policy = answer.read().decode(), answer.headers["Content-Security-Policy"]
    assert urlsplit(address).port == port
    assert str(port) not in page
    assert "http:" not in page and "ws:" not in page
    assert "connect-src 'self' ws://localhost:9000 wss://localhost:9000;" in policy
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_S) == 130
    process.communicate()


def test_without_the_package_one_line_says_what_to_install() -> None:
    code = "import sys; sys.modules['textual_serve'] = None; from droidanon.cli.main import run; sys.exit(run(['tui', '--web']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "'droidanon[web]'" in done.stderr


def test_the_page_runs_the_same_command() -> None:
    command = _same_command(
        "-odd name", "base", Path("kept"), [Path("a.toml"), Path("b.toml")], sample=False, live=True
    )
    assert command[1:] == [
        "-m",
        "droidanon",
        "tui",
        "--base",
        "base",
        "--captures",
        "kept",
        "--rules",
        "a.toml",
        "--rules",
        "b.toml",
        "--live",
        "--",
        "-odd name",
    ]
    assert _same_command(None, None, None, None, sample=True, live=False)[1:] == ["-m", "droidanon", "tui", "--sample"]
