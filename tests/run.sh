#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
#
# Runs the tests.
#
#   tests/run.sh                    set-up, every build, all suites
#   tests/run.sh SUITE [PATTERN]    one suite; of it the tests whose name contains PATTERN, or
#                                   one of several: 'bind|knot'
#   tests/run.sh SUITE [PATTERN] --table    ends with a table of them: server by flow
#   tests/run.sh canary|faults|integration [PATTERN] --all    the long form; --table may follow
#   tests/run.sh --list [SUITE]     the names of all tests
#
# A line `ok SUITE/NAME` or `FAIL SUITE/NAME` a test, the output of what failed above its line.
# The last line is `N passed, N failed`; the exit status is 1 if any failed or none ran. A
# suite that lacks what it needs fails; nothing is skipped.
set -u
cd "$(dirname "$0")/.." || exit 70

suites="house unit fuzz cases corpus integration sim conformance judges canary lab walks faults mutants"
export LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$PWD/tests:$PWD/tests/conformance:$PWD/tests/sim
# The zones of most tests have special-use names, which no CA can see; the lab has others.
export DCVCTL_UNTIL=effective
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:exitcode=99
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:exitcode=99

usage() {
	echo "usage: tests/run.sh [SUITE [PATTERN] [--table]] | --list [SUITE]" >&2
	echo "suites: $suites" >&2
	exit 64
}

# build PRESET: configured once, then only what changed. Silent unless it fails.
build() {
	local log status
	log=$(mktemp)
	{ [ -e "build/$1/build.ninja" ] || cmake --preset "$1"; } >"$log" 2>&1 &&
		cmake --build --preset "$1" -j"$(nproc)" >>"$log" 2>&1
	status=$?
	[ $status -eq 0 ] || tail -n 60 "$log"
	rm -f "$log"
	return $status
}

need() {
	for preset; do
		if ! build "$preset"; then
			echo "FAIL $suite/build-$preset"
			return 1
		fi
	done
}

# Each suite prints its lines. A suite that dies without a FAIL line gets one from `run`.
suite_house() { python3 tests/unit/house/run.py "$@"; }
suite_unit() { need asan && python3 tests/unit/run.py build/asan/tests "$@"; }
suite_fuzz() { need asan && python3 tests/fuzz/run.py build/asan/tests/fuzz "$@"; }
suite_cases() { need asan && python3 tests/cases/run.py build/asan/dcvctl "$@"; }
suite_corpus() { need asan && python3 tests/corpus/run.py build/asan/tests/dcvctl-clock "$@"; }
suite_integration() {
	need asan release &&
		python3 tests/integration/run.py build/asan/dcvctl build/release/dcvctl "$@"
}
suite_sim() { python3 tests/sim/run.py "$@"; }
suite_conformance() {
	need asan && python3 tests/conformance/run.py build/asan/dcvctl "$@"
}
suite_judges() {
	need asan release &&
		python3 tests/judges/run.py build/release/dcvctl build/asan/tests/judges/tsig-ldns \
			build/asan/tests/judges/sign "$@"
}
suite_canary() { need asan && python3 tests/canary/run.py build/asan/dcvctl "$@"; }
suite_lab() { need asan && tests/lab/run.sh "$@"; }
suite_walks() { need asan && python3 tests/walks/run.py build/asan/tests/dcvctl-clock "$@"; }
suite_faults() { need release && tests/faults/run.sh "$@"; }
suite_mutants() { python3 tests/mutants/run.py "$@"; }

passed=0 failed=0
run() {
	local suite=$1 log status ok bad begun=$SECONDS
	shift
	log=$(mktemp)
	"suite_$suite" "$@" 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}
	ok=$(grep -c "^ok $suite/" "$log")
	bad=$(grep -c "^FAIL $suite/" "$log")
	if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ $((ok + bad)) -eq 0 ]; }; then
		echo "FAIL $suite/runner (exit status $status, $ok passed)"
		bad=1
	fi
	passed=$((passed + ok))
	failed=$((failed + bad))
	rm -f "$log"
	echo "# $suite: $ok passed, $bad failed, $((SECONDS - begun)) s"
}

is_suite() { [[ " $suites " == *" $1 "* ]]; }

list() {
	python3 tests/unit/house/run.py --list
	python3 tests/unit/run.py --list
	python3 tests/fuzz/run.py --list
	python3 tests/cases/run.py --list
	python3 tests/corpus/run.py --list
	python3 tests/integration/run.py --list
	python3 tests/sim/run.py --list
	python3 tests/conformance/run.py --list
	python3 tests/judges/run.py --list
	python3 tests/canary/run.py --list
	tests/lab/run.sh --list
	python3 tests/walks/run.py --list
	PYTHONPATH=$PYTHONPATH:tests/cases python3 tests/faults/run.py --list
	python3 tests/mutants/run.py --list
}

case "${1-}" in
--list)
	[ $# -le 2 ] && { [ $# -eq 1 ] || is_suite "$2"; } || usage
	list | grep "^${2-}"
	exit
	;;
"")
	tests/setup.sh || exit 1
	for suite in $suites; do
		run "$suite"
	done
	;;
*)
	[[ $# -le 2 || "${*:3}" =~ ^(--table|--all|--all\ --table)$ ]] && is_suite "$1" || usage
	run "$@"
	;;
esac

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
