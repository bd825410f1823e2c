/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a message is signed and an answer verified (RFC 8945). It does not know
 * how keys are written down, nor what a message asks. */
#include "providers/rfc2136/tsig.h"

#include <string.h>

#include "dns/reader.h"
#include "dns/wire.h"

#define CLASS_ANY 255u
#define FIXED_LEN \
	16u /* of the RDATA: time, fudge, size of MAC; id, error, length of other */
#define TIME_LEN 6u
#define DIGESTED_MAX (2u + DCV_HMAC_MAX + DCV_MESSAGE_MAX + DCV_TSIG_ROOM)

struct algorithm {
	const char *text;
	size_t mac_len;
	uint8_t wire[14];
};

static const struct algorithm algorithms[] = {
	[DCV_SHA1] = {"hmac-sha1", 20, "\011hmac-sha1"},
	[DCV_SHA256] = {"hmac-sha256", 32, "\013hmac-sha256"},
	[DCV_SHA384] = {"hmac-sha384", 48, "\013hmac-sha384"},
	[DCV_SHA512] = {"hmac-sha512", 64, "\013hmac-sha512"},
};

const char *dcv_tsig_algorithm(const struct dcv_tsig_key *key)
{
	return algorithms[key->digest].text;
}

const char *dcv_tsig_error_text(uint16_t error)
{
	switch (error) {
	case DCV_TSIG_BADSIG:
		return "BADSIG: the secret is another there";
	case DCV_TSIG_BADKEY:
		return "BADKEY: the server has no key of this name and algorithm";
	case DCV_TSIG_BADTIME:
		return "BADTIME: the clocks are apart";
	case DCV_TSIG_BADTRUNC:
		return "BADTRUNC: the signature is too short for the server";
	default:
		return "an error of TSIG that is not known here";
	}
}

/* The fields of a TSIG record but for owner and MAC. */
struct fields {
	uint64_t time_s; /* 48 bits */
	uint16_t fudge_s, error, n_other;
	const uint8_t *other;
};

static void put_u16(struct dcv_buf *to, unsigned value)
{
	const uint8_t octets[] = {(uint8_t)(value >> 8), (uint8_t)value};

	dcv_buf_add(to, octets, sizeof octets);
}

static void put_u48(struct dcv_buf *to, uint64_t value)
{
	put_u16(to, (unsigned)(value >> 32));
	put_u16(to, (unsigned)(value >> 16 & UINT16_MAX));
	put_u16(to, (unsigned)(value & UINT16_MAX));
}

static void put_algorithm(const struct dcv_tsig_key *key, struct dcv_buf *to)
{
	const struct algorithm *algorithm = &algorithms[key->digest];

	dcv_buf_add(to, algorithm->wire, strlen(algorithm->text) + 2);
}

/* RFC 8945 4.3.3: the record as it is digested. */
static void put_variables(const struct dcv_tsig_key *key, const struct fields *fields,
	struct dcv_buf *to)
{
	dcv_buf_add(to, key->name.wire, key->name.len);
	put_u16(to, CLASS_ANY);
	put_u16(to, 0); /* TTL */
	put_u16(to, 0);
	put_algorithm(key, to);
	put_u48(to, fields->time_s);
	put_u16(to, fields->fudge_s);
	put_u16(to, fields->error);
	put_u16(to, fields->n_other);
	dcv_buf_add(to, fields->other, fields->n_other);
}

static enum dcv_err digest(const struct dcv_tsig_key *key, const struct dcv_buf *from,
	struct dcv_tsig_mac *ret, struct dcv_error *err)
{
	if (from->failed)
		return dcv_nomem(err);
	if (key->held != NULL)
		return dcv_hmac_held(key->held, key->digest, key->secret, key->n,
			from->data, from->len, ret->octets, &ret->n, err);
	return dcv_hmac(key->digest, key->secret, key->n, from->data, from->len,
		ret->octets, &ret->n, err);
}

static void put_record(const struct dcv_tsig_key *key, const struct fields *fields,
	const struct dcv_tsig_mac *mac, struct dcv_buf *msg)
{
	unsigned rdata_len = (unsigned)(strlen(algorithms[key->digest].text) + 2 +
		FIXED_LEN + mac->n);

	dcv_buf_add(msg, key->name.wire, key->name.len);
	put_u16(msg, DCV_TYPE_TSIG);
	put_u16(msg, CLASS_ANY);
	put_u16(msg, 0); /* TTL */
	put_u16(msg, 0);
	put_u16(msg, rdata_len);
	put_algorithm(key, msg);
	put_u48(msg, fields->time_s);
	put_u16(msg, fields->fudge_s);
	put_u16(msg, (unsigned)mac->n);
	dcv_buf_add(msg, mac->octets, mac->n);
	dcv_buf_add(msg, msg->data, 2); /* original id */
	put_u16(msg, 0);
	put_u16(msg, 0);
}

/* Adds `n` to the count of the additional section. */
static void count_additional(uint8_t *msg, int n)
{
	int count = dcv_get_u16(msg + 10) + n;

	msg[10] = (uint8_t)(count >> 8);
	msg[11] = (uint8_t)count;
}

enum dcv_err dcv_tsig_sign(const struct dcv_tsig_key *key, int64_t now_s,
	struct dcv_buf *msg, struct dcv_tsig_mac *ret, struct dcv_error *err)
{
	const struct fields fields = {.time_s = (uint64_t)now_s,
		.fudge_s = DCV_TSIG_FUDGE_S};
	size_t len = msg->len;
	enum dcv_err rc = DCV_OK;

	/* The variables stand behind the message while it is digested, then make room. */
	if (!dcv_buf_reserve(msg, DCV_TSIG_ROOM))
		return dcv_nomem(err);
	put_variables(key, &fields, msg);
	rc = digest(key, msg, ret, err);
	msg->len = len;
	if (rc != DCV_OK)
		return rc;
	put_record(key, &fields, ret, msg);
	if (msg->failed)
		return dcv_nomem(err);
	count_additional(msg->data, 1);
	return DCV_OK;
}

/* --- answers --- */

/* The TSIG record of an answer. */
struct found {
	struct fields fields;
	const uint8_t *mac;
	size_t n_mac, begin; /* `begin`: where the record stands */
	uint16_t id;
};

/* Steps to the last record; *ret is it. False: the message is malformed. */
static bool find_last(const uint8_t *msg, size_t len, struct dcv_record *ret,
	size_t *ret_begin, bool *ret_any)
{
	struct dcv_reader r = {.msg = msg, .len = len, .at = DCV_HEADER_LEN};
	unsigned n = (unsigned)dcv_get_u16(msg + 6) + dcv_get_u16(msg + 8) +
		dcv_get_u16(msg + 10);

	for (unsigned i = dcv_get_u16(msg + 4); i > 0; i--) {
		if (!dcv_reader_skip_name(&r) || r.len - r.at < 4)
			return false;
		r.at += 4;
	}
	*ret_any = dcv_get_u16(msg + 10) > 0;
	for (; n > 0; n--) {
		*ret_begin = r.at;
		if (dcv_reader_record(&r, n == 1, ret) != NULL)
			return false;
	}
	return r.at == len;
}

/* RFC 8945 4.2. NULL, or what is wrong with it. */
static const char *read_fields(const struct dcv_tsig_key *key, const uint8_t *msg,
	size_t len, const struct dcv_record *record, struct found *ret)
{
	const struct algorithm *wanted = &algorithms[key->digest];
	struct dcv_reader r = {.msg = msg, .len = len};
	struct dcv_name algorithm;
	size_t at = record->begin;

	if (!dcv_name_equal(&record->owner, &key->name))
		return "signed with another key";
	if (record->class != CLASS_ANY || record->ttl_s != 0 ||
		!dcv_reader_name(&r, &at, record->end, &algorithm) ||
		record->end - at < FIXED_LEN)
		return "its TSIG record is malformed";
	if (algorithm.len != strlen(wanted->text) + 2 ||
		memcmp(algorithm.wire, wanted->wire, algorithm.len) != 0)
		return "signed with another algorithm";
	ret->fields.time_s = (uint64_t)dcv_get_u16(msg + at) << 32 |
		dcv_get_u32(msg + at + 2);
	ret->fields.fudge_s = dcv_get_u16(msg + at + 6);
	ret->n_mac = dcv_get_u16(msg + at + 8);
	ret->mac = msg + at + 10;
	if (ret->n_mac != record->end - at - FIXED_LEN &&
		ret->n_mac + TIME_LEN != record->end - at - FIXED_LEN)
		return "its TSIG record is malformed";

	const uint8_t *tail = ret->mac + ret->n_mac;

	ret->id = dcv_get_u16(tail);
	ret->fields.error = dcv_get_u16(tail + 2);
	ret->fields.n_other = dcv_get_u16(tail + 4);
	ret->fields.other = tail + 6;
	return tail + 6 + ret->fields.n_other == msg + record->end
		? NULL
		: "its TSIG record is malformed";
}

static enum dcv_err check_mac(const struct dcv_tsig_key *key,
	const struct dcv_tsig_mac *request, const uint8_t *msg, const struct found *found,
	bool *ret, struct dcv_error *err)
{
	struct dcv_tsig_mac mac = {.n = 0};
	struct dcv_buf text;
	uint8_t wrong = 0;

	dcv_buf_init(&text, DIGESTED_MAX);
	put_u16(&text, (unsigned)request->n);
	dcv_buf_add(&text, request->octets, request->n);

	size_t begin = text.len;

	dcv_buf_add(&text, msg, found->begin);
	put_variables(key, &found->fields, &text);
	if (!text.failed) {
		text.data[begin] = (uint8_t)(found->id >> 8);
		text.data[begin + 1] = (uint8_t)found->id;
		count_additional(text.data + begin, -1);
	}

	enum dcv_err rc = digest(key, &text, &mac, err);

	dcv_buf_clear(&text);
	/* Truncated ones are taken by nobody here, for we ask for none. */
	for (size_t i = 0; rc == DCV_OK && i < mac.n && i < found->n_mac; i++)
		wrong |= (uint8_t)(mac.octets[i] ^ found->mac[i]);
	*ret = wrong == 0 && mac.n == found->n_mac;
	return rc;
}

static void judge_time(const struct found *found, int64_t now_s,
	struct dcv_tsig_said *said)
{
	int64_t apart_s = (int64_t)found->fields.time_s - now_s;

	if (found->fields.error == DCV_TSIG_BADTIME && found->fields.n_other == TIME_LEN) {
		said->server_s = (int64_t)((uint64_t)dcv_get_u16(found->fields.other)
				<< 32 |
			dcv_get_u32(found->fields.other + 2));
		return; /* the time of signing is then ours */
	}
	if (apart_s > DCV_TSIG_FUDGE_S || apart_s < -DCV_TSIG_FUDGE_S) {
		said->verdict = DCV_TSIG_WRONG;
		said->server_s = (int64_t)found->fields.time_s;
		said->why = "signed at another time than now";
	}
}

static enum dcv_err judge(const struct dcv_tsig_key *key,
	const struct dcv_tsig_mac *request, int64_t now_s, const uint8_t *msg,
	const struct found *found, struct dcv_tsig_said *said, struct dcv_error *err)
{
	bool good = false;

	said->error = found->fields.error;
	/* RFC 8945 5.3.2: BADKEY and BADSIG come without a signature. */
	if (found->n_mac == 0) {
		said->verdict = DCV_TSIG_UNSIGNED;
		return DCV_OK;
	}

	enum dcv_err rc = check_mac(key, request, msg, found, &good, err);

	if (rc != DCV_OK)
		return rc;
	said->verdict = good ? DCV_TSIG_GOOD : DCV_TSIG_WRONG;
	said->why = good ? NULL : "its signature is not that of the key";
	if (good)
		judge_time(found, now_s, said);
	return DCV_OK;
}

enum dcv_err dcv_tsig_verify(const struct dcv_tsig_key *key,
	const struct dcv_tsig_mac *request, int64_t now_s, const uint8_t *msg, size_t len,
	struct dcv_tsig_said *ret, struct dcv_error *err)
{
	struct dcv_tsig_said said = {.verdict = DCV_TSIG_WRONG};
	struct found found = {.n_mac = 0};
	struct dcv_record record = {.type = 0};
	bool any = false;
	enum dcv_err rc = DCV_OK;

	if (len < DCV_HEADER_LEN || !find_last(msg, len, &record, &found.begin, &any)) {
		said.why = "it is malformed";
	} else if (!any || record.type != DCV_TYPE_TSIG) {
		said.verdict = DCV_TSIG_UNSIGNED;
	} else {
		said.why = read_fields(key, msg, len, &record, &found);
		if (said.why == NULL)
			rc = judge(key, request, now_s, msg, &found, &said, err);
	}
	if (rc == DCV_OK)
		*ret = said;
	return rc;
}
