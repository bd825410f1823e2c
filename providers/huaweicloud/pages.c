/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a listing is read to its end. It does not know what is listed. */
#include <string.h>

#include "providers/huaweicloud/huaweicloud.h"

#define LIMIT 500u /* the most that the service takes */
#define PAGES_MAX 2000u
#define AGAIN_MAX 10u
#define ID_MAX 64u

const char *dcv_hw_id(const struct dcvp_tree *member)
{
	const char *id = dcv_kit_get_text(member, "id");

	if (id == NULL || id[0] == '\0' || strlen(id) > ID_MAX ||
		strspn(id,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") !=
			strlen(id))
		return NULL;
	return id;
}

static enum dcvp_class fail_unread(const struct dcv_hw_call *call, const char *key,
	struct dcvp_error *err)
{
	return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
		"%s: the listing of %s cannot be read", call->subject, key);
}

/* Whether a page is followed by another one: the service says so by a link, and a full page speaks
 * for it where there are no links. */
static int has_next(const struct dcv_hw_call *call, size_t n)
{
	const struct dcvp_tree *links = dcv_kit_get(call->json, "links");

	if (links != NULL && links->kind == DCVP_OBJECT)
		return dcv_kit_get_text(links, "next") != NULL && n > 0;
	return n >= LIMIT;
}

static enum dcvp_class one_page(struct dcv_hw_call *call, const char *path,
	const char *marker, const char *key, struct dcvp_error *err)
{
	const char *target = dcv_kit_format(&call->kit, "%slimit=%u%s%s", path, LIMIT,
		marker != NULL ? "&marker=" : "", marker != NULL ? marker : "");
	enum dcvp_class class = target != NULL ? dcv_hw_ask(call, "GET", target, NULL, err)
					       : dcv_kit_nomem(err);
	const struct dcvp_tree *list = dcv_kit_get(call->json, key);

	if (class == DCVP_OK && (list == NULL || list->kind != DCVP_ARRAY))
		return fail_unread(call, key, err);
	return class;
}

/* The member that the next page is to follow has gone meanwhile. */
static int has_lost_marker(const struct dcv_hw_call *call, const char *marker)
{
	return marker != NULL && call->status == 400 &&
		strcmp(call->code, "DNS.0007") == 0;
}

/* *ret_lost: the listing broke off, and is to be begun anew. */
static enum dcvp_class all_pages(struct dcv_hw_call *call, const char *path,
	const char *key, dcv_hw_taker take, void *ctx, int *ret_lost,
	struct dcvp_error *err)
{
	const char *marker = NULL, *last;

	for (unsigned page = 0; page < PAGES_MAX; page++) {
		enum dcvp_class class = one_page(call, path, marker, key, err);
		size_t n = 0;

		*ret_lost = class != DCVP_OK && has_lost_marker(call, marker);
		if (class != DCVP_OK)
			return class;
		last = marker;
		for (const struct dcvp_tree *at = dcv_kit_get(call->json, key)->first;
			at != NULL; at = at->next, n++) {
			marker = dcv_hw_id(at);
			if (marker == NULL || !take(call, at, ctx))
				return call->kit.nomem ? dcv_kit_nomem(err)
						       : fail_unread(call, key, err);
		}
		if (!has_next(call, n))
			return DCVP_OK;
		if (last != NULL && strcmp(last, marker) == 0)
			break;
	}
	return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
		"%s: the listing of %s has no end", call->subject, key);
}

enum dcvp_class dcv_hw_pages(struct dcv_hw_call *call, const char *path, const char *key,
	dcv_hw_taker take, void *ctx, struct dcvp_error *err)
{
	for (unsigned again = 0;; again++) {
		int lost = 0;
		enum dcvp_class class = all_pages(call, path, key, take, ctx, &lost, err);

		if (!lost || again == AGAIN_MAX)
			return class;
		*err = (struct dcvp_error){0};
		(void)take(call, NULL, ctx);
	}
}
