/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows why an answer is bogus, from what the zones on the way say of their keys. It
 * asks nobody. The library's words are shown, but nothing is concluded from them where records
 * can tell. */
#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "check/eye_inside.h"

/* RFC 4034 5.1 and 2.1: octets of the RDATA before the digest and before the key. */
#define DS_HEAD 4u
#define DNSKEY_HEAD 4u
#define DIGEST_SHA256 2u

/* A bogus answer, what is known besides, and what is found. */
struct cause {
	const struct dcv_eye_question *question;
	const struct dcv_eye_answer *answer;
	const struct dcv_eye_facts *facts;
	int64_t now_s;
	struct dcv_arena *arena;
	struct dcv_eye_gate *ret;
};

/* The i-th name on the way: the owner, then each alias's target. False behind the last. */
static bool name_at(const struct cause *cause, size_t i, struct dcv_name *ret)
{
	const struct dcv_eye_answer *answer = cause->answer;

	if (i == 0)
		*ret = *cause->question->name;
	else if (i < answer->n_links)
		*ret = *answer->links[i].owner;
	else if (i == answer->n_links)
		*ret = *answer->canonical;
	return i <= answer->n_links;
}

/* Of a name and of all above it. */
static bool add_keys(struct dcv_eye_facts *facts, const struct dcv_name *name,
	struct dcv_arena *arena)
{
	const struct dcv_name *kept = dcv_arena_memdup(arena, name, sizeof(*name));
	bool good = kept != NULL;

	for (unsigned up = 0; good && up < dcv_name_labels(name); up++)
		good = dcv_eye_facts_add_above(facts, kept, up, DCV_TYPE_DNSKEY, arena) &&
			dcv_eye_facts_add_above(facts, kept, up, DCV_TYPE_DS, arena);
	return good;
}

bool dcv_eye_cause_facts(const struct dcv_eye_question *question,
	const struct dcv_eye_answer *answer, struct dcv_eye_facts *facts,
	struct dcv_arena *arena)
{
	const struct cause cause = {.question = question, .answer = answer};
	struct dcv_name name;
	bool good = true;

	for (size_t i = 0; good && name_at(&cause, i, &name); i++)
		good = add_keys(facts, &name, arena);
	return good;
}

/* Takes the text; NULL (memory is out) leaves none. */
static void tell(const struct cause *cause, const char *id, const char *why)
{
	cause->ret->cause = id;
	cause->ret->why = why;
}

static const char *when(int64_t time_s, char *out)
{
	return dcv_time_local(time_s, out);
}

/* The signature over an RRset is not valid now, or is missing. False: neither. */
static bool judge_link(const struct cause *cause, const struct dcv_eye_link *link)
{
	char name[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX], time[DCV_TIME_TEXT_MAX];

	(void)dcv_name_text(link->owner, name);
	(void)dcv_type_text(link->type, type);
	if (!link->is_signed) {
		tell(cause, "D42",
			dcv_arena_printf(cause->arena,
				"%s %s has no signature, and its zone is signed", name,
				type));
		return true;
	}
	if (link->inception_s <= cause->now_s && cause->now_s <= link->expiration_s)
		return false;
	cause->ret->inception_s = link->inception_s;
	cause->ret->expiration_s = link->expiration_s;
	tell(cause, "D40",
		cause->now_s > link->expiration_s
			? dcv_arena_printf(cause->arena,
				  "the signature over %s %s expired %s", name, type,
				  when(link->expiration_s, time))
			: dcv_arena_printf(cause->arena,
				  "the signature over %s %s is not valid before %s", name,
				  type, when(link->inception_s, time)));
	return true;
}

/* RFC 4034 appendix B. */
static uint16_t key_tag(const struct dcv_rdata *key)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < key->len; i++)
		sum += (i & 1) != 0 ? key->wire[i] : (uint32_t)key->wire[i] << 8;
	sum += sum >> 16 & 0xffff;
	return (uint16_t)sum;
}

static uint16_t ds_tag(const struct dcv_rdata *ds)
{
	return (uint16_t)(ds->wire[0] << 8 | ds->wire[1]);
}

/* RFC 4034 5.1.4: of the name and the key. */
static bool digest_fits(const struct dcv_name *zone, const struct dcv_rdata *ds,
	const struct dcv_rdata *key)
{
	char said[DCV_SHA256_TEXT_MAX], made[DCV_SHA256_TEXT_MAX];
	struct dcv_buf buf;
	bool fits = ds->len == DS_HEAD + 32u;

	dcv_buf_init(&buf, DCV_NAME_MAX + UINT16_MAX);
	dcv_buf_add(&buf, zone->wire, zone->len);
	dcv_buf_add(&buf, key->wire, key->len);
	dcv_sha256_text(buf.data, buf.len, made);
	for (size_t i = 0; fits && i < 32; i++)
		(void)snprintf(said + 2 * i, 3, "%02x", ds->wire[DS_HEAD + i]);
	fits = fits && (buf.failed || strcmp(said, made) == 0);
	dcv_buf_clear(&buf);
	return fits;
}

static bool fits(const struct dcv_name *zone, const struct dcv_rdata *ds,
	const struct dcv_rdata *key)
{
	if (ds->len <= DS_HEAD || key->len <= DNSKEY_HEAD || ds_tag(ds) != key_tag(key) ||
		ds->wire[2] != key->wire[3])
		return false;
	return ds->wire[3] != DIGEST_SHA256 || digest_fits(zone, ds, key);
}

static bool any_fits(const struct dcv_name *zone, const struct dcv_eye_answer *ds,
	const struct dcv_eye_answer *keys)
{
	for (size_t i = 0; i < ds->n; i++) {
		for (size_t k = 0; k < keys->n; k++) {
			if (fits(zone, &ds->rdata[i], &keys->rdata[k]))
				return true;
		}
	}
	return false;
}

static void add_tags(struct dcv_buf *buf, const struct dcv_eye_answer *set, bool keys)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct dcv_rdata *rdata = &set->rdata[i];

		if (rdata->len > DS_HEAD)
			dcv_buf_addf(buf, "%s%u", i > 0 ? ", " : "",
				keys ? key_tag(rdata) : ds_tag(rdata));
	}
}

static void tell_no_key(const struct cause *cause, const struct dcv_name *zone,
	const struct dcv_eye_answer *ds, const struct dcv_eye_answer *keys)
{
	char name[DCV_NAME_TEXT_MAX];
	struct dcv_buf buf;

	dcv_buf_init(&buf, 512);
	dcv_buf_addf(&buf, "the DS of %s at its parent names key ",
		dcv_name_text(zone, name));
	add_tags(&buf, ds, false);
	dcv_buf_adds(&buf, keys->n > 0 ? "; the zone has " : "; the zone has no DNSKEY");
	add_tags(&buf, keys, true);
	tell(cause, "D41", dcv_arena_strdup(cause->arena, dcv_buf_text(&buf)));
	dcv_buf_clear(&buf);
}

/* The keys of a zone that has a DS do not hold. */
static void judge_keys(const struct cause *cause, const struct dcv_name *zone)
{
	const struct dcv_eye_answer *ds = dcv_eye_fact(cause->facts, zone, DCV_TYPE_DS),
				    *keys = dcv_eye_fact(cause->facts, zone,
					    DCV_TYPE_DNSKEY);

	cause->ret->zone = *zone;
	if (!any_fits(zone, ds, keys))
		tell_no_key(cause, zone, ds, keys);
	else if (keys->n_links == 0 || !judge_link(cause, &keys->links[keys->n_links - 1]))
		tell(cause, "D42", dcv_arena_strdup(cause->arena, keys->why));
}

/* The zone nearest to the root, on the way to a name, whose keys do not hold. */
static bool find_bad_keys(const struct cause *cause, const struct dcv_name *name,
	struct dcv_name *ret)
{
	for (unsigned up = dcv_name_labels(name); up-- > 0;) {
		const struct dcv_name at = dcv_name_parent(name, up);
		const struct dcv_eye_answer *ds = dcv_eye_fact(cause->facts, &at,
			DCV_TYPE_DS);

		if (ds->state == DCV_EYE_SECURE && ds->n > 0 &&
			dcv_eye_fact(cause->facts, &at, DCV_TYPE_DNSKEY)->state ==
				DCV_EYE_BOGUS) {
			*ret = at;
			return true;
		}
	}
	return false;
}

/* The signed zone that holds a name; len 0: there is none. */
static struct dcv_name zone_of(const struct cause *cause, const struct dcv_name *name)
{
	for (unsigned up = 0; up < dcv_name_labels(name); up++) {
		const struct dcv_name at = dcv_name_parent(name, up);
		const struct dcv_eye_answer *keys = dcv_eye_fact(cause->facts, &at,
			DCV_TYPE_DNSKEY);

		if (keys->n > 0 && keys->state == DCV_EYE_SECURE)
			return at;
	}
	return (struct dcv_name){.len = 0};
}

/* Proven not to be signed: there nothing can be missing. */
static bool is_insecure(const struct cause *cause, const struct dcv_name *name)
{
	return dcv_eye_fact(cause->facts, name, DCV_TYPE_DNSKEY)->state ==
		DCV_EYE_INSECURE;
}

static bool judge_all_keys(const struct cause *cause)
{
	struct dcv_name name, zone;

	for (size_t i = 0; name_at(cause, i, &name); i++) {
		if (!find_bad_keys(cause, &name, &zone))
			continue;
		cause->ret->at = name;
		judge_keys(cause, &zone);
		return true;
	}
	return false;
}

static bool judge_all_links(const struct cause *cause)
{
	const struct dcv_eye_answer *answer = cause->answer;

	for (size_t i = 0; i < answer->n_links; i++) {
		const struct dcv_eye_link *link = &answer->links[i];

		if (is_insecure(cause, link->owner) || !judge_link(cause, link))
			continue;
		cause->ret->at = *link->owner;
		cause->ret->zone = link->is_signed ? *link->signer
						   : zone_of(cause, link->owner);
		return true;
	}
	return false;
}

/* Nothing in the answer is wrong by itself: the proof that there is no such record is, or the
 * signature does not fit. Only the library knows which. */
static void judge_rest(const struct cause *cause)
{
	const struct dcv_eye_answer *answer = cause->answer;
	bool over = strstr(answer->why, "expired") != NULL ||
		strstr(answer->why, "inception") != NULL;
	char name[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];

	cause->ret->at = *answer->canonical;
	cause->ret->zone = zone_of(cause, answer->canonical);
	tell(cause, over ? "D40" : "D42",
		dcv_arena_printf(cause->arena, "%s %s at %s does not hold: %s",
			answer->n > 0 ? "the signature over" : "the proof that there is no",
			dcv_type_text(cause->question->type, type),
			dcv_name_text(answer->canonical, name), answer->why));
}

enum dcv_err dcv_eye_cause(const struct dcv_eye_question *question,
	const struct dcv_eye_answer *answer, const struct dcv_eye_facts *facts,
	int64_t now_s, struct dcv_arena *arena, struct dcv_eye_gate *ret,
	struct dcv_error *err)
{
	const struct cause cause = {.question = question,
		.answer = answer,
		.facts = facts,
		.now_s = now_s,
		.arena = arena,
		.ret = ret};
	char target[DCV_NAME_TEXT_MAX];

	if (!judge_all_keys(&cause) && !judge_all_links(&cause))
		judge_rest(&cause);
	/* Where the trouble is not in a zone above the owner, an alias leads there. */
	if (ret->why != NULL && !dcv_name_equal(&ret->at, question->name) &&
		(ret->zone.len == 0 || !dcv_name_is_within(question->name, &ret->zone)))
		tell(&cause, "D44",
			dcv_arena_printf(arena, "alias target %s: %s",
				dcv_name_text(&ret->at, target), ret->why));
	return ret->why == NULL ? dcv_nomem(err) : DCV_OK;
}
