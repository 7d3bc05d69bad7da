"""The script that runs on the phone: one shell session executes a list of words, and prints frames.

Plain mksh and toybox (Android 7 and later): /proc itself, no ps, no file left on the phone. Every frame begins with a
line that contains a nonce of this session, because a cmdline can contain any text, even our markers.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from droidanon.sources.phone import freezer

REPORTER_SECONDS = 30
"""The longest time for the answer of an app's own provider, whose `content read` has no limit of its own."""

# $1: marker; then words, each an action (see the loop at the end). `pid:PID:PACKAGE:AUTHORITY:USER`: the package for
#   run-as, the authority of its provider (alone: it is called without trying to open smaps); each may be empty.
# - Starting a program costs milliseconds on a phone, and neither cat nor printf is built into Android's mksh. So cat
#   reads only smaps; everything else is read by $(<file), which mksh does without a fork, and printed by print. Other
#   shells (in tests) have a built-in printf, but no `read -d`.
# - Field 9 of stat identifies a kernel thread (PF_KTHREAD).
# - c is the cmdline up to its first NUL; that of a shell is sent whole, since the script's own shell is recognised by
#   its marker (not by $$, which differs if /proc belongs to another PID namespace, or consists of files).
# - Opening smaps shows whether it may be read (the kernel checks ptrace_may_access then), and needs no program. If it
#   may not, the package's run-as is tried, then its own provider (reporter.py). Messages of cat are not in the frame; a
#   read that failed is tried again for its message only.
# - `content` reports errors only on its stderr, and exits with 0; `timeout` is in toybox since Android 6. Its exit code
#   alone shows nothing: that of toybox 0.8.8 and 0.8.9 is any number if the command ended early (landley/toybox #389).
# - cgroup: only the process's own cgroup counts. That of an app, or of all apps, has the memory of others too.
# - Answers of system_server come last: they take a second, and may hang. dumpsys has -t since Android 7 (SDK 24).
SCRIPT = r"""
M=$1 N='
' V= T= within= most=@REPORTER
shift
if [ -n "$KSH_VERSION" ]; then
  w() { print -rn -- "$1" || exit 1; }
  all() { s=$(<$1); }
  name() { IFS= read -r -d '' c <$1; }
  named() { case $c in *sh|*su|*run-as) cat $1;; *) w "$c" ;; esac; }
else
  w() { printf '%s' "$1" || exit 1; }
  all() { s=$(cat $1); }
  name() { IFS= read -r c <$1; }
  named() { cat $1; }
fi
f() { w "$N$M $*$N"; }
file() { f $1; s=; all $2 2>/dev/null; w "$s$N"; }
now() { s=; all /proc/uptime 2>/dev/null; t=${s%% *}; }
facts() {
  u=$(id -u 2>/dev/null)
  f uid; w "$u$N"
  f props; getprop 2>/dev/null
  f uname; uname -r 2>/dev/null
}
system() {
  f clock; date +%s 2>/dev/null
  file vmstat /proc/vmstat
  file meminfo /proc/meminfo
  file pressure /proc/pressure/memory
  for z in /sys/block/zram*/mm_stat; do file zram $z; done
  f dmabuf
  for z in /sys/kernel/dmabuf/buffers/*/size; do s=; all $z 2>/dev/null; [ -z "$s" ] || w "$s$N"; done
  file uptime /proc/uptime
}
limits() {
  for z in vendor system; do file "limiter-config $z" /$z/etc/memory-limiter-config.xml; done
  file map-count /proc/sys/vm/max_map_count
}
cgroup() {
  s=; all /proc/$1/cgroup 2>/dev/null
  case $s in
  *:memory:/*) s=/dev/memcg${s##*:memory:} ;;
  *0::/*) s=/sys/fs/cgroup${s##*0::} ;;
  esac
  m=${s%%"$N"*}
  [ "${m##*/}" = "pid_$1" ] || return
  for z in memory.stat memory.swap.current memory.high memory.swap.max; do
    [ ! -r $m/$z ] || file "cgroup $z" $m/$z
  done
}
identity() {
  d=/proc/$1
  s=; all $d/stat 2>/dev/null
  if [ -z "$s" ]; then [ -n "$2" ] || { f pid $1; f end; }; return 1; fi
  if [ -n "$2" ]; then
    b=$s
    set -- "$1" ${s##*) }
    case $8 in ''|*[!0-9]*) ;; *) [ $(($8 & 2097152)) = 0 ] || return 1 ;; esac
    s=$b
  fi
  f pid $1; w "$s"
  c=
  name $d/cmdline 2>/dev/null
  f cmdline; named $d/cmdline 2>/dev/null
  file status $d/status
  file oom $d/oom_score_adj
}
smaps() {
  d=/proc/$1
  now; b=$t
  f smaps
  if [ -z "$2" ] && [ -n "$3" ]; then report "$1" "$3" "$4"
  elif { { :; } <$d/smaps; } 2>/dev/null; then
    cat $d/smaps 2>/dev/null || { f error $?; cat $d/smaps 2>&1 >/dev/null; }
  elif [ -z "$2" ]; then f error 1; { { :; } <$d/smaps; } 2>&1
  elif is_debuggable "$2" "$4"; then run_as "$1" "$2" "$4"
  elif has_provider "$3"; then report "$1" "$3" "$4"
  else f error 1; w "$refusal"
  fi
  s=; all $d/stat 2>/dev/null; e=$s
  now
  f end $b $t; w "$e"
}
is_debuggable() {
  if [ "$1:$2" != "$asked" ]; then
    asked=$1:$2
    refusal=$(run-as $1 ${2:+--user $2} true 2>&1) && refusal=
  fi
  [ -z "$refusal" ]
}
run_as() {
  f by run-as
  f smaps; run-as $2 ${3:+--user $3} cat /proc/$1/smaps 2>/dev/null || {
    f error $?; run-as $2 ${3:+--user $3} cat /proc/$1/smaps 2>&1 >/dev/null; }
}
has_provider() {
  [ -n "$1" ] || return 1
  [ -n "$providers" ] || providers=$(dumpsys package providers 2>/dev/null |
    grep -o '[[][^]]*[.]droidanon[^]]*[]]'; echo .)
  case $providers in *"[$1]"*) ;; *) return 1 ;; esac
}
report() {
  f by reporter
  f smaps
  [ -n "$within" ] || { command -v timeout >/dev/null && within="timeout $most" || within=env; }
  z=$((SECONDS))
  { said=$($within content read ${3:+--user $3} --uri content://$2/$1 2>&1 >&3); r=$?; } 3>&1
  [ $r = 0 ] || [ -n "$said" ] || [ $((SECONDS - z)) -lt $most ] || said="no answer within $most s"
  [ -z "$said" ] || { f error 1; w "$said"; }
}
listed() { f count $#; for d; do identity ${d##*/} any && f end; done; }
every() { f count $#; for d; do identity ${d##*/} any && smaps ${d##*/}; done; }
activity() {
  f activity; { dumpsys activity processes; dumpsys activity lru; } 2>/dev/null |
    grep -E 'ProcessRecord[{]|packageList=|[(]top-|- (Service|Connection)Record[{]|^ *((Proc|PERS) )?# *[0-9]+: '
}
patient() {
  [ -z "$V" ] || return
  V=$(getprop ro.build.version.sdk 2>/dev/null) T="-t 30"
  case $V in ''|*[!0-9]*) V=- ;; *) [ $V -ge 24 ] || T= ;; esac
}
package() {
  f package $1
  dumpsys package $1 2>/dev/null |
    grep -E '^ +(version(Name|Code)|primaryCpuAbi|(pkgF|f)lags)=|[[](status|compilation_filter)='
}
f begin
for word; do
  a=${word#*:}
  case $word in
  facts) facts ;;
  system) system ;;
  limits) limits ;;
  limiter) f limiter; am memory-limiter status 2>/dev/null ;;
  list) listed /proc/[0-9]* ;;
  every) every /proc/[0-9]* ;;
  count:*) f count $a ;;
  pid:*:*:*:*)
    p=${a%%:*} a=${a#*:} g=${a%%:*} a=${a#*:}
    identity $p && { cgroup $p; smaps $p "$g" "${a%:*}" "${a##*:}"; }
    ;;
  stop:*) stops="$stops $a" ;;
  freeze) freeze ;;
  thaw) thaw ;;
  pid:*) identity $a && { cgroup $a; smaps $a; } ;;
  list-unless-root) [ "$u" = 0 ] || { listed /proc/[0-9]*; activity; } ;;
  activity) activity ;;
  packages) f packages; pm list packages -U 2>/dev/null ;;
  package-list) f package-list; cat /data/system/packages.list 2>/dev/null ;;
  package:*) package $a ;;
  dumpsys:*) f dumpsys $a; patient; dumpsys $T meminfo --local -a $a 2>&1 ;;
  esac
done
f done
""".replace("@REPORTER", str(REPORTER_SECONDS))

_WORD = re.compile(r"[A-Za-z0-9_.:-]+")


def script_for(words: Sequence[str]) -> str:
    """The script of a session. Raises ValueError for a word with shell metacharacters, which would be a bug."""
    for word in words:
        if not _WORD.fullmatch(word):
            raise ValueError(f"not a word for the phone: {word!r}")
    return freezer.SCRIPT + SCRIPT if "freeze" in words else SCRIPT


def longest_script() -> int:
    """The size of the longest script, in bytes."""
    return len(freezer.SCRIPT) + len(SCRIPT)


def batches(words: Sequence[str], room: int) -> Iterator[list[str]]:
    """Split words into lists that each fit into a command of that size in bytes."""
    batch: list[str] = []
    size = 0
    for word in words:
        if batch and size + len(word) + 1 > room:
            yield batch
            batch, size = [], 0
        batch.append(word)
        size += len(word) + 1
    yield batch


def quoted(arguments: Sequence[str]) -> str:
    """Quote arguments for a shell."""
    return " ".join(shlex.quote(argument) for argument in arguments)
