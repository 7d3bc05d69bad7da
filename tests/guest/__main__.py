"""`python -m tests.guest`: a phone with a real kernel to try things on; `--run CMD ARGS...` runs one command with it."""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import threading
from pathlib import Path

from tests.guest.guest import Guest
from tests.guest.kernel import missing_for_guest


def main(arguments: list[str]) -> int:
    """The exit code of the command that was run, 0 without one."""
    parser = argparse.ArgumentParser(prog="python -m tests.guest", description=__doc__)
    parser.add_argument("--kernel", type=Path, help="an image in the place of the one that is found")
    parser.add_argument("--run", nargs=argparse.REMAINDER, metavar="CMD", help="a command, run with the guest attached")
    options = parser.parse_args(arguments)
    if reason := missing_for_guest():
        parser.exit(1, f"no test guest: {reason}\n")
    with Guest(options.kernel) as guest:
        told = (
            f"test guest: root {guest.root_serial}, shell {guest.shell_serial}, adb server on port {guest.server_port}"
        )
        print(f"{told}, booted in {guest.boot_seconds:.1f} s", file=sys.stderr)
        if options.run:
            return subprocess.run(options.run, env=guest.env, check=False).returncode
        print(f"export ANDROID_ADB_SERVER_PORT={guest.server_port} ANDROID_SERIAL={guest.root_serial}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
