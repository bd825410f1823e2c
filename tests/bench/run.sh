#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
#
# Measures against the peers, as ratios of one run:
#
#   tests/bench/run.sh check [ROUNDS]         many names asked at many servers
#   tests/bench/run.sh clients [ROUNDS [NAMES]]    ACME clients with our hooks and their own plugins
#   tests/bench/run.sh many [ORDERS ZONES]    one run over many zone files; default 10000 1000
#   tests/bench/run.sh start [ROUNDS]         the start of the program
#   tests/bench/run.sh update [ROUNDS]        records written over the network
#   tests/bench/run.sh zone-edit [10k|1m|10m [ROUNDS [fast]]]
#                                             one change in a zone file, default 1m; `fast`
#                                             leaves out the peers that take minutes
#
# Each bar's line ends in `holds` or `falls short`, after median, minimum and maximum; others
# are for information. Before anything is timed its result is checked. Exit status 1 if a bar
# falls short. Files lie in $TMPDIR or /var/tmp, which must be on a disk; 10m takes 3 GB there.
set -eu
cd "$(dirname "$0")/../.."
export LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1

name=${1-}
case "$name" in
check | clients | many | start | update | zone-edit) shift ;;
*)
	echo "usage: tests/bench/run.sh check [ROUNDS] | clients [ROUNDS [NAMES]] |" \
		"many [ORDERS ZONES] | start [ROUNDS] | update [ROUNDS] | zone-edit [10k|1m|10m [ROUNDS [fast]]]" >&2
	exit 64
	;;
esac
tests/setup.sh bench
[ -e build/release/build.ninja ] || cmake --preset release >/dev/null
cmake --build --preset release -j"$(nproc)" >/dev/null
cc -O2 -Wall -Wextra -o build/release/spent tests/bench/spent.c
cc -O2 -Wall -Wextra -D_GNU_SOURCE -o build/release/delay tests/bench/delay.c
cc -O2 -Wall -Wextra -D_GNU_SOURCE -o build/release/floor tests/bench/floor.c -lsqlite3
exec /usr/bin/python3 "tests/bench/$name.py" build/release/dcvctl "$@"
