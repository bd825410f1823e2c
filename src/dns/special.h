/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Names and addresses that are set aside: not to be asked for, not to be asked. Pure. */
#ifndef DCV_DNS_SPECIAL_H
#define DCV_DNS_SPECIAL_H

#include "dns/ask.h"

enum dcv_special_name {
	DCV_NAME_ORDINARY,
	DCV_NAME_EXAMPLE, /* example.com and its like: they exist, but nobody owns them */
	DCV_NAME_RESERVED, /* no question for it belongs on the Internet: test, local, onion, … */
};

/* Source: RFC 6761, 6762, 7686, 8375, 9476. */
enum dcv_special_name dcv_name_special(const struct dcv_name *name);

/* Why an address can be no public name server's: "private-use", "loopback", …, static; NULL: it
 * can. Source: RFC 6890 and IANA's registries of special-purpose addresses. */
const char *dcv_addr_special(const struct dcv_addr *addr);

/* The ranges of these addresses one by one, from i = 0: "10.0.0.0/8"; NULL: there are no more. */
#define DCV_RANGE_TEXT_MAX 64
const char *dcv_addr_special_range(size_t i, char text[DCV_RANGE_TEXT_MAX]);

#endif
