#!/bin/sh
# Before a change: is the cluster well enough to be changed? Saves facts for the check after it.
# Needs a POSIX shell with its usual programs, kubectl, and the chart's own pods: nothing else. --help says more.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck disable=SC2034 # read by lib/check.sh
when=pre
# shellcheck source=lib/check.sh
. "$here/lib/check.sh"
run_check "$@"
