/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which questions are in flight to a resolver, and how messages are framed (RFC 7858,
 * and with h2.c RFC 8484). It does not know sockets, nor what answers mean. */
#include "check/stub_link.h"

#include <stdio.h>
#include <string.h>

#define OUT_MAX 65536u

int64_t dcv_stub_now_ms(const struct dcv_stub_link *link)
{
	return dcv_mono_ms(link->stub->options.clock);
}

bool dcv_stub_is_doh(const struct dcv_stub_link *link)
{
	return link->stub->options.via == DCV_VIA_DOH;
}

const struct dcv_resolver *dcv_stub_resolver(const struct dcv_stub_link *link)
{
	return &link->stub->options.resolvers[link->index];
}

void dcv_stub_fail(struct dcv_stub_link *link, enum dcv_err rc)
{
	if (link->asking->rc == DCV_OK)
		link->asking->rc = rc == DCV_E_NOMEM ? dcv_nomem(link->asking->err) : rc;
}

/* --- questions --- */

struct dcv_stub_question *dcv_stub_pick(struct dcv_stub_link *link)
{
	struct dcv_stub_asking *asking = link->asking;

	for (; link->next < asking->n; link->next++) {
		struct dcv_stub_question *question = &asking->questions[link->next];

		if (question->resolver == link->index && !question->in_flight &&
			question->seen == DCV_SEEN_NOT_ASKED)
			return question;
	}
	return NULL;
}

static void release(struct dcv_stub_link *link, struct dcv_stub_slot *slot)
{
	slot->question->in_flight = false;
	slot->question = NULL;
	link->n_slots--;
}

static void end(struct dcv_stub_link *link, struct dcv_stub_slot *slot,
	enum dcv_seen seen, const char *why)
{
	struct dcv_stub_question *question = slot->question;

	question->seen = seen;
	question->rtt_ms = dcv_stub_now_ms(link) - slot->asked_ms;
	question->why = why != NULL ? dcv_arena_strdup(link->asking->arena, why) : NULL;
	if (why != NULL && question->why == NULL)
		dcv_stub_fail(link, DCV_E_NOMEM);
	release(link, slot);
}

/* The server may have said nothing about recursion where it refuses. */
static const char *wrong_with(const struct dcv_answer *answer)
{
	bool answers = answer->rcode == DCV_RCODE_NOERROR ||
		answer->rcode == DCV_RCODE_NXDOMAIN;

	if (answer->tc)
		return "the answer is truncated, though it came over TLS";
	return answers && !answer->ra ? "it is no resolver: it offers no recursion" : NULL;
}

static void take_raw(struct dcv_stub_link *link, struct dcv_stub_slot *slot,
	const uint8_t *msg, size_t n)
{
	slot->question->raw = dcv_arena_memdup(link->asking->arena, msg, n);
	slot->question->raw_len = n;
	if (slot->question->raw == NULL)
		dcv_stub_fail(link, DCV_E_NOMEM);
	end(link, slot, DCV_SEEN_HAS, NULL);
}

/* A message that matches the question in the slot. */
static void take_answer(struct dcv_stub_link *link, struct dcv_stub_slot *slot,
	const uint8_t *msg, size_t n)
{
	struct dcv_answer *answer = &slot->question->answer;
	struct dcv_error why = {0};
	enum dcv_err rc;
	const char *wrong;

	link->useful = true;
	if (slot->question->raw != NULL) {
		take_raw(link, slot, msg, n);
		return;
	}
	rc = dcv_answer_parse(&slot->query, msg, n, link->asking->arena, answer, &why);
	wrong = rc == DCV_OK ? wrong_with(answer) : why.text;
	if (rc == DCV_E_NOMEM)
		dcv_stub_fail(link, rc);
	end(link, slot, wrong == NULL ? DCV_SEEN_HAS : DCV_SEEN_MALFORMED, wrong);
}

void dcv_stub_take_back(struct dcv_stub_link *link)
{
	for (size_t i = 0; i < DCV_STUB_IN_FLIGHT; i++) {
		if (link->slots[i].question != NULL)
			release(link, &link->slots[i]);
	}
	link->next = 0;
}

void dcv_stub_expire(struct dcv_stub_link *link, int64_t ms)
{
	int64_t now_ms = dcv_stub_now_ms(link);

	for (size_t i = 0; i < DCV_STUB_IN_FLIGHT; i++) {
		struct dcv_stub_slot *slot = &link->slots[i];

		if (slot->question == NULL || now_ms - slot->asked_ms < ms)
			continue;
		if (dcv_stub_is_doh(link))
			dcv_h2_forget(&link->h2, slot->stream);
		end(link, slot, DCV_SEEN_TIMEOUT, "no answer in time");
	}
}

/* --- frames --- */

/* Told by h2.c: a request has ended. */
static void on_body(void *ctx, uint32_t stream, const uint8_t *body, size_t n,
	const char *why)
{
	struct dcv_stub_link *link = ctx;

	for (size_t i = 0; i < DCV_STUB_IN_FLIGHT; i++) {
		struct dcv_stub_slot *slot = &link->slots[i];

		if (slot->question == NULL || slot->stream != stream)
			continue;
		if (why == NULL && !dcv_answer_matches(&slot->query, body, n))
			why = "the answer is for another question";
		if (why == NULL)
			take_answer(link, slot, body, n);
		else
			end(link, slot, DCV_SEEN_MALFORMED, why);
		return;
	}
}

/* RFC 7766 7: answers come in any order. What matches nothing is ignored, e.g. the answer to a
 * question that was given up. */
static void on_message(struct dcv_stub_link *link, const uint8_t *msg, size_t n)
{
	for (size_t i = 0; i < DCV_STUB_IN_FLIGHT; i++) {
		struct dcv_stub_slot *slot = &link->slots[i];

		if (slot->question != NULL && dcv_answer_matches(&slot->query, msg, n)) {
			take_answer(link, slot, msg, n);
			return;
		}
	}
}

static void take_messages(struct dcv_stub_link *link)
{
	struct dcv_buf *in = &link->in;
	size_t at = 0;

	while (in->len - at >= 2) {
		size_t len = (size_t)in->data[at] << 8 | in->data[at + 1];

		if (in->len - at < 2 + len)
			break;
		on_message(link, in->data + at + 2, len);
		at += 2 + len;
	}
	if (at > 0) {
		memmove(in->data, in->data + at, in->len - at);
		in->len -= at;
	}
}

const char *dcv_stub_take(struct dcv_stub_link *link, const uint8_t *data, size_t n)
{
	if (dcv_stub_is_doh(link))
		return dcv_h2_take(&link->h2, data, n);
	dcv_buf_add(&link->in, data, n);
	if (link->in.failed)
		dcv_stub_fail(link, DCV_E_NOMEM);
	else
		take_messages(link);
	return NULL;
}

static size_t make_message(const struct dcv_stub_slot *slot, uint8_t *out)
{
	const struct dcv_stub_question *question = slot->question;

	if (question->raw == NULL)
		return dcv_query_write(&slot->query, out);
	memcpy(out, question->raw, question->raw_len);
	out[0] = (uint8_t)(slot->query.id >> 8);
	out[1] = (uint8_t)slot->query.id;
	return question->raw_len;
}

static void put(struct dcv_stub_link *link, struct dcv_stub_slot *slot)
{
	uint8_t msg[DCV_QUERY_MAX];
	size_t n = make_message(slot, msg);
	const uint8_t head[] = {(uint8_t)(n >> 8), (uint8_t)n};
	const struct dcv_resolver *resolver = dcv_stub_resolver(link);
	const char *url = resolver->text + strlen("https://");
	char authority[320];

	if (!dcv_stub_is_doh(link)) {
		dcv_buf_add(&link->out, head, sizeof(head));
		dcv_buf_add(&link->out, msg, n);
		return;
	}
	(void)snprintf(authority, sizeof(authority), "%.*s", (int)strcspn(url, "/"), url);
	slot->stream = dcv_h2_ask(&link->h2, authority, resolver->path, msg, n);
}

static bool may_put(const struct dcv_stub_link *link)
{
	return link->n_slots < DCV_STUB_IN_FLIGHT &&
		(!dcv_stub_is_doh(link) || dcv_h2_may_ask(&link->h2, DCV_QUERY_MAX));
}

void dcv_stub_fill(struct dcv_stub_link *link)
{
	struct dcv_stub_question *question;

	while (may_put(link) && (question = dcv_stub_pick(link)) != NULL) {
		struct dcv_stub_slot *slot = link->slots;

		while (slot->question != NULL)
			slot++;
		if (dcv_query_init(question->name, question->type, true, &slot->query,
			    link->asking->err) != DCV_OK) {
			dcv_stub_fail(link, DCV_E_INTERNAL);
			return;
		}
		/* TLS is what keeps forgers out here. */
		memcpy(slot->query.qname, question->name->wire, question->name->len);
		slot->question = question;
		slot->asked_ms = dcv_stub_now_ms(link);
		question->in_flight = true;
		link->n_slots++;
		put(link, slot);
	}
	if (link->out.failed)
		dcv_stub_fail(link, DCV_E_NOMEM);
}

void dcv_stub_begin(struct dcv_stub_link *link)
{
	dcv_buf_init(&link->in, 2 * (2 + DCV_MESSAGE_MAX));
	dcv_buf_init(&link->out, OUT_MAX);
	if (dcv_stub_is_doh(link))
		dcv_h2_init(&link->h2, &link->out, on_body, link);
}

void dcv_stub_clear(struct dcv_stub_link *link)
{
	dcv_buf_clear(&link->in);
	dcv_buf_clear(&link->out);
	dcv_h2_clear(&link->h2);
	link->h2 = (struct dcv_h2){0};
	link->out_at = 0;
}
