/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows what a listing says of record sets. Several may have the same owner and type: for
 * other lines (who asks from where gets another answer) and with weights. One of them is edited. */
#include <stdlib.h>
#include <string.h>

#include "providers/huaweicloud/huaweicloud.h"

#define WEIGHTED                                                                               \
	"several sets of the service, with weights, share this owner and type: make them one " \
	"there"

struct collected {
	struct dcv_hw_sets *sets;
	size_t cap;
	const char *owner; /* NULL: any */
};

int dcv_hw_is_edited(uint16_t type)
{
	return type == DCV_KIT_TXT || type == DCV_KIT_CNAME || type == DCV_KIT_CAA;
}

/* Of a SOA record the numbers are in parentheses, which RDATA in one line has no need of. */
static const char *take_value(struct dcv_hw_call *call, uint16_t type, const char *text)
{
	char *copy;

	if (type != DCV_KIT_SOA)
		return text;
	copy = dcv_kit_dup(&call->kit, text);
	for (char *at = copy; at != NULL && *at != '\0'; at++) {
		if (*at == '(' || *at == ')')
			*at = ' ';
	}
	return copy;
}

static int take_values(struct dcv_hw_call *call, const struct dcvp_tree *json,
	struct dcvp_rrset *ret)
{
	const struct dcvp_tree *records = dcv_kit_get(json, "records");
	const char **rdata;

	/* A set that points to a resource of the cloud has none. */
	if (records == NULL || records->kind == DCVP_NULL)
		return 1;
	if (records->kind != DCVP_ARRAY)
		return 0;
	rdata = dcv_kit_array(&call->kit, dcv_kit_count(records), sizeof *rdata);
	ret->rdata = rdata;
	for (const struct dcvp_tree *at = records->first; at != NULL && !call->kit.nomem;
		at = at->next) {
		if (at->kind != DCVP_TEXT)
			return 0;
		rdata[ret->n++] = take_value(call, ret->type, at->text);
	}
	return !call->kit.nomem;
}

static const char *aside_of(struct dcv_hw_call *call, const struct dcv_hw_set *set)
{
	if (!dcv_hw_is_edited(set->rrset.type))
		return NULL;
	if (strcmp(set->line, call->session->line) != 0)
		return dcv_kit_format(&call->kit,
			"in the line %.64s: who asks from there is answered from it",
			set->line);
	if (strcmp(set->status, "DISABLE") == 0)
		return "that is disabled";
	return NULL;
}

int dcv_hw_take_set(struct dcv_hw_call *call, const struct dcvp_tree *json,
	struct dcv_hw_set *ret)
{
	const char *name = dcv_kit_get_text(json, "name"),
		   *type = dcv_kit_get_text(json, "type"),
		   *line = dcv_kit_get_text(json, "line"),
		   *status = dcv_kit_get_text(json, "status"),
		   *description = dcv_kit_get_text(json, "description");
	int64_t ttl_s = dcv_kit_get_number(json, "ttl", UINT32_MAX);

	*ret = (struct dcv_hw_set){.id = dcv_hw_id(json),
		.line = line != NULL ? line : DCV_HW_LINE,
		.status = status != NULL ? status : "ACTIVE",
		.description = description != NULL ? description : ""};
	if (name == NULL || type == NULL || ttl_s < 0 || ret->id == NULL)
		return 0;
	ret->rrset = (struct dcvp_rrset){.owner = dcv_kit_name(&call->kit, name),
		.type = dcv_kit_type_from(type),
		.ttl_s = (uint32_t)ttl_s};
	if (ret->rrset.type == DCV_KIT_OTHER)
		ret->rrset.fixed = DCV_KIT_OTHER_FIXED;
	ret->going = strcmp(ret->status, "PENDING_DELETE") == 0;
	ret->aside = aside_of(call, ret);
	return ret->rrset.owner != NULL && take_values(call, json, &ret->rrset) &&
		!call->kit.nomem;
}

static int collect(struct dcv_hw_call *call, const struct dcvp_tree *member, void *ctx)
{
	struct collected *to = ctx;
	struct dcv_hw_set *items = to->sets->items, set;

	if (member == NULL) {
		to->sets->n = 0;
		return 1;
	}
	if (!dcv_hw_take_set(call, member, &set))
		return 0;
	if (to->owner != NULL && strcmp(to->owner, set.rrset.owner) != 0)
		return 1;
	if (to->sets->n == to->cap) {
		to->cap = to->cap > 0 ? 2 * to->cap : 64;
		items = dcv_kit_array(&call->kit, to->cap, sizeof *items);
		if (items == NULL)
			return 0;
		if (to->sets->n > 0)
			memcpy(items, to->sets->items, to->sets->n * sizeof *items);
		to->sets->items = items;
	}
	items[to->sets->n++] = set;
	return 1;
}

/* What is edited comes first, what is going last; of equals the order is always the same. */
static int compare(const void *a, const void *b)
{
	const struct dcv_hw_set *x = a, *y = b;
	int order = strcmp(x->rrset.owner, y->rrset.owner);

	if (order == 0)
		order = (x->rrset.type > y->rrset.type) - (x->rrset.type < y->rrset.type);
	if (order == 0)
		order = x->going - y->going;
	if (order == 0)
		order = (x->aside != NULL) - (y->aside != NULL);
	return order != 0 ? order : strcmp(x->id, y->id);
}

/* Of several sets of one owner and type the first is taken; types that cannot be told from each
 * other are no such sets. */
static void set_aside(struct dcv_hw_sets *sets)
{
	for (size_t i = 1; i < sets->n; i++) {
		struct dcv_hw_set *set = &sets->items[i], *before = set - 1;

		if (set->aside != NULL || set->going || set->rrset.type == DCV_KIT_OTHER ||
			set->rrset.type != before->rrset.type ||
			strcmp(set->rrset.owner, before->rrset.owner) != 0)
			continue;
		set->aside = "with a weight";
		if (!dcv_hw_is_edited(set->rrset.type))
			continue;
		before->rrset.fixed = WEIGHTED;
		set->rrset.fixed = WEIGHTED;
	}
}

enum dcvp_class dcv_hw_list(struct dcv_hw_call *call, const char *zone_id,
	const char *owner, struct dcv_hw_sets *ret, struct dcvp_error *err)
{
	struct collected collected = {.sets = ret, .owner = owner};
	const char *name = owner != NULL ? dcv_kit_escape(&call->kit, owner, "") : NULL,
		   *path;
	enum dcvp_class class;

	*ret = (struct dcv_hw_sets){0};
	path = name == NULL
		? dcv_kit_format(&call->kit, "%s/zones/%s/recordsets?",
			  call->session->version, zone_id)
		: dcv_kit_format(&call->kit, "%s/zones/%s/recordsets?name=%.*s&",
			  call->session->version, zone_id, (int)strlen(name) - 1, name);
	if (call->kit.nomem)
		return dcv_kit_nomem(err);
	class = dcv_hw_pages(call, path, "recordsets", collect, &collected, err);
	if (class != DCVP_OK)
		return class;
	if (ret->n > 1)
		qsort(ret->items, ret->n, sizeof *ret->items, compare);
	set_aside(ret);
	return DCVP_OK;
}

const struct dcv_hw_set *dcv_hw_find(const struct dcv_hw_sets *sets, const char *owner,
	uint16_t type)
{
	for (size_t i = 0; i < sets->n; i++) {
		const struct dcv_hw_set *set = &sets->items[i];

		if (set->rrset.type == type && set->aside == NULL && !set->going &&
			strcmp(set->rrset.owner, owner) == 0)
			return set;
	}
	return NULL;
}

int dcv_hw_is_pending(const struct dcv_hw_set *set)
{
	return strncmp(set->status, "PENDING_", strlen("PENDING_")) == 0;
}

int dcv_hw_has_failed(const struct dcv_hw_set *set)
{
	return strcmp(set->status, "ERROR") == 0;
}
