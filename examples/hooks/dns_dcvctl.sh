#!/usr/bin/env sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
#
# acme.sh sources this from its folder `dnsapi`, or from its home: `acme.sh --dns dns_dcvctl`.

# Adds the value $2 at the name $1, and returns when every name server has it.
dns_dcvctl_add() {
	dcvctl hook acme.sh add "$1" "$2"
}

# Removes this value.
dns_dcvctl_rm() {
	dcvctl hook acme.sh rm "$1" "$2"
}
