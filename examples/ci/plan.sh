#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
#
# What would the orders of a merge request do? For the reviewer, as Markdown on standard output.
#
#   plan.sh [BASE]    the order files under orders/ that differ from the commit BASE; without BASE
#                     all of them
#
# Writes nothing and needs no secret: with zone files it reads those of the checkout, as
# dcvctl.yaml beside the orders binds them. Ends with 0 where the plan can be carried out, else
# with dcvctl's status: 6 where a guard refuses, 65 where an order is wrong.
set -u
# git quotes what it must; a file of orders has no line break in its name.
files() {
	if [ -n "${1-}" ]; then
		git -c core.quotePath=off diff --name-only --diff-filter=d "$1"...HEAD -- 'orders/*.yaml'
	else
		git -c core.quotePath=off ls-files -- 'orders/*.yaml'
	fi
}

list=$(files "${1-}") || exit 70
if [ -z "$list" ]; then
	echo "No order changed."
	exit 0
fi
IFS='
'
set -f
# The ledger of the name server is not here: as on the first day, in a file that never comes to be.
errors=$(mktemp) || exit 70
trap 'rm -f "$errors"' EXIT
# shellcheck disable=SC2086
dcvctl plan --format markdown --config dcvctl.yaml --ledger "$errors.ledger" -- $list 2>"$errors"
status=$?
if [ -s "$errors" ]; then
	printf '\n```\n'
	cat "$errors"
	printf '```\n'
fi
[ "$status" -eq 2 ] && status=0
exit "$status"
