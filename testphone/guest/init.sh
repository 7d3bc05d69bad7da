#!/system/bin/sh
# First process of the guest: mounts, swap on zram, KSM, the family, and two adbd: root's on 5555, the shell user's on 5556.

export PATH=/system/bin:/system/xbin
mount -t proc -o hidepid=2,gid=3009 proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir /dev/pts /dev/shm
mount -t devpts -o ptmxmode=666,mode=620 devpts /dev/pts
mount -t cgroup2 cgroup2 /sys/fs/cgroup
echo +memory >/sys/fs/cgroup/cgroup.subtree_control

echo lz4 >/sys/block/zram0/comp_algorithm
echo 256M >/sys/block/zram0/disksize
mkswap /dev/zram0 >/dev/null
swapon /dev/zram0
sysctl -q -w vm.max_map_count=200000 vm.page-cluster=0
echo 20 >/sys/kernel/mm/ksm/sleep_millisecs
echo 1000 >/sys/kernel/mm/ksm/pages_to_scan
echo 1 >/sys/kernel/mm/ksm/run
ifconfig lo 127.0.0.1 up

padding=$(printf %0100d 0)
{ family /data/local/tmp/family "$padding"; echo $? >/data/local/tmp/family/ended; } &

serve() {
    setpriv --reuid="$2" --regid="$2" --groups=3009 toybox env -i ADBD_PORT="$1" SHELL=/system/bin/sh HOME=/ \
        TMPDIR=/data/local/tmp PATH="$3" ANDROID_ROOT=/system ANDROID_DATA=/data /usr/lib/android-sdk/platform-tools/adbd &
}
serve 5555 0 /system/bin:/system/xbin
serve 5556 2000 /system/bin:/system/xbin
# The host connects when both listen (:15B3 and :15B4, state 0A): qemu would accept it earlier, and then wait for the guest.
until [ "$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -c ':15B[34] .* 0A ')" -ge 2 ]; do sleep 0.05; done
echo "guest: ready"
while :; do wait; sleep 1000; done
