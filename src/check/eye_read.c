/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what an answer of the resolver holds: aliases, records, signatures. It does
 * not validate: the resolver has. */
#include <string.h>

#include "check/eye_inside.h"
#include "dns/wire.h"

#define LINKS_MAX \
	16u /* the resolver follows 11 aliases; each may be a DNAME with its CNAME */

/* Octets of an RRSIG's RDATA before the signer's name (RFC 4034 3.1). */
enum { RRSIG_EXPIRATION = 8, RRSIG_INCEPTION = 12, RRSIG_SIGNER = 18 };

static uint16_t get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* RFC 4034 3.1.5: 32 bits, to be read as the moment nearest to now. */
static int64_t get_time(const uint8_t *p, int64_t now_s)
{
	uint32_t value = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		(uint32_t)p[2] << 8 | p[3];

	return now_s + (int32_t)(value - (uint32_t)now_s);
}

static bool read_signer(const struct dcv_rdata *sig, struct dcv_name *ret)
{
	size_t n = RRSIG_SIGNER;

	while (n < sig->len && sig->wire[n] != 0)
		n += 1u + sig->wire[n];
	return n < sig->len &&
		dcv_name_from_wire(sig->wire + RRSIG_SIGNER, n + 1 - RRSIG_SIGNER, ret);
}

/* Of several signatures one that is valid is enough, so the one that lasts longest counts. */
static bool read_signatures(const struct dcv_answer *answer, int64_t now_s,
	struct dcv_arena *arena, struct dcv_eye_link *link)
{
	const struct dcv_rrset *sigs = dcv_answer_set(answer, link->owner, DCV_TYPE_RRSIG);

	for (size_t i = 0; sigs != NULL && i < sigs->n; i++) {
		const struct dcv_rdata *sig = &sigs->rdata[i];
		struct dcv_name signer;
		int64_t expiration_s;

		if (!read_signer(sig, &signer) || get_u16(sig->wire) != link->type)
			continue;
		expiration_s = get_time(sig->wire + RRSIG_EXPIRATION, now_s);
		if (link->is_signed && expiration_s <= link->expiration_s)
			continue;
		link->is_signed = true;
		link->signer = dcv_arena_memdup(arena, &signer, sizeof(signer));
		if (link->signer == NULL)
			return false;
		link->expiration_s = expiration_s;
		link->inception_s = get_time(sig->wire + RRSIG_INCEPTION, now_s);
	}
	return true;
}

/* The links of one answer while they are gathered. */
struct chain {
	const struct dcv_answer *answer;
	int64_t now_s;
	struct dcv_arena *arena;
	bool failed; /* memory is out */
	size_t n;
	struct dcv_eye_link links[LINKS_MAX];
};

static void add_link(struct chain *chain, const struct dcv_rrset *set)
{
	struct dcv_eye_link *link;

	if (chain->n == LINKS_MAX)
		return;
	link = &chain->links[chain->n++];
	*link = (struct dcv_eye_link){.owner = &set->owner, .type = set->type};
	if (!read_signatures(chain->answer, chain->now_s, chain->arena, link))
		chain->failed = true;
}

/* RFC 6672 3.1: a CNAME made from a DNAME has no signature; the DNAME has. */
static const struct dcv_rrset *dname_of(const struct dcv_answer *answer,
	const struct dcv_name *name)
{
	for (size_t i = 0; i < answer->n_sets; i++) {
		const struct dcv_rrset *set = &answer->sets[i];

		if (set->type == DCV_TYPE_DNAME && !dcv_name_equal(&set->owner, name) &&
			dcv_name_is_within(name, &set->owner))
			return set;
	}
	return NULL;
}

static struct dcv_name follow(struct chain *chain, const struct dcv_name *name)
{
	struct dcv_name at = *name;

	while (chain->n < LINKS_MAX) {
		const struct dcv_rrset *cname = dcv_answer_set(chain->answer, &at,
			DCV_TYPE_CNAME);
		const struct dcv_rrset *dname = dname_of(chain->answer, &at);
		struct dcv_name target;

		if (cname == NULL ||
			!dcv_name_from_wire(cname->rdata[0].wire, cname->rdata[0].len,
				&target))
			break;
		add_link(chain, dname != NULL ? dname : cname);
		at = target;
	}
	return at;
}

static enum dcv_err read_answer(const struct dcv_eye_question *question,
	const struct dcv_answer *answer, int64_t now_s, struct dcv_arena *arena,
	struct dcv_eye_answer *ret, struct dcv_error *err)
{
	struct chain chain = {.answer = answer, .now_s = now_s, .arena = arena};
	struct dcv_name end = *question->name;
	const struct dcv_rrset *set;

	if (question->type != DCV_TYPE_CNAME)
		end = follow(&chain, question->name);
	if (chain.n > 0)
		ret->canonical = dcv_arena_memdup(arena, &end, sizeof(end));
	if (ret->canonical == NULL)
		return dcv_nomem(err);
	set = dcv_answer_set(answer, &end, question->type);
	if (set != NULL) {
		add_link(&chain, set);
		ret->n = set->n;
		ret->rdata = set->rdata;
	}
	ret->n_links = chain.n;
	ret->links = dcv_arena_memdup(arena, chain.links,
		chain.n * sizeof(chain.links[0]));
	return ret->links == NULL || chain.failed ? dcv_nomem(err) : DCV_OK;
}

static enum dcv_eye_state state_of(const struct dcv_eye_raw *raw)
{
	if (raw->bogus)
		return DCV_EYE_BOGUS;
	if (raw->rcode != DCV_RCODE_NOERROR && raw->rcode != DCV_RCODE_NXDOMAIN)
		return DCV_EYE_SERVFAIL;
	return raw->secure ? DCV_EYE_SECURE : DCV_EYE_INSECURE;
}

static char *one_line(const char *text, struct dcv_arena *arena)
{
	char shown[512];

	(void)dcv_shown(shown, sizeof(shown), text, strlen(text));
	return dcv_arena_strdup(arena, shown);
}

enum dcv_err dcv_eye_read(const struct dcv_eye_question *question,
	const struct dcv_eye_raw *raw, int64_t now_s, struct dcv_arena *arena,
	struct dcv_eye_answer *ret, struct dcv_error *err)
{
	struct dcv_query query = {.name = *question->name, .type = question->type};
	struct dcv_error why = {0};
	struct dcv_answer answer;
	enum dcv_err rc = DCV_OK;

	*ret = (struct dcv_eye_answer){.state = state_of(raw),
		.rcode = raw->rcode < 0 || raw->rcode > UINT8_MAX ? UINT8_MAX
								  : (uint8_t)raw->rcode,
		.canonical = question->name,
		.why = one_line(raw->why, arena)};
	if (ret->why == NULL)
		return dcv_nomem(err);
	if (ret->state == DCV_EYE_SERVFAIL || raw->packet == NULL || raw->len < 2)
		return DCV_OK;
	memcpy(query.qname, query.name.wire, query.name.len);
	query.id = get_u16(raw->packet);
	rc = dcv_answer_parse(&query, raw->packet, raw->len, arena, &answer, &why);
	if (rc == DCV_OK)
		return read_answer(question, &answer, now_s, arena, ret, err);
	if (rc == DCV_E_NOMEM)
		return dcv_nomem(err);
	/* What we cannot read is of no use, whatever the library makes of it. */
	ret->state = DCV_EYE_SERVFAIL;
	ret->why = one_line(why.text, arena);
	return ret->why == NULL ? dcv_nomem(err) : DCV_OK;
}
