/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what the zone's servers answer: the judge beside the backend's own word. */
#include <stdio.h>

#include "provider/trial_parts.h"

#define ASK_MS 2000 /* for one question, so that silence is asked again */
#define PAUSE_MS 20 /* at first; doubled up to … */
#define PAUSE_MAX_MS 1000

static enum dcv_err ask(struct dcv_trial *t, size_t server, const struct dcv_name *name,
	uint16_t type, int64_t end_ms, struct dcv_answer *ret, struct dcv_error *err)
{
	const struct dcv_clock *clock = t->setup->host->clock;
	int64_t limit_ms = dcv_mono_ms(clock) + ASK_MS;

	return dcv_ask(&t->setup->servers[server], name, type, false,
		limit_ms < end_ms ? limit_ms : end_ms, clock, t->arena, ret, err);
}

/* One look. DCV_E_FAILED: what is served is not what must be. */
static enum dcv_err look(struct dcv_trial *t, size_t server,
	const struct dcv_trial_set *want, int64_t end_ms, struct dcv_error *err)
{
	const struct dcv_rrset *set = &want->set;
	char who[DCV_ADDR_TEXT_MAX + 16] = "", text[DCV_ADDR_TEXT_MAX];
	struct dcv_answer answer;
	enum dcv_err rc = ask(t, server, &set->owner, set->type, end_ms, &answer, err);

	if (rc != DCV_OK)
		return rc;
	dcv_addr_text(&t->setup->servers[server], text);
	(void)snprintf(who, sizeof(who), "server %s", text);
	if (!answer.aa ||
		(answer.rcode != DCV_RCODE_NOERROR && answer.rcode != DCV_RCODE_NXDOMAIN))
		return dcv_fail(err, DCV_E_FAILED, "%s: answers %s%s", who,
			dcv_rcode_text(answer.rcode),
			answer.aa ? "" : ", without authority");
	if (!dcv_trial_same(set, dcv_answer_set(&answer, &set->owner, set->type),
		    want->apex))
		return dcv_trial_differs(who, set,
			dcv_answer_set(&answer, &set->owner, set->type), err);
	return DCV_OK;
}

enum dcv_err dcv_trial_served(struct dcv_trial *t, const struct dcv_trial_set *want,
	struct dcv_error *err)
{
	const struct dcv_clock *clock = t->setup->host->clock;
	int64_t begun_ms = dcv_mono_ms(clock), end_ms = begun_ms + t->setup->serve_ms;

	for (size_t i = 0; i < t->setup->n_servers; i++) {
		struct dcv_error last = {0};
		int64_t pause_ms = PAUSE_MS;

		while (look(t, i, want, end_ms, &last) != DCV_OK) {
			if (dcv_mono_ms(clock) + pause_ms >= end_ms)
				return dcv_fail(err, DCV_E_FAILED, "%s", last.text);
			dcv_sleep_ms(clock, pause_ms);
			pause_ms = pause_ms < PAUSE_MAX_MS ? 2 * pause_ms : PAUSE_MAX_MS;
			last = (struct dcv_error){0};
		}
	}
	if (dcv_mono_ms(clock) - begun_ms > t->result->slowest_ms)
		t->result->slowest_ms = dcv_mono_ms(clock) - begun_ms;
	return DCV_OK;
}

enum dcv_err dcv_trial_serial(struct dcv_trial *t, size_t server, uint32_t *ret,
	struct dcv_error *err)
{
	const struct dcv_clock *clock = t->setup->host->clock;
	struct dcv_answer answer;
	enum dcv_err rc = ask(t, server, &t->setup->zone, DCV_TYPE_SOA,
		dcv_mono_ms(clock) + t->setup->serve_ms, &answer, err);

	if (rc == DCV_OK && !answer.has_soa)
		rc = dcv_fail(err, DCV_E_FAILED, "the server answers without a SOA");
	*ret = rc == DCV_OK ? answer.soa_serial : 0;
	return rc;
}
