"""An adb server that lies, stalls or never ends: one line of error within the limits, and Ctrl-C works meanwhile."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest

from droidanon.errors import DeviceError
from droidanon.sources.adb.client import Client
from droidanon.sources.adb.receiving import cancelled_if
from droidanon.sources.adb.server import Device, connected, restart_as_root, server_version
from droidanon.sources.adb.stream import Exchange
from droidanon.sources.adb.wire import Wire
from tests.messages import mentions


@pytest.fixture
def link() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The two ends of a connection: ours, and the server's."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


Ends = tuple[socket.socket, socket.socket]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"OK",
        b"\x1b[2J",
        b"OKAY",
        b"OKAY00",
        b"OKAY0004abc",
        b"OKAY-001a",
        b"OKAY+004abcd",
        b"OKAY 004abcd",
        b"OKAY1_00" + b"a" * 256,
        b"OKAY\xd9\xa1\xd9\xa1" + b"a" * 17,
        b"FAIL",
        b"FAIL0005abc",
    ],
)
def test_an_answer_that_is_cut_or_no_answer(link: Ends, answer: bytes) -> None:
    ours, theirs = link
    theirs.sendall(answer)
    theirs.shutdown(socket.SHUT_WR)
    wire = Wire(ours, 5.0)
    with pytest.raises(DeviceError) as caught:
        wire.request("host:devices-l")
        wire.block()
    assert "\x1b" not in str(caught.value)
    assert theirs.recv(100) == b"000ehost:devices-l"


def test_a_refusal_is_one_short_escaped_line(link: Ends) -> None:
    ours, theirs = link
    theirs.sendall(b"FAILffff" + b"\x1b]0;x\x07\n\xe2\x80\xae" * 8192)
    with pytest.raises(DeviceError) as caught:
        Wire(ours, 5.0).request("host:version")
    message = str(caught.value)
    assert message.isascii() and message.isprintable()
    assert 0 < len(message) < 3000


def drip(theirs: socket.socket, begin: bytes) -> None:
    """Sends a byte now and then until the connection ends."""
    with suppress(OSError):
        theirs.sendall(begin)
        while True:
            theirs.sendall(b"x")
            time.sleep(0.02)


@pytest.mark.parametrize("begin", [b"OKAYffff", b"OKAY", b""])
def test_bytes_that_drip_do_not_extend_the_time(link: Ends, begin: bytes) -> None:
    ours, theirs = link
    dripping = threading.Thread(target=drip, args=(theirs, begin), daemon=True)
    dripping.start()
    wire = Wire(ours, 0.1)
    with pytest.raises(DeviceError):
        wire.request("host:devices-l")
        wire.rest(1 << 20)
    ours.close()
    dripping.join(5)


@pytest.fixture
def server() -> Iterator[Callable[[Callable[[socket.socket], None]], Device]]:
    """Makes a phone behind a server that handles each connection by a function."""
    listeners: list[socket.socket] = []

    def make(handle: Callable[[socket.socket], None]) -> Device:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        handle(connection)

        threading.Thread(target=serve, daemon=True).start()
        return Device(Client("127.0.0.1", listener.getsockname()[1], 5.0), "S", "S")

    yield make
    for listener in listeners:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


Make = Callable[[Callable[[socket.socket], None]], Device]


def test_a_cut_list_is_no_list(server: Make) -> None:
    device = server(lambda link: link.sendall(b"OKAY0040A device\nB dev"))
    with pytest.raises(DeviceError) as caught:
        connected(device.client)
    assert mentions(str(caught.value), "adb start-server")


def test_a_version_of_many_digits_is_none(server: Make) -> None:
    device = server(lambda link: link.sendall(b"OKAY8000" + b"f" * 0x8000))
    with pytest.raises(DeviceError):
        server_version(device.client)


def test_an_endless_answer_to_root_is_cut(server: Make) -> None:
    def flood(link: socket.socket) -> None:
        link.sendall(b"OKAYOKAY")
        while True:
            link.sendall(b"x" * 65536)

    assert restart_as_root(server(flood)) == "x" * 4096


def ready(link: socket.socket) -> None:
    """Accepts a phone and a command, then sends a byte now and then."""
    link.recv(1000)
    link.sendall(b"OKAY")
    link.recv(1000)
    drip(link, b"OKAY")


def test_output_that_drips_has_a_limit_of_time(server: Make) -> None:
    exchange = Exchange(server(ready), "cat", 5.0, most_seconds=0.1)
    with closing(exchange), pytest.raises(DeviceError, match=r"0\.1"):
        list(exchange.chunks())


def test_a_new_limit_begins_with_each_request(server: Make) -> None:
    with closing(Exchange(server(ready), "cat", 5.0, most_seconds=0.0)) as exchange:
        exchange.end_within(5.0)
        assert next(exchange.chunks())[:1] == b"x"


def test_waiting_can_be_cancelled_although_bytes_come(server: Make) -> None:
    asked = threading.Event()
    threading.Timer(0.1, asked.set).start()
    with closing(Exchange(server(ready), "cat", 60.0)) as exchange:
        with pytest.raises(KeyboardInterrupt), cancelled_if(asked.is_set):
            for _ in exchange.chunks():
                pass
        next(exchange.chunks())  # outside of it, it is not cancelled
