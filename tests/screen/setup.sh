#!/bin/sh
# Installs what shows the TUI to tests: tmux, and Chromium without a window (Debian packages). Quick when they are there.
# Exits 0 always: what is missing is told, and the tests say in their report's header what they left out.

without() {
    echo "screen: $1; left out: the tests in tmux or in a browser" >&2
    exit 0
}

complete() { command -v tmux >/dev/null 2>&1 && command -v chromium-headless-shell >/dev/null 2>&1; }

complete && exit 0
[ "$(uname -s)" = Linux ] || without "tmux and Chromium are installed on Linux only"
[ "$(id -u)" = 0 ] || without "not root, so tmux and chromium-headless-shell can't be installed"
command -v apt-get >/dev/null 2>&1 || without "no apt-get, so tmux and chromium-headless-shell can't be installed"

export DEBIAN_FRONTEND=noninteractive
log=$(mktemp) || without "no temporary file"
trap 'rm -f "$log"' EXIT
apt-get update >"$log" 2>&1
# One by one: where the one can't be had, the other's tests still run.
apt-get install -y --no-install-recommends tmux >>"$log" 2>&1
apt-get install -y --no-install-recommends chromium-headless-shell >>"$log" 2>&1
complete || without "apt-get could not install tmux or chromium-headless-shell ($(grep -m1 '^E:' "$log"))"
exit 0
