/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which names and addresses are set aside. */
#include "dns/special.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

struct special_name {
	const char *labels[3]; /* the last ones, from the left */
	enum dcv_special_name is;
};

static const struct special_name special_names[] = {
	{{"test"}, DCV_NAME_RESERVED}, /* RFC 6761 6.2 */
	{{"localhost"}, DCV_NAME_RESERVED},
	{{"invalid"}, DCV_NAME_RESERVED},
	{{"local"}, DCV_NAME_RESERVED}, /* RFC 6762 */
	{{"onion"}, DCV_NAME_RESERVED}, /* RFC 7686 */
	{{"alt"}, DCV_NAME_RESERVED}, /* RFC 9476 */
	{{"internal"}, DCV_NAME_RESERVED}, /* ICANN's resolution 2024.07.29.06 */
	{{"example"}, DCV_NAME_RESERVED}, /* RFC 6761 6.5: there is no such delegation */
	{{"home", "arpa"}, DCV_NAME_RESERVED}, /* RFC 8375 */
	{{"10", "in-addr", "arpa"}, DCV_NAME_RESERVED}, /* RFC 6761 6.1 */
	{{"example", "com"}, DCV_NAME_EXAMPLE},
	{{"example", "net"}, DCV_NAME_EXAMPLE},
	{{"example", "org"}, DCV_NAME_EXAMPLE},
};

static bool ends_in(const struct dcv_name *name, const struct special_name *special)
{
	unsigned n = 0, labels = dcv_name_labels(name);

	while (n < 3 && special->labels[n] != NULL) {
		n++;
	}
	if (labels < n) {
		return false;
	}
	for (unsigned i = 0; i < n; i++) {
		if (!dcv_name_label_is(name, labels - n + i, special->labels[i])) {
			return false;
		}
	}
	return true;
}

enum dcv_special_name dcv_name_special(const struct dcv_name *name)
{
	for (size_t i = 0; i < sizeof special_names / sizeof special_names[0]; i++) {
		if (ends_in(name, &special_names[i])) {
			return special_names[i].is;
		}
	}
	return DCV_NAME_ORDINARY;
}

struct range {
	uint8_t prefix[16];
	unsigned bits;
	const char *why;
};

/* IANA: IPv4 Special-Purpose Address Registry, those not globally reachable. */
static const struct range ranges4[] = {
	{{0}, 8, "\"this network\""},
	{{10}, 8, "private-use"},
	{{100, 64}, 10, "shared address space"},
	{{127}, 8, "loopback"},
	{{169, 254}, 16, "link-local"},
	{{172, 16}, 12, "private-use"},
	{{192, 0, 0}, 24, "IETF protocol assignments"},
	{{192, 0, 2}, 24, "documentation"},
	{{192, 168}, 16, "private-use"},
	{{198, 18}, 15, "benchmarking"},
	{{198, 51, 100}, 24, "documentation"},
	{{203, 0, 113}, 24, "documentation"},
	{{224}, 4, "multicast"},
	{{240}, 4, "reserved"},
};

/* IANA: IPv6 Special-Purpose Address Registry. 2001::/23 has exceptions of no concern here. */
static const struct range ranges6[] = {
	{{0}, 127, "loopback or unspecified"},
	{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, "IPv4-mapped"},
	{{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, "IPv4/IPv6 translation"},
	{{0x01, 0x00}, 64, "discard-only"},
	{{0x20, 0x01, 0x00, 0x02}, 48, "benchmarking"},
	{{0x20, 0x01, 0x0d, 0xb8}, 32, "documentation"},
	{{0x3f, 0xff}, 20, "documentation"},
	{{0x5f, 0x00}, 16, "segment routing"},
	{{0xfc}, 7, "unique-local"},
	{{0xfe, 0x80}, 10, "link-local"},
	{{0xff}, 8, "multicast"},
};

static bool is_within(const uint8_t *address, const struct range *range)
{
	unsigned whole = range->bits / 8, rest = range->bits % 8;
	unsigned mask = 0xff00u >> rest & 0xffu;

	return memcmp(address, range->prefix, whole) == 0 &&
		(rest == 0 ||
			((unsigned)(address[whole] ^ range->prefix[whole]) & mask) == 0);
}

static const char *find_range(const uint8_t *address, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (is_within(address, &ranges[i])) {
			return ranges[i].why;
		}
	}
	return NULL;
}

const char *dcv_addr_special(const struct dcv_addr *addr)
{
	const struct sockaddr_in *in = &addr->u.in;
	const struct sockaddr_in6 *in6 = &addr->u.in6;

	if (addr->u.sa.sa_family == AF_INET) {
		return find_range((const uint8_t *)&in->sin_addr, ranges4,
			sizeof ranges4 / sizeof ranges4[0]);
	}
	return find_range(in6->sin6_addr.s6_addr, ranges6,
		sizeof ranges6 / sizeof ranges6[0]);
}

const char *dcv_addr_special_range(size_t i, char text[DCV_RANGE_TEXT_MAX])
{
	const size_t n4 = sizeof ranges4 / sizeof ranges4[0];
	const size_t n6 = sizeof ranges6 / sizeof ranges6[0];
	const struct range *range = i < n4 ? &ranges4[i]
					   : &ranges6[i < n4 + n6 ? i - n4 : 0];
	char prefix[INET6_ADDRSTRLEN];

	if (i >= n4 + n6 ||
		inet_ntop(i < n4 ? AF_INET : AF_INET6, range->prefix, prefix,
			sizeof prefix) == NULL) {
		return NULL;
	}
	(void)snprintf(text, DCV_RANGE_TEXT_MAX, "%s/%u", prefix, range->bits);
	return text;
}
