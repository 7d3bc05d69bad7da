#!/bin/sh
# The inner room: the phone itself. Its root holds /system/bin and /proc of a phone; the host's
# libraries are there for the programs' sake. adbd starts as the user that its shell shall be, as
# Android's own does, so that files are refused by their real modes.
#
#   unshare --mount --pid --fork sh inside.sh ROOT PORT UID

set -e
[ $$ = 1 ] || exit 1  # never mount anything in the namespace of the host
root=$1 port=$2 uid=$3

mount --make-rprivate /
for libraries in /usr/lib /usr/lib64; do
    [ ! -d "$root$libraries" ] || mount --bind "$libraries" "$root$libraries"
    [ ! -d "$root$libraries" ] || mount -o remount,bind,ro "$root$libraries"
done
mount -t tmpfs -o mode=755 dev "$root/dev"
mkdir "$root/dev/pts"
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
for device in null zero urandom random; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
[ ! -e "$root/../proc.source" ] || mount --bind "$(cat "$root/../proc.source")" "$root/proc"

# Nothing in a phone may touch the host: only what reading, signals and changes of uid need stays.
keep=-all,+chown,+dac_override,+dac_read_search,+fowner,+kill,+setgid,+setuid,+setpcap
cd /
/usr/sbin/chroot "$root" /system/xbin/setpriv --bounding-set=$keep --inh-caps=-all \
    --reuid="$uid" --regid="$uid" --groups=3009 \
    /system/bin/toybox env -i ADBD_PORT="$port" SHELL=/system/bin/sh HOME=/ TMPDIR=/data/local/tmp \
    PATH=/system/bin:/system/xbin ANDROID_ROOT=/system ANDROID_DATA=/data \
    /usr/lib/android-sdk/platform-tools/adbd &
# This shell stays as the namespace's first process: the signal of --kill-child is asked for by
# prctl(PR_SET_PDEATHSIG), which the kernel forgets in a process that changes its uid, as adbd's does.
wait
