/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the form of DNS messages and trusts no octet of an answer. It does not know
 * sockets, nor what an answer means. */
#include "dns/wire.h"

#include <string.h>

#include "dns/rdata.h"
#include "dns/reader.h"

#define RR_MIN_LEN 11u /* root owner, TYPE, CLASS, TTL, RDLENGTH */
#define CLASS_IN 1u
#define NAMED_MAX \
	(6u + 2u * DCV_NAME_MAX + DCV_SOA_FIXED) /* SRV's head, SOA's names and rest */

enum { TYPE_OPT = 41 };

/* Octets 2 and 3 of the header. */
enum {
	FLAG_QR = 0x80,
	FLAG_OPCODE = 0x78,
	FLAG_AA = 0x04,
	FLAG_TC = 0x02,
	FLAG_RA = 0x80,
	MASK_RCODE = 0x0f
};

/* An answer while it is read. */
struct reader {
	struct dcv_reader in;
	size_t n_kept;
	struct dcv_arena *arena;
	struct dcv_error *err;
};

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The names are of the same length and differ at most in the case of letters. */
static bool equal_but_case(const uint8_t *a, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i] != b[i] && (!is_letter(a[i]) || (a[i] ^ b[i]) != 0x20)) {
			return false;
		}
	}
	return true;
}

bool dcv_answer_matches(const struct dcv_query *query, const uint8_t *msg, size_t len)
{
	size_t name_len = query->name.len;

	if (len < DCV_HEADER_LEN + name_len + 4 || len > DCV_MESSAGE_MAX) {
		return false;
	}

	const uint8_t *tail = msg + DCV_HEADER_LEN + name_len;

	return dcv_get_u16(msg) == query->id && (msg[2] & FLAG_QR) != 0 &&
		(msg[2] & FLAG_OPCODE) == 0 && dcv_get_u16(msg + 4) == 1 &&
		equal_but_case(msg + DCV_HEADER_LEN, query->qname, name_len) &&
		dcv_get_u16(tail) == query->type && dcv_get_u16(tail + 2) == CLASS_IN;
}

static enum dcv_err malformed(struct reader *r, const char *why)
{
	return dcv_fail(r->err, DCV_E_FAILED, "answer: malformed: %s", why);
}

static enum dcv_err read_record(struct reader *r, bool owner, struct dcv_record *ret)
{
	const char *why = dcv_reader_record(&r->in, owner, ret);

	return why == NULL ? DCV_OK : malformed(r, why);
}

/* RFC 2181 8: a TTL with the top bit set is 0. */
static uint32_t sane_ttl(uint32_t ttl_s)
{
	return ttl_s > INT32_MAX ? 0 : ttl_s;
}

/* RDATA with names, without compression and in lower case. The octets that it has, 0: malformed. */
static size_t expand(struct reader *r, const struct dcv_record *record, uint8_t *out)
{
	size_t at = record->begin, head = 0, n = 0;
	unsigned names = 0;

	dcv_rdata_shape(record->type, &head, &names);
	if (head > record->end - at) {
		return 0;
	}
	memcpy(out, r->in.msg + at, head);
	at += head;
	n = head;
	for (unsigned i = 0; i < names; i++) {
		struct dcv_name name;

		if (!dcv_reader_name(&r->in, &at, record->end, &name)) {
			return 0;
		}
		memcpy(out + n, name.wire, name.len);
		n += name.len;
	}
	/* Only SOA has more behind them. */
	if (record->end - at != (record->type == DCV_TYPE_SOA ? DCV_SOA_FIXED : 0)) {
		return 0;
	}
	memcpy(out + n, r->in.msg + at, record->end - at);
	return n + record->end - at;
}

static enum dcv_err read_rdata(struct reader *r, const struct dcv_record *record,
	struct dcv_rdata *ret)
{
	/* Not DCV_RDATA_MAX: a hardened build fills what it declares with zeroes. */
	uint8_t named[NAMED_MAX];
	const uint8_t *wire = r->in.msg + record->begin;
	size_t head = 0, n = record->end - record->begin;
	unsigned names = 0;
	char text[DCV_TYPE_TEXT_MAX];

	dcv_rdata_shape(record->type, &head, &names);
	if (names > 0) {
		wire = named;
		n = expand(r, record, named);
	}
	if ((names > 0 && n == 0) || !dcv_rdata_is_sound(record->type, wire, n)) {
		return dcv_fail(r->err, DCV_E_FAILED,
			"answer: malformed: RDATA of type %s",
			dcv_type_text(record->type, text));
	}
	wire = dcv_arena_memdup(r->arena, wire, n);
	if (wire == NULL) {
		return dcv_nomem(r->err);
	}
	*ret = (struct dcv_rdata){(uint16_t)n, wire};
	return DCV_OK;
}

/* RRsets that are being collected, in the answer. */
struct sets {
	size_t *n;
	struct dcv_rrset **items;
};

/* The set that a record belongs to, made if it is the first of it. NULL: memory is out. */
static struct dcv_rrset *set_for(struct reader *r, const struct dcv_record *record,
	struct sets sets)
{
	for (size_t i = 0; i < *sets.n; i++) {
		struct dcv_rrset *set = &(*sets.items)[i];

		if (set->type == record->type &&
			dcv_name_equal(&set->owner, &record->owner)) {
			return set;
		}
	}

	struct dcv_rrset *items = dcv_arena_grow(r->arena, *sets.items, *sets.n,
		sizeof *items);

	if (items == NULL) {
		return NULL;
	}
	*sets.items = items;
	items[*sets.n] = (struct dcv_rrset){.owner = record->owner,
		.type = record->type,
		.ttl_s = sane_ttl(record->ttl_s)};
	return &items[(*sets.n)++];
}

static enum dcv_err keep_record(struct reader *r, const struct dcv_record *record,
	const struct dcv_rdata *rdata, struct sets sets)
{
	struct dcv_rrset *set = set_for(r, record, sets);

	if (set == NULL) {
		return dcv_nomem(r->err);
	}
	if (sane_ttl(record->ttl_s) < set->ttl_s) {
		set->ttl_s = sane_ttl(record->ttl_s);
	}
	if (dcv_rrset_has(set, rdata)) {
		return DCV_OK;
	}

	struct dcv_rdata *items = dcv_arena_grow(r->arena, set->rdata, set->n,
		sizeof *items);

	if (items == NULL) {
		return dcv_nomem(r->err);
	}
	set->rdata = items;
	set->rdata[set->n++] = *rdata;
	return DCV_OK;
}

static void note_soa(const struct dcv_record *record, const struct dcv_rdata *rdata,
	struct dcv_answer *answer)
{
	if (record->type != DCV_TYPE_SOA || answer->has_soa || rdata->len < DCV_SOA_FIXED) {
		return;
	}

	const uint8_t *fixed = rdata->wire + rdata->len - DCV_SOA_FIXED;

	answer->has_soa = true;
	answer->soa_owner = record->owner;
	answer->soa_serial = dcv_get_u32(fixed);
	answer->soa_minimum_s = dcv_get_u32(fixed + 16);
	answer->soa_ttl_s = sane_ttl(record->ttl_s);
}

static enum dcv_err read_answers(struct reader *r, unsigned count,
	struct dcv_answer *answer)
{
	for (unsigned i = 0; i < count; i++) {
		struct dcv_record record = {.type = 0};
		struct dcv_rdata rdata = {.len = 0};
		enum dcv_err rc = read_record(r, true, &record);

		if (rc == DCV_OK && record.class != CLASS_IN) {
			continue;
		}
		if (rc == DCV_OK && ++r->n_kept > DCV_ANSWER_RRS_MAX) {
			rc = malformed(r, "too many records");
		}
		if (rc == DCV_OK) {
			rc = read_rdata(r, &record, &rdata);
		}
		if (rc == DCV_OK) {
			rc = keep_record(r, &record, &rdata,
				(struct sets){&answer->n_sets, &answer->sets});
		}
		if (rc != DCV_OK) {
			return rc;
		}
		note_soa(&record, &rdata, answer);
	}
	return DCV_OK;
}

/* The owner of a record that was stepped over at first. */
static enum dcv_err read_owner(struct reader *r, size_t at, struct dcv_record *ret)
{
	return dcv_reader_name(&r->in, &at, r->in.len, &ret->owner)
		? DCV_OK
		: malformed(r, "owner of a record");
}

/* NS names are kept from a referral only; a positive answer may carry the apex's own. */
static enum dcv_err keep_ns(struct reader *r, const struct dcv_record *record,
	const struct dcv_rdata *rdata, struct dcv_answer *answer)
{
	struct dcv_name *ns = NULL;

	if (answer->rcode != DCV_RCODE_NOERROR || answer->n_sets > 0 ||
		(answer->n_ns > 0 && !dcv_name_equal(&answer->ns_owner, &record->owner))) {
		return DCV_OK;
	}
	if (++r->n_kept > DCV_ANSWER_RRS_MAX) {
		return malformed(r, "too many records");
	}
	ns = dcv_arena_grow(r->arena, answer->ns, answer->n_ns, sizeof *ns);
	if (ns == NULL) {
		return dcv_nomem(r->err);
	}
	answer->ns = ns;
	answer->ns_owner = record->owner;
	if (!dcv_name_from_wire(rdata->wire, rdata->len, &ns[answer->n_ns])) {
		return malformed(r, "name of a name server");
	}
	answer->n_ns++;
	return DCV_OK;
}

static enum dcv_err read_authority(struct reader *r, unsigned count,
	struct dcv_answer *answer)
{
	for (unsigned i = 0; i < count; i++) {
		struct dcv_record record = {.type = 0};
		struct dcv_rdata rdata = {.len = 0};
		size_t owner = r->in.at;
		enum dcv_err rc = read_record(r, false, &record);
		bool ns = record.type == DCV_TYPE_NS;

		if (rc == DCV_OK &&
			(record.class != CLASS_IN ||
				(!ns && record.type != DCV_TYPE_SOA))) {
			continue;
		}
		if (rc == DCV_OK) {
			rc = read_owner(r, owner, &record);
		}
		if (rc == DCV_OK) {
			rc = read_rdata(r, &record, &rdata);
		}
		if (rc == DCV_OK && ns) {
			rc = keep_ns(r, &record, &rdata, answer);
		}
		if (rc != DCV_OK) {
			return rc;
		}
		note_soa(&record, &rdata, answer);
	}
	return DCV_OK;
}

/* RFC 6891 6.1.1: one, at the root. */
static enum dcv_err read_opt(struct reader *r, size_t owner,
	const struct dcv_record *record, struct dcv_answer *answer)
{
	if (answer->edns || r->in.msg[owner] != 0) {
		return malformed(r, "OPT record");
	}

	/* The upper eight bits of the RCODE; what does not fit ours is none we know. */
	uint32_t rcode = (record->ttl_s >> 24) << 4 | answer->rcode;

	answer->edns = true;
	answer->rcode = rcode > UINT8_MAX ? UINT8_MAX : (uint8_t)rcode;
	return DCV_OK;
}

static bool is_name_server(const struct dcv_answer *answer, const struct dcv_name *name)
{
	for (size_t i = 0; i < answer->n_ns; i++) {
		if (dcv_name_equal(&answer->ns[i], name)) {
			return true;
		}
	}
	return false;
}

/* Addresses count only in a referral, and only those of its name servers. */
static enum dcv_err keep_glue(struct reader *r, size_t owner, struct dcv_record *record,
	struct dcv_answer *answer)
{
	struct dcv_rdata rdata = {.len = 0};
	enum dcv_err rc = DCV_OK;

	if (answer->n_ns == 0 || record->class != CLASS_IN) {
		return DCV_OK;
	}
	rc = read_owner(r, owner, record);
	if (rc != DCV_OK || !is_name_server(answer, &record->owner)) {
		return rc;
	}
	if (++r->n_kept > DCV_ANSWER_RRS_MAX) {
		return malformed(r, "too many records");
	}
	rc = read_rdata(r, record, &rdata);
	return rc != DCV_OK ? rc
			    : keep_record(r, record, &rdata,
				      (struct sets){&answer->n_glue, &answer->glue});
}

/* Of the additional section only OPT and glue count. */
static enum dcv_err read_additional(struct reader *r, unsigned count,
	struct dcv_answer *answer)
{
	for (unsigned i = 0; i < count; i++) {
		struct dcv_record record = {.type = 0};
		size_t owner = r->in.at;
		enum dcv_err rc = read_record(r, false, &record);

		if (rc == DCV_OK && record.type == TYPE_OPT) {
			rc = read_opt(r, owner, &record, answer);
		} else if (rc == DCV_OK &&
			(record.type == DCV_TYPE_A || record.type == DCV_TYPE_AAAA)) {
			rc = keep_glue(r, owner, &record, answer);
		}
		if (rc != DCV_OK) {
			return rc;
		}
	}
	return DCV_OK;
}

/* Something answers the question: its own data, an alias there, or a DNAME above it. */
static bool is_about(const struct dcv_query *query, const struct dcv_answer *answer)
{
	for (size_t i = 0; i < answer->n_sets; i++) {
		const struct dcv_rrset *set = &answer->sets[i];
		bool own = set->type == query->type || set->type == DCV_TYPE_CNAME ||
			query->type == DCV_TYPE_ANY;

		if ((own && dcv_name_equal(&set->owner, &query->name)) ||
			(set->type == DCV_TYPE_DNAME &&
				dcv_name_is_within(&query->name, &set->owner))) {
			return true;
		}
	}
	return false;
}

static enum dcv_err read_sections(struct reader *r, const struct dcv_query *query,
	struct dcv_answer *answer)
{
	unsigned answers = dcv_get_u16(r->in.msg + 6),
		 authority = dcv_get_u16(r->in.msg + 8),
		 additional = dcv_get_u16(r->in.msg + 10);

	if ((size_t)(answers + authority + additional) * RR_MIN_LEN >
		r->in.len - r->in.at) {
		return malformed(r, "more records counted than it has room for");
	}

	enum dcv_err rc = read_answers(r, answers, answer);

	/* Else records of something else would pass for "there is nothing". */
	if (rc == DCV_OK && answers > 0 && !is_about(query, answer)) {
		rc = malformed(r, "no record is about the question");
	}
	if (rc == DCV_OK) {
		rc = read_authority(r, authority, answer);
	}
	if (rc == DCV_OK) {
		rc = read_additional(r, additional, answer);
	}
	/* The header's NOERROR may be the lower half of another: then this is no referral. */
	if (answer->rcode != DCV_RCODE_NOERROR) {
		answer->n_ns = 0;
		answer->n_glue = 0;
	}
	return rc;
}

enum dcv_err dcv_answer_parse(const struct dcv_query *query, const uint8_t *msg,
	size_t len, struct dcv_arena *arena, struct dcv_answer *ret, struct dcv_error *err)
{
	size_t question = DCV_HEADER_LEN + query->name.len + 4u;
	struct reader r = {.in = {.msg = msg, .len = len, .at = question},
		.arena = arena,
		.err = err};

	if (!dcv_answer_matches(query, msg, len)) {
		return malformed(&r, "it does not answer the question");
	}

	struct dcv_answer answer = {
		.rcode = msg[3] & MASK_RCODE,
		.aa = (msg[2] & FLAG_AA) != 0,
		.tc = (msg[2] & FLAG_TC) != 0,
		.ra = (msg[3] & FLAG_RA) != 0,
		.case_echoed = memcmp(msg + DCV_HEADER_LEN, query->qname,
				       query->name.len) == 0,
	};

	/* What was cut off is asked again over TCP; nobody may use the rest. */
	enum dcv_err rc = answer.tc ? DCV_OK : read_sections(&r, query, &answer);

	if (rc == DCV_OK) {
		*ret = answer;
	}
	return rc;
}

const struct dcv_rrset *dcv_answer_set(const struct dcv_answer *answer,
	const struct dcv_name *owner, uint16_t type)
{
	for (size_t i = 0; i < answer->n_sets; i++) {
		const struct dcv_rrset *set = &answer->sets[i];

		if (set->type == type && dcv_name_equal(&set->owner, owner)) {
			return set;
		}
	}
	return NULL;
}
