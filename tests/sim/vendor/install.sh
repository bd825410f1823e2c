#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
#
# install.sh NAME: installs what NAME/package-lock.json pins into build/vendor/NAME, unless it is
# there, and prints the directory of the modules. No script of a package is run.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
to=$here/../../../build/vendor/$1
mkdir -p "$to"
to=$(cd "$to" && pwd)
{
	flock 9
	if ! cmp -s "$here/$1/package-lock.json" "$to/installed"; then
		cp "$here/$1/package.json" "$here/$1/package-lock.json" "$to/"
		(cd "$to" && npm ci --silent --ignore-scripts --no-audit --no-fund) >&2
		cp "$here/$1/package-lock.json" "$to/installed"
	fi
} 9>"$to/lock"
echo "$to/node_modules"
