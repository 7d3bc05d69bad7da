#!/bin/sh
# The outer room of a test phone: a network and a PID namespace with the real adb server in it.
# Its stdin is the test's end of a pipe: it is told what to do there, and when the pipe closes (the
# test ended, or was killed) it ends, and with the first process of a PID namespace all others of it.
#
#   unshare --net --pid --fork --kill-child sh launch.sh WORK ADB PHONE...
# PHONE... is the command that is the phone: it runs until it is unplugged or the room ends.
# stderr is a listening socket on the loopback of the host's network, which adb's server takes over:
# so it is reached from the host, while adbd, which asks for no authentication and listens on every
# address, is reached from this namespace only. Without an ADB (`-`) there is already a server here.

[ $$ = 1 ] || exit 1
work=$1 adb=$2
shift 2
exec 3<&2 2>"$work/launch.log"

toybox ifconfig lo 127.0.0.1 up
if [ "$adb" != - ]; then
    "$adb" -L acceptfd:3 nodaemon server </dev/null >"$work/adb-server.log" 2>&1 &
fi
exec 3<&-

phone=
plug() {
    "$@" </dev/null >"$work/phone.log" 2>&1 &
    phone=$!
}
unplug() {
    [ -n "$phone" ] && kill -9 "$phone" && wait "$phone" 2>/dev/null
    phone=
}

plug "$@"
echo started
while read -r word; do
    case $word in
    plug) [ -n "$phone" ] || plug "$@" ;;
    unplug) unplug ;;
    end) break ;;
    esac
    echo "$word"
done
