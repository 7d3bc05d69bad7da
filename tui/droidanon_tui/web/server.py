"""The TUI in a browser: textual-serve on loopback, behind a secret path."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
import shlex
import signal
import socket
import subprocess
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import textual_serve.server
from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.server import Server

from droidanon.errors import UsageError

_PAGE = Path(__file__).parent / "page"
_HOST = "127.0.0.1"
_GRACE_S = 1.0
"""How long an open page may take to end when the server does."""
_POLICY = (
    "default-src 'self'; connect-src 'self'{sockets}; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "frame-ancestors 'none'"
)
"""Nothing is loaded from elsewhere, and no other page may show this one in a frame."""
_STOP_S = 3.0
"""How long a TUI may take to end when its page is closed, or the server ends; then it is killed."""
_HOST_HEADER = re.compile(r"[\w.:\[\]-]{1,255}")


class _PageService(AppService):
    """The TUI of one page. Needed with textual-serve 1, which waits indefinitely for a TUI to end."""

    running: ClassVar[set[Process]] = set()

    async def start(self, width: int, height: int) -> None:
        await super().start(width, height)
        if self._process is not None:
            self.running.add(self._process)

    async def stop(self) -> None:
        """Ends the TUI within a time limit."""
        ending = asyncio.ensure_future(super().stop())
        await asyncio.wait({ending}, timeout=_STOP_S)
        if self._process is not None:
            _kill(self._process)
            self.running.discard(self._process)
        await ending


def _kill(process: Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        if os.name == "nt":
            process.kill()
        else:  # not by `kill`, which reaps a process that has ended; asyncio then warns that it is unknown
            os.kill(process.pid, signal.SIGKILL)


textual_serve.server.AppService = _PageService  # type: ignore[attr-defined] # the server makes them itself


class LoopbackServer(Server):
    """Runs a command for each opened page.

    Every program and web page on this computer can reach loopback, so each address begins with a secret (like Jupyter's
    token).
    """

    def __init__(self, command: Sequence[str], port: int) -> None:
        # A shell runs the line: with exec it is the TUI's process, which can be killed.
        line = subprocess.list2cmdline(command) if os.name == "nt" else f"exec {shlex.join(command)}"
        super().__init__(line, host=_HOST, port=port, title="droidanon", templates_path=_PAGE)
        self._secret = secrets.token_urlsafe(16)

    @property
    def address(self) -> str:
        """The address to open in a browser on this computer."""
        return f"{self.public_url}/{self._secret}/"

    async def on_startup(self, app: web.Application) -> None:
        """Prints nothing: `serve` reports the address."""

    async def make_application(self) -> web.Application:
        """The pages below the secret."""
        inner, outer = await self._make_app(), web.Application()
        inner.router.add_get("/page.js", _page_script)
        outer.add_subapp(f"/{self._secret}/", inner)
        outer.on_response_prepare.append(_protect)
        return outer


async def _page_script(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(_PAGE / "page.js")


async def _protect(request: web.Request, response: web.StreamResponse) -> None:
    host = request.headers.get("Host", "")
    # Not all browsers count a WebSocket of the page's own host as 'self'.
    sockets = f" ws://{host} wss://{host}" if _HOST_HEADER.fullmatch(host) else ""
    response.headers["Content-Security-Policy"] = _POLICY.format(sockets=sockets)
    response.headers["Referrer-Policy"] = "no-referrer"


def serve(command: Sequence[str], tell: Callable[[str], None], port: int = 0) -> None:
    """Serves a command that runs the TUI until Ctrl-C.

    Args:
        tell: Called with the address once the server responds.
        port: The port on loopback; 0 for a free one.

    Raises:
        UsageError: The port is in use, or may not be used.
    """
    for logger in ("aiohttp", "textual-serve"):  # which log whatever a page sends that it should not, with a traceback
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    try:
        listening = socket.create_server((_HOST, port))
    except OSError as error:
        raise UsageError(f"can't listen on port {port}: {error.strerror or error}") from error
    with listening:
        server = LoopbackServer(command, listening.getsockname()[1])
        asyncio.run(_run(server, listening, tell))


async def _run(server: LoopbackServer, listening: socket.socket, tell: Callable[[str], None]) -> None:
    runner = web.AppRunner(await server.make_application(), access_log=None, shutdown_timeout=_GRACE_S)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        tell(server.address)
        await asyncio.Event().wait()
    finally:
        serving = runner.server
        cleaning = asyncio.ensure_future(runner.cleanup())
        await asyncio.wait({cleaning}, timeout=2 * _GRACE_S)
        for connection in serving.connections if serving is not None else ():  # of pages that read nothing any more
            if connection.transport is not None:
                connection.transport.abort()
        await cleaning
        left = list(_PageService.running)
        for process in left:
            _kill(process)
        await asyncio.gather(*(process.wait() for process in left))
