"""`python -m testphone.phone`: a phone for experiments; `--run CMD ARGS...` runs one command with it attached."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from typing import get_args

from testphone.phone.phone import Phone, Reporter, Su


def main(arguments: list[str]) -> int:
    """Return the exit code of the command, or 0 without one."""
    parser = argparse.ArgumentParser(prog="python -m testphone.phone", description=__doc__)
    parser.add_argument("--access", choices=("root", "shell"), default="root")
    parser.add_argument("--su", choices=get_args(Su))
    parser.add_argument("--reporter", choices=get_args(Reporter), help="com.example.app hands its smaps over")
    parser.add_argument("--release-apps", action="store_true", help="no app may be debugged")
    parser.add_argument("--no-dumpsys", action="store_true", help="dumpsys answers nothing")
    parser.add_argument("--processes", type=int, default=40)
    parser.add_argument("--density", type=float, default=1.0, help="how many libraries and threads a process has")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--still", action="store_true", help="nothing changes on the phone")
    parser.add_argument("--stand-in", action="store_true", help="our own adb server in the place of adbd")
    parser.add_argument("--run", nargs=argparse.REMAINDER, metavar="CMD", help="a command, run with the phone attached")
    options = parser.parse_args(arguments)
    if options.run is not None and not options.run:
        parser.error("--run needs a command")
    phone = Phone(
        options.seed,
        options.access,
        options.processes,
        density=options.density,
        su=options.su,
        reporter=options.reporter,
        debuggable=not options.release_apps,
        dumpsys=not options.no_dumpsys,
        real=False if options.stand_in else None,
    )
    with phone:
        kind = "real adbd" if phone.real else "stand-in adb server"
        print(f"test phone {phone.serial} ({kind}), adb server on port {phone.server_port}", file=sys.stderr)
        child = None
        if options.run:
            try:
                child = subprocess.Popen(options.run, env=phone.env)
            except OSError as error:
                print(f"{options.run[0]}: {error.strerror}", file=sys.stderr)
                return 127
        else:
            print(f"export ANDROID_ADB_SERVER_PORT={phone.server_port} ANDROID_SERIAL={phone.serial}", flush=True)
            print(f"adb: {phone.adb}; Ctrl-C ends the phone", file=sys.stderr)
        return _wait(phone, child, still=options.still)


def _wait(phone: Phone, child: subprocess.Popen[bytes] | None, *, still: bool) -> int:
    """Keep the phone running until the command ends, or Ctrl-C."""
    while True:
        try:
            if child is None:
                time.sleep(1)
            else:
                status = child.wait(1)
                return status if status >= 0 else 128 - status
        except subprocess.TimeoutExpired:
            pass
        except KeyboardInterrupt:
            if child is None:
                return 0
            continue  # the command has received the same Ctrl-C and decides how to end
        if not still:
            phone.evolve()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
