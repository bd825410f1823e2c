#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
#
# A tour of dcvctl, for real: builds it, starts a name server on loopback with a zone that a
# person keeps by hand, and takes one certificate order through its whole life. Works as root
# on a bare Debian 12 (it installs what it needs) and leaves nothing running.
set -eu
cd "$(dirname "$0")/.."

tests/setup.sh build
echo "building dcvctl (about 15 seconds the first time)"
mkdir -p build
[ -e build/release/build.ninja ] || cmake --preset release >/dev/null
cmake --build --preset release >build/quickstart.log 2>&1 || { cat build/quickstart.log; exit 1; }
PATH=$PWD/build/release:$PATH

tour=$(mktemp -d -t dcvctl-tour.XXXXXX)
nsd_pid=""
leave() {
	[ -z "$nsd_pid" ] || kill "$nsd_pid" 2>/dev/null || true
	wait
	rm -rf "$tour"
}
trap leave EXIT
trap 'exit 1' HUP INT TERM
cd "$tour"

# --- how the tour shows things ---------------------------------------------------------------

say() {
	echo
	printf '# %s\n' "$@"
}

# run STATUS COMMAND...: shows a command, runs it, and insists on its exit status.
run() {
	wanted=$1
	shift
	printf '$ %s\n' "$*"
	status=0
	"$@" || status=$?
	[ "$status" -eq 0 ] || printf '[exit %s]\n' "$status"
	if [ "$status" -ne "$wanted" ]; then
		echo "quickstart: exit status $status, wanted $wanted" >&2
		exit 1
	fi
}

# moved N: shows what changed in the zone file since the last time, and insists on N lines.
moved() {
	printf '$ diff -u before.zone example.com.zone\n'
	diff -u before.zone example.com.zone || true
	count=$(diff before.zone example.com.zone | grep -c '^[<>]') || true
	if [ "$count" -ne "$1" ]; then
		echo "quickstart: $count lines differ, wanted $1" >&2
		exit 1
	fi
	cp example.com.zone before.zone
}

# served VALUE: asks the name server itself; "" stands for no record.
served() {
	run 0 dig @127.0.0.1 -p "$port" +norec +short _dnsauth.example.com TXT
	answer=$(dig @127.0.0.1 -p "$port" +norec +short _dnsauth.example.com TXT)
	if [ "$answer" != "${1:+\"$1\"}" ]; then
		echo "quickstart: the server answers '$answer', wanted '$1'" >&2
		exit 1
	fi
}

# --- the stage: a zone kept by hand, and its name server --------------------------------------

cat >example.com.zone <<'ZONE'
$ORIGIN example.com.
$TTL 86400
; Kept by hand. dcvctl changes the lines that it must, and no other octet.
@	IN	SOA	ns1 hostmaster (
			2026101403	; serial
			7200 3600 1209600 3600 )
	IN	NS	ns1
	IN	NS	ns2
	IN	TXT	"v=spf1 mx -all"	; mail, do not touch

ns1		A	127.0.0.1
ns2		A	127.0.0.1
www		A	192.0.2.80
_dnsauth 86400 IN TXT "202605020000001k9qz7tt0b2"	; certificate of May
ZONE
previous=202605020000001k9qz7tt0b2
cp example.com.zone before.zone

# Starts NSD on a port; fails if another program has it.
start_nsd() {
	port=$1
	cat >nsd.conf <<-CONF
		server:
		    ip-address: 127.0.0.1@$port
		    username: ""
		    chroot: ""
		    zonesdir: "$tour"
		    pidfile: "$tour/nsd.pid"
		    database: ""
		    zonelistfile: "$tour/zone.list"
		    xfrdfile: "$tour/xfrd.state"
		    xfrdir: "$tour"
		    logfile: "$tour/nsd.log"
		    server-count: 1
		remote-control:
		    control-enable: yes
		    control-interface: "$tour/nsd.sock"
		zone:
		    name: example.com
		    zonefile: example.com.zone
	CONF
	nsd -d -c nsd.conf >/dev/null 2>&1 &
	nsd_pid=$!
	tries=100
	while kill -0 "$nsd_pid" 2>/dev/null && [ "$tries" -gt 0 ]; do
		if dig @127.0.0.1 -p "$port" +norec +time=1 +tries=1 +short example.com SOA |
			grep -q ns1; then
			return 0
		fi
		tries=$((tries - 1))
		sleep 0.1
	done
	return 1
}
start_nsd 5354 || start_nsd 15354 || start_nsd 25354 || {
	cat nsd.log >&2
	echo "quickstart: NSD does not start" >&2
	exit 1
}

cat >dcvctl.yaml <<CONFIG
ledger: sqlite:$tour/ledger.db
zones:
  - zone: example.com
    file: $tour/example.com.zone
    reload: {nsd: $tour/nsd.conf}
    server: "127.0.0.1:$port"
check: {nameservers: ["127.0.0.1:$port"]}
CONFIG
export DCVCTL_CONFIG="$tour/dcvctl.yaml"

# --- the tour --------------------------------------------------------------------------------

say "The configuration: which file holds the zone, how its server is told and asked."
run 0 cat dcvctl.yaml

# Tokens of this service begin with the day on which they were made.
token=$(date -u +%Y%m%d)0000002aurxma1k3v
reissued=$(date -u +%Y%m%d)0000007t5w8m2c9x6

say "An order of a certificate, as its console shows it: put this record into your zone."
cat >1234567890.yaml <<ORDER
ca: digicert
service: huaweicloud-scm
records:
  - _dnsauth.example.com TXT $token
ORDER
run 0 cat 1234567890.yaml

say "What would happen? In the way stands what a person made for the certificate before;" \
	"dcvctl did not write it, so it does not delete it unless you name it."
run 6 dcvctl plan 1234567890.yaml
say "apply says the same, and writes nothing."
run 6 dcvctl apply --until effective 1234567890.yaml
moved 0

say "So name it. Old out, new in, in one change; then every name server is asked."
run 0 dcvctl apply --until effective --previous "$previous" 1234567890.yaml
moved 4
served "$token"

say "Once more: nothing to do, nothing written. Let configuration management run it."
run 0 dcvctl apply --until effective 1234567890.yaml
moved 0

say "The order is re-issued under the same number, with another value."
run 0 sed -i "s/$token/$reissued/" 1234567890.yaml
run 0 dcvctl apply --until effective 1234567890.yaml
moved 4
served "$reissued"

say "The certificate is there: close the order, and clean up. dcvctl knows from its ledger" \
	"what it wrote; the order file is no longer needed."
run 0 rm 1234567890.yaml
run 0 dcvctl close --issued 1234567890
run 0 dcvctl cleanup 1234567890
moved 3
served ""
run 0 dcvctl status 1234567890

say "That was a whole life of an order. Next: README.md, man dcvctl."
