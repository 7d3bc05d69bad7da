#!/bin/sh
# The outer room of a test phone: a network and a PID namespace with the real adb server in it.
# Its stdin is the test's end of a pipe: it is told what to do there, and when the pipe closes (the
# test ended, or was killed) it ends, and with the first process of a PID namespace all others of it.
#
#   unshare --net --pid --fork --kill-child sh launch.sh HERE ROOT ADB PORT UID
# stderr is a listening socket on the loopback of the host's network, which adb's server takes over:
# so it is reached from the host, while adbd, which asks for no authentication and listens on every
# address, is reached from this namespace only. Without an ADB (`-`) there is already a server here.

[ $$ = 1 ] || exit 1
here=$1 root=$2 adb=$3 port=$4 uid=$5
exec 3<&2 2>"$root/../launch.log"

toybox ifconfig lo 127.0.0.1 up
if [ "$adb" != - ]; then
    "$adb" -L acceptfd:3 nodaemon server </dev/null >"$root/../adb-server.log" 2>&1 &
fi
exec 3<&-

phone=
plug() {
    unshare --mount --pid --uts --ipc --fork --kill-child sh "$here/inside.sh" "$root" "$port" "$uid" </dev/null >"$root/../adbd.log" 2>&1 &
    phone=$!
}
unplug() {
    [ -n "$phone" ] && kill -9 "$phone" && wait "$phone" 2>/dev/null
    phone=
}

plug
echo started
while read -r word; do
    case $word in
    plug) [ -n "$phone" ] || plug ;;
    unplug) unplug ;;
    end) break ;;
    esac
    echo "$word"
done
