#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
#
# Kills, faults, power cuts and bad conditions, as README.md here describes.
#
#   tests/faults/run.sh [PATTERN]            a spread sample, as the suite `faults` of tests/run.sh
#   tests/faults/run.sh --all [zone|PATTERN] every point, with counts (long)
#   tests/faults/run.sh [--all] requests     kill -9 at the requests of an order at three backends
#   tests/faults/run.sh --list               writes the points of each flow to POINTS, counts them
set -u
cd "$(dirname "$0")/../.." || exit 70

export LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$PWD/tests:$PWD/tests/cases:$PWD/tests/conformance:$PWD/tests/sim
[ -e build/release/build.ninja ] || cmake --preset release >/dev/null || exit 1
cmake --build --preset release -j"$(nproc)" >/dev/null || exit 1
# What is mounted is seen by nobody else, and goes with the process.
faults() {
	unshare --mount --propagation private \
		python3 tests/faults/run.py build/release/dcvctl "$@"
}

case "${1-}" in
--list)
	faults --points >tests/faults/POINTS || exit 1
	awk '{ for (i = NF; $i ~ /^[0-9]+(-[0-9]+)?$/; i--) {
			split($i, run, "-")
			n[$1] += (run[2] ? run[2] : run[1]) - run[1] + 1
		} }
		END { for (flow in n) { print n[flow], flow | "sort -k2"; all += n[flow] }
			close("sort -k2"); print all, "points" }' tests/faults/POINTS
	;;
--all)
	shift
	[ "${1-}" != zone ] || shift
	faults --all "$@"
	;;
*) faults "$@" ;;
esac
