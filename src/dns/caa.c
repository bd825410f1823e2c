/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows CAA records and how CAs read a set of them (RFC 8659, RFC 8657), also where
 * they read it differently. It does not know how the sets are found. */
#include "dns/caa.h"

#include <string.h>

#include "dns/rdata.h"

#define FLAG_CRITICAL 0x80u /* RFC 8659 4.1 */
#define FLAG_ONE 0x01u /* boulder takes it for critical, as RFC 6844 was often misread */
#define HEAD 2u /* flags and the length of the tag */

/* What a record says to this CA, and what a set says by its best record. In the order of how
 * much it helps: up to DOUBLED it forbids, from MATCH on it permits, between them CAs differ. */
enum finding {
	FINDING_NOBODY,
	FINDING_OTHERS,
	FINDING_VOID,
	FINDING_ACCOUNT,
	FINDING_METHOD,
	FINDING_DOUBLED,
	FINDING_ACCOUNT_UNKNOWN,
	FINDING_METHOD_UNKNOWN,
	FINDING_METHOD_CASE,
	FINDING_HYPHEN,
	FINDING_UPPER,
	FINDING_MATCH,
};

static const struct {
	const char *cause, *why;
} findings[] = {
	[FINDING_NOBODY] = {"C50", "it permits nobody"},
	[FINDING_OTHERS] = {"C50", "it names other CAs"},
	[FINDING_VOID] = {"C54",
		"a value outside the grammar permits nobody (RFC 8659 4.2)"},
	[FINDING_ACCOUNT] = {"C55", "the record names another account (RFC 8657 3)"},
	[FINDING_METHOD] = {"C55",
		"the record names other validation methods (RFC 8657 4)"},
	[FINDING_DOUBLED] = {"C55", "the record has one parameter twice (RFC 8657)"},
	[FINDING_ACCOUNT_UNKNOWN] = {"C55",
		"the record names an account; whether it is yours is not known here"},
	[FINDING_METHOD_UNKNOWN] = {"C55",
		"the record names validation methods; which one the CA takes is not known here"},
	[FINDING_METHOD_CASE] = {"C55",
		"some CAs read validation methods in lower case only (RFC 8657 4)"},
	[FINDING_HYPHEN] = {"C54",
		"some CAs void a record with a hyphen in a parameter's tag"},
	[FINDING_UPPER] = {"C54", "some CAs read the issuer in lower case only"},
	[FINDING_MATCH] = {"", "it permits the CA"},
};

/* Known to all CAs that process CAA for TLS, so that the critical bit does no harm. */
static const char *const known_tags[] = {"issue", "issuewild", "iodef", "issuemail", NULL};
/* Known to some: RFC 9495 and BR appendix A, VMC. */
static const char *const odd_tags[] = {"contactemail", "contactphone", "issuevmc", NULL};

enum dcv_err dcv_caa_read(const struct dcv_rdata *rdata, struct dcv_arena *arena,
	struct dcv_caa_record *ret, struct dcv_error *err)
{
	size_t tag_len, value_len;
	char *tag, *value;

	if (!dcv_rdata_is_sound(DCV_TYPE_CAA, rdata->wire, rdata->len))
		return dcv_fail(err, DCV_E_FAILED, "CAA: not flags, tag and value");
	tag_len = rdata->wire[1];
	value_len = rdata->len - HEAD - tag_len;
	tag = dcv_arena_strndup(arena, (const char *)rdata->wire + HEAD, tag_len);
	value = dcv_arena_alloc(arena, value_len + 1);
	if (tag == NULL || value == NULL)
		return dcv_nomem(err);
	for (char *c = tag; *c != '\0'; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20) : *c;
	memcpy(value, rdata->wire + HEAD + tag_len, value_len);
	*ret = (struct dcv_caa_record){rdata->wire[0], tag, value, value_len};
	return DCV_OK;
}

enum dcv_err dcv_caa_make(const char *tag, const char *value, struct dcv_arena *arena,
	struct dcv_rdata *ret, struct dcv_error *err)
{
	size_t tag_len = strlen(tag), len = HEAD + tag_len + strlen(value);
	uint8_t *wire;

	if (tag_len > UINT8_MAX || len > DCV_RDATA_MAX)
		return dcv_fail(err, DCV_E_FAILED, "CAA: does not fit one record");
	wire = dcv_arena_alloc(arena, len);
	if (wire == NULL)
		return dcv_nomem(err);
	wire[1] = (uint8_t)tag_len;
	for (size_t i = 0; i < tag_len; i++)
		wire[HEAD + i] = (uint8_t)(tag[i] >= 'A' && tag[i] <= 'Z' ? tag[i] | 0x20
									  : tag[i]);
	memcpy(wire + HEAD + tag_len, value, len - HEAD - tag_len);
	if (!dcv_rdata_is_sound(DCV_TYPE_CAA, wire, len))
		return dcv_fail(err, DCV_E_FAILED,
			"CAA: a tag is made of letters and digits, and has one at least");
	*ret = (struct dcv_rdata){(uint16_t)len, wire};
	return DCV_OK;
}

static bool same_octets(const char *text, size_t len, const char *other)
{
	return strlen(other) == len && memcmp(text, other, len) == 0;
}

static bool same_letters(const char *text, size_t len, const char *lower)
{
	if (strlen(lower) != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20)
							  : text[i];

		if (c != lower[i])
			return false;
	}
	return true;
}

static enum finding least(enum finding a, enum finding b)
{
	return a < b ? a : b;
}

static enum finding judge_issuer(const struct dcv_caa_question *question,
	const struct dcv_caa_value *value)
{
	enum finding best = FINDING_OTHERS;

	if (value->issuer_len == 0)
		return FINDING_NOBODY;
	for (size_t i = 0; i < question->n_issuers; i++) {
		if (same_octets(value->issuer, value->issuer_len, question->issuers[i]))
			return FINDING_MATCH;
		if (same_letters(value->issuer, value->issuer_len, question->issuers[i]))
			best = FINDING_UPPER;
	}
	return best;
}

static enum finding judge_account(const char *account,
	const struct dcv_caa_parameter *parameter)
{
	if (parameter->value_len == 0)
		return FINDING_ACCOUNT;
	if (account == NULL)
		return FINDING_ACCOUNT_UNKNOWN;
	return same_octets(parameter->value, parameter->value_len, account)
		? FINDING_MATCH
		: FINDING_ACCOUNT;
}

/* A label of RFC 8657 4 has the form of a label of the issuer. */
static bool is_label(const char *text, size_t len)
{
	struct dcv_caa_value value;

	return len > 0 && memchr(text, '.', len) == NULL &&
		dcv_caa_value_read(text, len, &value) && value.issuer_len == len;
}

static enum finding judge_methods(const char *method,
	const struct dcv_caa_parameter *parameter)
{
	const char *at = parameter->value, *end = at + parameter->value_len, *comma;
	enum finding best = method != NULL ? FINDING_METHOD : FINDING_METHOD_UNKNOWN;

	for (;; at = comma + 1) {
		comma = memchr(at, ',', (size_t)(end - at));
		if (comma == NULL)
			comma = end;
		if (!is_label(at, (size_t)(comma - at)))
			return FINDING_METHOD;
		if (method != NULL && same_octets(at, (size_t)(comma - at), method))
			best = FINDING_MATCH;
		else if (method != NULL && best < FINDING_METHOD_CASE &&
			same_letters(at, (size_t)(comma - at), method))
			best = FINDING_METHOD_CASE;
		if (comma == end)
			return best;
	}
}

static enum finding judge_parameters(const struct dcv_caa_question *question,
	struct dcv_caa_value value)
{
	enum finding worst = FINDING_MATCH;
	unsigned accounts = 0, methods = 0;
	struct dcv_caa_parameter parameter;

	while (dcv_caa_parameter_next(&value, &parameter)) {
		if (same_letters(parameter.tag, parameter.tag_len, "accounturi")) {
			accounts++;
			worst = least(worst,
				judge_account(question->accounturi, &parameter));
		} else if (same_letters(parameter.tag, parameter.tag_len,
				   "validationmethods")) {
			methods++;
			worst = least(worst, judge_methods(question->method, &parameter));
		}
		if (memchr(parameter.tag, '-', parameter.tag_len) != NULL)
			worst = least(worst, FINDING_HYPHEN);
	}
	return accounts > 1 || methods > 1 ? FINDING_DOUBLED : worst;
}

static enum finding judge_record(const struct dcv_caa_question *question,
	const struct dcv_caa_record *record)
{
	struct dcv_caa_value value;
	enum finding issuer;

	if (!dcv_caa_value_read(record->value, record->value_len, &value))
		return FINDING_VOID;
	issuer = judge_issuer(question, &value);
	if (issuer < FINDING_ACCOUNT)
		return issuer;
	return least(issuer, judge_parameters(question, value));
}

static bool is_among(const char *tag, const char *const *tags)
{
	for (; *tags != NULL; tags++) {
		if (strcmp(*tags, tag) == 0)
			return true;
	}
	return false;
}

/* The records that a critical bit on an unknown tag makes decisive: for every CA, for some. */
static void find_critical(const struct dcv_caa_record *records, size_t n, size_t *ret_all,
	size_t *ret_some)
{
	*ret_all = *ret_some = SIZE_MAX;
	for (size_t i = n; i-- > 0;) {
		bool critical = (records[i].flags & FLAG_CRITICAL) != 0;

		if (is_among(records[i].tag, known_tags))
			continue;
		if (critical && !is_among(records[i].tag, odd_tags))
			*ret_all = i;
		else if (critical || (records[i].flags & FLAG_ONE) != 0)
			*ret_some = i;
	}
}

static size_t count_tag(const struct dcv_caa_record *records, size_t n, const char *tag)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += strcmp(records[i].tag, tag) == 0;
	return count;
}

static void decide(struct dcv_caa_result *ret, enum dcv_caa_verdict verdict,
	size_t record, const char *cause, const char *why)
{
	ret->verdict = verdict;
	ret->record = record;
	ret->cause = cause;
	ret->why = why;
}

/* What the records of the tag say that governs (RFC 8659 4.2, 4.3). */
static void judge_tag(const struct dcv_caa_question *question,
	const struct dcv_caa_record *records, size_t n, struct dcv_caa_result *ret)
{
	bool wild = question->wildcard && count_tag(records, n, "issuewild") > 0;
	const char *tag = wild ? "issuewild" : "issue";
	enum finding best = FINDING_NOBODY;
	size_t record = SIZE_MAX;

	if (count_tag(records, n, tag) == 0) {
		decide(ret, DCV_CAA_PERMITS, SIZE_MAX, "",
			"nothing in the set restricts it");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		enum finding found = strcmp(records[i].tag, tag) == 0
			? judge_record(question, &records[i])
			: FINDING_NOBODY;

		if (found > best) {
			best = found;
			record = found > FINDING_OTHERS ? i : SIZE_MAX;
		}
	}
	decide(ret,
		best == FINDING_MATCH            ? DCV_CAA_PERMITS
			: best > FINDING_DOUBLED ? DCV_CAA_VARIES
						 : DCV_CAA_DENIES,
		record, findings[best].cause, findings[best].why);
	if (wild && best <= FINDING_OTHERS)
		decide(ret, DCV_CAA_DENIES, SIZE_MAX, "C51",
			best == FINDING_NOBODY ? "its issuewild permits nobody"
					       : "its issuewild names other CAs");
}

static void judge_set(const struct dcv_caa_question *question,
	const struct dcv_caa_record *records, size_t n, struct dcv_caa_result *ret)
{
	size_t all, some;

	find_critical(records, n, &all, &some);
	if (all != SIZE_MAX) {
		decide(ret, DCV_CAA_DENIES, all, "C53",
			"it has a critical property that CAs do not know (RFC 8659 4.1)");
		return;
	}
	judge_tag(question, records, n, ret);
	if (some != SIZE_MAX && ret->verdict != DCV_CAA_DENIES)
		decide(ret, DCV_CAA_VARIES, some, "C53",
			"some CAs take a property that they do not know for critical");
}

static void judge_step(const struct dcv_caa_question *question,
	const struct dcv_caa_step *step, struct dcv_arena *arena,
	struct dcv_caa_result *ret)
{
	struct dcv_caa_record *records = dcv_arena_array(arena, step->n, sizeof *records);

	for (size_t i = 0; records != NULL && i < step->n; i++) {
		enum dcv_err rc = dcv_caa_read(&step->rdata[i], arena, &records[i], NULL);

		if (rc == DCV_E_FAILED) {
			decide(ret, DCV_CAA_ERROR, i, "C54",
				"it has a record without the form of CAA (RFC 8659 4.1)");
			return;
		}
		if (rc != DCV_OK)
			records = NULL;
	}
	if (records == NULL)
		decide(ret, DCV_CAA_ERROR, SIZE_MAX, "", "out of memory");
	else
		judge_set(question, records, step->n, ret);
}

static void judge_climb(const struct dcv_caa_question *question,
	const struct dcv_caa_step *steps, size_t n, struct dcv_arena *arena,
	struct dcv_caa_result *ret)
{
	ret->step = SIZE_MAX;
	decide(ret, DCV_CAA_PERMITS, SIZE_MAX, "", "no CAA set governs the name");
	for (size_t i = 0; i < n; i++) {
		if (steps[i].answer == DCV_CAA_EMPTY ||
			(steps[i].answer == DCV_CAA_SET && steps[i].n == 0))
			continue;
		ret->step = i;
		if (steps[i].answer == DCV_CAA_FAILED)
			decide(ret, DCV_CAA_ERROR, SIZE_MAX, "C56",
				"the look-up failed, so a CA cannot see what it permits");
		else
			judge_step(question, &steps[i], arena, ret);
		return;
	}
}

void dcv_caa_judge(const struct dcv_caa_question *question,
	const struct dcv_caa_step *steps, size_t n, struct dcv_arena *arena,
	struct dcv_caa_result *ret)
{
	struct dcv_caa_question softer = *question;

	judge_climb(question, steps, n, arena, ret);
	if (!question->is_soft || ret->verdict != DCV_CAA_DENIES ||
		strcmp(ret->cause, "C55") != 0)
		return;
	softer.method = NULL;
	judge_climb(&softer, steps, n, arena, ret);
}
