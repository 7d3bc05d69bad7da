"""`python -m tests.phone`: start the test phone and let it live; with `--run COMMAND ...`, until the command ends."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

from tests.phone.phone import Phone, missing_for_adbd


def main() -> int:
    """The exit code of the command, or 0 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.phone", description=__doc__)
    parser.add_argument("--access", choices=("root", "shell"), default="root")
    parser.add_argument("--processes", type=int, default=40)
    parser.add_argument("--run", nargs=argparse.REMAINDER, metavar="COMMAND")
    options = parser.parse_args()
    if why := missing_for_adbd():
        from tests.phone.fake_server import FakeServer

        print(f"no real adbd here ({why}): a stand-in for the adb server answers", file=sys.stderr)
        with FakeServer.with_model(processes=options.processes) as server:
            return _live(options.run, server.env, lambda: None)
    with Phone(access=options.access, processes=options.processes) as phone:
        return _live(options.run, phone.env, phone.evolve)


def _live(command: list[str] | None, env: dict[str, str], evolve: object) -> int:
    assert callable(evolve)
    if command:
        return subprocess.call(command, env=env)
    port = env["ANDROID_ADB_SERVER_PORT"]
    print(f"the phone is there: ANDROID_ADB_SERVER_PORT={port} droidanon devices    (Ctrl-C ends it)", file=sys.stderr)
    try:
        while True:
            time.sleep(1)
            evolve()
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    os.environ.pop("ANDROID_SERIAL", None)
    sys.exit(main())
