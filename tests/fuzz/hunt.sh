#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
#
# Hunts: hunt.sh TARGET RUNS [PROCESSES], TARGET as in fuzz_TARGET.c. The inputs that reach
# something new go to build/fuzz/hunt/TARGET, what breaks a property to .../TARGET-crashes; then
# a process begins again with another seed. Ends when RUNS inputs were tried, with a line of sums;
# exit status 1 if something broke. RESULTS has what was tried so far.
set -u
cd "$(dirname "$0")/../.." || exit 70
[ $# -ge 2 ] || { echo "usage: $0 TARGET RUNS [PROCESSES]" >&2; exit 64; }
target=$1 runs=$2 processes=${3-1}
program=${FUZZER-build/fuzz/tests/fuzz/fuzz_$target}
dir=build/fuzz/hunt found=build/fuzz/hunt/$target broken=build/fuzz/hunt/$target-crashes
words=tests/fuzz/$target.dict dictionary=()
[ ! -e "$words" ] || dictionary=(-dict="$words")
mkdir -p "$found" "$broken"
# What is written to a disk between two inputs takes ten times as long as what is judged.
[ ! -d /dev/shm ] || export TMPDIR=${TMPDIR-/dev/shm}
export ASAN_OPTIONS=quarantine_size_mb=1:malloc_context_size=0

if [ -z "${FUZZER-}" ]; then
	cmake --preset fuzz >/dev/null && cmake --build --preset fuzz --target "fuzz_$target" ||
		exit 70
fi

# one PROCESS: its share of the runs.
one() {
	local left=$((runs / processes)) seed=$1 log done_
	while [ "$left" -gt 0 ]; do
		log=$dir/$target-$seed.log
		"$program" -seed="$seed" -runs="$left" -max_len=1024 -mutate_depth=3 -entropic=0 \
			"${dictionary[@]}" -print_final_stats=1 -artifact_prefix="$broken/" \
			"$found" "tests/fuzz/seeds/$target" >"$log" 2>&1
		done_=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
		left=$((left - ${done_:-0}))
		[ -n "$done_" ] || break
		seed=$((seed + processes))
	done
}

for process in $(seq "$processes"); do
	one "$process" &
done
wait
sum=$(cat "$dir/$target"-[0-9]*.log | sed -n 's/^stat::number_of_executed_units: *//p' |
	awk '{ n += $1 } END { print n + 0 }')
crashes=$(find "$broken" -type f | wc -l)
echo "$target: $sum inputs, $crashes that broke a property, $(find "$found" -type f | wc -l) kept"
[ "$crashes" -eq 0 ]
