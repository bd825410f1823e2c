/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Any octets as a message that came back on a socket. The first octet chooses the question (the
 * message's own, so that most are answers, or one that differs in one thing), what is wanted and
 * not wanted, and how the answer came; the rest is the message.
 *
 * What is decoded must be whole, within its limits, and keep nothing of the message; written
 * again without compression it must be decoded to the same; and the judgement must be the one
 * that follows from the values alone. */
#include "fuzz.h"

#include "check/judge.h"
#include "dns/rdata.h"

#define HEADER_LEN 12u
#define INPUT_MAX 66000u
#define TYPE_OPT 41u

/* Which question. */
enum { OWN_UP_TO = 3, OTHER_CASE = 4, OTHER_ID = 5, OTHER_TYPE = 6, FIXED = 7 };

static struct {
	uint64_t inputs, matched, decoded, again, has;
} count;

static void tell(void)
{
	(void)fprintf(stderr,
		"fuzz_message: %llu inputs, %llu matched, %llu decoded, %llu written again, "
		"%llu judged to have it\n",
		(unsigned long long)count.inputs, (unsigned long long)count.matched,
		(unsigned long long)count.decoded, (unsigned long long)count.again,
		(unsigned long long)count.has);
}

/* ---- the question ---- */

static void fixed_query(struct dcv_query *ret)
{
	insist(dcv_name_from("_dnsauth.example.com.", &ret->name, NULL) == DCV_OK, "name");
	memcpy(ret->qname, ret->name.wire, ret->name.len);
	ret->type = DCV_TYPE_TXT;
	ret->id = 0x1234;
}

/* The question that the message repeats. False if it has none. */
static bool own_query(const uint8_t *msg, size_t len, struct dcv_query *ret)
{
	size_t n = len > HEADER_LEN
		? dcv_rdata_name_len(msg + HEADER_LEN, len - HEADER_LEN)
		: 0;
	const uint8_t *tail = msg + HEADER_LEN + n;

	if (n == 0 || n > DCV_NAME_MAX || len < HEADER_LEN + n + 4 ||
		!dcv_name_from_wire(msg + HEADER_LEN, n, &ret->name))
		return false;
	memcpy(ret->qname, msg + HEADER_LEN, n);
	ret->type = (uint16_t)(tail[0] << 8 | tail[1]);
	ret->id = (uint16_t)(msg[0] << 8 | msg[1]);
	return true;
}

/* Turns the case of the first letter. False if there is none. */
static bool turn_case(struct dcv_query *query)
{
	for (size_t i = 0; i < query->name.len; i++) {
		if (query->name.wire[i] >= 'a' && query->name.wire[i] <= 'z') {
			query->qname[i] ^= 0x20;
			return true;
		}
	}
	return false;
}

/* Asks the question that `which` says; what must be true of the match is insisted on. */
static bool match(unsigned which, const uint8_t *msg, size_t len, struct dcv_query *query)
{
	bool own = which != FIXED && own_query(msg, len, query), turned = false, good;

	if (!own)
		fixed_query(query);
	if (which == OTHER_CASE)
		turned = turn_case(query);
	else if (which == OTHER_ID)
		query->id ^= 1;
	else if (which == OTHER_TYPE)
		query->type ^= 1;
	good = dcv_answer_matches(query, msg, len);
	if (own)
		insist(!good || which <= OTHER_CASE, "a forged answer matches");
	if (own && turned) {
		struct dcv_query same = *query;

		insist(turn_case(&same) && dcv_answer_matches(&same, msg, len) == good,
			"case decides whether an answer matches");
	}
	return good;
}

/* Our own question that is sent back is no answer; with QR it is one, and random only in case. */
static void send_back(const struct dcv_query *like)
{
	uint8_t out[DCV_QUERY_MAX];
	struct dcv_query query;
	size_t len;

	insist(dcv_query_init(&like->name, like->type, false, &query, NULL) == DCV_OK,
		"random");
	query.edns = (like->id & 1) != 0;
	len = dcv_query_write(&query, out);
	insist(len <= sizeof out && !dcv_answer_matches(&query, out, len),
		"its own answer");
	out[2] |= 0x80;
	insist(dcv_answer_matches(&query, out, len), "a query that is not what it says");
	memcpy(out + HEADER_LEN, query.name.wire, query.name.len);
	insist(dcv_answer_matches(&query, out, len), "more than case is random");
}

/* ---- what was decoded ---- */

static void insist_name(const struct dcv_name *name)
{
	struct dcv_name again;

	insist(dcv_name_from_wire(name->wire, name->len, &again) &&
			dcv_name_equal(&again, name),
		"a name that is none");
}

/* The first of its owner and type among them. */
static const struct dcv_rrset *find(const struct dcv_rrset *sets, size_t n,
	const struct dcv_rrset *like)
{
	for (size_t i = 0; i < n; i++) {
		if (sets[i].type == like->type &&
			dcv_name_equal(&sets[i].owner, &like->owner))
			return &sets[i];
	}
	return NULL;
}

/* The octets that it takes on the wire. */
static size_t insist_set(const struct dcv_rrset *set)
{
	size_t octets = 0;

	insist_name(&set->owner);
	insist(set->n > 0 && set->ttl_s <= INT32_MAX, "a set without records, or its TTL");
	for (size_t i = 0; i < set->n; i++) {
		const struct dcv_rdata *rdata = &set->rdata[i];
		struct dcv_rrset before = *set;

		before.n = i;
		insist(dcv_rdata_is_sound(set->type, rdata->wire, rdata->len),
			"an RDATA not of its type");
		insist(!dcv_rrset_has(&before, rdata), "a record twice");
		octets += set->owner.len + 10u + rdata->len;
	}
	return octets;
}

static size_t insist_sets(const struct dcv_rrset *sets, size_t n, size_t *records)
{
	size_t octets = 0;

	for (size_t i = 0; i < n; i++) {
		octets += insist_set(&sets[i]);
		*records += sets[i].n;
		insist(find(sets, n, &sets[i]) == &sets[i], "a set twice");
	}
	return octets;
}

/* Name servers with their addresses, and no others'. */
static size_t insist_referral(const struct dcv_answer *answer, size_t *records)
{
	size_t octets = insist_sets(answer->glue, answer->n_glue, records);

	if (answer->n_ns > 0)
		insist_name(&answer->ns_owner);
	for (size_t i = 0; i < answer->n_ns; i++) {
		insist_name(&answer->ns[i]);
		octets += answer->ns_owner.len + 10u + answer->ns[i].len;
	}
	for (size_t i = 0; i < answer->n_glue; i++) {
		size_t of = 0;

		while (of < answer->n_ns &&
			!dcv_name_equal(&answer->ns[of], &answer->glue[i].owner))
			of++;
		insist(of < answer->n_ns &&
				(answer->glue[i].type == DCV_TYPE_A ||
					answer->glue[i].type == DCV_TYPE_AAAA),
			"an address of somebody else");
	}
	*records += answer->n_ns;
	insist(*records == 0 ||
			(answer->n_sets == 0 && answer->rcode == DCV_RCODE_NOERROR),
		"a referral with an answer or an error");
	return octets;
}

static bool is_about(const struct dcv_query *query, const struct dcv_answer *answer)
{
	for (unsigned up = 0; up <= dcv_name_labels(&query->name); up++) {
		struct dcv_name above = dcv_name_parent(&query->name, up);

		if (dcv_answer_set(answer, &above, DCV_TYPE_DNAME) != NULL)
			return true;
	}
	return dcv_answer_set(answer, &query->name, query->type) != NULL ||
		dcv_answer_set(answer, &query->name, DCV_TYPE_CNAME) != NULL;
}

/* All within limits; returns the octets that it takes on the wire without compression. */
static size_t insist_answer(const struct dcv_query *query, const uint8_t *msg, size_t len,
	const struct dcv_answer *answer)
{
	size_t records = 0, octets = insist_referral(answer, &records);

	octets += insist_sets(answer->sets, answer->n_sets, &records);
	insist(answer->n_sets == 0 || is_about(query, answer), "about something else");
	insist(records <= DCV_ANSWER_RRS_MAX, "too many records kept");
	/* Each name of a record may grow to a whole one: owner, and two in a SOA. */
	insist(octets <= len + records * 3u * DCV_NAME_MAX, "more than there was");
	insist(!answer->tc || (records == 0 && !answer->has_soa && !answer->edns),
		"records of a truncated answer");
	insist(answer->case_echoed ==
			(memcmp(msg + HEADER_LEN, query->qname, query->name.len) == 0),
		"case");
	insist(!answer->has_soa || answer->soa_ttl_s <= INT32_MAX, "TTL of the SOA");
	return octets;
}

/* ---- written again ---- */

struct out {
	uint8_t octets[DCV_MESSAGE_MAX + 1024u];
	size_t n;
};

static void put(struct out *out, const void *octets, size_t n)
{
	if (n > 0)
		memcpy(out->octets + out->n, octets, n);
	out->n += n;
}

static void put_u16(struct out *out, unsigned value)
{
	const uint8_t octets[2] = {(uint8_t)(value >> 8), (uint8_t)value};

	put(out, octets, 2);
}

static void put_u32(struct out *out, uint32_t value)
{
	put_u16(out, value >> 16);
	put_u16(out, value & 0xffff);
}

static void put_record(struct out *out, const struct dcv_name *owner, unsigned type,
	uint32_t ttl_s, const void *rdata, unsigned len)
{
	put(out, owner->wire, owner->len);
	put_u16(out, type);
	put_u16(out, 1);
	put_u32(out, ttl_s);
	put_u16(out, len);
	put(out, rdata, len);
}

static void put_sets(struct out *out, const struct dcv_rrset *sets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < sets[i].n; j++)
			put_record(out, &sets[i].owner, sets[i].type, sets[i].ttl_s,
				sets[i].rdata[j].wire, sets[i].rdata[j].len);
	}
}

static unsigned count_records(const struct dcv_rrset *sets, size_t n)
{
	unsigned records = 0;

	for (size_t i = 0; i < n; i++)
		records += (unsigned)sets[i].n;
	return records;
}

static void put_header(struct out *out, const struct dcv_query *query,
	const struct dcv_answer *answer, bool soa)
{
	put_u16(out, query->id);
	put_u16(out,
		0x8000u | (answer->aa ? 0x0400u : 0) | (answer->tc ? 0x0200u : 0) |
			(answer->ra ? 0x0080u : 0) | (answer->rcode & 0x0fu));
	put_u16(out, 1);
	put_u16(out, count_records(answer->sets, answer->n_sets));
	put_u16(out, (unsigned)answer->n_ns + soa);
	put_u16(out, count_records(answer->glue, answer->n_glue) + answer->edns);
	put(out, query->qname, query->name.len);
	put_u16(out, query->type);
	put_u16(out, 1);
}

static void put_soa(struct out *out, const struct dcv_answer *answer)
{
	uint8_t rdata[2 + DCV_SOA_FIXED] = {0};
	struct out fixed = {.n = 0};

	put_u32(&fixed, answer->soa_serial);
	put_u32(&fixed, 0);
	put_u32(&fixed, 0);
	put_u32(&fixed, 0);
	put_u32(&fixed, answer->soa_minimum_s);
	memcpy(rdata + 2, fixed.octets, DCV_SOA_FIXED);
	put_record(out, &answer->soa_owner, DCV_TYPE_SOA, answer->soa_ttl_s, rdata,
		sizeof rdata);
}

static bool has_soa_set(const struct dcv_answer *answer)
{
	for (size_t i = 0; i < answer->n_sets; i++) {
		if (answer->sets[i].type == DCV_TYPE_SOA)
			return true;
	}
	return false;
}

static void write_answer(struct out *out, const struct dcv_query *query,
	const struct dcv_answer *answer)
{
	static const struct dcv_name root = {.len = 1};
	bool soa = answer->has_soa && !has_soa_set(answer);

	put_header(out, query, answer, soa);
	put_sets(out, answer->sets, answer->n_sets);
	for (size_t i = 0; i < answer->n_ns; i++)
		put_record(out, &answer->ns_owner, DCV_TYPE_NS, 0, answer->ns[i].wire,
			answer->ns[i].len);
	if (soa)
		put_soa(out, answer);
	put_sets(out, answer->glue, answer->n_glue);
	if (answer->edns)
		put_record(out, &root, TYPE_OPT, (uint32_t)(answer->rcode >> 4) << 24,
			NULL, 0);
}

static bool same_sets(const struct dcv_rrset *a, const struct dcv_rrset *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i].type != b[i].type || a[i].ttl_s != b[i].ttl_s ||
			a[i].n != b[i].n || !dcv_name_equal(&a[i].owner, &b[i].owner))
			return false;
		for (size_t j = 0; j < a[i].n; j++) {
			if (!dcv_rdata_equal(&a[i].rdata[j], &b[i].rdata[j]))
				return false;
		}
	}
	return true;
}

static void insist_same(const struct dcv_answer *a, const struct dcv_answer *b)
{
	insist(a->rcode == b->rcode && a->aa == b->aa && a->tc == b->tc &&
			a->ra == b->ra && a->edns == b->edns && a->n_sets == b->n_sets &&
			a->n_ns == b->n_ns && a->n_glue == b->n_glue &&
			a->has_soa == b->has_soa && a->soa_serial == b->soa_serial &&
			a->soa_minimum_s == b->soa_minimum_s,
		"written again it is another answer");
	/* A set has the smallest of its TTLs. */
	insist(a->soa_ttl_s == b->soa_ttl_s || has_soa_set(a), "another TTL of the SOA");
	insist(same_sets(a->sets, b->sets, a->n_sets), "written again other sets");
	insist(same_sets(a->glue, b->glue, a->n_glue), "written again other addresses");
	insist(!a->has_soa || dcv_name_equal(&a->soa_owner, &b->soa_owner),
		"another zone");
	insist(a->n_ns == 0 || dcv_name_equal(&a->ns_owner, &b->ns_owner), "another cut");
	for (size_t i = 0; i < a->n_ns; i++)
		insist(dcv_name_equal(&a->ns[i], &b->ns[i]), "another name server");
}

static void write_again(const struct dcv_query *query, const struct dcv_answer *answer,
	struct dcv_arena *arena)
{
	static struct out out;
	struct dcv_answer again;
	struct dcv_error why = {0};

	out.n = 0;
	write_answer(&out, query, answer);
	if (out.n > DCV_MESSAGE_MAX)
		return;
	count.again++;
	insist(dcv_answer_parse(query, out.octets, out.n, arena, &again, &why) == DCV_OK,
		"written again it is refused");
	insist_same(answer, &again);
}

/* ---- judged ---- */

/* What a CA compares. */
static bool means_the_same(uint16_t type, const struct dcv_rdata *a,
	const struct dcv_rdata *b, struct dcv_arena *arena)
{
	size_t n = 0, m = 0;
	char *x, *y;

	if (type != DCV_TYPE_TXT)
		return dcv_rdata_equal(a, b);
	x = dcv_txt_join(a, arena, &n);
	y = dcv_txt_join(b, arena, &m);
	insist(x != NULL && y != NULL, "memory");
	return n == m && memcmp(x, y, n) == 0;
}

static bool holds(const struct dcv_rrset *set, const struct dcv_rdata *rdata, size_t n,
	struct dcv_arena *arena)
{
	for (size_t i = 0; set != NULL && n > 0 && i < set->n; i++) {
		if (means_the_same(set->type, &set->rdata[i], rdata, arena))
			return true;
	}
	return false;
}

/* None, a value of ours, or the set's first or last. Returns how many. */
static size_t choose(unsigned which, const struct dcv_rrset *set, struct dcv_rdata *ret)
{
	static const uint8_t ours[] = "\x03new";

	if (which == 0)
		return 0;
	if (which == 1 || set == NULL)
		*ret = (struct dcv_rdata){sizeof ours - 1, ours};
	else
		*ret = set->rdata[which == 2 ? 0 : set->n - 1];
	return 1;
}

static void judge(unsigned control, const struct dcv_query *query,
	const struct dcv_answer *answer, struct dcv_arena *arena)
{
	const struct dcv_rrset *set = dcv_answer_set(answer, &query->name, query->type);
	struct dcv_rdata wanted, unwanted;
	struct dcv_check_item item = {.owner = query->name,
		.type = query->type,
		.n_wanted = choose(control >> 3 & 3, set, &wanted),
		.n_unwanted = choose(control >> 5 & 3, set, &unwanted),
		.wanted = &wanted,
		.unwanted = &unwanted};
	const struct dcv_reply reply = {.fate = DCV_FATE_ANSWER,
		.tcp = (control & 0x80) != 0,
		.answer = answer};
	struct dcv_judgement got = dcv_judge(&item, &reply);
	bool bad = holds(set, &unwanted, item.n_unwanted, arena);
	bool good = answer->aa && !bad &&
		(answer->rcode == DCV_RCODE_NOERROR ||
			answer->rcode == DCV_RCODE_NXDOMAIN) &&
		(item.n_wanted == 0 || holds(set, &wanted, item.n_wanted, arena));

	insist((got.seen == DCV_SEEN_HAS) == good, "judged otherwise than by its values");
	insist(dcv_seen_is_answer(got.seen) && got.rcode == answer->rcode, "no answer");
	insist(got.unwanted <= item.n_unwanted, "an unwanted value that is none");
	insist(got.unwanted == item.n_unwanted || bad, "an unwanted value not there");
	insist(dcv_rcode_text(got.rcode)[0] != '\0' && dcv_seen_text(got.seen)[0] != '\0',
		"no word for it");
	if (got.unwanted < item.n_unwanted)
		insist(dcv_rdata_dup_text(item.type, &unwanted, arena) != NULL, "no text");
	count.has += got.seen == DCV_SEEN_HAS;
}

/* Without an answer nobody has anything, whatever is wanted. */
static void judge_silence(unsigned control)
{
	static const struct dcv_check_item item = {.type = DCV_TYPE_TXT};
	const struct dcv_reply reply = {.tcp = (control & 0x80) != 0,
		.fate = (enum dcv_fate)(DCV_FATE_CASE + control % DCV_FATE_UNSENT)};

	enum dcv_seen seen = dcv_judge(&item, &reply).seen;

	insist(seen != DCV_SEEN_HAS && dcv_seen_text(seen)[0] != '\0', "silence has it");
	insist(dcv_seen_is_answer(seen) ==
			(reply.tcp || reply.fate == DCV_FATE_CASE ||
				reply.fate == DCV_FATE_MALFORMED),
		"silence is an answer");
}

/* ---- one input ---- */

static void decode(unsigned control, const struct dcv_query *query, const uint8_t *octets,
	size_t len, struct dcv_arena *arena)
{
	struct dcv_answer answer;
	struct dcv_error why = {0};
	uint8_t *msg = malloc(len);

	insist(msg != NULL, "memory");
	memcpy(msg, octets, len);

	enum dcv_err rc = dcv_answer_parse(query, msg, len, arena, &answer, &why);

	memset(msg, 0xff, len);
	free(msg); /* what still points there is found */
	insist(rc == DCV_OK || (rc == DCV_E_FAILED && why.text[0] != '\0'),
		"a refusal without words");
	if (rc != DCV_OK)
		return;
	count.decoded++;
	if (insist_answer(query, octets, len, &answer) < DCV_MESSAGE_MAX)
		write_again(query, &answer, arena);
	judge(control, query, &answer, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dcv_arena arena = {0};
	struct dcv_query query = {.edns = true};
	struct dcv_answer none;
	struct dcv_error why = {0};

	if (size == 0 || size > INPUT_MAX)
		return 0;
	if (count.inputs++ == 0)
		insist(atexit(tell) == 0, "atexit");
	judge_silence(data[0]);
	if ((data[0] & 7) == OWN_UP_TO && own_query(data + 1, size - 1, &query))
		send_back(&query);
	if (match(data[0] & 7, data + 1, size - 1, &query)) {
		count.matched++;
		decode(data[0], &query, data + 1, size - 1, &arena);
	} else {
		insist(dcv_answer_parse(&query, data + 1, size - 1, &arena, &none,
			       &why) == DCV_E_FAILED,
			"an answer to another question is decoded");
	}
	dcv_arena_clear(&arena);
	return 0;
}
