/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how many questions are asked at once and which answer belongs to which. It does
 * not know what they are for. */
#include "providers/rfc2136/questions.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "dns/reader.h"
#include "providers/rfc2136/fail.h"
#include "providers/rfc2136/update.h"

#define TOGETHER_MAX 1000u
#define OUT_MAX (TOGETHER_MAX * (2u + DCV_MESSAGE_MAX))
#define UNUSED_MAX 32768u /* octets of the names of one question */
#define RR_FIXED 12u /* of a prerequisite: a pointer, and all behind the owner */
#define TRIES 2

static struct dcv_rquestion *append(struct dcv_rquestions *questions,
	const struct dcv_name *name, uint16_t type)
{
	struct dcv_arena *arena = &questions->session->call;
	struct dcv_rquestion **items = dcv_arena_grow(arena, questions->items,
		questions->n, sizeof *items);
	struct dcv_rquestion *question = dcv_arena_alloc(arena, sizeof *question);

	if (items == NULL || question == NULL)
		return NULL;
	question->name = *name;
	question->type = type;
	question->request.zone = questions->zone;
	question->request.in_use = type == DCV_RIN_USE;
	questions->items = items;
	items[questions->n++] = question;
	return question;
}

bool dcv_rquestion_add(struct dcv_rquestions *questions, const struct dcv_name *name,
	uint16_t type)
{
	return append(questions, name, type) != NULL;
}

bool dcv_rquestion_add_unused(struct dcv_rquestions *questions,
	const struct dcv_name *names, size_t n)
{
	struct dcv_rquestion *question = NULL;
	size_t octets = 0;

	for (size_t i = 0; i < n; i++) {
		octets += names[i].len + RR_FIXED;
		if (question == NULL || octets > UNUSED_MAX) {
			question = append(questions, &names[i], DCV_RUNUSED);
			if (question == NULL)
				return false;
			question->names = &names[i];
			octets = names[i].len + RR_FIXED;
		}
		question->n_names++;
	}
	return true;
}

bool dcv_rquestions_unused(const struct dcv_rquestions *questions)
{
	for (size_t i = 0; i < questions->n; i++) {
		if (questions->items[i]->type == DCV_RUNUSED &&
			questions->items[i]->answer.rcode != DCV_RCODE_NOERROR)
			return false;
	}
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct dcv_rquestion *x = *(struct dcv_rquestion *const *)a;
	const struct dcv_rquestion *y = *(struct dcv_rquestion *const *)b;
	int names = dcv_name_compare(&x->name, &y->name);

	return names != 0 ? names : (int)x->type - (int)y->type;
}

static void sort(struct dcv_rquestions *questions)
{
	size_t n = 0;

	if (questions->n > 0)
		qsort(questions->items, questions->n, sizeof *questions->items, compare);
	for (size_t i = 0; i < questions->n; i++) {
		if (n == 0 || compare(&questions->items[n - 1], &questions->items[i]) != 0)
			questions->items[n++] = questions->items[i];
	}
	questions->n = n;
}

const struct dcv_answer *dcv_rquestion_answer(const struct dcv_rquestions *questions,
	const struct dcv_name *name, uint16_t type)
{
	const struct dcv_rquestion key = {.name = *name, .type = type}, *at = &key;
	struct dcv_rquestion *const *found = bsearch(&at, questions->items, questions->n,
		sizeof *questions->items, compare);

	return &(*found)->answer;
}

/* --- asking --- */

/* Questions under way: their ids follow each other. */
struct batch {
	struct dcv_rquestions *questions;
	struct dcv_rquestion **items;
	size_t n, n_open;
	uint16_t first_id;
	enum dcvp_class end;
	struct dcvp_error err; /* of the last try */
};

static enum dcv_err write_question(struct dcv_rquestions *questions,
	struct dcv_rquestion *question, uint16_t id, struct dcv_buf *msg,
	struct dcv_error *why)
{
	uint8_t out[DCV_QUERY_MAX];

	msg->len = 0;
	if (question->type == DCV_RIN_USE) {
		dcv_rupdate_ask_use(&questions->apex, &question->name, id, msg);
	} else if (question->type == DCV_RUNUSED) {
		dcv_rupdate_ask_unused(&questions->apex, question->names,
			question->n_names, id, msg);
	} else {
		/* Neither random case nor EDNS is of use where there is a signature, and TCP. */
		question->query = (struct dcv_query){.name = question->name,
			.type = question->type,
			.id = id};
		memcpy(question->query.qname, question->name.wire, question->name.len);
		dcv_buf_add(msg, out, dcv_query_write(&question->query, out));
	}
	return dcv_tsig_sign(&questions->session->key,
		questions->session->host->wall_s(questions->session->host->ctx), msg,
		&question->request.mac, why);
}

/* The questions of a batch that are open, each behind its length. */
static enum dcvp_class write_batch(struct batch *batch, struct dcv_buf *out)
{
	struct dcv_error why = {.code = DCV_OK};
	struct dcv_buf msg;

	dcv_buf_init(&msg, DCV_MESSAGE_MAX);
	for (size_t i = 0; i < batch->n && why.code == DCV_OK; i++) {
		if (batch->items[i]->answered)
			continue;
		if (write_question(batch->questions, batch->items[i],
			    (uint16_t)(batch->first_id + i), &msg, &why) != DCV_OK)
			break;
		dcv_buf_addc(out, (char)(msg.len >> 8));
		dcv_buf_addc(out, (char)msg.len);
		dcv_buf_add(out, msg.data, msg.len);
	}
	if (out->failed && why.code == DCV_OK)
		(void)dcv_nomem(&why);
	dcv_buf_clear(&msg);
	return dcv_rfrom(&batch->err, DCVP_FAILED, &why);
}

static enum dcvp_class take_answer(struct batch *batch, struct dcv_rquestion *question,
	const uint8_t *msg, size_t len)
{
	struct dcv_rsession *session = batch->questions->session;
	struct dcv_error why = {.code = DCV_OK};
	struct dcv_rreply reply;
	enum dcvp_class end = dcv_rreply_read(session, &question->request, msg, len,
		&reply, &batch->err);

	if (end != DCVP_OK)
		return end;
	session->believed = session->believed || reply.said.verdict == DCV_TSIG_GOOD;
	question->answer.rcode = reply.rcode;
	if (question->type == DCV_RUNUSED)
		return DCVP_OK;
	if (reply.rcode != DCV_RCODE_NOERROR && reply.rcode != DCV_RCODE_NXDOMAIN)
		return dcv_rreply_fail(session, &question->request, &reply, &batch->err);
	if (question->type == DCV_RIN_USE)
		return DCVP_OK;
	if (dcv_answer_parse(&question->query, msg, len, &session->call,
		    &question->answer, &why) != DCV_OK)
		return dcv_rfrom(&batch->err, DCVP_FAILED, &why);
	return DCVP_OK;
}

static bool take(void *ctx, const uint8_t *msg, size_t len)
{
	struct batch *batch = ctx;
	size_t i;

	if (len < DCV_HEADER_LEN)
		return false;
	i = (uint16_t)(dcv_get_u16(msg) - batch->first_id);
	if (i >= batch->n || batch->items[i]->answered)
		return false;
	batch->items[i]->answered = true;
	batch->n_open--;
	batch->end = take_answer(batch, batch->items[i], msg, len);
	return batch->end != DCVP_OK || batch->n_open == 0;
}

static enum dcvp_class exchange(struct batch *batch)
{
	struct dcv_rlink *link = &batch->questions->session->link;
	enum dcvp_class end;
	struct dcv_buf out;

	dcv_buf_init(&out, OUT_MAX);
	end = write_batch(batch, &out);
	if (end == DCVP_OK)
		end = dcv_rlink_exchange(link, out.data, out.len, take, batch,
			&batch->err);
	dcv_buf_clear(&out);
	if (end == DCVP_OK && batch->end != DCVP_OK)
		dcv_rlink_close(link); /* answers may still be under way */
	return end;
}

/* Asks again what a broken connection left open: questions change nothing. */
static enum dcvp_class ask_batch(struct batch *batch, struct dcvp_error *err)
{
	struct dcv_rlink *link = &batch->questions->session->link;
	enum dcvp_class end = DCVP_OK;

	for (int i = 0; i < TRIES; i++) {
		batch->err = (struct dcvp_error){.text = ""};
		end = dcv_rlink_open(link, err);
		if (end != DCVP_OK)
			return end;
		end = exchange(batch);
		if (end == DCVP_OK || end == DCVP_NOMEM)
			break;
		dcv_rlink_next(link);
	}
	if (end == DCVP_OK)
		end = batch->end;
	if (end != DCVP_OK)
		*err = batch->err;
	return end == DCVP_UNKNOWN ? DCVP_FAILED : end;
}

enum dcvp_class dcv_rquestions_ask(struct dcv_rquestions *questions,
	struct dcvp_error *err)
{
	struct dcv_error why = {.code = DCV_OK};
	uint8_t random[2];
	enum dcvp_class end = DCVP_OK;

	if (dcv_random(random, sizeof random, &why) != DCV_OK)
		return dcv_rfrom(err, DCVP_FAILED, &why);
	sort(questions);
	for (size_t at = 0; end == DCVP_OK && at < questions->n; at += TOGETHER_MAX) {
		size_t left = questions->n - at;
		size_t n = left < TOGETHER_MAX ? left : TOGETHER_MAX;
		struct batch batch = {.questions = questions,
			.items = questions->items + at,
			.n = n,
			.n_open = n,
			.first_id = dcv_get_u16(random)};

		end = ask_batch(&batch, err);
	}
	return end;
}
