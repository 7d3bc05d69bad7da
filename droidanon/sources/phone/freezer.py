"""Stops processes while they are read: the part of the phone's script that stops them, and always continues them.

A process is stopped with SIGSTOP by the session's user, else through the app's run-as, else through its cgroup (Android
11 and later, libprocessgroup: /uid_N/pid_N). Only a process that can be continued is stopped: SIGCONT is tried first,
because a policy may allow one signal but not the other (selinux_task_kill: sigstop and signal). A process that was
already stopped or frozen stays so.

Before anything is stopped, a watchdog starts: a separate shell that ignores the signals that end the session, and
continues the processes if the session's shell is gone (the cable was pulled, the host died) or has not continued them
in time (the link hangs). It is not stored as a file on the phone. If its `sleep` fails, it continues them too early,
which is detected and reported.

init kills adbd with everything in its cgroup (AOSP libprocessgroup, killProcessGroup). So with root the watchdog leaves
that cgroup: v2 on Android 11 and later, /acct or /dev/memcg before. Without root it is killed together with adbd, and
captures report processes that are still stopped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from droidanon.model import Preparation, Problem, ProcessIdentity
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.reading import where_of
from droidanon.sources.selection import Selection
from droidanon.uids import APP_IDS, ISOLATED_IDS, SDK_SANDBOX_IDS, app_id

SECONDS = 10.0
"""The longest time that a process stays stopped: Android reports an app as hanging after 5 s of unanswered input."""
_POLL_SECONDS = 0.2
MOST = 64
"""The most processes at once, which one session reads; no app has more."""
_FROZEN_IDS = (APP_IDS, SDK_SANDBOX_IDS, ISOLATED_IDS)
_WAYS = {"kill": "SIGSTOP", "run-as": "SIGSTOP as the app", "cgroup": "the cgroup freezer"}
_NEVER = ("adbd", "init", "su", "magiskd", "ksud")
"""Processes that the session depends on, or that would not stop."""

_STOPPED = re.compile(rb"^State:\s+T\b", re.MULTILINE)
"""As fs/proc/array.c prints a process that a signal stopped; one that a tracer stopped has a small t."""

# Uses M, N, w, f, all, now of the collector's script. An entry of `plan` is WAY:PID:PACKAGE:USER:CGROUP.
SCRIPT = r"""
stops= plan= watchdog= halted=
send() {
  case $2 in
  run-as) run-as $4 ${5:+--user $5} kill -$1 $3 ;;
  *) kill -$1 $3 ;;
  esac
}
state() {
  s=; all /proc/$1/stat 2>/dev/null
  s=${s##*) }; s=${s%% *}
}
group() {
  g= s=
  all /proc/$1/cgroup 2>/dev/null
  s=${s##*0::}; s=${s%%"$N"*}
  case $s in */pid_$1) g=/sys/fs/cgroup$s ;; esac
}
is_frozen() { s=; all $1/cgroup.events 2>/dev/null; case $s in *"frozen 1"*) ;; *) return 1 ;; esac; }
still() {
  if [ "$1" = cgroup ]; then is_frozen $3; return; fi
  state $2; [ "$s" = T ]
}
consider() {
  state $1
  case $s in
  T|t) halted="$halted $1"; f spared $1; w "it was stopped already"; return ;;
  '') f spared $1; w "it has ended"; return ;;
  esac
  group $1
  if [ -n "$g" ] && is_frozen $g; then f spared $1; w "it was frozen already, by the system"; return; fi
  if said=$(send CONT kill $1 2>&1); then way=kill
  elif [ -n "$2" ] && said=$(send CONT run-as $1 $2 $3 2>&1); then way=run-as
  elif [ -n "$g" ] && [ -w $g/cgroup.freeze ]; then way=cgroup
  else f unstopped $1; w "$said"; return
  fi
  plan="$plan $way:$1:$2:$3:$g"
}
undo() {
  for x in $plan; do
    y=${x%%:*} x=${x#*:}; p=${x%%:*} x=${x#*:}; k=${x%%:*} x=${x#*:}; v=${x%%:*} g=${x#*:}
    case $y in
    cgroup) echo 0 >$g/cgroup.freeze ;;
    *) send CONT $y $p $k $v ;;
    esac
  done
}
freeze() {
  for x in $stops; do p=${x%%:*} x=${x#*:}; consider $p "${x%%:*}" "${x#*:}"; done
  [ -n "$plan" ] || return
  (
    trap '' HUP INT TERM PIPE
    for g in /sys/fs/cgroup /acct /dev/memcg; do [ ! -w $g/cgroup.procs ] || echo 0 >$g/cgroup.procs; done
    n=0
    while [ $n -lt @TURNS ] && kill -0 $$; do sleep @POLL; n=$((n + 1)); done
    undo
  ) </dev/null >/dev/null 2>&1 &
  watchdog=$!
  now; f frozen; w "$t"
  for entry in $plan; do
    x=$entry y=${x%%:*} x=${x#*:}; p=${x%%:*} x=${x#*:}; k=${x%%:*} x=${x#*:}; v=${x%%:*} g=${x#*:}
    if [ $y = cgroup ]; then said=$( { echo 1 >$g/cgroup.freeze; } 2>&1)
    else said=$(send STOP $y $p $k $v 2>&1)
    fi
    n=0
    until still $y $p $g || [ $n = 20 ]; do sleep 0.05; n=$((n + 1)); done
    f stopped $p; w "$y $s${said:+ $said}"
  done
}
thaw() {
  for p in $halted; do state $p; case $s in T|t) ;; *) f resumed $p ;; esac; done
  [ -n "$plan" ] || return
  held=
  for entry in $plan; do
    x=$entry y=${x%%:*} x=${x#*:}; p=${x%%:*} g=${x##*:}
    still $y $p $g && held="$held $p"
  done
  undo 2>/dev/null
  kill -KILL $watchdog 2>/dev/null
  now; f thawed; w "$t"
  f held; w "$held"
  for entry in $plan; do
    x=$entry y=${x%%:*} x=${x#*:}; p=${x%%:*} g=${x##*:}
    n=0
    while still $y $p $g && [ $n -lt 20 ]; do sleep 0.05; n=$((n + 1)); done
    still $y $p $g && { f stuck $p; w "$y"; }
  done
}
""".replace("@TURNS", str(round(SECONDS / _POLL_SECONDS))).replace("@POLL", str(_POLL_SECONDS))


def may_be_stopped(process: ProcessIdentity, selection: Selection) -> bool:
    """Whether a process may be stopped: one of an app; one of the system, or a zygote, only if named explicitly."""
    name = process.name.rpartition("/")[2]
    if name in _NEVER or process.pid in (None, 1):
        return False
    named = selection.pid == process.pid or selection.app == process.name
    app = None if process.uid is None else app_id(process.uid)
    return named or (not process.is_zygote and any(app in ids for ids in _FROZEN_IDS))


def words(processes: Sequence[ProcessIdentity], package_of: Mapping[int, str]) -> list[str]:
    """The script words that stop processes. `package_of`: the package whose run-as may signal a pid."""
    result = [
        f"stop:{process.pid}:{package_of.get(process.pid or 0, '')}:{process.user or ''}" for process in processes
    ]
    return [*result, "freeze"] if result else []


def freezing(
    chosen: Sequence[ProcessIdentity], asked: Sequence[ProcessIdentity], texts: Mapping[str, str]
) -> Preparation:
    """The result of stopping the `asked` processes (selected ones that may be stopped), from the script's frames."""
    remarks = [
        f"{where_of(one)}: not an app's process; select it explicitly to stop it" for one in chosen if one not in asked
    ]
    failures: list[str] = []
    ways: dict[str, None] = {}
    stopped: list[ProcessIdentity] = []
    for one in asked:
        way, _, message = texts.get(f"stopped {one.pid}", "").partition(" ")
        if way and message.startswith("T") if way != "cgroup" else "frozen 1" in message:
            stopped.append(one)
            ways[_WAYS.get(way, way)] = None
        elif way:
            failures.append(f"{where_of(one)}: did not stop when asked: {_line(message)}")
        elif f"resumed {one.pid}" in texts:
            failures.append(
                f"{where_of(one)}: it was stopped already, by another reader or debugger, which continued it "
                "before the reading was complete"
            )
        elif (reason := texts.get(f"spared {one.pid}")) is not None:
            remarks.append(f"{where_of(one)}: {_line(reason)}")
        else:
            failures.append(f"{where_of(one)}: {_line(texts.get(f'unstopped {one.pid}', '')) or 'not stopped'}")
    result = f"{len(stopped)} of {len(chosen)} stopped" + (f" by {', '.join(ways)}" if ways else "")
    if stopped and "thawed" not in texts:
        failures.append(f"the connection broke: the phone continues them by itself within {SECONDS:.0f} s")
    elif stopped:
        result += f" for {_seconds(texts.get('frozen', ''), texts['thawed'])}, then continued"
        held = texts.get("held", "").split()
        failures += [
            f"{where_of(one)}: continued before the reading was complete" for one in stopped if str(one.pid) not in held
        ]
    stuck = [one for one in stopped if f"stuck {one.pid}" in texts]
    failures += [f"{where_of(one)}: still stopped; continue it: kill -CONT {one.pid}" for one in stuck]
    return Preparation("freeze", not failures, "; ".join([result, *failures, *remarks]))


def still_stopped(
    processes: Sequence[ProcessFacts], statuses: Mapping[int, bytes], continuing: Callable[[ProcessFacts], str]
) -> list[Problem]:
    """A problem for each process that a signal had stopped before the capture began.

    `statuses`: the texts of /proc/PID/status. `continuing`: returns the command that continues a process.
    """
    return [
        Problem(
            where_of(one),
            "stopped by another capture, a debugger, or a capture with freeze that ended with adbd; "
            f"if none is running, continue it: {continuing(one)}",
        )
        for one in processes
        if one.pid is not None and _STOPPED.search(statuses.get(one.pid, b""))
    ]


def _seconds(begin: str, end: str) -> str:
    try:
        return f"{float(end) - float(begin):.2f} s"
    except ValueError:
        return "an unknown time"


def _line(text: str) -> str:
    return " ".join(text.split())[:200]
