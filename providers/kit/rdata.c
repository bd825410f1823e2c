/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows types by name, and when two RDATA in presentation format are the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "providers/kit/kit.h"

/* The types of the IANA registry that are met in zones, and two that PowerDNS has of its own. */
static const struct {
	uint16_t type;
	const char *text;
} types[] = {{DCV_KIT_TXT, "TXT"}, {DCV_KIT_CNAME, "CNAME"}, {DCV_KIT_CAA, "CAA"},
	{DCV_KIT_A, "A"}, {DCV_KIT_AAAA, "AAAA"}, {DCV_KIT_NS, "NS"}, {DCV_KIT_SOA, "SOA"},
	{DCV_KIT_PTR, "PTR"}, {13, "HINFO"}, {DCV_KIT_MX, "MX"}, {17, "RP"},
	{18, "AFSDB"}, {24, "SIG"}, {25, "KEY"}, {29, "LOC"}, {33, "SRV"}, {35, "NAPTR"},
	{36, "KX"}, {37, "CERT"}, {DCV_KIT_DNAME, "DNAME"}, {42, "APL"}, {43, "DS"},
	{44, "SSHFP"}, {45, "IPSECKEY"}, {DCV_KIT_RRSIG, "RRSIG"}, {DCV_KIT_NSEC, "NSEC"},
	{48, "DNSKEY"}, {49, "DHCID"}, {DCV_KIT_NSEC3, "NSEC3"}, {51, "NSEC3PARAM"},
	{52, "TLSA"}, {53, "SMIMEA"}, {55, "HIP"}, {59, "CDS"}, {60, "CDNSKEY"},
	{61, "OPENPGPKEY"}, {62, "CSYNC"}, {63, "ZONEMD"}, {64, "SVCB"}, {65, "HTTPS"},
	{DCV_KIT_SPF, "SPF"}, {104, "NID"}, {105, "L32"}, {106, "L64"}, {107, "LP"},
	{108, "EUI48"}, {109, "EUI64"}, {256, "URI"}, {65401, "ALIAS"}, {65402, "LUA"}};

#define N_TYPES (sizeof types / sizeof types[0])

const char *dcv_kit_type_text(uint16_t type, char ret[DCV_KIT_TYPE_MAX])
{
	for (size_t i = 0; i < N_TYPES; i++) {
		if (types[i].type == type)
			return types[i].text;
	}
	(void)snprintf(ret, DCV_KIT_TYPE_MAX, "TYPE%u", type);
	return ret;
}

uint16_t dcv_kit_type_from(const char *text)
{
	unsigned long number;
	char *end;

	for (size_t i = 0; i < N_TYPES; i++) {
		if (strcasecmp(types[i].text, text) == 0)
			return types[i].type;
	}
	if (strncasecmp(text, "TYPE", 4) != 0 || text[4] < '0' || text[4] > '9')
		return DCV_KIT_OTHER;
	number = strtoul(text + 4, &end, 10);
	return *end == '\0' && number <= UINT16_MAX ? (uint16_t)number : DCV_KIT_OTHER;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Not escaped by an odd number of backslashes. */
static int is_plain_dot(const char *name, size_t at)
{
	size_t slashes = 0;

	while (slashes < at && name[at - slashes - 1] == '\\')
		slashes++;
	return name[at] == '.' && slashes % 2 == 0;
}

const char *dcv_kit_name(struct dcv_kit *kit, const char *name)
{
	size_t len = strlen(name);
	char *text = dcv_kit_array(kit, len + 2, 1);

	if (text == NULL)
		return NULL;
	for (size_t i = 0; i < len; i++)
		text[i] = lower(name[i]);
	if (len == 0 || !is_plain_dot(name, len - 1))
		text[len] = '.';
	return text;
}

int dcv_kit_is_below(const char *name, const char *zone)
{
	size_t n = strlen(name), z = strlen(zone);

	if (n < z || strcmp(name + n - z, zone) != 0)
		return 0;
	return n == z || is_plain_dot(name, n - z - 1);
}

/* An octet at *at, escapes undone (RFC 1035 5.1). */
static unsigned char take_octet(const char **at)
{
	const char *c = *at;

	if (c[0] != '\\' || c[1] == '\0') {
		*at = c + 1;
		return (unsigned char)c[0];
	}
	if (c[1] >= '0' && c[1] <= '9' && c[2] >= '0' && c[2] <= '9' && c[3] >= '0' &&
		c[3] <= '9') {
		*at = c + 4;
		return (unsigned char)((c[1] - '0') * 100 + (c[2] - '0') * 10 +
			(c[3] - '0'));
	}
	*at = c + 2;
	return (unsigned char)c[1];
}

static void add_octet(struct dcv_kit_text *to, unsigned char octet)
{
	char text[8] = {'\\', (char)octet};

	if (octet < 0x20 || octet > 0x7e)
		(void)snprintf(text, sizeof text, "\\%03u", octet);
	if (octet < 0x20 || octet > 0x7e || octet == '"' || octet == '\\')
		dcv_kit_text_add(to, text, strlen(text));
	else
		dcv_kit_text_add(to, text + 1, 1);
}

static int is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* How many octets stand for themselves, with quotes and without. */
static size_t plain_run(const char *at)
{
	size_t n = 0;

	while (at[n] > ' ' && at[n] < 0x7f && at[n] != '"' && at[n] != '\\')
		n++;
	return n;
}

/* A character string, quoted or not, as a quoted one. */
static void add_string(struct dcv_kit_text *to, const char **at)
{
	int quoted = **at == '"';
	size_t n;

	*at += quoted;
	dcv_kit_text_add(to, "\"", 1);
	while (**at != '\0' && (quoted ? **at != '"' : !is_blank(**at))) {
		n = plain_run(*at);
		if (n > 0)
			dcv_kit_text_add(to, *at, n);
		else
			add_octet(to, take_octet(at));
		*at += n;
	}
	*at += quoted && **at == '"';
	dcv_kit_text_add(to, "\"", 1);
}

static void add_word(struct dcv_kit_text *to, const char **at)
{
	for (; **at != '\0' && !is_blank(**at); (*at)++) {
		char c = lower(**at);

		dcv_kit_text_add(to, &c, 1);
	}
}

const char *dcv_kit_canonical(struct dcv_kit *kit, uint16_t type, const char *rdata)
{
	struct dcv_kit_text text = {.kit = kit};
	const char *at = rdata;

	for (unsigned field = 0; !kit->nomem; field++) {
		while (is_blank(*at))
			at++;
		if (*at == '\0')
			break;
		if (field > 0)
			dcv_kit_text_add(&text, " ", 1);
		if (*at == '"' || type == DCV_KIT_TXT || type == DCV_KIT_SPF ||
			(type == DCV_KIT_CAA && field == 2))
			add_string(&text, &at);
		else
			add_word(&text, &at);
	}
	return dcv_kit_text_end(&text);
}

const char *dcv_kit_plain(struct dcv_kit *kit, const char *rdata)
{
	struct dcv_kit_text text = {.kit = kit};
	const char *at = rdata;

	for (;;) {
		int quoted;

		while (is_blank(*at))
			at++;
		if (*at == '\0')
			return dcv_kit_text_end(&text);
		quoted = *at == '"';
		at += quoted;
		while (*at != '\0' && (quoted ? *at != '"' : !is_blank(*at))) {
			char octet = (char)take_octet(&at);

			if (octet < 0x20 || octet > 0x7e)
				return NULL;
			dcv_kit_text_add(&text, &octet, 1);
		}
		at += quoted && *at == '"';
	}
}

int dcv_kit_is_same(struct dcv_kit *kit, uint16_t type, const char *a, const char *b)
{
	const char *x = dcv_kit_canonical(kit, type, a);
	const char *y = dcv_kit_canonical(kit, type, b);

	return x != NULL && y != NULL && strcmp(x, y) == 0;
}
