/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows resolv.conf(5) and asks the resolvers named there for the addresses of a
 * host. It does not know zones or name servers. */
#include "dns/resolv.h"

#include <string.h>

#include "base/file.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define RESOLV_CONF_MAX (64u * 1024u)
#define CNAMES_MAX 8u
#define PORT_DNS 53u

struct found {
	struct dcv_addr *items;
	size_t n;
};

/* The address behind "nameserver" on a line, or false. */
static bool read_line(const char *line, size_t len, struct dcv_addr *ret)
{
	static const char key[] = "nameserver";
	const size_t key_len = sizeof key - 1;
	char text[DCV_ADDR_TEXT_MAX];

	if (len <= key_len || memcmp(line, key, key_len) != 0 ||
		strchr(" \t", line[key_len]) == NULL) {
		return false;
	}
	line += key_len;

	size_t blanks = strspn(line, " \t");
	size_t n = strcspn(line + blanks, " \t\r\n");

	if (n == 0 || n >= sizeof text) {
		return false;
	}
	memcpy(text, line + blanks, n);
	text[n] = '\0';
	return dcv_addr_parse(text, ret, NULL) == DCV_OK;
}

size_t dcv_resolv_parse(const char *text, struct dcv_addr ret[DCV_RESOLVERS_MAX])
{
	size_t n = 0;

	while (*text != '\0' && n < DCV_RESOLVERS_MAX) {
		size_t len = strcspn(text, "\n");

		n += read_line(text, len, &ret[n]) ? 1 : 0;
		text += len + (text[len] == '\n');
	}
	if (n == 0 && dcv_addr_parse("127.0.0.1", &ret[0], NULL) == DCV_OK) {
		n = 1;
	}
	return n;
}

/* Adds the addresses at the end of the alias chain that begins at the host. */
static enum dcv_err collect(const struct dcv_answer *answer, const struct dcv_name *host,
	uint16_t type, struct dcv_arena *arena, struct found *found, struct dcv_error *err)
{
	struct dcv_name owner = *host;
	const struct dcv_rrset *set = dcv_answer_set(answer, &owner, type);

	for (unsigned i = 0; i < CNAMES_MAX && set == NULL; i++) {
		const struct dcv_rrset *alias = dcv_answer_set(answer, &owner,
			DCV_TYPE_CNAME);

		if (alias == NULL ||
			!dcv_name_from_wire(alias->rdata[0].wire, alias->rdata[0].len,
				&owner)) {
			return DCV_OK;
		}
		set = dcv_answer_set(answer, &owner, type);
	}
	for (size_t i = 0; set != NULL && i < set->n; i++) {
		struct dcv_addr *items = dcv_arena_grow(arena, found->items, found->n,
			sizeof *items);

		if (items == NULL) {
			return dcv_nomem(err);
		}
		found->items = items;

		enum dcv_err rc = dcv_addr_from_rdata(&set->rdata[i], PORT_DNS,
			&items[found->n], err);

		if (rc != DCV_OK) {
			return rc;
		}
		found->n++;
	}
	return DCV_OK;
}

/* Asks one resolver after the other until one says yes or no. Each gets its share of the time
 * that is left, so that a dead first one does not use up all. */
static enum dcv_err ask_each(const struct dcv_addr *resolvers, size_t n_resolvers,
	const struct dcv_name *host, uint16_t type, int64_t deadline_ms,
	const struct dcv_clock *clock, struct dcv_arena *arena, struct dcv_answer *ret,
	struct dcv_error *err)
{
	char name[DCV_NAME_TEXT_MAX];
	struct dcv_error last = {.code = DCV_OK};

	for (size_t i = 0; i < n_resolvers; i++) {
		int64_t now_ms = dcv_mono_ms(clock);
		int64_t share_ms = (deadline_ms - now_ms) / (int64_t)(n_resolvers - i);
		struct dcv_answer answer;
		struct dcv_error error = {.code = DCV_OK};
		enum dcv_err rc = dcv_ask(&resolvers[i], host, type, true,
			now_ms + share_ms, clock, arena, &answer, &error);

		if (rc == DCV_OK &&
			(answer.rcode == DCV_RCODE_NOERROR ||
				answer.rcode == DCV_RCODE_NXDOMAIN)) {
			*ret = answer;
			return DCV_OK;
		}
		if (rc == DCV_OK) {
			char addr[DCV_ADDR_TEXT_MAX];

			(void)dcv_fail(&error, DCV_E_UNVERIFIED, "%s: %s",
				dcv_addr_text(&resolvers[i], addr),
				dcv_rcode_text(answer.rcode));
		}
		last = error;
		if (rc == DCV_E_NOMEM || rc == DCV_E_INTERNAL) {
			break;
		}
	}
	return dcv_fail(err,
		last.code == DCV_E_NOMEM || last.code == DCV_E_INTERNAL ? last.code
									: DCV_E_UNVERIFIED,
		"%.300s: no resolver answered: %s", dcv_name_text(host, name), last.text);
}

enum dcv_err dcv_resolv_ask(const struct dcv_addr *resolvers, size_t n_resolvers,
	const struct dcv_name *host, int64_t deadline_ms, const struct dcv_clock *clock,
	struct dcv_arena *arena, struct dcv_addr **ret, size_t *ret_n,
	struct dcv_error *err)
{
	static const uint16_t types[] = {DCV_TYPE_A, DCV_TYPE_AAAA};
	struct found found = {.items = NULL, .n = 0};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		struct dcv_answer answer;
		enum dcv_err rc = ask_each(resolvers, n_resolvers, host, types[i],
			deadline_ms, clock, arena, &answer, err);

		if (rc == DCV_OK) {
			rc = collect(&answer, host, types[i], arena, &found, err);
		}
		if (rc != DCV_OK) {
			return rc;
		}
	}
	*ret = found.items;
	*ret_n = found.n;
	return DCV_OK;
}

enum dcv_err dcv_ask_addresses(const struct dcv_name *host, int64_t deadline_ms,
	const struct dcv_clock *clock, struct dcv_arena *arena, struct dcv_addr **ret,
	size_t *ret_n, struct dcv_error *err)
{
	struct dcv_addr resolvers[DCV_RESOLVERS_MAX];
	struct dcv_buf buf;

	dcv_buf_init(&buf, RESOLV_CONF_MAX);

	/* resolv.conf(5): without a file the resolver of this host is meant. */
	if (dcv_file_read(RESOLV_CONF, &buf, NULL) != DCV_OK) {
		dcv_buf_clear(&buf);
	}

	size_t n = dcv_resolv_parse(dcv_buf_text(&buf), resolvers);
	enum dcv_err rc = dcv_resolv_ask(resolvers, n, host, deadline_ms, clock, arena,
		ret, ret_n, err);

	dcv_buf_clear(&buf);
	return rc;
}
