#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
#
# The lab: a small Internet of its own, with a root, top-level domains, healthy zones and
# broken ones, and what `dcvctl check` must find in each of them.
#
#   tests/lab/run.sh [PATTERN]      the scenes whose name contains PATTERN, or one of 'A|B'
#   tests/lab/run.sh --table        a line a cause: provoked by, found, remedy; false positives
#   tests/lab/run.sh --proof [PATTERN]   only that each misbehaviour is there, by dig and unbound
#   tests/lab/run.sh --all [PATTERN]     the CAA cases and the CA too, and `explain` of each order
#   tests/lab/run.sh caa | pebble   the CAA cases; a CA that issues what is ready and no more
#   tests/lab/run.sh forge N        N forged answers (forge.py)
#   tests/lab/run.sh -- [COMMAND…]  a command inside, with everything running, or a shell
#   DCVCTL=PROGRAM                  the program under test, default build/asan/dcvctl
#
# Everything runs in namespaces of its own (network, mounts, processes): nothing outside can be
# reached, files lie in a tmpfs in there, and all of it ends with the first process.
set -u
cd "$(dirname "$0")/../.." || exit 70
export LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$PWD/tests:$PWD/tests/lab:$PWD/tests/sim:$PWD/tests/conformance
unset DCVCTL_UNTIL
export ASAN_OPTIONS=${ASAN_OPTIONS-detect_leaks=1:detect_stack_use_after_return=1:exitcode=99}
export UBSAN_OPTIONS=${UBSAN_OPTIONS-print_stacktrace=1:halt_on_error=1:exitcode=99}

case "${1-}" in
--list) exec /usr/bin/python3 tests/lab/run.py --list ;;
forge)
	shift
	exec /usr/bin/python3 tests/lab/forge.py "$@"
	;;
esac

own=(--net --mount --pid --fork --kill-child --mount-proc)
[ "$(id -u)" -eq 0 ] || own+=(--user --map-root-user)
exec unshare "${own[@]}" /usr/bin/python3 tests/lab/run.py "$@"
