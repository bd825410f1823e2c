/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What a session is lent: the account's rate and pauses on a clock of ours, dates and Retry-After,
 * the cache, what is hidden. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provider/http.h"

#define NOW_S INT64_C(784111777) /* Sun, 06 Nov 1994 08:49:37 GMT */

struct world {
	int64_t now_ms;
	char logged[2048];
	struct dcv_clock clock;
	struct dcv_log log;
	struct dcv_arena arena;
	struct dcv_secrets secrets;
	struct dcv_services *services;
	struct dcv_lent lent;
	struct dcvp_host host;
};

static int64_t wall_s(void *ctx)
{
	return NOW_S + ((struct world *)ctx)->now_ms / 1000;
}

static int64_t mono_ms(void *ctx)
{
	return ((struct world *)ctx)->now_ms;
}

/* A signal wakes it half-way. */
static void sleep_ms(void *ctx, int64_t ms)
{
	((struct world *)ctx)->now_ms += (ms + 1) / 2;
}

static void emit(void *ctx, enum dcv_level level, const char *line)
{
	struct world *world = ctx;

	(void)level;
	(void)snprintf(world->logged, sizeof(world->logged), "%s", line);
}

static void lend(struct world *world, struct dcv_lent *lent, const char *account,
	struct dcvp_host *host)
{
	*lent = (struct dcv_lent){.services = world->services,
		.account = account,
		.clock = &world->clock,
		.log = &world->log,
		.deadline_ms = 600000,
		.current = &world->arena,
		.secrets = &world->secrets};
	assert_int_equal(dcv_services_lend(lent, host, NULL), DCV_OK);
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->clock = (struct dcv_clock){wall_s, mono_ms, sleep_ms, world};
	world->log = (struct dcv_log){.emit = emit, .ctx = world};
	assert_int_equal(dcv_services_make(&world->services, NULL), DCV_OK);
	lend(world, &world->lent, "cloud-a", &world->host);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	dcv_services_close(world->services);
	dcv_secrets_clear(&world->secrets);
	dcv_arena_clear(&world->arena);
	free(world);
	return 0;
}

/* A second's requests at once, then one at a time; what was not used is not saved up. */
static void test_rate(void **state)
{
	struct world *world = *state;
	struct dcv_services_account *account = world->lent.shared;

	for (int64_t i = 0; i < 4; i++)
		assert_int_equal(dcv_pace_turn(account, 4, 0), 0);
	assert_int_equal(dcv_pace_turn(account, 4, 0), 250);
	assert_int_equal(dcv_pace_turn(account, 4, 0), 500);
	assert_int_equal(dcv_pace_turn(account, 4, 700), 50);
	for (int64_t i = 0; i < 4; i++)
		assert_int_equal(dcv_pace_turn(account, 4, 100000), 0);
	assert_int_equal(dcv_pace_turn(account, 4, 100000), 250);
}

/* A pause holds for the whole account, and the longest counts. */
static void test_pause(void **state)
{
	struct world *world = *state;
	struct dcv_lent other, elsewhere;
	struct dcvp_host host;

	lend(world, &other, "cloud-a", &host);
	lend(world, &elsewhere, "cloud-b", &host);
	dcv_pace_pause(world->lent.shared, 9000);
	dcv_pace_pause(world->lent.shared, 5000);
	assert_int_equal(dcv_pace_turn(other.shared, 10, 1000), 8000);
	assert_int_equal(dcv_pace_turn(elsewhere.shared, 10, 1000), 0);
	assert_int_equal(dcv_pace_turn(other.shared, 10, 9000), 0);
}

static void test_back_off(void **state)
{
	(void)state;
	for (unsigned tried = 1; tried < 100; tried++) {
		int64_t wait = dcv_pace_back_off(tried),
			full = INT64_C(500) << (tried > 6 ? 6 : tried);

		assert_in_range(wait, full / 2, full);
	}
}

static void test_dates(void **state)
{
	static const char *const good[] = {"Sun, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"};
	static const char *const bad[] = {"", "Sun, 06 Nov 1994 08:49:37", "1994-11-06",
		"Sun, 06 Nov 1994 08:49:37 GMT+1", "Sun, 36 Nov 1994 08:49:37 GMT",
		"never"};
	int64_t at = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(dcv_http_date(good[i], &at));
		assert_true(at == NOW_S);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(dcv_http_date(bad[i], &at));
}

static void test_wait_is_whole(void **state)
{
	struct world *world = *state;

	world->host.wait_ms(world->host.ctx, 1000);
	assert_int_equal(world->now_ms, 1000);
	/* Not past the deadline. */
	world->host.wait_ms(world->host.ctx, INT64_MAX / 2);
	assert_int_equal(world->now_ms, 600000);
}

static void test_cache(void **state)
{
	struct world *world = *state;
	struct dcv_lent other, elsewhere;
	struct dcvp_host same, alien;

	lend(world, &other, "cloud-a", &same);
	lend(world, &elsewhere, "cloud-b", &alien);
	assert_null(same.cache_get(same.ctx, "zone"));
	world->host.cache_put(world->host.ctx, "zone", "Z1", 60);
	world->host.cache_put(world->host.ctx, "other", "Z2", 60);
	assert_string_equal(same.cache_get(same.ctx, "zone"), "Z1");
	assert_null(alien.cache_get(alien.ctx, "zone"));
	same.cache_put(same.ctx, "zone", "Z3", 10);
	assert_string_equal(world->host.cache_get(world->host.ctx, "zone"), "Z3");
	world->now_ms = 10000;
	assert_null(world->host.cache_get(world->host.ctx, "zone"));
	assert_string_equal(world->host.cache_get(world->host.ctx, "other"), "Z2");
}

/* Also where the line is cut: half of a secret is still one. */
static void test_log_hides(void **state)
{
	struct world *world = *state;
	char line[1100];
	const char *secret;

	assert_true(dcv_secrets_add(&world->secrets, "CANARY0123456789", &secret));
	world->host.log(world->host.ctx, DCVP_LOG_DEBUG, "a CANARY0123456789 b");
	assert_string_equal(world->logged, "a [hidden] b");
	memset(line, 'x', sizeof(line));
	memcpy(line + 1015, secret, strlen(secret));
	line[sizeof(line) - 1] = '\0';
	world->host.log(world->host.ctx, DCVP_LOG_DEBUG, line);
	assert_null(strstr(world->logged, "CANARY"));
}

static void test_urls_hide(void **state)
{
	static const char *const shown[][2] = {
		{"https://a.example/v1/x", "https://a.example/v1/x"},
		{"https://a.example/v1/x?k=v", "https://a.example/v1/x?[hidden]"},
		{"https://a.example/v1/CAN%20ARY/x", "https://a.example/[hidden]"},
		{"https://a.example/%43AN%20ARY?x", "https://a.example/[hidden]"}};
	struct world *world = *state;
	const char *secret;

	assert_true(dcv_secrets_add(&world->secrets, "CAN ARY", &secret));
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		assert_string_equal(
			dcv_http_hide_url(&world->lent, shown[i][0], &world->arena),
			shown[i][1]);
}

static void test_bodies_hide(void **state)
{
	static const char *const shown[][2] = {{"", ""}, {"{\"a\":1}", "{\"a\":1}"},
		{"{\"access_token\" : \"x\\\"y\",\"b\":2}",
			"{\"access_token\" : \"[hidden]\",\"b\":2}"},
		{"{\"token\":null}", "{\"token\":null}"},
		{"{\"token\":\"cut", "{\"token\":\"[hidden]"},
		{"grant=x&client_secret=abc&b=c", "grant=x&client_secret=[hidden]&b=c"},
		{"tokens and CANARY", "tokens and [hidden]"}};
	struct world *world = *state;
	const char *secret;

	assert_true(dcv_secrets_add(&world->secrets, "CANARY", &secret));
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		assert_string_equal(
			dcv_http_hide_body(&world->lent, shown[i][0], &world->arena),
			shown[i][1]);
}

/* What the server's answer is not: the place, and the account's name. */
static void test_errors_of_answers(void **state)
{
	struct world *world = *state;
	struct dcvp_error err = {0};

	assert_null(world->host.json_read(world->host.ctx, "{\"a\":}", 6, &err));
	assert_string_equal(err.text,
		"cloud-a: an answer that is no JSON: octet 5: a value is missing");
	assert_int_equal(err.cause, DCVP_CAUSE_PROTOCOL);
	assert_null(world->host.xml_read(world->host.ctx, "<a>", 3, &err));
	assert_non_null(strstr(err.text, "cloud-a: an answer that is no XML: octet 3: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rate, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pause, set_up, tear_down),
		cmocka_unit_test(test_back_off),
		cmocka_unit_test(test_dates),
		cmocka_unit_test_setup_teardown(test_wait_is_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cache, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_log_hides, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_urls_hide, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bodies_hide, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_errors_of_answers, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
