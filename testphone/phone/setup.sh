#!/bin/sh
# Installs what the test phone is made of: a real adbd, mksh and toybox (Debian packages); and what the
# test guest is: qemu and a C compiler. Quick when they are there. Exits 0 always: what is missing is told,
# and the tests say in their report's header what they left out.
#
# adbd is in bookworm-backports only (and in newer releases' main): the mirror's address is taken
# from the stanza of this machine's own sources that names bookworm itself.

sources=/etc/apt/sources.list.d
added=$sources/droidanon-backports.sources
packages="adbd mksh toybox gzip util-linux"
guest_packages="qemu-system-x86 gcc libc6-dev"

without() {
    echo "test phone: $1; left out: the tests that need a real adbd (the rest run against a stand-in server)" >&2
    exit 0
}

have() {
    for tool in "$@"; do
        PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null 2>&1 || return 1
    done
}

complete() { have adbd mksh toybox gzip unshare setpriv; }
guest_complete() { have qemu-system-x86_64 gcc && echo '#include <sys/mman.h>' | gcc -E - >/dev/null 2>&1; }

complete && guest_complete && exit 0
[ "$(uname -s)" = Linux ] || without "adbd runs on Linux only"
[ "$(id -u)" = 0 ] || without "not root, so adbd, mksh, toybox and qemu can't be installed"
command -v apt-get >/dev/null 2>&1 || without "no apt-get, so adbd, mksh, toybox and qemu can't be installed"

# A second stanza for the backports suite: the one that names bookworm itself, with its own address.
add_backports() {
    [ -e $sources/debian.sources ] || return 0
    awk -v RS= -v ORS='\n\n' '/(^|\n)Suites:([^\n]*[ \t])?bookworm([ \t\n]|$)/ {
        sub(/Suites:[^\n]*/, "Suites: bookworm-backports"); print; exit
    }' $sources/debian.sources >$added.new && [ -s $added.new ] && mv $added.new $added
    rm -f $added.new
}

export DEBIAN_FRONTEND=noninteractive
log=$(mktemp) || without "no temporary file"
trap 'rm -f "$log"' EXIT
apt-get update >"$log" 2>&1
if ! complete; then
    if ! apt-cache show adbd >/dev/null 2>&1; then
        add_backports
        apt-get update >>"$log" 2>&1
    fi
    # adbd's libraries must come from the same suite as adbd; a service of the host's own is not wanted.
    suite=
    [ -e $added ] && suite="-t bookworm-backports"
    # shellcheck disable=SC2086  # lists of words
    RUNLEVEL=1 apt-get install -y --no-install-recommends $suite $packages >>"$log" 2>&1
    complete || without "apt-get could not install adbd, mksh and toybox ($(grep -m1 '^E:' "$log"))"
fi
if ! guest_complete; then
    # shellcheck disable=SC2086
    apt-get install -y --no-install-recommends $guest_packages >>"$log" 2>&1
    guest_complete || echo "test guest: apt-get could not install qemu and gcc ($(grep -m1 '^E:' "$log")); left out: the tests on a real kernel" >&2
fi
exit 0
