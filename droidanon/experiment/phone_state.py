"""The settings that an experiment changes on a phone, and a guard that always restores them.

The guard is a shell on the phone that lives as long as this session's connection: it restores everything when its input
ends (the experiment is over, droidanon was killed, the cable was pulled). A second shell takes over if the first one is
killed, as in `sources.phone.freezer` for stopped processes. The restoring commands are in a file on the phone, so that
the next session finds them if both shells ended because the phone restarted. That file's folder also has the pushed
APKs, and is deleted with it.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import replace

from droidanon.errors import DeviceError, UsageError
from droidanon.escape import escape_text
from droidanon.experiment.manifest import SavedSetting, Steps
from droidanon.experiment.shell import PhoneShell, StepError, last_line
from droidanon.sources.phone.collector import quoted

FOLDER = "/data/local/tmp/droidanon-ab"
_ANSWER_SECONDS = 30.0
"""The longest wait for a guard's response."""
_MOST_ANSWER = 4096
_END_SECONDS = 30.0
_BUSY = "busy"
_IN_USE = "another `droidanon ab` uses this phone; wait for it, or end it"
_VALUE = re.compile(r"-?\d{1,10}|null")

STAY_ON, AIRPLANE = "stay_on_while_plugged_in", "airplane_mode_on"
_ON_EVERY_PLUG = "7"
"""AC, USB and wireless (android.os.BatteryManager.BATTERY_PLUGGED_*)."""

# $1: the folder of all guards. Restores settings of guards that are gone; waits for one that is just ending.
_LEFTOVERS = r"""
boot=; { read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null
lives() {
  p= b=
  { read -r p b <$1/guard; } 2>/dev/null
  [ -n "$p" ] && [ "$b" = "$boot" ] && kill -0 $p 2>/dev/null
}
for d in $1/*; do
  [ -d $d ] || continue
  n=0
  while lives $d && [ $n -lt 50 ]; do sleep 0.2; n=$((n + 1)); done
  if lives $d; then echo busy; exit; fi
  for f in $d/restore $d/restoring; do
    [ -e $f ] || continue
    while read -r line; do eval "$line" </dev/null >/dev/null 2>&1; done <$f
    echo restored
  done
  rm -rf $d
done
rmdir $1 2>/dev/null
"""
# $1: the guard's own folder; the rest: restoring commands.
_GUARD = r"""
d=$1
shift
trap '' HUP INT TERM PIPE
mkdir -p $d && chmod 755 $d || exit 1
for line; do echo "$line"; done >$d/restore
restore() {
  mv $d/restore $d/restoring 2>/dev/null || return
  while read -r line; do eval "$line" </dev/null >/dev/null 2>&1; done <$d/restoring
  rm -rf $d
  rmdir ${d%/*} 2>/dev/null
}
(
  while kill -0 $$ 2>/dev/null; do sleep 0.5; done
  restore
) </dev/null >/dev/null 2>&1 &
boot=; { read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null
echo "$! $boot" >$d/guard
for o in ${d%/*}/*; do
  p= b=
  [ $o = $d ] || { read -r p b <$o/guard; } 2>/dev/null
  if [ -n "$p" ] && [ "$b" = "$boot" ] && kill -0 $p 2>/dev/null; then
    kill -KILL $!
    rm -rf $d
    echo busy
    exit
  fi
done
echo ready
while read -r word && [ "$word" != end ]; do :; done
restore
kill -KILL $!
echo ended
"""


def wanted_settings(steps: Steps) -> dict[str, str]:
    """The settings that an experiment changes, with their values during it."""
    return {**({STAY_ON: _ON_EVERY_PLUG} if steps.screen_on else {}), **({AIRPLANE: "1"} if steps.airplane else {})}


def check_airplane(serial: str) -> None:
    """Raise UsageError if airplane mode would cut the connection because adb reaches this phone over Wi-Fi."""
    host, colon, _ = serial.rpartition(":")
    if "_adb-tls" in serial or (colon and host not in ("127.0.0.1", "localhost")):
        raise UsageError(f"--airplane: adb reaches {escape_text(serial)} over Wi-Fi, which airplane mode may end")


def restore_leftovers(shell: PhoneShell) -> int:
    """Restore settings left by experiments whose guard ended with the phone; returns the number of such experiments.

    Raises StepError if another experiment runs on the phone.
    """
    _, answer = shell.run(quoted(["sh", "-c", _LEFTOVERS, "droidanon", FOLDER]))
    if _BUSY in answer.split():
        raise StepError(_IN_USE)
    return answer.split().count("restored")


def read_settings(shell: PhoneShell, names: Sequence[str]) -> dict[str, str]:
    """The current values. Raises StepError for a value that could not be restored unchanged."""
    found = {}
    for name in names:
        value = shell.check(f"settings get global {name}", f"reading the setting {name}")
        if not _VALUE.fullmatch(value):
            raise StepError(f"the setting {name} has an unexpected value: {last_line(value)}")
        found[name] = value
    return found


class Guard:
    """The shells that restore a phone's settings, for one session. `folder` is on the phone, for APKs."""

    def __init__(self, shell: PhoneShell, restore: Sequence[str]) -> None:
        """Start the guard; afterwards the phone may be changed.

        Raises DeviceError if it cannot be started, StepError if another experiment has a guard.
        """
        self.folder = f"{FOLDER}/{secrets.token_hex(8)}"
        self._shell = shell
        self._exchange = shell.begin(quoted(["sh", "-c", _GUARD, "droidanon", self.folder, *restore]), _ANSWER_SECONDS)
        self._output = self._exchange.chunks()
        answer = self._wait_for("ready", _BUSY)
        if answer != "ready":
            self._exchange.close()
            if answer == _BUSY:  # two sessions started at once, and neither saw the other before
                raise StepError(_IN_USE)
            raise DeviceError(f"{escape_text(shell.device.serial)}: cannot write to {FOLDER} on the phone")

    def end(self) -> bool:
        """Restore everything now, and return whether the phone confirmed it. If not, the phone does it by itself."""
        with closing(self._exchange):
            try:
                self._exchange.send(b"end\n")
                return self._wait_for("ended") == "ended"
            except (DeviceError, OSError):
                return False

    def _wait_for(self, *words: str) -> str:
        """The next word that the guard prints; empty if the guard is gone."""
        seen = b""
        self._exchange.end_within(_ANSWER_SECONDS)
        try:
            for piece in self._output:
                seen = (seen + piece)[-_MOST_ANSWER:]
                for word in words:
                    if word.encode() in seen.split():
                        return word
        except (DeviceError, OSError):
            pass
        return ""


class ChangedPhone:
    """A phone with the experiment's settings, from `open` to `close`. `keep` stores saved settings on each change."""

    def __init__(self, shell: PhoneShell, steps: Steps, keep: Callable[[tuple[SavedSetting, ...]], None]) -> None:
        self._shell = shell
        self._keep = keep
        self._saved: tuple[SavedSetting, ...] = ()
        if restore_leftovers(shell):
            shell.say(f"{shell.device.serial}: restored what an interrupted experiment left changed")
        wanted = wanted_settings(steps)
        before = read_settings(shell, list(wanted))
        changed = {name: value for name, value in wanted.items() if before[name] != value}
        self._saved = tuple(SavedSetting(name, before[name], value) for name, value in changed.items())
        keep(self._saved)
        self._guard = Guard(shell, [restoring_command(one) for one in self._saved])
        try:
            self._change(steps)
        except BaseException:
            self.close()
            raise

    @property
    def folder(self) -> str:
        """A folder on the phone that is deleted when the phone is restored."""
        return self._guard.folder

    def check(self) -> None:
        """Raise DeviceError if the connection broke, even briefly, because the phone has then restored itself."""
        if self._shell.run(f"[ -e {self.folder}/restore ]")[0]:
            raise DeviceError(f"{escape_text(self._shell.device.serial)}: the connection broke for a moment")

    def _change(self, steps: Steps) -> None:
        for one in self._saved:
            self._shell.check(_changing_command(one), f"changing the setting {one.name}")
        if steps.screen_on:
            self._shell.run("input keyevent KEYCODE_WAKEUP; wm dismiss-keyguard")

    def close(self) -> None:
        """Restore the phone and verify it. Settings that cannot be verified stay `restored: false` in the manifest."""
        confirmed = self._guard.end()
        if not self._saved:
            return
        checker = PhoneShell(self._shell.device, self._shell.say)  # the other shell may be cancelled
        now: dict[str, str] = {}
        if confirmed:
            with suppress(DeviceError, StepError):
                now = read_settings(checker, [one.name for one in self._saved])
        self._saved = tuple(replace(one, restored=now.get(one.name) == one.before) for one in self._saved)
        self._keep(self._saved)
        for one in self._saved:
            if now and not one.restored:
                self._shell.say(f"{one.name} is {now[one.name]} and was {one.before}: {restoring_command(one)}")
        if not now:
            self._shell.say("the connection broke: the phone restores its settings by itself, or at the next start")


def restoring_command(setting: SavedSetting) -> str:
    """The command on the phone that restores a setting."""
    if setting.name == AIRPLANE:
        return f"cmd connectivity airplane-mode {'enable' if setting.before == '1' else 'disable'}"
    if setting.before == "null":
        return f"settings delete global {setting.name}"
    return f"settings put global {setting.name} {setting.before}"


def _changing_command(setting: SavedSetting) -> str:
    if setting.name == AIRPLANE:
        return "cmd connectivity airplane-mode enable"
    return f"settings put global {setting.name} {setting.during}"


def wait_until_booted(shell: PhoneShell, seconds: float = _END_SECONDS) -> None:
    """Wait for a phone that responds but is still booting. Raises StepError after `seconds`."""
    end = time.monotonic() + seconds
    while shell.run("getprop sys.boot_completed")[1] not in ("1", ""):
        if time.monotonic() > end:
            raise StepError("the phone did not finish starting")
        time.sleep(1)
