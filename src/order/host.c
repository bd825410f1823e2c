/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which owner a host means. It does not know zones: where a bound zone decides
 * how a host is meant, the domain's own last labels stand for it. */
#include <string.h>

#include "order/read.h"

/* The name without its last n labels; the root if there are no more. */
static struct dcv_name head_of(const struct dcv_name *name, unsigned n)
{
	struct dcv_name tail = dcv_name_parent(name, dcv_name_labels(name) - n);
	struct dcv_name head = *name;

	head.len = (uint8_t)(name->len - tail.len + 1);
	head.wire[head.len - 1] = 0;
	return head;
}

/* False if the result is over 255 octets. */
static bool join(const struct dcv_name *head, const struct dcv_name *tail,
	struct dcv_name *ret)
{
	size_t len = (size_t)head->len - 1 + tail->len;

	if (len > DCV_NAME_MAX)
		return false;
	memcpy(ret->wire, head->wire, head->len - 1u);
	memcpy(ret->wire + head->len - 1, tail->wire, tail->len);
	ret->len = (uint8_t)len;
	return true;
}

/* How many of the host's last labels are the domain's first ones, but not all of them. */
static unsigned repeated(const struct dcv_name *host, const struct dcv_name *domain)
{
	unsigned n_host = dcv_name_labels(host), n = dcv_name_labels(domain);

	for (n = n < 1 ? 0 : n - 1; n > 0; n--) {
		struct dcv_name tail;

		if (n > n_host)
			continue;
		tail = dcv_name_parent(host, n_host - n);
		if (tail.len <= domain->len &&
			memcmp(tail.wire, domain->wire, tail.len - 1u) == 0)
			return n;
	}
	return 0;
}

static bool doubled(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, const struct dcv_name *meant, const struct dcv_name *other)
{
	char a[DCV_NAME_TEXT_MAX], b[DCV_NAME_TEXT_MAX], shown[DCV_SHOWN_MAX];
	const char *help;

	dcv_name_text(meant, a);
	dcv_name_text(other, b);
	help = dcv_arena_printf(rd->arena,
		"write the whole name with a final dot: host: %s", a);
	dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place, help,
		"host: \"%s\" repeats labels of the domain: is %s meant, or %s",
		dcv_read_shown(text, strlen(text), shown), a, b);
	dcv_diag_cause(rd->diags, "P04");
	return false;
}

/* The host ends in the domain: it is the whole owner, unless the domain stands in it twice. */
static bool read_within(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, const struct dcv_name *host, const struct dcv_name *domain,
	struct dcv_name *ret)
{
	struct dcv_name head = head_of(host, dcv_name_labels(domain));

	if (dcv_name_is_within(&head, domain))
		return doubled(rd, place, text, &head, host);
	*ret = *host;
	return true;
}

static bool read_relative(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, const struct dcv_name *host, const struct dcv_name *domain,
	struct dcv_name *ret)
{
	struct dcv_name head, meant, whole;
	unsigned n = repeated(host, domain);

	if (!join(host, domain, &whole)) {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place,
			"write the host as the CA shows it",
			"host: with its domain over 255 octets");
		return false;
	}
	if (n == 0) {
		*ret = whole;
		return true;
	}
	head = head_of(host, n);
	return join(&head, domain, &meant) && doubled(rd, place, text, &meant, &whole);
}

/* A host that ends in the domain's last two labels names a place in the zone above: nobody
 * means `_dnsauth.example.com.www.example.com`. */
static bool is_within_zone(const struct dcv_name *host, const struct dcv_name *domain)
{
	unsigned n = dcv_name_labels(domain);
	struct dcv_name base;

	if (n <= 2)
		return false;
	base = dcv_name_parent(domain, n - 2);
	return dcv_name_is_within(host, &base);
}

bool dcv_read_host(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, const struct dcv_name *domain, struct dcv_name *ret,
	bool *ret_absolute)
{
	struct dcv_clean clean = {.len = 0};
	struct dcv_name host = {.len = 0};
	bool apex = len == 0 || (len == 1 && text[0] == '@'), absolute;

	if (!apex && !dcv_read_clean(rd, place, "host", text, len, &clean))
		return false;
	absolute = clean.len > 0 && clean.text[clean.len - 1] == '.';
	if (domain == NULL && !absolute) {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, place,
			"add `domain:`, or write the whole name with a final dot",
			"host: \"%s\" is relative, and the record has no domain",
			apex ? "@" : clean.text);
		return false;
	}
	*ret_absolute = absolute;
	if (apex || clean.len == 0) {
		*ret = *domain;
		return true;
	}
	if (!dcv_read_absolute(rd, place, "host", clean.text, clean.len, &host))
		return false;
	if (absolute) {
		*ret = host;
		return true;
	}
	*ret_absolute = dcv_name_is_within(&host, domain) || is_within_zone(&host, domain);
	if (dcv_name_is_within(&host, domain))
		return read_within(rd, place, clean.text, &host, domain, ret);
	if (*ret_absolute) {
		*ret = host;
		return true;
	}
	return read_relative(rd, place, clean.text, &host, domain, ret);
}
