#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
#
# Installs what the build and the tests need, from Debian 12's own packages; only what is
# missing. As another user than root it prints the command instead.
#
#   tests/setup.sh          for the build and all tests
#   tests/setup.sh build    for the release build and examples/quickstart.sh
#   tests/setup.sh bench    for the release build and tests/bench/run.sh, with its peers
set -eu

build="cmake ninja-build gcc libc6-dev pkg-config
	libyaml-dev libjansson-dev libsqlite3-dev libuv1-dev libssl-dev libidn2-dev
	libunbound-dev libcurl4-openssl-dev libexpat1-dev dns-root-data nsd bind9-dnsutils"
tests="clang clang-tidy clang-format libclang-rt-14-dev llvm-14 libcmocka-dev libldns-dev
	python3 python3-yaml python3-jsonschema openssl strace mandoc patch e2fsprogs mount
	iproute2 ldnsutils bind9 bind9-utils knot knot-dnsutils knot-dnssecutils pdns-server
	pdns-backend-bind pdns-backend-sqlite3 pdns-tools sqlite3 unbound util-linux pebble
	python3-cryptography python3-dnspython publicsuffix chromium fonts-inter
	python3-prometheus-client ansible-core puppet-agent git dpkg-dev file adduser systemd
	certbot lego dehydrated python3-botocore awscli lexicon python3-lexicon"

bench="python3 strace bind9-utils dnsperf ldnsutils lego python3-dnspython pebble
	python3-cryptography certbot python3-certbot-dns-rfc2136 dehydrated"

case "${1-}" in
build) wanted=$build ;;
bench) wanted="$build $bench" ;;
"") wanted="$build $tests" ;;
*)
	echo "usage: tests/setup.sh [build | bench]" >&2
	exit 64
	;;
esac

# What vendors publish on npm signs and asks in the tests. A Node.js of another origin will do.
if [ -z "${1-}" ] && ! { command -v node && command -v npm; } >/dev/null; then
	wanted="$wanted nodejs npm"
fi

missing=""
for package in $wanted; do
	state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || state=""
	[ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "tests/setup.sh: packages are missing:$missing" >&2
	echo "run: sudo apt-get install --no-install-recommends$missing" >&2
	exit 1
fi

# Debian starts a name server as soon as it is installed. These packages are here to be tried
# on loopback, so nothing is started while they are unpacked, and a name server that was not
# here before is not left to start at the next boot either, nor certbot's timer.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	trap 'exit 1' HUP INT TERM
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
fi

echo "tests/setup.sh: installing$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if ! { apt-get -q update && apt-get -q install -y --no-install-recommends $missing; } \
	>"$log" 2>&1 </dev/null; then
	cat "$log" >&2
	rm -f "$log"
	echo "tests/setup.sh: apt-get failed, see above" >&2
	exit 1
fi
rm -f "$log"

[ -d /run/systemd/system ] || exit 0
for unit in nsd:nsd.service bind9:named.service knot:knot.service pdns-server:pdns.service \
	unbound:unbound.service certbot:certbot.timer; do
	case "$missing " in
	*" ${unit%:*} "*) systemctl --quiet disable "${unit#*:}" ;;
	esac
done
