#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
#
# The simulated services.
#
#   tests/sim/run.sh accepts-vendor [VENDOR]    requests made by the vendors' own tools are served
#   tests/sim/run.sh serve VENDOR               runs one until it is interrupted; tells its address
#                                               and keys, and a configuration that uses it
#   tests/sim/run.sh --list                     the names of all tests
#
# A line `ok sim/NAME` or `FAIL sim/NAME` a test; the last line is `N passed, N failed`. The exit
# status is 1 if any failed or none ran. What the vendors publish on npm is installed into build/.
set -u
cd "$(dirname "$0")/../.." || exit 70
export LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$PWD/tests:$PWD/tests/conformance:$PWD/tests/sim

usage() {
	echo "usage: tests/sim/run.sh accepts-vendor [VENDOR] | serve VENDOR | --list" >&2
	exit 64
}

case "${1-} $#" in
"accepts-vendor 1" | "accepts-vendor 2") exec tests/run.sh sim "${2:+$2/}vendor" ;;
"serve 2") exec python3 tests/sim/serve.py "$2" ;;
"--list 1") exec python3 tests/sim/run.py --list ;;
*) usage ;;
esac
