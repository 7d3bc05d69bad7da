"""Parse throughput for every form of text that a kernel prints, as a ratio to counting the newlines of the same bytes.

`python benchmarks/parse_forms.py [MB] [--libmeminfo FOLDER --libprocinfo FOLDER] [FOLDER_OR_ARCHIVE ...]` from the
checkout's folder. The forms are made from MB (30 by default) of the texts of `parse.py`. Times are processor time, the
minimum of five runs; the runs of a form and its peers take turns. The peers are a script with one regex, and with
checkouts of two AOSP libraries (`libmeminfo.py`) the platform's C++, which reads one file per process: libmeminfo for
smaps, libprocinfo for maps. The platform has no reader of tombstones.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.libmeminfo import Libmeminfo  # noqa: E402
from benchmarks.parse import count_newlines, phone_texts  # noqa: E402

RUNS = 5
MEGABYTES = 30
_HEADER = re.compile(rb"^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) (.*)$", re.MULTILINE)
_MAPS_PEER = re.compile(rb"^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) \S+ \d+ *(.*)$", re.MULTILINE)
_SMAPS_PEER = re.compile(_MAPS_PEER.pattern + rb"|^[RP]ss: +(\d+) kB\r?$", re.MULTILINE)
_TOMBSTONE_PEER = re.compile(
    rb"^ {4}([0-9a-f']+)-([0-9a-f']+) (\S{3}) +([0-9a-f]+) +[0-9a-f]+(?:  (.*))?$", re.MULTILINE
)
_SIZE = re.compile(rb"^Size: {11}[ 0-9]{8} kB$", re.MULTILINE)


def crlf(text: bytes) -> bytes:
    """Windows line endings."""
    return text.replace(b"\n", b"\r\n")


def wide_addresses(text: bytes) -> bytes:
    """16-digit addresses, with names in their column."""
    return _HEADER.sub(lambda line: _header(line, 0xFFFF << 48, 0), text)


def wide_offsets(text: bytes) -> bytes:
    """Offsets beyond 4 GB, which have 9 to 16 digits."""
    return _HEADER.sub(lambda line: _header(line, 0, 1 << 40), text)


def _header(line: re.Match[bytes], base: int, offset: int) -> bytes:
    device, inode, *name = line[5].split(None, 2)
    head = b"%08x-%08x %b %08x %b %b " % (
        int(line[1], 16) | base,
        int(line[2], 16) | base,
        line[3],
        int(line[4], 16) + offset,
        device,
        inode,
    )
    return head.ljust(73) + name[0] if name else head


def nine_digits(text: bytes) -> bytes:
    """Sizes of 100 GB and more in every entry, one column wider than the kernel's format."""
    return _SIZE.sub(b"Size:           123456789 kB", text)


def some_wide(text: bytes) -> bytes:
    """A 9-digit size in one entry of eight, a 10-digit one in another."""
    numbers = count()
    other = {0: b"Size:           123456789 kB", 4: b"Size:           1073741824 kB"}
    return _SIZE.sub(lambda line: other.get(next(numbers) % 8, line[0]), text)


def maps(text: bytes) -> bytes:
    """Only the headers."""
    return b"".join(line[0] + b"\n" for line in _HEADER.finditer(text))


def tombstone(text: bytes) -> bytes:
    """The headers as printed by debuggerd in a tombstone: a header section and the memory map."""
    lines = [
        b"    %s-%s %b  %8x  %8x%b\n"
        % (_split(start), _split(end - 1), line[3][:3], int(line[4], 16), end - start, _end_of(line[5]))
        for line in _HEADER.finditer(text)
        for start, end in ((int(line[1], 16), int(line[2], 16)),)
    ]
    return b"pid: 1, tid: 1, name: a  >>> a <<<\nmemory map (%d entries):\n%b\n" % (len(lines), b"".join(lines))


def _split(address: int) -> bytes:
    return b"%08x'%08x" % (address >> 32, address & 0xFFFFFFFF)


def _end_of(rest: bytes) -> bytes:
    """The name in the rest of a header, after two blanks."""
    name = rest.split(None, 2)[2:]
    return b"  " + name[0] if name else b""


def read_tombstones(texts: Sequence[bytes]) -> None:
    """Convert the memory maps of tombstones to maps texts, one call per text."""
    from droidanon.platform.readers.tombstone import parse_tombstones

    for text in texts:
        parse_tombstones(text)


def parse_all(texts: Sequence[bytes]) -> None:
    """Parse all texts in one call."""
    from droidanon.smaps.parse import parse_texts

    parse_texts(texts)


def parse_each(texts: Sequence[bytes]) -> None:
    """Make one call per text, like scripts that use `droidanon.parse_smaps`."""
    from droidanon import parse_smaps

    for text in texts:
        parse_smaps(text)


def one_regex(texts: Sequence[bytes], pattern: re.Pattern[bytes]) -> None:
    """Read a text like a short script: the addresses, permissions, offset, name, Rss and Pss of each VMA."""
    for text in texts:
        vmas, counters = [], []
        for match in pattern.finditer(text):
            start, end, perms, offset, name, *counter = match.groups()
            if start:
                numbers = (int(part.replace(b"'", b""), 16) for part in (start, end, offset))
                vmas.append((*numbers, perms, name))
            else:
                counters.append(int(counter[0]))


def seconds(ways: Sequence[Callable[[], float]]) -> list[float]:
    """The minimum processor time of each method; they take turns."""
    times = [[way() for way in ways] for _ in range(RUNS)]
    return [min(own) for own in zip(*times, strict=True)]


def timed(way: Callable[[Sequence[bytes]], None], texts: Sequence[bytes]) -> Callable[[], float]:
    """Wrap a method in a function that returns its processor time."""

    def run() -> float:
        begin = time.process_time()
        way(texts)
        return time.process_time() - begin

    return run


def main() -> None:
    """Print one row per form."""
    parser = argparse.ArgumentParser()
    parser.add_argument("megabytes", type=int, nargs="?", default=MEGABYTES)
    parser.add_argument("sources", nargs="*")
    parser.add_argument("--libmeminfo", type=Path)
    parser.add_argument("--libprocinfo", type=Path)
    options = parser.parse_args()
    peer = Libmeminfo(options.libmeminfo, options.libprocinfo) if options.libmeminfo else None
    where, phone = phone_texts(options.sources)
    texts: list[bytes] = []
    for text in phone:
        if sum(map(len, texts)) < options.megabytes * 1e6:
            texts.append(text)
    print(f"{where}: {sum(map(len, texts)) / 1e6:.0f} MB of {len(texts)} processes, least of {RUNS} runs\n")
    print("| form | MB | MB/s | of a newline count | of one regex | of C++ |\n|---|---:|---:|---:|---:|---:|")
    rows: list[tuple[str, Callable[[bytes], bytes], Callable[[Sequence[bytes]], None]]] = [
        ("smaps as the phone printed it", bytes, parse_all),
        ("line ends `\\r\\n`", crlf, parse_all),
        ("addresses of 16 digits", wide_addresses, parse_all),
        ("offsets of more than 8 digits", wide_offsets, parse_all),
        ("sizes of 9 digits", nine_digits, parse_all),
        ("sizes of 9 and 10 digits among usual ones", some_wide, parse_all),
        ("maps", maps, parse_all),
        ("smaps, a call per process", bytes, parse_each),
        ("maps, a call per process", maps, parse_each),
        ("tombstones to maps", tombstone, read_tombstones),
    ]
    for name, change, way in rows:
        changed = [change(text) for text in texts]
        size = sum(map(len, changed)) / 1e6
        pattern = {maps: _MAPS_PEER, tombstone: _TOMBSTONE_PEER}.get(change, _SMAPS_PEER)
        ways = [
            timed(count_newlines, changed),
            timed(way, changed),
            timed(partial(one_regex, pattern=pattern), changed),
        ]
        if peer and way is not read_tombstones:
            ways.append(partial(peer.seconds, peer.write(changed), smaps=change is not maps))
        newlines, parsed, *peers = seconds(ways)
        ratios = [f"{peer_time / parsed:.2f}" for peer_time in peers]
        cells = [name, f"{size:.1f}", f"{size / parsed:.0f}", f"{newlines / parsed:.3f}", *ratios]
        print(f"| {' | '.join(cells)} |" + "  |" * (len(peers) < 2), flush=True)


if __name__ == "__main__":
    main()
