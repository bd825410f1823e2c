/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how to see in a server's answers what it has loaded. It does not know how
 * it is told to. */
#include <errno.h>
#include <string.h>

#include "zones/reload.h"

#define QUESTION_MS 1000

/* One question, a second at most. */
static bool ask(const struct dcv_zserver *server, const struct dcv_name *name,
	uint16_t type, int64_t deadline_ms, struct dcv_arena *arena,
	struct dcv_answer *ret, struct dcv_error *why)
{
	struct dcv_clock clock = dcv_zclock(server->host);
	int64_t end_ms = dcv_mono_ms(&clock) + QUESTION_MS;

	return dcv_ask(&server->address, name, type, false,
		       end_ms < deadline_ms ? end_ms : deadline_ms, &clock, arena, ret,
		       why) == DCV_OK;
}

/* dcv_ask says at its end which errno kept it from an answer: for a closed port the one that
 * the kernel makes of an ICMP message. */
static bool is_closed(const struct dcv_error *why)
{
	const char *reason = strerror(ECONNREFUSED);
	size_t len = strlen(why->text), n = strlen(reason);

	return len >= n && strcmp(why->text + len - n, reason) == 0;
}

/* What an answer says if it is none of a server of the zone. SERVFAIL may come from one. */
static const char *instead(const struct dcv_answer *answer)
{
	if (answer->rcode == DCV_RCODE_SERVFAIL)
		return NULL;
	if (answer->rcode != DCV_RCODE_NOERROR)
		return dcv_rcode_text(answer->rcode);
	return answer->aa ? NULL : "without authority";
}

void dcv_zlook(const struct dcv_zserver *server, const struct dcv_name *apex,
	int64_t deadline_ms, struct dcv_zseen *ret)
{
	struct dcv_arena arena = {0};
	struct dcv_answer answer;
	struct dcv_error why = {0};

	*ret = (struct dcv_zseen){0};
	ret->answered = ask(server, apex, DCV_TYPE_SOA, deadline_ms, &arena, &answer,
		&why);
	ret->closed = !ret->answered && is_closed(&why);
	if (ret->answered) {
		ret->served = answer.aa && answer.rcode == DCV_RCODE_NOERROR &&
			answer.has_soa &&
			dcv_answer_set(&answer, apex, DCV_TYPE_SOA) != NULL;
		ret->servfail = answer.rcode == DCV_RCODE_SERVFAIL;
		ret->instead = instead(&answer);
		ret->serial = answer.soa_serial;
	}
	dcv_arena_clear(&arena);
}

bool dcv_zsigned(const struct dcv_zserver *server, const struct dcv_name *apex,
	int64_t deadline_ms)
{
	enum { TYPE_DNSKEY = 48 };
	struct dcv_arena arena = {0};
	struct dcv_answer answer;
	struct dcv_error ignored = {0};
	bool is_signed = !ask(server, apex, TYPE_DNSKEY, deadline_ms, &arena, &answer,
				 &ignored) ||
		dcv_answer_set(&answer, apex, TYPE_DNSKEY) != NULL;

	dcv_arena_clear(&arena);
	return is_signed;
}

static bool has(const struct dcv_rrset *set, uint16_t type, const char *text,
	struct dcv_arena *arena)
{
	struct dcv_rdata rdata;
	struct dcv_error ignored = {0};

	return set != NULL &&
		dcv_rdata_parse(type, text, strlen(text), NULL, arena, &rdata,
			&ignored) == DCV_OK &&
		dcv_rrset_has(set, &rdata);
}

static bool is_added(const struct dcvp_edit *edit, const char *text)
{
	for (size_t i = 0; i < edit->n_add; i++)
		if (strcmp(edit->add[i], text) == 0)
			return true;
	return false;
}

static bool holds(const struct dcvp_edit *edit, const struct dcv_rrset *set,
	struct dcv_arena *arena)
{
	for (size_t i = 0; i < edit->n_add; i++)
		if (!has(set, edit->type, edit->add[i], arena))
			return false;
	for (size_t i = 0; i < edit->n_remove; i++)
		if (has(set, edit->type, edit->remove[i], arena) &&
			!is_added(edit, edit->remove[i]))
			return false;
	/* Where only the TTL changes it is the TTL that must be served. */
	return edit->n_add + edit->n_remove > 0 ||
		(set != NULL && set->ttl_s == edit->ttl_s);
}

static bool serves_one(const struct dcv_zserver *server, const struct dcvp_edit *edit,
	int64_t deadline_ms)
{
	struct dcv_arena arena = {0};
	struct dcv_answer answer;
	struct dcv_name owner;
	struct dcv_error ignored = {0};
	bool good = dcv_name_from(edit->owner, &owner, &ignored) == DCV_OK &&
		ask(server, &owner, edit->type, deadline_ms, &arena, &answer, &ignored) &&
		answer.aa &&
		(answer.rcode == DCV_RCODE_NOERROR || answer.rcode == DCV_RCODE_NXDOMAIN) &&
		holds(edit, dcv_answer_set(&answer, &owner, edit->type), &arena);

	dcv_arena_clear(&arena);
	return good;
}

bool dcv_zserves(const struct dcv_zserver *server, const struct dcvp_change *change,
	int64_t deadline_ms, size_t *at)
{
	while (*at < change->n_edits &&
		serves_one(server, &change->edits[*at], deadline_ms))
		++*at;
	return *at == change->n_edits;
}
