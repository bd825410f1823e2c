/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a change is sent, in one message or in parts, and what became of each edit.
 * It does not know what a change consists of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "dns/reader.h"
#include "providers/rfc2136/calls.h"
#include "providers/rfc2136/change.h"
#include "providers/rfc2136/fail.h"
#include "providers/rfc2136/look.h"
#include "providers/rfc2136/reply.h"

#define ZONE_SECTION_MAX (DCV_HEADER_LEN + DCV_NAME_MAX + 4u)
#define ROOM_MAX (DCV_MESSAGE_MAX - ZONE_SECTION_MAX - DCV_TSIG_ROOM)
#define TRIES 2

/* A change that is carried out. */
struct applying {
	struct dcv_rsession *session;
	const struct dcvp_change *change;
	struct dcv_name apex;
	struct dcv_rchange *changes;
	size_t n, n_parts;
	struct dcvp_result *results;
	struct dcvp_error *err;
};

/* One message of it. */
struct part {
	struct applying *applying;
	struct dcv_rrequest request;
	uint16_t id;
	enum dcvp_class end;
};

static enum dcvp_class judge(struct part *part, const uint8_t *msg, size_t len)
{
	const struct dcv_rsession *session = part->applying->session;
	struct dcvp_error *err = part->applying->err;
	struct dcv_rreply reply;
	enum dcvp_class end = dcv_rreply_read(session, &part->request, msg, len, &reply,
		err);

	if (end != DCVP_OK || reply.rcode == DCV_RCODE_NOERROR)
		return end;
	return dcv_rreply_fail(session, &part->request, &reply, err);
}

static bool take(void *ctx, const uint8_t *msg, size_t len)
{
	struct part *part = ctx;

	if (len < DCV_HEADER_LEN || dcv_get_u16(msg) != part->id)
		return false;
	part->end = judge(part, msg, len);
	return true;
}

/* The message behind its length, signed. */
static enum dcvp_class write_part(struct part *part, const struct dcv_rchange *changes,
	size_t n, struct dcv_buf *out)
{
	struct dcv_rsession *session = part->applying->session;
	int64_t now_s = session->host->wall_s(session->host->ctx);
	struct dcv_error why = {.code = DCV_OK};
	uint8_t random[2];
	struct dcv_buf msg;

	dcv_buf_init(&msg, DCV_MESSAGE_MAX);
	if (dcv_random(random, sizeof random, &why) == DCV_OK) {
		part->id = dcv_get_u16(random);
		dcv_rupdate_write(&part->applying->apex, changes, n, part->id, &msg);
		if (dcv_tsig_sign(&session->key, now_s, &msg, &part->request.mac, &why) ==
			DCV_OK) {
			dcv_buf_addc(out, (char)(msg.len >> 8));
			dcv_buf_addc(out, (char)msg.len);
			dcv_buf_add(out, msg.data, msg.len);
		}
	}
	if (out->failed)
		(void)dcv_nomem(&why);
	dcv_buf_clear(&msg);
	return dcv_rfrom(part->applying->err, DCVP_FAILED, &why);
}

/* Sends it once: again only if for certain nothing of it went out, as over a connection that the
 * server closed in this moment. */
static enum dcvp_class send_part(struct part *part, const struct dcv_buf *out)
{
	struct dcv_rlink *link = &part->applying->session->link;
	struct dcvp_error *err = part->applying->err;
	enum dcvp_class end = DCVP_FAILED;

	for (int i = 0; end == DCVP_FAILED && i < TRIES; i++) {
		*err = (struct dcvp_error){.text = ""};
		end = dcv_rlink_open(link, err);
		if (end != DCVP_OK)
			return end;
		end = dcv_rlink_exchange(link, out->data, out->len, take, part, err);
	}
	if (end == DCVP_OK)
		end = part->end;
	link->pinned = link->pinned || end == DCVP_UNKNOWN;
	return end;
}

static enum dcvp_class send_changes(struct applying *a, const struct dcv_rchange *changes,
	size_t n)
{
	struct part part = {.applying = a,
		.request = {.zone = a->change->zone, .update = true}};
	enum dcvp_class end;
	struct dcv_buf out;

	dcv_buf_init(&out, 2u + DCV_MESSAGE_MAX);
	end = write_part(&part, changes, n, &out);
	if (end == DCVP_OK)
		end = send_part(&part, &out);
	dcv_buf_clear(&out);
	return end;
}

/* The owners of changes, in their order. */
static bool look_at(struct applying *a, const struct dcv_rchange *changes, size_t n,
	struct dcv_zone_view *ret, struct dcvp_error *err)
{
	struct dcv_name *owners = dcv_arena_array(&a->session->call, n, sizeof *owners);

	if (owners == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		owners[i] = changes[i].owner;
	return dcv_rlook(a->session, a->change->zone, &a->apex, owners, n, ret, err) ==
		DCVP_OK;
}

/* The sets are as they were read, whatever the server said of it. */
static bool are_same(struct applying *a, const struct dcv_rchange *changes, size_t n)
{
	struct dcvp_error err = {.text = ""};
	struct dcv_zone_view view;

	return look_at(a, changes, n, &view, &err) && dcv_rchanges_same(changes, n, &view);
}

/* PowerDNS compares values without regard to case, and some otherwise than it tells them, so that
 * a set may never be found to be what it is. Then it is enough that there is one. */
static enum dcvp_class send_compared(struct applying *a, struct dcv_rchange *changes,
	size_t n)
{
	enum dcvp_class end = send_changes(a, changes, n);

	if (end != DCVP_CONFLICT || strcmp(a->err->code, "NXRRSET") != 0 ||
		!are_same(a, changes, n))
		return end;
	for (size_t i = 0; i < n; i++)
		changes[i].loose = true;
	*a->err = (struct dcvp_error){.text = ""};
	return send_changes(a, changes, n);
}

/* --- an empty CAA value, of which PowerDNS 4.7 makes an octet of zero --- */

static bool has_empty(const struct dcv_rchange *change)
{
	for (size_t i = 0; change->type == DCV_TYPE_CAA && i < change->n_add; i++) {
		const struct dcv_rdata *rdata = &change->add[i];

		/* Flags, the tag's length, the tag (RFC 8659 4.1). */
		if (rdata->len >= 2 && rdata->len == 2u + rdata->wire[1])
			return true;
	}
	return false;
}

static bool any_empty(const struct dcv_rchange *changes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (has_empty(&changes[i]))
			return true;
	}
	return false;
}

/* False only if it was seen that a value is not the one that was sent. */
static bool are_kept(struct applying *a, const struct dcv_rchange *changes, size_t n)
{
	struct dcvp_error err = {.text = ""};
	struct dcv_zone_view view;
	bool kept = true;

	if (!look_at(a, changes, n, &view, &err))
		return true;
	for (size_t i = 0; kept && i < n; i++) {
		const struct dcv_rrset *set = dcv_node_set(&view.nodes[i],
			changes[i].type);

		for (size_t k = 0; kept && has_empty(&changes[i]) && k < changes[i].n_add;
			k++)
			kept = set != NULL && dcv_rrset_has(set, &changes[i].add[k]);
	}
	return kept;
}

/* The same backwards: what was added goes in the form in which it was sent. */
static void turn_back(struct dcv_rchange *change)
{
	const struct dcv_rchange was = *change;

	change->loose = was.n_add + was.n_kept > 0;
	change->before.n = change->loose ? 1 : 0;
	change->no_cname = change->unused = false;
	if (was.before.n > 0)
		change->ttl_s = was.before.ttl_s;
	change->add = was.remove;
	change->n_add = was.n_remove;
	change->remove = was.add;
	change->n_remove = was.n_add;
}

static enum dcvp_class take_back(struct applying *a, struct dcv_rchange *changes, size_t n)
{
	enum dcvp_class end;

	for (size_t i = 0; i < n; i++)
		turn_back(&changes[i]);
	end = send_changes(a, changes, n);
	if (end != DCVP_OK)
		return DCVP_UNKNOWN;
	(void)dcv_rfail(a->err, DCVP_FAILED, DCVP_CAUSE_VALUE,
		"%s: the server makes another value of an empty one of CAA, so the change was taken back",
		a->change->zone);
	return dcv_rhelp(a->err, DCVP_FAILED,
		"help: write `;` in its place, or take the server's HTTP API: see dcvctl-powerdns(7)");
}

/* --- a CNAME that takes the place of other records --- */

static bool comes_instead(const struct dcv_rchange *change)
{
	return change->type == DCV_TYPE_CNAME && change->n_add > 0 && !change->unused;
}

/* Those that do not stand where they were sent, to be sent once more. */
static size_t filter_forgotten(const struct dcv_rchange *changes, size_t n,
	const struct dcv_zone_view *view, struct dcv_rchange *ret)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		if (!comes_instead(&changes[i]) ||
			dcv_node_set(&view->nodes[i], DCV_TYPE_CNAME) != NULL)
			continue;
		ret[found] = changes[i];
		ret[found].before.n = ret[found].n_remove = 0;
		ret[found++].unused = true;
	}
	return found;
}

/* In a zone that it signs Knot 3.2 leaves out a CNAME if signatures of what went in the same message
 * are still there, and says NOERROR. In a message of its own it takes it. Where that cannot be
 * seen, the host sees it. */
static enum dcvp_class send_forgotten(struct applying *a,
	const struct dcv_rchange *changes, size_t n)
{
	struct dcv_rchange *again = dcv_arena_array(&a->session->call, n, sizeof *again);
	struct dcvp_error err = {.text = ""};
	struct dcv_zone_view view;
	bool any = false;
	size_t found;

	for (size_t i = 0; i < n; i++)
		any = any || comes_instead(&changes[i]);
	if (!any || again == NULL || !look_at(a, changes, n, &view, &err))
		return DCVP_OK;
	found = filter_forgotten(changes, n, &view, again);
	if (found == 0 || send_changes(a, again, found) == DCVP_OK)
		return DCVP_OK;
	return DCVP_UNKNOWN;
}

static enum dcvp_class carry_part(struct applying *a, struct dcv_rchange *changes,
	size_t n)
{
	enum dcvp_class end = send_compared(a, changes, n);

	if (end == DCVP_OK)
		end = send_forgotten(a, changes, n);
	if (end != DCVP_OK || !any_empty(changes, n) || are_kept(a, changes, n))
		return end;
	return take_back(a, changes, n);
}

/* --- all of it --- */

static const char *keep_text(const struct applying *a, const char *text)
{
	const struct dcvp_host *host = a->session->host;
	size_t n = strlen(text) + 1;
	char *copy = host->alloc(host->ctx, n);

	if (copy != NULL)
		memcpy(copy, text, n);
	return copy;
}

static void note(const struct applying *a, const struct dcv_rchange *changes, size_t n,
	struct dcvp_result result)
{
	for (size_t i = 0; i < n; i++)
		a->results[changes[i].edit] = result;
}

/* Part `at` of the changes, from `from` on, ended badly: so it stands with all that follows. Where
 * parts before it hold, the call as a whole has changed something. */
static enum dcvp_class stop(struct applying *a, size_t from, size_t n, size_t at,
	enum dcvp_class end)
{
	struct dcvp_result result = {.outcome = end == DCVP_UNKNOWN ? DCVP_EDIT_UNKNOWN
								    : DCVP_EDIT_FAILED,
		.cause = a->err->cause};
	char text[sizeof a->err->text];

	note(a, a->changes + from, n, result);
	if (at > 0)
		end = DCVP_UNKNOWN;
	if (from + n == a->n && at == 0)
		return end;
	(void)snprintf(text, sizeof text, "message %zu of the change: %.400s", at + 1,
		a->err->text);
	memcpy(a->err->text, text, sizeof text);
	result = (struct dcvp_result){.cause = a->err->cause,
		.text = keep_text(a, "not sent, since a message before it failed")};
	note(a, a->changes + from + n, a->n - from - n, result);
	return end;
}

static enum dcvp_class carry(struct applying *a)
{
	const struct dcvp_result done = {.outcome = DCVP_EDIT_DONE};
	char name[DCV_NAME_TEXT_MAX];
	size_t n;

	for (size_t at = 0; at < a->n; at += n, a->n_parts++) {
		enum dcvp_class end;

		n = dcv_rchanges_fit(&a->apex, a->changes + at, a->n - at, ROOM_MAX);
		if (n == 0)
			end = dcv_rfail(a->err, DCVP_INVALID, DCVP_CAUSE_LIMIT,
				"rfc2136: the records of %.300s are too many for one message",
				dcv_name_text(&a->changes[at].owner, name));
		else
			end = carry_part(a, a->changes + at, n);
		if (end != DCVP_OK)
			return stop(a, at, n, a->n_parts, end);
		note(a, a->changes + at, n, done);
	}
	return DCVP_OK;
}

static void fill_receipt(struct applying *a, struct dcvp_receipt *receipt)
{
	struct dcv_rsession *session = a->session;

	if (dcv_name_equal(&session->serial_of, &a->apex))
		receipt->serial_before = session->serial;
	if (a->n_parts > 1)
		(void)snprintf(receipt->note, sizeof receipt->note,
			"sent in %zu messages, each of which holds wholly or not at all",
			a->n_parts);
}

enum dcvp_class dcv_rapply(void *ctx, const struct dcvp_change *change,
	struct dcvp_result *results, struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	struct applying a = {.session = ctx,
		.change = change,
		.results = results,
		.err = err};
	enum dcvp_class end = dcv_rsession_call(ctx, change->zone, &a.apex, err);

	for (size_t i = 0; i < change->n_edits; i++)
		results[i] = (struct dcvp_result){.outcome = DCVP_EDIT_FAILED};
	*receipt = (struct dcvp_receipt){.serial_before = 0};
	if (end == DCVP_OK)
		end = dcv_rchanges_make(ctx, change, &a.apex, &a.changes, &a.n, err);
	if (end != DCVP_OK)
		return end;
	for (size_t i = 0; i < change->n_edits; i++)
		results[i].outcome = DCVP_EDIT_ALREADY;
	note(&a, a.changes, a.n, (struct dcvp_result){.outcome = DCVP_EDIT_FAILED});
	end = carry(&a);
	if (end == DCVP_OK)
		fill_receipt(&a, receipt);
	return end;
}
