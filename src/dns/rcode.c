/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the mnemonics of response codes (IANA, "DNS RCODEs"). It does not know what
 * an answer with one of them means. */
#include "dns/wire.h"

#define RCODES_10(tens)                                                                 \
	"RCODE" tens "0", "RCODE" tens "1", "RCODE" tens "2", "RCODE" tens "3",         \
		"RCODE" tens "4", "RCODE" tens "5", "RCODE" tens "6", "RCODE" tens "7", \
		"RCODE" tens "8", "RCODE" tens "9"

static const char *const rcode_numbers[] = {RCODES_10(""), RCODES_10("1"), RCODES_10("2"),
	RCODES_10("3"), RCODES_10("4"), RCODES_10("5"), RCODES_10("6"), RCODES_10("7"),
	RCODES_10("8"), RCODES_10("9"), RCODES_10("10"), RCODES_10("11"), RCODES_10("12"),
	RCODES_10("13"), RCODES_10("14"), RCODES_10("15"), RCODES_10("16"),
	RCODES_10("17"), RCODES_10("18"), RCODES_10("19"), RCODES_10("20"),
	RCODES_10("21"), RCODES_10("22"), RCODES_10("23"), RCODES_10("24"),
	RCODES_10("25")};

const char *dcv_rcode_text(uint8_t rcode)
{
	static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
		"NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH",
		"NOTZONE", "DSOTYPENI"};

	if (rcode < sizeof names / sizeof names[0]) {
		return names[rcode];
	}
	/* RFC 6891 9, RFC 7873 8. */
	if (rcode == 16) {
		return "BADVERS";
	}
	return rcode == 23 ? "BADCOOKIE" : rcode_numbers[rcode];
}
