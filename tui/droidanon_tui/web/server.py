"""The TUI in a browser: textual-serve on loopback, behind a path that only who has the address can know."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import shlex
import socket
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from aiohttp import web
from textual_serve.server import Server

_PAGE = Path(__file__).parent / "page"
_HOST = "127.0.0.1"
_GRACE_S = 1.0
"""How long an open page may take to end when the server does."""
_POLICY = (
    "default-src 'self'; connect-src 'self' ws://127.0.0.1:*; img-src 'self' data:; style-src 'self' 'unsafe-inline'"
)
"""Nothing is loaded from elsewhere, and no other page may show this one in a frame."""


class LoopbackServer(Server):
    """Runs a command for every page that is opened. Any program, and any web page, of this computer can reach loopback:
    so each address begins with a secret (as Jupyter's token), without which nothing answers.
    """

    def __init__(self, command: Sequence[str], port: int) -> None:
        line = subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)
        super().__init__(line, host=_HOST, port=port, title="droidanon", templates_path=_PAGE)
        self._secret = secrets.token_urlsafe(16)

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"{self.public_url}/{self._secret}/"

    async def on_startup(self, app: web.Application) -> None:
        """Says nothing: whoever starts it tells the address."""

    async def make_application(self) -> web.Application:
        """The pages below the secret."""
        inner, outer = await self._make_app(), web.Application()
        inner.router.add_get("/page.js", _page_script)
        outer.add_subapp(f"/{self._secret}/", inner)
        outer.on_response_prepare.append(_protect)
        return outer


async def _page_script(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(_PAGE / "page.js")


async def _protect(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Content-Security-Policy"] = f"{_POLICY}; frame-ancestors 'none'"
    response.headers["Referrer-Policy"] = "no-referrer"


def serve(command: Sequence[str], tell: Callable[[str], None]) -> None:
    """Serves a command that runs the TUI on a free port of loopback, tells the address, and goes on until Ctrl-C."""
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)
    with socket.create_server((_HOST, 0)) as listening:
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
        await runner.cleanup()
