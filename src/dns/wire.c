/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the form of DNS messages and trusts no octet of an answer. It does not know
 * sockets, nor what an answer means. */
#include "dns/wire.h"

#include <string.h>

#include "base/file.h"
#include "dns/rdata.h"

#define HEADER_LEN 12u
#define RR_MIN_LEN 11u /* root owner, TYPE, CLASS, TTL, RDLENGTH */
#define RR_FIXED_LEN 10u
#define CLASS_IN 1u
#define POINTER_MARK 0xc0u /* RFC 1035 4.1.4 */

enum { TYPE_OPT = 41 };

/* Octets 2 and 3 of the header. */
enum {
	FLAG_QR = 0x80,
	FLAG_OPCODE = 0x78,
	FLAG_AA = 0x04,
	FLAG_TC = 0x02,
	FLAG_RD = 0x01,
	FLAG_RA = 0x80,
	MASK_RCODE = 0x0f
};

/* A message while it is read; `at` is the next octet. */
struct reader {
	const uint8_t *msg;
	size_t len, at;
	unsigned jumps;
	size_t n_kept;
	struct dcv_arena *arena;
	struct dcv_error *err;
};

/* One RR but for its owner; RDATA is msg[begin, end). */
struct record {
	struct dcv_name owner;
	uint16_t type, class;
	uint32_t ttl_s;
	size_t begin, end;
};

static uint16_t get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint8_t *put_u16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
	return p + 2;
}

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

enum dcv_err dcv_query_init(const struct dcv_name *name, uint16_t type, bool recursive,
	struct dcv_query *ret, struct dcv_error *err)
{
	uint8_t random[2 + DCV_NAME_MAX / 8 + 1];
	enum dcv_err rc = dcv_random(random, sizeof random, err);

	if (rc != DCV_OK) {
		return rc;
	}
	ret->name = *name;
	ret->type = type;
	ret->id = get_u16(random);
	ret->recursive = recursive;
	ret->edns = true;
	/* A length octet is below 'A', so it is never taken for a letter. */
	for (size_t i = 0; i < name->len; i++) {
		bool upper = (random[2 + i / 8] >> i % 8 & 1) != 0;

		ret->qname[i] = name->wire[i];
		if (upper && is_letter(name->wire[i])) {
			ret->qname[i] ^= 0x20;
		}
	}
	return DCV_OK;
}

size_t dcv_query_write(const struct dcv_query *query, uint8_t *out)
{
	uint8_t *p = put_u16(out, query->id);

	p = put_u16(p, query->recursive ? FLAG_RD << 8 : 0);
	p = put_u16(p, 1);
	p = put_u16(p, 0);
	p = put_u16(p, 0);
	p = put_u16(p, query->edns ? 1 : 0);
	memcpy(p, query->qname, query->name.len);
	p += query->name.len;
	p = put_u16(p, query->type);
	p = put_u16(p, CLASS_IN);
	if (query->edns) {
		/* RFC 6891 6.1.2: root, OPT, size, version 0 without DO, no options. */
		*p++ = 0;
		p = put_u16(p, TYPE_OPT);
		p = put_u16(p, DCV_EDNS_SIZE);
		p = put_u16(p, 0);
		p = put_u16(p, 0);
		p = put_u16(p, 0);
	}
	return (size_t)(p - out);
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

	if (len < HEADER_LEN + name_len + 4 || len > DCV_MESSAGE_MAX) {
		return false;
	}

	const uint8_t *tail = msg + HEADER_LEN + name_len;

	return get_u16(msg) == query->id && (msg[2] & FLAG_QR) != 0 &&
		(msg[2] & FLAG_OPCODE) == 0 && get_u16(msg + 4) == 1 &&
		equal_but_case(msg + HEADER_LEN, query->qname, name_len) &&
		get_u16(tail) == query->type && get_u16(tail + 2) == CLASS_IN;
}

static enum dcv_err malformed(struct reader *r, const char *why)
{
	return dcv_fail(r->err, DCV_E_FAILED, "answer: malformed: %s", why);
}

/* Steps over a name without following pointers. False if it leaves the message. */
static bool skip_name(struct reader *r)
{
	while (r->at < r->len) {
		uint8_t c = r->msg[r->at];

		if (c == 0) {
			r->at += 1;
			return true;
		}
		if (c >= POINTER_MARK) {
			r->at += 2;
			return r->at <= r->len;
		}
		if (c > DCV_LABEL_MAX) {
			return false;
		}
		r->at += 1u + c;
	}
	return false;
}

/* Follows the pointer at msg[*at]. It must lead strictly before everything that was read of
 * this name, so that no chain can come back; and all chains of a message are counted. */
static bool jump(struct reader *r, size_t *at, size_t end, size_t *lowest)
{
	if (end - *at < 2 || r->jumps == DCV_WIRE_JUMPS_MAX) {
		return false;
	}

	size_t target = (size_t)(r->msg[*at] & 0x3f) << 8 | r->msg[*at + 1];

	if (target < HEADER_LEN || target >= *lowest) {
		return false;
	}
	r->jumps++;
	*at = target;
	*lowest = target;
	return true;
}

/* Reads the name at *at, of which the part that stands there must end before `end`; *at is
 * set behind it. */
static bool read_name(struct reader *r, size_t *at, size_t end, struct dcv_name *ret)
{
	uint8_t wire[DCV_NAME_MAX];
	size_t pos = *at, lowest = *at, n = 0, behind = 0;

	while (pos < end) {
		uint8_t c = r->msg[pos];

		if (c >= POINTER_MARK) {
			behind = behind == 0 ? pos + 2 : behind;
			if (!jump(r, &pos, end, &lowest)) {
				return false;
			}
			end = r->len;
			continue;
		}
		if (c > DCV_LABEL_MAX || c + 1u > end - pos || n + c + 1u > DCV_NAME_MAX) {
			return false;
		}
		memcpy(wire + n, r->msg + pos, c + 1u);
		n += c + 1u;
		pos += c + 1u;
		if (c == 0) {
			*at = behind == 0 ? pos : behind;
			return dcv_name_from_wire(wire, n, ret);
		}
	}
	return false;
}

/* Reads one RR up to the end of its RDATA. The owner is read only where it is needed: what
 * is only stepped over must not use up the jumps. */
static enum dcv_err read_record(struct reader *r, bool owner, struct record *ret)
{
	bool good = owner ? read_name(r, &r->at, r->len, &ret->owner) : skip_name(r);

	if (!good) {
		return malformed(r, "owner of a record");
	}
	if (r->len - r->at < RR_FIXED_LEN) {
		return malformed(r, "it ends inside a record");
	}

	const uint8_t *p = r->msg + r->at;

	ret->type = get_u16(p);
	ret->class = get_u16(p + 2);
	ret->ttl_s = get_u32(p + 4);
	ret->begin = r->at + RR_FIXED_LEN;
	if (get_u16(p + 8) > r->len - ret->begin) {
		return malformed(r, "it ends inside an RDATA");
	}
	ret->end = ret->begin + get_u16(p + 8);
	r->at = ret->end;
	return DCV_OK;
}

/* RFC 2181 8: a TTL with the top bit set is 0. */
static uint32_t sane_ttl(uint32_t ttl_s)
{
	return ttl_s > INT32_MAX ? 0 : ttl_s;
}

/* The RDATA without compression, names lower case. */
static bool expand(struct reader *r, const struct record *record,
	struct dcv_rdata_out *out)
{
	size_t at = record->begin, head = 0;
	unsigned names = 0;

	out->n = 0;
	dcv_rdata_shape(record->type, &head, &names);
	if (head > record->end - at || !dcv_rdata_put(out, r->msg + at, head)) {
		return false;
	}
	at += head;
	for (unsigned i = 0; i < names; i++) {
		struct dcv_name name;

		if (!read_name(r, &at, record->end, &name) ||
			!dcv_rdata_put(out, name.wire, name.len)) {
			return false;
		}
	}
	/* Of the types with names only SOA has more behind them. */
	if (names > 0 &&
		record->end - at != (record->type == DCV_TYPE_SOA ? DCV_SOA_FIXED : 0)) {
		return false;
	}
	return dcv_rdata_put(out, r->msg + at, record->end - at) &&
		dcv_rdata_is_sound(record->type, out->wire, out->n);
}

static enum dcv_err read_rdata(struct reader *r, const struct record *record,
	struct dcv_rdata *ret)
{
	DCV_RDATA_OUT(out);
	char text[DCV_TYPE_TEXT_MAX];

	if (!expand(r, record, &out)) {
		return dcv_fail(r->err, DCV_E_FAILED,
			"answer: malformed: RDATA of type %s",
			dcv_type_text(record->type, text));
	}
	return dcv_rdata_keep(&out, r->arena, ret, r->err);
}

/* The set that a record belongs to, made if it is the first of it. NULL: memory is out. */
static struct dcv_rrset *set_for(struct reader *r, const struct record *record,
	struct dcv_answer *answer)
{
	for (size_t i = 0; i < answer->n_sets; i++) {
		struct dcv_rrset *set = &answer->sets[i];

		if (set->type == record->type &&
			dcv_name_equal(&set->owner, &record->owner)) {
			return set;
		}
	}

	struct dcv_rrset *sets = dcv_arena_grow(r->arena, answer->sets, answer->n_sets,
		sizeof *sets);

	if (sets == NULL) {
		return NULL;
	}
	answer->sets = sets;
	sets[answer->n_sets] = (struct dcv_rrset){.owner = record->owner,
		.type = record->type,
		.ttl_s = sane_ttl(record->ttl_s)};
	return &sets[answer->n_sets++];
}

static enum dcv_err keep_record(struct reader *r, const struct record *record,
	const struct dcv_rdata *rdata, struct dcv_answer *answer)
{
	struct dcv_rrset *set = set_for(r, record, answer);

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

static void note_soa(const struct record *record, const struct dcv_rdata *rdata,
	struct dcv_answer *answer)
{
	if (record->type != DCV_TYPE_SOA || answer->has_soa || rdata->len < DCV_SOA_FIXED) {
		return;
	}

	const uint8_t *fixed = rdata->wire + rdata->len - DCV_SOA_FIXED;

	answer->has_soa = true;
	answer->soa_serial = get_u32(fixed);
	answer->soa_minimum_s = get_u32(fixed + 16);
	answer->soa_ttl_s = sane_ttl(record->ttl_s);
}

static enum dcv_err read_answers(struct reader *r, unsigned count,
	struct dcv_answer *answer)
{
	for (unsigned i = 0; i < count; i++) {
		struct record record = {.type = 0};
		struct dcv_rdata rdata = {.len = 0};
		enum dcv_err rc = read_record(r, true, &record);

		if (rc == DCV_OK && record.class != CLASS_IN) {
			continue;
		}
		if (rc == DCV_OK && ++r->n_kept > DCV_ANSWER_RRS_MAX) {
			rc = malformed(r, "over 512 records");
		}
		if (rc == DCV_OK) {
			rc = read_rdata(r, &record, &rdata);
		}
		if (rc == DCV_OK) {
			rc = keep_record(r, &record, &rdata, answer);
		}
		if (rc != DCV_OK) {
			return rc;
		}
		note_soa(&record, &rdata, answer);
	}
	return DCV_OK;
}

/* NS names are kept from a referral only; a positive answer may carry the apex's own. */
static enum dcv_err keep_ns(struct reader *r, const struct dcv_rdata *rdata,
	struct dcv_answer *answer)
{
	struct dcv_name *ns = NULL;

	if (answer->rcode != DCV_RCODE_NOERROR || answer->n_sets > 0) {
		return DCV_OK;
	}
	if (++r->n_kept > DCV_ANSWER_RRS_MAX) {
		return malformed(r, "over 512 records");
	}
	ns = dcv_arena_grow(r->arena, answer->ns, answer->n_ns, sizeof *ns);
	if (ns == NULL) {
		return dcv_nomem(r->err);
	}
	answer->ns = ns;
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
		struct record record = {.type = 0};
		struct dcv_rdata rdata = {.len = 0};
		enum dcv_err rc = read_record(r, false, &record);
		bool ns = record.type == DCV_TYPE_NS;

		if (rc == DCV_OK &&
			(record.class != CLASS_IN ||
				(!ns && record.type != DCV_TYPE_SOA))) {
			continue;
		}
		if (rc == DCV_OK) {
			rc = read_rdata(r, &record, &rdata);
		}
		if (rc == DCV_OK && ns) {
			rc = keep_ns(r, &rdata, answer);
		}
		if (rc != DCV_OK) {
			return rc;
		}
		note_soa(&record, &rdata, answer);
	}
	return DCV_OK;
}

/* Of the additional section only OPT counts (RFC 6891 6.1.1: one, at the root). */
static enum dcv_err read_additional(struct reader *r, unsigned count,
	struct dcv_answer *answer)
{
	for (unsigned i = 0; i < count; i++) {
		struct record record = {.type = 0};
		size_t owner = r->at;
		enum dcv_err rc = read_record(r, false, &record);

		if (rc != DCV_OK) {
			return rc;
		}
		if (record.type != TYPE_OPT) {
			continue;
		}
		if (answer->edns || r->msg[owner] != 0) {
			return malformed(r, "OPT record");
		}

		/* The upper eight bits of the RCODE; what does not fit ours is none we know. */
		uint32_t rcode = (record.ttl_s >> 24) << 4 | answer->rcode;

		answer->edns = true;
		answer->rcode = rcode > UINT8_MAX ? UINT8_MAX : (uint8_t)rcode;
	}
	return DCV_OK;
}

static enum dcv_err read_sections(struct reader *r, struct dcv_answer *answer)
{
	unsigned answers = get_u16(r->msg + 6), authority = get_u16(r->msg + 8),
		 additional = get_u16(r->msg + 10);

	if ((size_t)(answers + authority + additional) * RR_MIN_LEN > r->len - r->at) {
		return malformed(r, "more records counted than it has room for");
	}

	enum dcv_err rc = read_answers(r, answers, answer);

	if (rc == DCV_OK) {
		rc = read_authority(r, authority, answer);
	}
	return rc == DCV_OK ? read_additional(r, additional, answer) : rc;
}

enum dcv_err dcv_answer_parse(const struct dcv_query *query, const uint8_t *msg,
	size_t len, struct dcv_arena *arena, struct dcv_answer *ret, struct dcv_error *err)
{
	size_t question = HEADER_LEN + query->name.len + 4u;
	struct reader r = {.msg = msg,
		.len = len,
		.at = question,
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
		.case_echoed = memcmp(msg + HEADER_LEN, query->qname, query->name.len) == 0,
	};

	/* What was cut off is asked again over TCP; nobody may use the rest. */
	enum dcv_err rc = answer.tc ? DCV_OK : read_sections(&r, &answer);

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
