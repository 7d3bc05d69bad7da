#!/bin/sh
# Installs a Java runtime, which Spark needs in tests (Debian's openjdk-17-jre-headless). Quick when it is there.
# Exits 0 always: without it, these tests are skipped.

without() {
    echo "fleet: $1; left out: the tests with Spark" >&2
    exit 0
}

command -v java >/dev/null 2>&1 && exit 0
[ "$(uname -s)" = Linux ] || without "Java is installed on Linux only"
[ "$(id -u)" = 0 ] || without "not root, so openjdk-17-jre-headless can't be installed"
command -v apt-get >/dev/null 2>&1 || without "no apt-get, so openjdk-17-jre-headless can't be installed"

log=$(mktemp) || without "no temporary file"
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
apt-get update >"$log" 2>&1
apt-get install -y --no-install-recommends openjdk-17-jre-headless >>"$log" 2>&1
command -v java >/dev/null 2>&1 || without "apt-get could not install Java ($(grep -m1 '^E:' "$log"))"
exit 0
