/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows how a zone is found. It does not know what it holds. */
#include <string.h>
#include <strings.h>

#include "providers/huaweicloud/huaweicloud.h"

struct search {
	const char *name;
	struct dcv_hw_zone *ret;
};

/* Why a zone of this status cannot be edited, or NULL. A zone that is being changed can in a
 * moment, and the service says when. */
static const char *fixed_of(struct dcv_kit *kit, const char *status)
{
	static const char *const good[] = {"ACTIVE", "PENDING_CREATE", "PENDING_UPDATE"};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		if (status == NULL || strcmp(status, good[i]) == 0)
			return NULL;
	}
	return dcv_kit_format(kit, "the service does not serve the zone (status %.32s)",
		status);
}

/* The name is matched as a part of names, so others are listed too; and a private zone, which only
 * some network sees, may have the same name. */
static int take_zone(struct dcv_hw_call *call, const struct dcvp_tree *member, void *ctx)
{
	const struct search *search = ctx;
	const char *name = dcv_kit_get_text(member, "name"),
		   *type = dcv_kit_get_text(member, "zone_type");

	if (member == NULL)
		*search->ret = (struct dcv_hw_zone){0};
	if (name == NULL)
		return 0;
	name = dcv_kit_name(&call->kit, name);
	if (name == NULL || strcmp(name, search->name) != 0 ||
		(type != NULL && strcasecmp(type, "public") != 0))
		return name != NULL;
	search->ret->id = dcv_hw_id(member);
	search->ret->fixed = fixed_of(&call->kit, dcv_kit_get_text(member, "status"));
	return 1;
}

enum dcvp_class dcv_hw_zone(struct dcv_hw_call *call, const char *zone,
	struct dcv_hw_zone *ret, struct dcvp_error *err)
{
	struct search search = {dcv_kit_name(&call->kit, zone), ret};
	const char *name = dcv_kit_escape(&call->kit, zone, ""), *path;
	enum dcvp_class class;

	*ret = (struct dcv_hw_zone){0};
	path = name != NULL && search.name != NULL
		? dcv_kit_format(&call->kit, "v2/zones?type=public&name=%.*s&",
			  (int)strlen(name) - 1, name)
		: NULL;
	if (path == NULL)
		return dcv_kit_nomem(err);
	class = dcv_hw_pages(call, path, "zones", take_zone, &search, err);
	if (class != DCVP_OK || ret->id != NULL)
		return class;
	dcv_kit_help(err,
		"help: a zone is known in the region in which it was made: set region or "
		"endpoint of the account");
	return dcv_kit_fail(err, DCVP_NO_ZONE, DCVP_CAUSE_NONE,
		"%s: the account does not have the public zone %s",
		call->session->endpoint, zone);
}

enum dcvp_class dcv_hw_find_zone(void *session, const char *zone, struct dcvp_error *err)
{
	struct dcv_hw_call call;
	struct dcv_hw_zone found;

	dcv_hw_begin(&call, session, NULL);
	return dcv_hw_zone(&call, zone, &found, err);
}
