"""`python -m testphone.guest`: a phone with a real kernel, for experiments.

`--run CMD ARGS...` runs one command with it; `--table` prints the amounts that its processes allocated and those of the
kernel.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path

from testphone.guest.compare import differences
from testphone.guest.guest import Guest
from testphone.guest.kernel import missing_for_guest
from testphone.guest.table import format_table


def main(arguments: list[str]) -> int:
    """Return the exit code of the command, or 0 without one."""
    parser = argparse.ArgumentParser(prog="python -m testphone.guest", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kernel", type=Path, help="an image in the place of the one that is found")
    parser.add_argument("--run", nargs=argparse.REMAINDER, metavar="CMD", help="a command, run with the guest attached")
    parser.add_argument(
        "--table", action="store_true", help="print the amounts that the processes allocated, and the kernel's numbers"
    )
    options = parser.parse_args(arguments)
    if reason := missing_for_guest():
        parser.exit(1, f"no test guest: {reason}\n")
    with Guest(options.kernel) as guest:
        summary = (
            f"test guest: root {guest.root_serial}, shell {guest.shell_serial}, adb server on port {guest.server_port}"
        )
        print(f"{summary}, booted in {guest.boot_seconds:.1f} s", file=sys.stderr)
        if options.table:
            return print_table(guest)
        if options.run:
            return subprocess.run(options.run, env=guest.env, check=False).returncode
        print(f"export ANDROID_ADB_SERVER_PORT={guest.server_port} ANDROID_SERIAL={guest.root_serial}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
    return 0


def print_table(guest: Guest) -> int:
    """Capture the guest over its adb as root; returns 1 if a kernel number differs from the ledger."""
    from droidanon.sources.resolve import load_source

    os.environ.update(guest.env)
    capture = load_source(f"adb:{guest.root_serial}")
    ledgers = {name: guest.ledger(name) for name in guest.pids()}
    print(format_table(capture, ledgers))
    return int(any(differences(capture, name, ledger) for name, ledger in ledgers.items()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
