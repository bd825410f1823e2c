/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A session with Route 53 under test: what its host lends, and where it is. */
#ifndef DCV_TEST_ROUTE53_WORLD_H
#define DCV_TEST_ROUTE53_WORLD_H

#include "fake_host.h"

#include "provider/http_module.h"
#include "providers/route53/route53.h"

#define URL "http://127.0.0.1:8053"
#define ZONE URL "/2013-04-01/hostedzone/Z1"
#define LIST ZONE "/rrset?maxitems=300"
#define NOW_S 1763805600
#define FIND                                                                             \
	{                                                                                \
		"GET", ZONE, NULL, 200,                                                  \
			"<GetHostedZoneResponse><HostedZone><Id>/hostedzone/Z1</Id>"     \
			"<Name>example.com.</Name></HostedZone></GetHostedZoneResponse>" \
	}

const struct dcvp_provider *dcvp_provider_1(void);

static struct fake fake;
static struct dcvp_host host;

static struct dcvp_tree *fake_xml_read(void *ctx, const char *text, size_t n,
	struct dcvp_error *err)
{
	static struct dcv_module module;
	struct dcv_tree_maker maker = {.alloc = fake_alloc, .ctx = ctx};
	const struct dcv_http_module *http;
	struct dcvp_tree *tree;

	if (module.entry == NULL)
		assert_int_equal(dcv_module_open("http", sizeof *http, DCV_HTTP_ABI,
					 &module, NULL),
			DCV_OK);
	http = (const void *)module.entry;
	tree = http->xml(&maker, text, n);
	if (tree == NULL)
		(void)snprintf(err->text, sizeof err->text, "XML: malformed");
	return tree;
}

static void *session(const struct exchange *exchanges,
	const struct dcvp_setting *settings, size_t n)
{
	struct dcvp_error err = {0};
	void *ret = NULL;

	dcv_arena_clear(&fake.arena);
	memset(&fake, 0, sizeof fake);
	fake.wall_s = NOW_S;
	fake.exchanges = exchanges;
	host = fake_host(&fake);
	host.xml_read = fake_xml_read;
	assert_int_equal(dcvp_provider_1()->open(&host, settings, n, &ret, &err), DCVP_OK);
	return ret;
}

/* With a key and a hosted zone. */
static void *keyed(const struct exchange *exchanges)
{
	static const char *const url[] = {URL "/", NULL}, *const id[] = {"Z1", NULL},
				 *const key[] = {"key", NULL};
	const struct dcvp_setting settings[] = {{"endpoint", 1, url},
		{"hosted_zone_id", 1, id}, {"access_key", 1, key}, {"secret_key", 1, key}};

	return session(exchanges, settings, 4);
}

static int done(void **state)
{
	(void)state;
	dcv_arena_clear(&fake.arena);
	fake_variables = fake_files = NULL;
	return fake.wrong;
}

#endif
