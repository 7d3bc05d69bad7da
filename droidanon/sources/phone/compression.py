"""Compresses a phone's output if the link is slow."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass

from droidanon.errors import DeviceError
from droidanon.escape import escape_text
from droidanon.sources.adb.server import Device
from droidanon.sources.adb.stream import ask, stream

SLOW_BYTES_S = 20e6
"""Output is compressed on links slower than this. A phone's kernel prints 20 to 45 MB of smaps per second (60 to 120 ms
for 2.6 MB, as reported for a Pixel 9 Pro XL); on a faster link (USB) the kernel is the bottleneck, and compression
would only load a core of the phone.
"""
_TRIAL_BYTES = 512 << 10
_TRIALS = 3
_TRIAL_SECONDS = 0.1
_TRIAL_IDLE_SECONDS = 2.0
_SEND = f"head -c {_TRIAL_BYTES} /dev/zero"
_MAGIC = b"\x1f\x8b\x08"
_MOST_GREETING = 64 << 10
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Trial:
    """The measured speed of a link: bytes per second, None if unknown (there is no gzip, or all bytes arrived at
    once).
    """

    bytes_s: float | None

    @property
    def slow(self) -> bool:
        return self.bytes_s is not None and self.bytes_s < SLOW_BYTES_S


def is_compressed(device: Device, wanted: str, say: Callable[[str], None]) -> bool:
    """Whether the phone should compress: as requested (`raw`, `gzip`) or, with `auto`, if it has gzip and the link is
    slow.

    Raises DeviceError if gzip is requested but the phone lacks it.
    """
    if wanted == "gzip" and not ask(device, "command -v gzip 2>/dev/null").strip():
        raise DeviceError(
            f"{escape_text(device.serial)}: this phone has no gzip (Android 8 and later do); use transfer raw",
            settings=("transfer",),
        )
    if wanted != "auto":
        return wanted == "gzip"
    slow = try_link(device, "command -v gzip").slow
    if slow:
        say(f"{device.serial}: the link is slow, so the phone compresses (transfer raw turns that off)")
    return slow


def try_link(device: Device, condition: str = "true") -> Trial:
    """Measure the link speed: the phone sends up to half a megabyte of zeros if a shell condition holds.

    A busy computer can make a link look slow but not fast, so the best of several trials counts.
    """
    best = Trial(None)
    for _ in range(_TRIALS):
        trial = _try_once(device, f"{condition} >/dev/null 2>&1 && {_SEND}")
        if trial.bytes_s is not None and trial.bytes_s > (best.bytes_s or 0):
            best = trial
        if not trial.slow:
            break
    return best


def _try_once(device: Device, command: str) -> Trial:
    size, begin, now = 0, None, 0.0
    try:
        with closing(stream(device, command, _TRIAL_IDLE_SECONDS)) as chunks:
            for chunk in chunks:
                now = time.monotonic()
                if begin is None:
                    begin = now  # ignore the command's startup time
                    continue
                size += len(chunk)
                if now - begin > _TRIAL_SECONDS:
                    break
    except (OSError, DeviceError):
        return Trial(None)
    return Trial(size / (now - begin) if begin is not None and size and now > begin else None)


def compressing(command: str) -> str:
    """A shell command that compresses another command's output, including its errors.

    `-f`: adbd's raw commands have a terminal as output, to which gzip refuses to write without it.
    """
    return f"{{ {command}\n}} 2>&1 | gzip -1cf"


def inflate(chunks: Iterable[bytes]) -> Generator[bytes, None, None]:
    """Decompress a stream into chunks of at most a megabyte. Leading bytes (a shell's greeting) are skipped.

    Raises DeviceError if the stream is damaged; a truncated stream yields what has arrived.
    """
    head = b""
    inflater = None
    for chunk in chunks:
        if inflater is None:
            head += chunk
            at = head.find(_MAGIC)
            if at < 0:
                if len(head) > _MOST_GREETING:
                    raise DeviceError(f"not compressed: {escape_text(_first_words(head))}")
                continue
            inflater, chunk = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16), head[at:]
        try:
            while chunk:
                yield inflater.decompress(chunk, _PIECE)
                chunk = inflater.unconsumed_tail
        except zlib.error as error:
            raise DeviceError(f"the compressed data from the phone is damaged: {error}") from error
    if inflater is None:
        raise DeviceError(f"the phone sent no compressed data: {escape_text(_first_words(head)) or 'no answer'}")
    yield inflater.flush()


def _first_words(head: bytes) -> str:
    return " ".join(head[:200].decode("utf-8", "replace").split())[:100]
