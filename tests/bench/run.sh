#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
#
# Measures against the peers, as ratios of one run:
#
#   tests/bench/run.sh many [ORDERS ZONES]    one run over many zone files; default 10000 1000
#
# Each line ends in `holds` or `falls short`. Before anything is timed its result is checked.
set -eu
cd "$(dirname "$0")/../.."
export LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1

name=${1-}
case "$name" in
many) shift ;;
*)
	echo "usage: tests/bench/run.sh many [ORDERS ZONES]" >&2
	exit 64
	;;
esac
[ -e build/release/build.ninja ] || cmake --preset release >/dev/null
cmake --build --preset release -j"$(nproc)" >/dev/null
exec python3 "tests/bench/$name.py" build/release/dcvctl "$@"
