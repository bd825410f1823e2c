/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what is asked of a CAA set for an order, and where a set that denies the CA
 * must not be added to. It does not know where the set was found. */
#include <string.h>
#include <strings.h>

#include "plan/caa_making.h"

/* From 2027-03-15 on every public CA processes the parameters of RFC 8657, with BR labels for
 * the methods (CA/Browser Forum ballot SC-098v2). */
#define BR_LABELS_S INT64_C(1805068800)

const char *const *dcv_caa_issuers(const struct dcv_order *order, size_t *ret_n)
{
	return dcv_ca_issuers(order->ca, ret_n);
}

static struct dcv_caa_result judge(struct dcv_caa_making *making,
	const struct dcv_caa_question *question, const struct dcv_rdata *values, size_t n)
{
	const struct dcv_caa_step step = {.answer = DCV_CAA_SET, .n = n, .rdata = values};
	struct dcv_caa_result ret;

	dcv_caa_judge(question, &step, 1, &making->scratch, &ret);
	dcv_arena_clear(&making->scratch);
	if (ret.verdict == DCV_CAA_ERROR && ret.cause[0] == '\0')
		making->no_memory = true;
	return ret;
}

bool dcv_caa_is_soft(const char *method, int64_t now_s)
{
	return method != NULL && strncmp(method, "ca-tbr-", 7) == 0 && now_s < BR_LABELS_S;
}

/* Before the labels are binding a CA may call its method otherwise, or read no parameters; ACME's
 * own are in force. */
static struct dcv_caa_result judge_softly(struct dcv_caa_making *making,
	const struct dcv_caa_case *of, bool wildcard, const struct dcv_rdata *values,
	size_t n)
{
	struct dcv_caa_question question = {.wildcard = wildcard,
		.accounturi = of->ask->accounturi,
		.method = of->ask->method};

	question.issuers = dcv_caa_issuers(of->ask->subject->order, &question.n_issuers);
	question.is_soft = dcv_caa_is_soft(question.method, making->world->now_s);
	return judge(making, &question, values, n);
}

struct dcv_caa_result dcv_caa_judge_at(struct dcv_caa_making *making,
	const struct dcv_caa_case *of, const struct dcv_caa_spot *spot)
{
	return judge_softly(making, of, of->wildcard, spot->values, spot->n);
}

static bool tag_is(const struct dcv_rdata *rdata, const char *tag)
{
	size_t len = strlen(tag);

	return rdata->len >= len + 2 && rdata->wire[1] == len &&
		strncasecmp((const char *)rdata->wire + 2, tag, len) == 0;
}

const char *dcv_caa_tag(const struct dcv_caa_case *of, const struct dcv_caa_spot *spot)
{
	for (size_t i = 0; of->wildcard && i < spot->n; i++) {
		if (tag_is(&spot->values[i], "issuewild"))
			return "issuewild";
	}
	return "issue";
}

static bool is_of_ca(const struct dcv_order *order, const struct dcv_caa_value *value)
{
	size_t n;
	const char *const *issuers = dcv_caa_issuers(order, &n);

	for (size_t i = 0; i < n; i++) {
		if (strlen(issuers[i]) == value->issuer_len &&
			strncasecmp(issuers[i], value->issuer, value->issuer_len) == 0)
			return true;
	}
	return false;
}

/* A record beside which nothing is added. */
static const char *record_obstacle(struct dcv_caa_making *making,
	const struct dcv_caa_case *of, const struct dcv_rdata *rdata, const char *tag,
	const char **ret_cause, const char **ret_help)
{
	const char *text = (const char *)rdata->wire + 2 + rdata->wire[1];
	size_t len = rdata->len - 2u - rdata->wire[1];
	struct dcv_caa_value value;
	bool wild = tag_is(rdata, "issuewild");

	if (!wild && !tag_is(rdata, "issue"))
		return NULL;
	if (!dcv_caa_value_read(text, len, &value)) {
		*ret_cause = "C54";
		*ret_help = "correct that record";
		return tag_is(rdata, tag) ? "a value there is outside the grammar, so it "
					    "permits nobody (RFC 8659 4.2)"
					  : NULL;
	}
	if (value.issuer_len == 0) {
		*ret_cause = wild ? "C51" : "C50";
		return tag_is(rdata, tag) ? "a `;` there says that nobody may issue"
					  : NULL;
	}
	if (!is_of_ca(of->ask->subject->order, &value) ||
		strcmp(judge_softly(making, of, wild, rdata, 1).cause, "C55") != 0)
		return NULL;
	*ret_cause = "C55";
	*ret_help = "extend that record, or name what it asks for under `caa:` of the order "
		    "(records: accounturi, validationmethods)";
	return "a record of this CA there sets conditions that the order does not meet";
}

static bool may_add(const struct dcv_caa_world *world, const char *issuer)
{
	for (size_t i = 0; world->issuers != NULL && i < world->n_issuers; i++) {
		if (strcasecmp(world->issuers[i], issuer) == 0)
			return true;
	}
	return world->issuers == NULL;
}

static const char *issuer_obstacle(struct dcv_caa_making *making,
	const struct dcv_caa_case *of, const char *tag, const char **ret_help)
{
	const struct dcv_order *order = of->ask->subject->order;
	const char *issuer = order->ca->caa;
	bool good = order->n_caa > 0 || may_add(making->world, issuer);

	for (size_t i = 0; good && i < order->n_caa; i++) {
		if (strcmp(order->caa_records[i].tag, tag) != 0 ||
			order->caa_records[i].issuer == NULL)
			continue;
		issuer = order->caa_records[i].issuer;
		good = may_add(making->world, issuer);
	}
	if (good)
		return NULL;
	*ret_help = dcv_caa_printf(making, "add %s to `caa_issuers` of the configuration",
		issuer);
	return dcv_caa_printf(making,
		"`caa_issuers` of the configuration does not name %s", issuer);
}

const char *dcv_caa_obstacle(struct dcv_caa_making *making, const struct dcv_caa_case *of,
	const struct dcv_caa_spot *spot, const struct dcv_caa_result *result,
	const char **ret_cause, const char **ret_help)
{
	const char *tag = dcv_caa_tag(of, spot), *why = NULL;

	*ret_help = NULL;
	*ret_cause = result->cause;
	if (strcmp(result->cause, "C53") == 0) {
		*ret_help = "give that property flags 0, or take it away";
		return "a critical property there forbids issuance, whatever is added";
	}
	for (size_t i = 0; why == NULL && i < spot->n; i++)
		why = record_obstacle(making, of, &spot->values[i], tag, ret_cause,
			ret_help);
	if (why != NULL)
		return why;
	*ret_help = NULL;
	*ret_cause = result->cause;
	return issuer_obstacle(making, of, tag, ret_help);
}
