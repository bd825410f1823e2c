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
	struct dcv_arena *arena;
	struct dcv_eye_facts first, second; /* what was asked for; what tells why */
	struct dcv_error *err;
};

static bool is_answer(const struct dcv_eye_answer *answer)
{
	return answer->state == DCV_EYE_SECURE || answer->state == DCV_EYE_INSECURE;
}

static const struct dcv_eye_answer *answer_to(const struct gates *gates, size_t i)
{
	return dcv_eye_fact(&gates->first, &gates->questions[i].name,
		gates->questions[i].type);
}

static enum dcv_err ask_first(struct gates *gates)
{
	/* The root's keys tell an old trust anchor, and whether anything can be reached. */
	bool good = dcv_eye_facts_add(&gates->first, &root, DCV_TYPE_DNSKEY, gates->arena);

	for (size_t i = 0; good && i < gates->n; i++)
		good = dcv_eye_facts_add(&gates->first, &gates->questions[i].name,
			gates->questions[i].type, gates->arena);
	if (!good)
		return dcv_nomem(gates->err);
	return dcv_eye_facts_ask(&gates->first, gates->eye, gates->deadline_ms,
		gates->arena, gates->err);
}

/* The zone that signed the records, or NULL. Of records that are not there nobody can tell where
 * their zone is. */
static const struct dcv_name *signer_of(const struct dcv_eye_answer *answer)
{
	const struct dcv_eye_link *last = answer->n > 0
		? &answer->links[answer->n_links - 1]
		: NULL;

	return last != NULL && last->is_signed ? &last->signer : NULL;
}

static bool add_second(struct gates *gates, size_t i)
{
	static const uint16_t types[] = {DCV_TYPE_DS, DCV_TYPE_DNSKEY,
		DCV_TYPE_NSEC3PARAM};
	const struct dcv_eye_answer *answer = answer_to(gates, i);
	const struct dcv_name *signer = signer_of(answer);
	bool good = true;

	if (answer->state == DCV_EYE_BOGUS)
		return dcv_eye_cause_facts(&gates->questions[i], answer, &gates->second,
			gates->arena);
	for (size_t t = 0; signer != NULL && good && t < sizeof(types) / sizeof(types[0]);
		t++)
		good = dcv_eye_facts_add(&gates->second, signer, types[t], gates->arena);
	return good;
}

static enum dcv_err ask_second(struct gates *gates)
{
	bool good = true;

	if (dcv_eye_fact(&gates->first, &root, DCV_TYPE_DNSKEY)->state == DCV_EYE_BOGUS)
		return DCV_OK;
	for (size_t i = 0; good && i < gates->n; i++)
		good = add_second(gates, i);
	if (!good)
		return dcv_nomem(gates->err);
	return dcv_eye_facts_ask(&gates->second, gates->eye, gates->deadline_ms,
		gates->arena, gates->err);
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
static void judge_margin(const struct gates *gates, const struct dcv_eye_answer *answer,
	struct dcv_eye_gate *ret)
{
	int64_t now_s = dcv_eye_now_s(gates->eye);

	take_periods(ret, answer);
	take_periods(ret, dcv_eye_fact(&gates->second, &ret->zone, DCV_TYPE_DNSKEY));
	ret->short_margin = ret->expiration_s != 0 &&
		ret->expiration_s - now_s < DCV_EYE_MARGIN_S;
}

/* RFC 5155 4.2: algorithm, flags, iterations. */
static unsigned iterations_of(const struct dcv_eye_answer *param)
{
	return param->n > 0 && param->rdata[0].len >= 4
		? (unsigned)(param->rdata[0].wire[2] << 8 | param->rdata[0].wire[3])
		: 0;
}

static void add_algorithms(struct dcv_buf *buf, const struct dcv_eye_answer *ds)
{
	for (size_t i = 0; i < ds->n; i++) {
		if (ds->rdata[i].len > 4)
			dcv_buf_addf(buf, "%s%u", i > 0 ? ", " : "", ds->rdata[i].wire[2]);
	}
}

/* A zone that has a DS is taken for unsigned all the same [D43]. */
static bool judge_downgrade(const struct gates *gates,
	const struct dcv_eye_answer *answer, struct dcv_eye_gate *ret)
{
	const struct dcv_eye_answer *ds = dcv_eye_fact(&gates->second, &ret->zone,
					    DCV_TYPE_DS),
				    *param = dcv_eye_fact(&gates->second, &ret->zone,
					    DCV_TYPE_NSEC3PARAM);
	bool algorithm = answer->state == DCV_EYE_INSECURE &&
		ds->state == DCV_EYE_SECURE && ds->n > 0;
	char name[DCV_NAME_TEXT_MAX];
	struct dcv_buf buf;

	if (!algorithm && iterations_of(param) <= NSEC3_ITERATIONS_MAX)
		return true;
	dcv_buf_init(&buf, 512);
	(void)dcv_name_text(&ret->zone, name);
	if (iterations_of(param) > NSEC3_ITERATIONS_MAX) {
		dcv_buf_addf(&buf,
			"%s has NSEC3 with %u iterations: over %u its proofs are taken "
			"for unsigned",
			name, iterations_of(param), NSEC3_ITERATIONS_MAX);
	} else {
		dcv_buf_addf(&buf,
			"%s is signed with an algorithm that is not supported: ", name);
		add_algorithms(&buf, ds);
	}
	ret->cause = "D43";
	ret->why = dcv_arena_strdup(gates->arena, dcv_buf_text(&buf));
	dcv_buf_clear(&buf);
	return ret->why != NULL;
}

static enum dcv_err judge_passed(const struct gates *gates,
	const struct dcv_eye_answer *answer, struct dcv_eye_gate *ret)
{
	const struct dcv_name *signer = signer_of(answer);

	ret->gate = DCV_GATE_PASSED;
	if (signer == NULL)
		return DCV_OK;
	ret->zone = *signer;
	if (answer->state == DCV_EYE_SECURE)
		judge_margin(gates, answer, ret);
	return judge_downgrade(gates, answer, ret) ? DCV_OK : dcv_nomem(gates->err);
}

/* Neither an answer nor bogus: what that says depends on whether anything can be reached. */
static void judge_failed(const struct gates *gates, const struct dcv_eye_answer *answer,
	struct dcv_eye_gate *ret)
{
	bool reached = is_answer(dcv_eye_fact(&gates->first, &root, DCV_TYPE_DNSKEY));

	if (answer->state == DCV_EYE_SERVFAIL && reached) {
		ret->gate = DCV_GATE_FAILED;
		ret->why = answer->why[0] != '\0'
			? answer->why
			: "a resolver like the CA's gets no usable answer (SERVFAIL)";
	} else if (answer->state == DCV_EYE_TIMEOUT && reached) {
		ret->why = "a resolver like the CA's gets no answer in time";
	} else {
		ret->why = reached ? "the time was over before it was asked"
				   : "no root name server can be reached from here";
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
		.at = gates->questions[i].name};
	if (dcv_eye_fact(&gates->first, &root, DCV_TYPE_DNSKEY)->state == DCV_EYE_BOGUS)
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
	enum dcv_err rc = ask_first(&all);

	if (rc == DCV_OK)
		rc = ask_second(&all);
	for (size_t i = 0; rc == DCV_OK && i < n; i++) {
		rc = judge(&all, i, &gates[i]);
		if (answers != NULL)
			answers[i] = *answer_to(&all, i);
	}
	return rc;
}
