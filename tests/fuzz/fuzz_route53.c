/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* Any octets as an answer of Route 53 or STS, as a file of the AWS tools, or as a value. The first
 * octet chooses. What is read of a zone must be whole; a value that is spelt as Route 53 does must
 * come back as the same value; of several zones that one is taken which is elected. */
#include "fuzz.h"

#include "base/arena.h"
#include "provider/http_module.h"
#include "providers/route53/route53.h"

struct world {
	struct dcv_arena arena;
	const char *answer;
	size_t n;
	int status;
	unsigned asked;
};

static void *alloc(void *ctx, size_t n)
{
	return dcv_arena_alloc(&((struct world *)ctx)->arena, n);
}

static int64_t no_time(void *ctx)
{
	(void)ctx;
	return 0;
}

static const char *nothing(void *ctx, const char *key)
{
	(void)ctx;
	(void)key;
	return NULL;
}

static void forget(void *ctx, const char *key, const char *value, int64_t lifetime_s)
{
	(void)ctx;
	(void)key;
	(void)value;
	(void)lifetime_s;
}

static struct dcvp_tree *xml_read(void *ctx, const char *text, size_t n,
	struct dcvp_error *err)
{
	static struct dcv_module module;
	struct dcv_tree_maker maker = {.alloc = alloc, .ctx = ctx};
	const struct dcv_http_module *http;

	(void)err;
	if (module.entry == NULL)
		insist(dcv_module_open("http", sizeof *http, DCV_HTTP_ABI, &module,
			       NULL) == DCV_OK,
			"the module");
	http = (const void *)module.entry;
	return http->xml(&maker, text, n);
}

/* The first page is the input, and whatever it says of another one, that is empty. So is what a single
 * hosted zone is asked for, its name servers. */
static enum dcvp_class http(void *ctx, const struct dcvp_http_request *request,
	struct dcvp_http_answer *ret, struct dcvp_error *err)
{
	static const char empty[] = "<L><ResourceRecordSets/><HostedZones/></L>";
	struct world *world = ctx;
	int first = world->asked++ == 0 ||
		(strstr(request->url, "/hostedzone/") != NULL &&
			strstr(request->url, "/rrset") == NULL);

	(void)err;
	*ret = (struct dcvp_http_answer){.status = first ? world->status : 200,
		.sent = 1,
		.body = first ? world->answer : empty,
		.body_len = first ? world->n : sizeof empty - 1};
	return DCVP_OK;
}

static const char *cached_id(void *ctx, const char *key)
{
	(void)ctx;
	return strncmp(key, "zone ", 5) == 0 ? "Z1" : NULL;
}

/* Any of the account's own zones. */
static enum dcvp_class elect(void *ctx, const char *zone, const struct dcvp_rival *rivals,
	size_t n, size_t *ret, struct dcvp_error *err)
{
	(void)ctx;
	(void)err;
	insist(n > 1 && strcmp(zone, "example.com.") == 0, "rivals");
	for (size_t i = 0; i < n; i++) {
		insist(rivals[i].id != NULL && rivals[i].id[0] != '\0', "a rival's id");
		for (size_t k = 0; k < rivals[i].n_servers; k++)
			insist(rivals[i].servers[k] != NULL, "a rival's server");
	}
	*ret = n - 1;
	return DCVP_OK;
}

static void try_zones(struct dcv_r53 *session)
{
	struct dcvp_error err = {0};
	enum dcvp_class class = dcv_r53_find_zone(session, "example.com.", &err);

	insist(class != DCVP_NOMEM && class != DCVP_UNKNOWN, "of a listing of zones");
}

static void try_answer(struct dcv_r53_call *call, struct dcv_r53 *session)
{
	static const char *const owners[] = {"_x.example.com."};
	struct dcvp_zone zone = {0};
	struct dcvp_error err = {0};
	enum dcvp_class class;

	(void)call;
	class = dcv_r53_read(session, "example.com.", owners, 1, &zone, &err);
	insist(class != DCVP_NOMEM && class != DCVP_UNKNOWN, "of a reading");
	if (class != DCVP_OK)
		return;
	insist(zone.n_nodes == 1 && zone.etag != NULL, "a zone that is not whole");
	for (size_t i = 0; i < zone.nodes[0].n_sets; i++) {
		const struct dcvp_rrset *set = &zone.nodes[0].sets[i];

		insist(set->n > 0 && strcmp(set->owner, owners[0]) == 0, "a set");
		for (size_t k = 0; k < set->n; k++)
			insist(set->rdata[k] != NULL, "a value");
	}
}

static void try_role(struct dcv_r53_call *call)
{
	const struct dcv_r53_role role = {.arn = "r"};
	const struct dcv_r53_keys with = {.key_id = "k", .secret = "s"};
	struct dcv_r53_keys keys = {.key_id = NULL};
	struct dcvp_error err = {0};

	if (dcv_r53_assume(call, &role, &with, &keys, &err) == DCVP_OK)
		insist(keys.key_id != NULL && keys.secret != NULL && keys.token != NULL &&
				keys.expires_s > 0,
			"keys that are not whole");
}

static void try_text(struct dcv_r53_call *call, const char *text)
{
	const char *plain = dcv_r53_from_octal(&call->kit, text), *there, *back;

	there = dcv_r53_to_octal(&call->kit, plain);
	back = dcv_r53_from_octal(&call->kit, there);
	for (const char *at = there; *at != '\0'; at++)
		insist(*at >= ' ' && *at <= '~', "an octet that is not escaped");
	insist(dcv_kit_is_same(&call->kit, DCV_KIT_TXT, plain, back), "another value");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const int kind = size > 0 ? data[0] % 6 : 0;
	struct world world = {.status = 200};
	const struct dcvp_host host = {.struct_size = sizeof host,
		.ctx = &world,
		.alloc = alloc,
		.wall_s = no_time,
		.mono_ms = no_time,
		.deadline_ms = no_time,
		.http = http,
		.xml_read = xml_read,
		.cache_get = kind == 5 ? nothing : cached_id,
		.cache_put = forget,
		.variable = nothing,
		.elect = elect};
	struct dcv_r53 session = {.host = &host,
		.endpoint = "",
		.sts_endpoint = "",
		.access_key = "k",
		.secret_key = "s"};
	struct dcv_r53_profile profile = {0};
	struct dcv_r53_call call;
	char *octets; /* with a NUL behind them, as the host gives them */

	if (size == 0)
		return 0;
	dcv_r53_begin(&call, &session);
	octets = dcv_arena_alloc(&world.arena, size);
	insist(octets != NULL, "memory");
	memcpy(octets, data + 1, size - 1);
	world.answer = octets;
	world.n = size - 1;
	if (kind == 1)
		world.status = 400;
	if (kind < 2)
		try_answer(&call, &session);
	else if (kind == 2)
		try_role(&call);
	else if (kind == 3)
		dcv_r53_profile_take(&call.kit, world.answer,
			data[0] % 4 == 3 ? "profile " : "", "dns", &profile);
	else if (kind == 5)
		try_zones(&session);
	else
		try_text(&call, world.answer);
	insist(!call.kit.nomem, "memory");
	dcv_arena_clear(&world.arena);
	return 0;
}
