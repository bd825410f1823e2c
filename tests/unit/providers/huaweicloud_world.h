/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A session with Huawei Cloud DNS, and what the service answers. To be included after cmocka.h. */
#ifndef DCV_TEST_HUAWEICLOUD_WORLD_H
#define DCV_TEST_HUAWEICLOUD_WORLD_H

#include "fake_host.h"

#define TXT 16
#define CNAME 5
#define BASE "https://dns.example"
#define ZONES(part) BASE "/v2/zones?type=public&name=" part "&limit=500"
#define SETS BASE "/v2.1/zones/z1/recordsets"
#define ZONE                                                                          \
	"{\"zones\":[{\"id\":\"z0\",\"name\":\"sub.example.com.\",\"zone_type\":"     \
	"\"public\",\"status\":\"ACTIVE\"},{\"id\":\"z1\",\"name\":\"example.com.\"," \
	"\"zone_type\":\"public\",\"status\":\"ACTIVE\"},{\"id\":\"z2\",\"name\":"    \
	"\"example.com.\",\"zone_type\":\"private\",\"status\":\"ACTIVE\"}],"         \
	"\"links\":{\"self\":\"x\"}}"
#define FIND                                                 \
	{                                                    \
		"GET", ZONES("example.com"), NULL, 200, ZONE \
	}
#define SET_IN(id, name, type, ttl, records, status, more)                            \
	"{\"id\":\"" id "\",\"name\":\"" name "\",\"type\":\"" type "\",\"ttl\":" ttl \
	",\"records\":[" records "],\"status\":\"" status "\"" more "}"
#define SET(id, name, type, ttl, records) \
	SET_IN(id, name, type, ttl, records, "ACTIVE", ",\"line\":\"default_view\"")
#define SOA                                     \
	SET("s0", "example.com.", "SOA", "300", \
		"\"ns1.example. h.example. (1 7200 900 1209600 300)\"")
#define LIST(sets)                                                                     \
	{                                                                              \
		"GET", SETS "?limit=500", NULL, 200, "{\"recordsets\":[" SOA sets "]}" \
	}
#define SPF "\"\\\"v=spf1 -all\\\"\""
#define TOKEN "\"\\\"token\\\"\""
#define END                               \
	{                                 \
		NULL, NULL, NULL, 0, NULL \
	}

const struct dcvp_provider *dcvp_provider_1(void);

static struct fake fake;
static struct dcvp_host host;

static inline void start(const struct exchange *exchanges)
{
	dcv_arena_clear(&fake.arena);
	memset(&fake, 0, sizeof fake);
	fake.exchanges = exchanges;
	host = fake_host(&fake);
}

/* pairs: key, value …, NULL */
static inline enum dcvp_class open_with(const char *const *pairs, void **ret,
	struct dcvp_error *err)
{
	struct dcvp_setting settings[8];
	size_t n = 0;

	for (; pairs[2 * n] != NULL; n++)
		settings[n] = (struct dcvp_setting){pairs[2 * n], 1, &pairs[2 * n + 1]};
	return dcvp_provider_1()->open(&host, settings, n, ret, err);
}

static inline void *session(const struct exchange *exchanges)
{
	static const char *const pairs[] = {"endpoint", BASE "/", "access_key", "AK",
		"secret_key", "SK", NULL};
	struct dcvp_error err = {0};
	void *ret = NULL;

	start(exchanges);
	assert_int_equal(open_with(pairs, &ret, &err), DCVP_OK);
	return ret;
}

static inline int done(void **state)
{
	(void)state;
	dcv_arena_clear(&fake.arena);
	fake_variables = fake_files = NULL;
	return fake.wrong;
}

#endif
