#!/bin/sh
# Installs Go, which reads exported profiles in tests (Debian's golang-go). Quick when it is there.
# Exits 0 always: without it, these tests are skipped.

without() {
    echo "exports: $1; left out: the tests with go tool pprof" >&2
    exit 0
}

command -v go >/dev/null 2>&1 && exit 0
[ "$(uname -s)" = Linux ] || without "Go is installed on Linux only"
[ "$(id -u)" = 0 ] || without "not root, so golang-go can't be installed"
command -v apt-get >/dev/null 2>&1 || without "no apt-get, so golang-go can't be installed"

log=$(mktemp) || without "no temporary file"
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
apt-get update >"$log" 2>&1
apt-get install -y --no-install-recommends golang-go >>"$log" 2>&1
command -v go >/dev/null 2>&1 || without "apt-get could not install golang-go ($(grep -m1 '^E:' "$log"))"
exit 0
