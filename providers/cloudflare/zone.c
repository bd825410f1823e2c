/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows which zone is meant, where several have its name: one name may stand in several
 * accounts, as long as it is active in one of them only. It does not know records. */
#include <string.h>
#include <strings.h>

#include "providers/cloudflare/cloudflare.h"

#define ZONES_A_PAGE 50u

static const char *text_or(const struct dcvp_tree *json, const char *key,
	const char *otherwise)
{
	const char *text = dcv_kit_get_text(json, key);

	return text != NULL ? text : otherwise;
}

/* How much speaks for it; 0: its records are not what resolvers of the Internet see. */
static int rank(const struct dcvp_tree *zone)
{
	const char *type = text_or(zone, "type", "full");
	const char *status = text_or(zone, "status", "active");

	if (strcmp(type, "partial") == 0 || strcmp(type, "internal") == 0)
		return 0;
	if (strcmp(status, "active") == 0)
		return 3;
	return strcmp(status, "moved") == 0 || strcmp(status, "deactivated") == 0 ? 1 : 2;
}

static int is_meant(const struct dcv_cf_call *call, const struct dcvp_tree *zone,
	const char *name, size_t len)
{
	const char *called = dcv_kit_get_text(zone, "name");
	const char *account = dcv_kit_get_text(dcv_kit_get(zone, "account"), "id");

	return called != NULL && strlen(called) == len &&
		strncasecmp(called, name, len) == 0 &&
		(call->session->account_id == NULL ||
			(account != NULL &&
				strcasecmp(account, call->session->account_id) == 0));
}

static const char *fixed_of(const struct dcvp_tree *zone)
{
	if (strcmp(text_or(zone, "type", "full"), "secondary") == 0)
		return "Cloudflare has the zone as a secondary: edit it at its primary";
	if (rank(zone) == 1)
		return "the zone has left Cloudflare";
	return NULL;
}

/* The id becomes a part of paths. */
static enum dcvp_class take(struct dcv_cf_call *call, const struct dcvp_tree *zone,
	const char *name, struct dcv_cf_zone *ret, struct dcvp_error *err)
{
	const char *id = text_or(zone, "id", "");

	if (id[0] == '\0' || strspn(id, "0123456789abcdefABCDEF") != strlen(id))
		return dcv_kit_fail(err, DCVP_FAILED, DCVP_CAUSE_PROTOCOL,
			"%s: %s has no id that can be read", call->session->url, name);
	*ret = (struct dcv_cf_zone){.id = id, .json = zone, .fixed = fixed_of(zone)};
	return DCVP_OK;
}

static enum dcvp_class tell_two(const struct dcv_cf_call *call, const char *name,
	const struct dcvp_tree *one, const struct dcvp_tree *two, struct dcvp_error *err)
{
	const struct dcvp_tree *a = dcv_kit_get(one, "account"),
			       *b = dcv_kit_get(two, "account");

	dcv_kit_help(err, "help: say with account_id which account is meant");
	return dcv_kit_fail(err, DCVP_INVALID, DCVP_CAUSE_NONE,
		"%s: %s is there twice: in account %.32s (%.64s) and in %.32s (%.64s)",
		call->session->url, name, text_or(a, "id", "?"), text_or(a, "name", "?"),
		text_or(b, "id", "?"), text_or(b, "name", "?"));
}

enum dcvp_class dcv_cf_zone(struct dcv_cf_call *call, const char *name,
	struct dcv_cf_zone *ret, struct dcvp_error *err)
{
	const char *account = call->session->account_id, *path;
	const struct dcvp_tree **items, *best = NULL, *other = NULL;
	size_t len = strlen(name), n;
	enum dcvp_class class;
	int hidden = 0;

	len -= len > 0 && name[len - 1] == '.';
	call->kit.host = call->session->host;
	path = dcv_kit_format(&call->kit, "/zones?name=%.*s%s%s", (int)len, name,
		account != NULL ? "&account.id=" : "", account != NULL ? account : "");
	if (path == NULL)
		return dcv_kit_nomem(err);
	class = dcv_cf_list(call, path, ZONES_A_PAGE, &items, &n, err);
	if (class != DCVP_OK)
		return class;
	for (size_t i = 0; i < n; i++) {
		if (!is_meant(call, items[i], name, len))
			continue;
		if (rank(items[i]) == 0) {
			hidden = 1;
		} else if (best == NULL || rank(items[i]) > rank(best)) {
			best = items[i];
			other = NULL;
		} else if (rank(items[i]) == rank(best)) {
			other = items[i];
		}
	}
	if (best == NULL)
		return dcv_kit_fail(err, DCVP_NO_ZONE, DCVP_CAUSE_NONE, "%s: %s %s",
			call->session->url, name,
			hidden ? "is not served from there (partial or internal)"
			       : "is not within reach of the account");
	return other != NULL ? tell_two(call, name, best, other, err)
			     : take(call, best, name, ret, err);
}

enum dcvp_class dcv_cf_find_zone(void *session, const char *zone, struct dcvp_error *err)
{
	struct dcv_cf_call call = {.session = session};
	struct dcv_cf_zone found;

	return dcv_cf_zone(&call, zone, &found, err);
}
