#!/bin/sh
# After a change: is the cluster well, does it run what was asked for, and has it what it had before?
# Needs a POSIX shell with its usual programs, kubectl, and the chart's own pods: nothing else. --help says more.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck disable=SC2034 # read by lib/check.sh
when=post
# shellcheck source=lib/check.sh
. "$here/lib/check.sh"
run_check "$@"
