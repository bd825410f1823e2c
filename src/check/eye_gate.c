/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the DNSSEC gate: which answers pass, what is asked besides, and how long the
 * signatures still last. Why an answer is bogus is known in eye_cause.c. */
#include <string.h>

#include "check/eye_inside.h"

#define NSEC3_ITERATIONS_MAX \
	150u /* more: validators take the zone for unsigned (RFC 9276 3.2) */

static const struct dcv_name root = {.len = 1};

/* One call of dcv_eye_gates. */
struct gates {
	struct dcv_eye *eye;
	const struct dcv_eye_question *questions;
	size_t n;
	int64_t deadline_ms;
	struct dcv_arena *arena; /* of the caller */
	struct dcv_arena scratch; /* of all that was asked */
	struct dcv_eye_facts first; /* what was asked for */
	struct dcv_eye_facts second; /* what tells why; DS on the way to what is insecure */
	struct dcv_eye_facts third; /* keys of zones that have a DS and are insecure all the same */
	struct dcv_error *err;
};

static bool is_answer(const struct dcv_eye_answer *answer)
{
	return answer->state == DCV_EYE_SECURE || answer->state == DCV_EYE_INSECURE;
}

static const struct dcv_eye_answer *answer_to(const struct gates *gates, size_t i)
{
	return dcv_eye_fact(&gates->first, gates->questions[i].name,
		gates->questions[i].type);
}

static enum dcv_err ask_first(struct gates *gates)
{
	/* The root's keys tell an old trust anchor, and whether anything can be reached. */
	bool good = dcv_eye_facts_add(&gates->first, &root, DCV_TYPE_DNSKEY,
		&gates->scratch);

	for (size_t i = 0; good && i < gates->n; i++)
		good = dcv_eye_facts_add(&gates->first, gates->questions[i].name,
			gates->questions[i].type, &gates->scratch);
	if (!good)
		return dcv_nomem(gates->err);
	return dcv_eye_facts_ask(&gates->first, gates->eye, gates->deadline_ms,
		&gates->scratch, gates->err);
}

/* The zone that signed the records, or NULL. Of records that are not there nobody can tell where
 * their zone is. */
static const struct dcv_name *signer_of(const struct dcv_eye_answer *answer)
{
	const struct dcv_eye_link *last = answer->n > 0
		? &answer->links[answer->n_links - 1]
		: NULL;

	return last != NULL && last->is_signed ? last->signer : NULL;
}

static bool add_zone(struct gates *gates, struct dcv_eye_facts *facts,
	const struct dcv_name *zone)
{
	return dcv_eye_facts_add(facts, zone, DCV_TYPE_DNSKEY, &gates->scratch) &&
		dcv_eye_facts_add(facts, zone, DCV_TYPE_NSEC3PARAM, &gates->scratch);
}

static bool add_delegations(struct gates *gates, const struct dcv_name *name)
{
	bool good = true;

	for (unsigned up = 0; good && up < dcv_name_labels(name); up++)
		good = dcv_eye_facts_add_above(&gates->second, name, up, DCV_TYPE_DS,
			&gates->scratch);
	return good;
}

static bool add_second(struct gates *gates, size_t i)
{
	const struct dcv_eye_answer *answer = answer_to(gates, i);
	const struct dcv_name *signer = signer_of(answer);

	if (answer->state == DCV_EYE_BOGUS)
		return dcv_eye_cause_facts(&gates->questions[i], answer, &gates->second,
			&gates->scratch);
	if (answer->state == DCV_EYE_INSECURE)
		return add_delegations(gates, answer->canonical);
	return signer == NULL || add_zone(gates, &gates->second, signer);
}

/* The zone farthest from the root, on the way to a name, that has a DS which is proven. */
static bool last_delegation(const struct gates *gates, const struct dcv_name *name,
	struct dcv_name *ret)
{
	for (unsigned up = 0; up < dcv_name_labels(name); up++) {
		const struct dcv_name at = dcv_name_parent(name, up);
		const struct dcv_eye_answer *ds = dcv_eye_fact(&gates->second, &at,
			DCV_TYPE_DS);

		if (ds->state == DCV_EYE_SECURE && ds->n > 0) {
			*ret = at;
			return true;
		}
	}
	return false;
}

static bool add_third(struct gates *gates, size_t i)
{
	const struct dcv_eye_answer *answer = answer_to(gates, i);
	struct dcv_name zone;
	const struct dcv_name *kept;

	if (answer->state != DCV_EYE_INSECURE ||
		!last_delegation(gates, answer->canonical, &zone))
		return true;
	kept = dcv_arena_memdup(&gates->scratch, &zone, sizeof(zone));
	return kept != NULL && add_zone(gates, &gates->third, kept);
}

/* Asks what a step adds for each question. */
static enum dcv_err ask_more(struct gates *gates, struct dcv_eye_facts *facts,
	bool (*add)(struct gates *gates, size_t i))
{
	bool good = true;

	for (size_t i = 0; good && i < gates->n; i++)
		good = add(gates, i);
	if (!good)
		return dcv_nomem(gates->err);
	return dcv_eye_facts_ask(facts, gates->eye, gates->deadline_ms, &gates->scratch,
		gates->err);
}

static bool is_old_anchor(const struct gates *gates)
{
	return dcv_eye_fact(&gates->first, &root, DCV_TYPE_DNSKEY)->state == DCV_EYE_BOGUS;
}

static void take_period(struct dcv_eye_gate *gate, const struct dcv_eye_link *link)
{
	if (!link->is_signed)
		return;
	if (link->inception_s > gate->inception_s)
		gate->inception_s = link->inception_s;
	if (gate->expiration_s == 0 || link->expiration_s < gate->expiration_s)
		gate->expiration_s = link->expiration_s;
}

static void take_periods(struct dcv_eye_gate *gate, const struct dcv_eye_answer *answer)
{
	for (size_t i = 0; i < answer->n_links; i++)
		take_period(gate, &answer->links[i]);
}

/* How long the signatures of a secure answer last, its zone's keys included. */
static bool judge_margin(const struct gates *gates, const struct dcv_eye_answer *answer,
	struct dcv_eye_gate *ret)
{
	char name[DCV_NAME_TEXT_MAX], time[DCV_TIME_TEXT_MAX];

	take_periods(ret, answer);
	take_periods(ret, dcv_eye_fact(&gates->second, &ret->zone, DCV_TYPE_DNSKEY));
	if (ret->expiration_s == 0 ||
		ret->expiration_s - dcv_eye_now_s(gates->eye) >= DCV_EYE_MARGIN_S)
		return true;
	ret->cause = "D40";
	ret->why = dcv_arena_printf(gates->arena, "signatures of %s expire soon, %s",
		dcv_name_text(&ret->zone, name), dcv_time_local(ret->expiration_s, time));
	return ret->why != NULL;
}

/* RFC 5155 4.2: algorithm, flags, iterations. */
static unsigned iterations_of(const struct dcv_eye_answer *param)
{
	return param->n > 0 && param->rdata[0].len >= 4
		? (unsigned)(param->rdata[0].wire[2] << 8 | param->rdata[0].wire[3])
		: 0;
}

static bool judge_iterations(const struct gates *gates, const struct dcv_eye_facts *facts,
	struct dcv_eye_gate *ret)
{
	unsigned iterations = iterations_of(
		dcv_eye_fact(facts, &ret->zone, DCV_TYPE_NSEC3PARAM));
	char name[DCV_NAME_TEXT_MAX];

	if (iterations <= NSEC3_ITERATIONS_MAX)
		return true;
	ret->cause = "D43";
	ret->why = dcv_arena_printf(gates->arena,
		"%s has NSEC3 with %u iterations; over %u its proofs count as unsigned",
		dcv_name_text(&ret->zone, name), iterations, NSEC3_ITERATIONS_MAX);
	return ret->why != NULL;
}

static bool tell_algorithms(const struct gates *gates, struct dcv_eye_gate *ret)
{
	const struct dcv_eye_answer *ds = dcv_eye_fact(&gates->second, &ret->zone,
		DCV_TYPE_DS);
	char name[DCV_NAME_TEXT_MAX];
	struct dcv_buf buf;

	dcv_buf_init(&buf, 2048);
	dcv_buf_addf(&buf,
		"the DS of %s names an algorithm or digest that is not supported:",
		dcv_name_text(&ret->zone, name));
	for (size_t i = 0; i < ds->n; i++) {
		if (ds->rdata[i].len > 4)
			dcv_buf_addf(&buf, " %u/%u", ds->rdata[i].wire[2],
				ds->rdata[i].wire[3]);
	}
	ret->cause = "D43";
	ret->why = dcv_arena_strdup(gates->arena, dcv_buf_text(&buf));
	dcv_buf_clear(&buf);
	return ret->why != NULL;
}

/* A zone that has a DS is taken for unsigned all the same [D43]. */
static bool judge_insecure(const struct gates *gates, const struct dcv_eye_answer *answer,
	struct dcv_eye_gate *ret)
{
	struct dcv_name zone;

	if (!last_delegation(gates, answer->canonical, &zone))
		return true;
	ret->zone = zone;
	if (dcv_eye_fact(&gates->third, &zone, DCV_TYPE_DNSKEY)->state == DCV_EYE_INSECURE)
		return tell_algorithms(gates, ret);
	return judge_iterations(gates, &gates->third, ret);
}

static enum dcv_err judge_passed(const struct gates *gates,
	const struct dcv_eye_answer *answer, struct dcv_eye_gate *ret)
{
	const struct dcv_name *signer = signer_of(answer);
	bool good = true;

	ret->gate = DCV_GATE_PASSED;
	if (answer->state == DCV_EYE_INSECURE) {
		good = judge_insecure(gates, answer, ret);
	} else if (signer != NULL) {
		ret->zone = *signer;
		good = judge_iterations(gates, &gates->second, ret) &&
			judge_margin(gates, answer, ret);
	}
	return good ? DCV_OK : dcv_nomem(gates->err);
}

/* Neither an answer nor bogus: what that says depends on whether anything can be reached. */
static void judge_failed(const struct gates *gates, const struct dcv_eye_answer *answer,
	struct dcv_eye_gate *ret)
{
	if (!is_answer(dcv_eye_fact(&gates->first, &root, DCV_TYPE_DNSKEY))) {
		ret->why = "no root name server can be reached from here";
	} else if (answer->state == DCV_EYE_NOT_ASKED) {
		ret->why = "the time was over before there was an answer";
	} else {
		ret->gate = DCV_GATE_FAILED;
		ret->why = answer->state == DCV_EYE_TIMEOUT
			? "a resolver like the CA's gets no answer: the name servers say nothing"
			: "a resolver like the CA's gets no usable answer (SERVFAIL)";
	}
}

static enum dcv_err judge_old_anchor(const struct gates *gates, struct dcv_eye_gate *ret)
{
	ret->cause = "D45";
	ret->zone = root;
	ret->why = dcv_arena_printf(gates->arena,
		"the keys of the root do not match the trust anchor of this host, %s",
		dcv_eye_anchor_path(gates->eye));
	return ret->why == NULL ? dcv_nomem(gates->err) : DCV_OK;
}

static enum dcv_err judge(const struct gates *gates, size_t i, struct dcv_eye_gate *ret)
{
	const struct dcv_eye_answer *answer = answer_to(gates, i);

	*ret = (struct dcv_eye_gate){.gate = DCV_GATE_NOT_CHECKED,
		.state = answer->state,
		.cause = "",
		.why = "",
		.at = *gates->questions[i].name};
	if (is_old_anchor(gates))
		return judge_old_anchor(gates, ret);
	if (is_answer(answer))
		return judge_passed(gates, answer, ret);
	if (answer->state != DCV_EYE_BOGUS) {
		judge_failed(gates, answer, ret);
		return DCV_OK;
	}
	ret->gate = DCV_GATE_FAILED;
	return dcv_eye_cause(&gates->questions[i], answer, &gates->second,
		dcv_eye_now_s(gates->eye), gates->arena, ret, gates->err);
}

/* A name of an answer that is kept; most are that of the question. */
static bool keep_name(const struct gates *gates, size_t i, const struct dcv_name **name)
{
	const struct dcv_name *asked = gates->questions[i].name;

	if (*name == NULL)
		return true;
	*name = dcv_name_equal(*name, asked)
		? asked
		: dcv_arena_memdup(gates->arena, *name, sizeof(**name));
	return *name != NULL;
}

/* An answer outlives what was asked besides. */
static enum dcv_err keep_answer(const struct gates *gates, size_t i,
	struct dcv_eye_answer *ret)
{
	const struct dcv_eye_answer *from = answer_to(gates, i);
	struct dcv_eye_link *links = dcv_arena_memdup(gates->arena, from->links,
		from->n_links * sizeof(from->links[0]));
	bool good = links != NULL;

	*ret = *from;
	ret->why = dcv_arena_strdup(gates->arena, from->why);
	ret->rdata = dcv_rdata_dup_list(from->rdata, from->n, gates->arena);
	ret->links = links;
	for (size_t k = 0; good && k < from->n_links; k++)
		good = keep_name(gates, i, &links[k].owner) &&
			keep_name(gates, i, &links[k].signer);
	return good && keep_name(gates, i, &ret->canonical) && ret->why != NULL &&
			ret->rdata != NULL
		? DCV_OK
		: dcv_nomem(gates->err);
}

static enum dcv_err ask_all(struct gates *gates)
{
	enum dcv_err rc = ask_first(gates);

	if (rc == DCV_OK && !is_old_anchor(gates)) {
		rc = ask_more(gates, &gates->second, add_second);
		if (rc == DCV_OK)
			rc = ask_more(gates, &gates->third, add_third);
	}
	return rc;
}

enum dcv_err dcv_eye_gates(struct dcv_eye *eye, const struct dcv_eye_question *questions,
	size_t n, int64_t deadline_ms, struct dcv_arena *arena,
	struct dcv_eye_gate *gates, struct dcv_eye_answer *answers, struct dcv_error *err)
{
	struct gates all = {.eye = eye,
		.questions = questions,
		.n = n,
		.deadline_ms = deadline_ms,
		.arena = arena,
		.err = err};
	enum dcv_err rc = ask_all(&all);

	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		rc = judge(&all, i, &gates[i]);
		if (rc == DCV_OK && answers != NULL)
			rc = keep_answer(&all, i, &answers[i]);
	}
	dcv_arena_clear(&all.scratch);
	return rc;
}
