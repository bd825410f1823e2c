/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the examination in the result document: every observation. */
#include "cmd/exam.h"
#include "cmd/result.h"
#include "cmd/walk.h"

static const char *gate_text(enum dcv_gate gate)
{
	static const char *const texts[] = {[DCV_GATE_NOT_CHECKED] = "not checked",
		[DCV_GATE_PASSED] = "passed",
		[DCV_GATE_FAILED] = "failed"};

	return texts[gate];
}

static struct dcv_json *values_json(struct dcv_session *session, uint16_t type,
	const struct dcv_rdata *rdata, size_t n)
{
	struct dcv_json *values = dcv_json_array();

	for (size_t i = 0; i < n; i++)
		dcv_json_append_text(values, dcv_result_value(session, type, &rdata[i]));
	return values;
}

static struct dcv_json *answer_json(struct dcv_session *session, uint16_t type,
	const struct dcv_address_answer *answer)
{
	struct dcv_json *json = dcv_json_object();
	char addr[DCV_ADDR_TEXT_MAX];

	dcv_result_name(json, "name", answer->server->name);
	dcv_json_set_text(json, "address", dcv_addr_text(&answer->address->addr, addr));
	dcv_json_set_text(json, "state", dcv_seen_text(answer->seen));
	dcv_json_set_text(json, "rcode", dcv_rcode_text(answer->rcode));
	dcv_json_set_int(json, "ttl", answer->ttl_s);
	dcv_json_set(json, "values",
		values_json(session,
			answer->seen == DCV_SEEN_OLD ? (uint16_t)DCV_TYPE_CNAME : type,
			answer->rdata, answer->n));
	return json;
}

/* A look-up hop by hop. */
static struct dcv_json *look_json(struct dcv_session *session, const struct dcv_look *look)
{
	struct dcv_json *hops = dcv_json_array();

	for (size_t i = 0; look != NULL && i < look->n_hops; i++) {
		const struct dcv_hop *hop = &look->hops[i];
		struct dcv_json *json = dcv_json_object();
		struct dcv_json *servers = dcv_json_array();

		dcv_result_name(json, "owner", hop->owner);
		if (hop->zone != NULL)
			dcv_result_name(json, "zone", &hop->zone->apex);
		dcv_json_set_bool(json, "alias", hop->is_alias);
		dcv_json_set_bool(json, "wildcard", hop->wildcard);
		for (size_t k = 0; k < hop->n_answers; k++)
			dcv_json_append(servers,
				answer_json(session, look->type, &hop->answers[k]));
		dcv_json_set(json, "servers", servers);
		dcv_json_append(hops, json);
	}
	return hops;
}

static struct dcv_json *item_json(struct dcv_session *session,
	const struct dcv_symptom *item)
{
	struct dcv_json *json = dcv_json_object();

	dcv_result_name(json, "owner", &item->owner);
	dcv_result_type(json, item->type);
	dcv_json_set(json, "hops", look_json(session, item->look));
	if (item->gate != NULL) {
		dcv_json_set_text(json, "dnssec", dcv_eye_text(item->gate->state));
		dcv_json_set_text(json, "dnssec_why", item->gate->why);
	}
	return json;
}

static struct dcv_json *caa_json(struct dcv_session *session,
	const struct dcv_symptom_caa *caa)
{
	const struct dcv_caa_result *result = caa->result;
	struct dcv_json *json = dcv_json_object();

	dcv_result_name(json, "name", &caa->name);
	dcv_json_set_bool(json, "wildcard", caa->wildcard);
	dcv_json_set_text(json, "gate", gate_text(dcv_caa_gate(caa)));
	if (result != NULL && caa->climb != NULL && result->step < caa->climb->n) {
		const struct dcv_caa_step *step = &caa->climb->steps[result->step];

		dcv_result_name(json, "at", step->at);
		dcv_json_set(json, "values",
			values_json(session, DCV_TYPE_CAA, step->rdata, step->n));
		dcv_json_set_text(json, "why", result->why);
	}
	return json;
}

static struct dcv_json *case_json(struct dcv_session *session, const struct dcv_case *of)
{
	struct dcv_json *json = dcv_json_object();
	struct dcv_json *records = dcv_json_array(), *names = dcv_json_array();

	for (size_t i = 0; i < of->symptoms.n_items; i++)
		dcv_json_append(records, item_json(session, &of->symptoms.items[i]));
	for (size_t i = 0; i < of->symptoms.n_caa; i++)
		dcv_json_append(names, caa_json(session, &of->symptoms.caa[i]));
	dcv_json_set_text(json, "order", of->symptoms.order);
	dcv_json_set_text(json, "caa", gate_text(of->caa));
	dcv_json_set_text(json, "dnssec", gate_text(of->dnssec));
	dcv_json_set(json, "records", records);
	dcv_json_set(json, "names", names);
	dcv_json_set(json, "diagnosis", dcv_walk_json(&of->diagnosis));
	return json;
}

void dcv_exam_json(struct dcv_session *session)
{
	struct dcv_json *cases;

	if (!session->options.json || session->exam == NULL || session->detail != NULL)
		return;
	cases = dcv_json_array();
	for (size_t i = 0; i < session->exam->n_cases; i++)
		dcv_json_append(cases, case_json(session, &session->exam->cases[i]));
	session->detail = cases;
}
