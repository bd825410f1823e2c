/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows the page of evidence that a CA's support gets. Times are UTC: the reader sits
 * elsewhere. */
#include "cmd/internal.h"
#include "cmd/walk.h"

static void add_rdata(uint16_t type, const struct dcv_rdata *rdata, size_t n,
	struct dcv_buf *buf)
{
	for (size_t i = 0; i < n; i++) {
		dcv_buf_adds(buf, "      ");
		dcv_rdata_text(type, &rdata[i], buf);
		dcv_buf_addc(buf, '\n');
	}
}

static void add_answer(const struct dcv_symptom *item,
	const struct dcv_address_answer *answer, struct dcv_buf *buf)
{
	char address[DCV_ADDR_TEXT_MAX];

	dcv_buf_addf(buf, "    %s %s: ", dcv_show_name(answer->server->name),
		dcv_addr_text(&answer->address->addr, address));
	if (answer->seen == DCV_SEEN_HAS)
		dcv_buf_addf(buf, "%zu value%s, TTL %u", answer->n,
			answer->n == 1 ? "" : "s", answer->ttl_s);
	else if (answer->seen == DCV_SEEN_ABSENT)
		dcv_buf_adds(buf, answer->nxdomain ? "NXDOMAIN" : "no such record");
	else
		dcv_buf_adds(buf,
			answer->seen == DCV_SEEN_RCODE ? dcv_rcode_text(answer->rcode)
						       : dcv_seen_text(answer->seen));
	if (answer->address->has_serial)
		dcv_buf_addf(buf, ", serial %u", answer->address->serial);
	dcv_buf_addc(buf, '\n');
	add_rdata(item->type, answer->rdata, answer->n, buf);
}

static void add_chain(const struct dcv_look *look, struct dcv_buf *buf)
{
	if (look->n_hops < 2)
		return;
	dcv_buf_adds(buf, "  aliases:");
	for (size_t i = 0; i < look->n_hops; i++)
		dcv_buf_addf(buf, "%s %s", i > 0 ? " ->" : "",
			dcv_show_name(look->hops[i].owner));
	dcv_buf_addc(buf, '\n');
}

static void add_item(const struct dcv_symptom *item, struct dcv_buf *buf)
{
	const struct dcv_hop *end = item->look != NULL && item->look->n_hops > 0
		? &item->look->hops[item->look->n_hops - 1]
		: NULL;
	char name[DCV_NAME_TEXT_MAX], type[DCV_TYPE_TEXT_MAX];

	dcv_buf_addf(buf, "\n%s %s\n  wanted:\n", dcv_name_text(&item->owner, name),
		dcv_type_text(item->type, type));
	add_rdata(item->type, item->wanted, item->n_wanted, buf);
	if (item->look != NULL)
		add_chain(item->look, buf);
	dcv_buf_adds(buf, "  served by the authoritative servers:\n");
	for (size_t i = 0; end != NULL && i < end->n_answers; i++)
		add_answer(item, &end->answers[i], buf);
	if (end == NULL || end->n_answers == 0)
		dcv_buf_adds(buf, "    none could be asked\n");
	if (item->eye != NULL && item->eye->state != DCV_EYE_NOT_ASKED) {
		dcv_buf_addf(buf, "  by a validating resolver without a cache: %s\n",
			dcv_eye_text(item->eye->state));
		add_rdata(item->type, item->eye->rdata, item->eye->n, buf);
	}
}

static void add_zones(const struct dcv_symptoms *symptoms, struct dcv_buf *buf)
{
	const struct dcv_zone_seen *last = NULL;
	char name[DCV_NAME_TEXT_MAX];

	for (size_t i = 0; i < symptoms->n_items; i++) {
		const struct dcv_zone_seen *zone = symptoms->items[i].place != NULL
			? symptoms->items[i].place->zone
			: NULL;

		if (zone == NULL || zone == last)
			continue;
		last = zone;
		dcv_buf_addf(buf, "\nzone %s, %s\n", dcv_name_text(&zone->apex, name),
			!zone->ds_known        ? "DS not known"
				: zone->has_ds ? "with a DS at the parent"
					       : "without a DS at the parent");
		for (size_t s = 0; s < zone->n_servers; s++)
			dcv_buf_addf(buf, "    %s%s%s\n",
				dcv_show_name(zone->servers[s]->name),
				zone->servers[s]->in_parent ? ", at the parent" : "",
				zone->servers[s]->in_child ? ", in the zone" : "");
	}
}

static void add_caa(const struct dcv_symptom_caa *caa, struct dcv_buf *buf)
{
	static const char *const verdicts[] = {[DCV_CAA_PERMITS] = "permits",
		[DCV_CAA_DENIES] = "denies",
		[DCV_CAA_ERROR] = "could not be looked up",
		[DCV_CAA_VARIES] = "depends on the CA"};

	dcv_buf_addf(buf, "\nCAA for %s%s: %s\n", caa->wildcard ? "*." : "",
		dcv_show_name(&caa->name),
		caa->result != NULL ? verdicts[caa->result->verdict] : "not looked at");
	for (size_t i = 0; caa->climb != NULL && i < caa->climb->n; i++) {
		const struct dcv_caa_step *step = &caa->climb->steps[i];

		dcv_buf_addf(buf, "    %s: %s\n", dcv_show_name(step->at),
			step->answer == DCV_CAA_EMPTY            ? "none"
				: step->answer == DCV_CAA_FAILED ? "failed"
								 : "a set");
		add_rdata(DCV_TYPE_CAA, step->rdata, step->n, buf);
	}
}

void dcv_walk_report(const struct dcv_symptoms *symptoms,
	const struct dcv_diagnosis *diagnosis, struct dcv_buf *buf)
{
	char time[DCV_TIME_TEXT_MAX];

	dcv_buf_addf(buf, "evidence for order %s at %s\nlooked at %s with dcvctl %s\n",
		symptoms->order,
		symptoms->ca_title != NULL ? symptoms->ca_title : "the CA",
		dcv_time_utc(symptoms->now_s, time), DCV_VERSION);
	if (diagnosis->dns_done)
		dcv_buf_addf(buf, "everything that DNS can show is right since %s\n",
			dcv_time_utc(diagnosis->done_s, time));
	for (size_t i = 0; i < diagnosis->n; i++)
		dcv_buf_addf(buf, "%s [%s]: %s\n",
			diagnosis->findings[i].note ? "note" : "open",
			diagnosis->findings[i].cause->id, diagnosis->findings[i].text);
	for (size_t i = 0; i < symptoms->n_items; i++)
		add_item(&symptoms->items[i], buf);
	add_zones(symptoms, buf);
	for (size_t i = 0; i < symptoms->n_caa; i++)
		add_caa(&symptoms->caa[i], buf);
}
