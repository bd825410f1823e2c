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
#include "provider/load.h"

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

/* When the account's next request of a window may go, from a time on. */
static int64_t turn(const struct dcv_lent *lent, int64_t from_ms)
{
	return dcv_pace_turn(lent->shared, lent->found.rate.window_ms, from_ms, INT64_MAX);
}

static void lend_rate(struct world *world, struct dcv_lent *lent, const char *account,
	int64_t requests, int64_t window_s)
{
	struct dcvp_provider provider = {.struct_size = sizeof(provider)};
	struct dcvp_host host;

	provider.rate_requests = (uint32_t)requests;
	provider.rate_s = (uint32_t)window_s;
	*lent = (struct dcv_lent){.services = world->services,
		.account = account,
		.clock = &world->clock,
		.rate = dcv_provider_rate(&provider)};
	assert_int_equal(dcv_services_lend(lent, &host, NULL), DCV_OK);
}

/* A window's requests at once, then the next window's; what was not used is not saved up. */
static void test_rate(void **state)
{
	struct world *world = *state;
	struct dcv_lent lent;

	lend_rate(world, &lent, "rated", 4, 1);
	for (int64_t i = 0; i < 4; i++)
		assert_int_equal(turn(&lent, 10 * i), 10 * i);
	assert_int_equal(turn(&lent, 40), 1000);
	assert_int_equal(turn(&lent, 700), 1010);
	assert_int_equal(turn(&lent, 1500), 1500);
	for (int64_t i = 0; i < 4; i++)
		assert_int_equal(turn(&lent, 100000), 100000);
	assert_int_equal(turn(&lent, 100000), 101000);
}

/* Who waits after a failure keeps nobody else from the account. */
static void test_who_waits_stands_before_nobody(void **state)
{
	struct world *world = *state;
	struct dcv_lent lent;

	lend_rate(world, &lent, "rated", 2, 1);
	assert_int_equal(turn(&lent, 8000), 8000);
	assert_int_equal(turn(&lent, 0), 0);
	assert_int_equal(turn(&lent, 0), 1000);
	assert_int_equal(turn(&lent, 0), 2000);
}

/* However requests come, no window has more of them than the service takes. */
static void test_no_window_has_more(void **state)
{
	struct world *world = *state;
	int64_t turns[1000], from_ms = 0;
	struct dcv_lent lent;

	lend_rate(world, &lent, "rated", 100, 60);
	for (size_t i = 0; i < 1000; i++) {
		turns[i] = turn(&lent, from_ms);
		/* Some wait for the answer before, some come at once. */
		from_ms = i % 7 == 0 ? turns[i] + 500 : from_ms + 30;
		if (i >= 100)
			assert_true(turns[i] - turns[i - 100] >= 60000);
	}
	assert_true(turns[99] < 60000);
}

/* What would come too late takes no place. */
static void test_too_late(void **state)
{
	struct world *world = *state;
	struct dcv_lent lent;

	lend_rate(world, &lent, "rated", 1, 60);
	assert_int_equal(turn(&lent, 0), 0);
	assert_int_equal(dcv_pace_turn(lent.shared, 60000, 10, 20000), 60000);
	assert_int_equal(dcv_pace_turn(lent.shared, 60000, 10, 70000), 60000);
	assert_int_equal(turn(&lent, 0), 120000);
}

/* A setting comes before what the provider declares, and that before ours. */
static void test_rates(void **state)
{
	static const char *const seven[] = {"7", NULL};
	static const struct dcvp_setting setting = {"requests_per_second", 1, seven};
	const struct dcvp_provider old = {
		.struct_size = offsetof(struct dcvp_provider, rate_requests)};
	struct world *world = *state;
	struct dcvp_host host;
	struct dcv_lent lent;

	assert_int_equal(world->lent.found.rate.requests, 10);
	assert_int_equal(world->lent.found.rate.window_ms, 1000);
	assert_int_equal(dcv_provider_rate(&old).requests, 10);
	lend_rate(world, &lent, "a", 1200, 300);
	assert_int_equal(lent.found.rate.requests, 1200);
	assert_int_equal(lent.found.rate.window_ms, 300000);
	lent.account = "b";
	lent.settings = &setting;
	lent.n_settings = 1;
	assert_int_equal(dcv_services_lend(&lent, &host, NULL), DCV_OK);
	assert_int_equal(lent.found.rate.requests, 7);
	assert_int_equal(lent.found.rate.window_ms, 1000);
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
	assert_int_equal(turn(&other, 1000), 9000);
	assert_int_equal(turn(&elsewhere, 1000), 1000);
	assert_int_equal(turn(&other, 9500), 9500);
}

/* --- clocks */

static const struct dcvp_sign signs[] = {{.scheme = DCVP_SIGN_NONE},
	{.scheme = DCVP_SIGN_AWS4}, {.scheme = DCVP_SIGN_SDK_HMAC_SHA256}};

/* What is said when a call fails for a cause, and our clock is that far ahead of the server's. */
static const char *said(struct world *world, const struct dcvp_sign *sign,
	int64_t ahead_s, enum dcvp_cause cause, struct dcvp_error *err)
{
	struct dcv_url url;
	const char *why;

	*err = (struct dcvp_error){.text = "x: refused",
		.help = "help: keys",
		.cause = cause};
	assert_true(dcv_url_read("https://dns.example:8443/v2/zones", &url, &why));
	dcv_skew_note(&world->lent, &url, sign, NOW_S - ahead_s);
	dcv_skew_tell(&world->lent, err);
	return err->text;
}

static void test_a_wrong_clock_is_told(void **state)
{
	struct world *world = *state;
	struct dcvp_error err;

	assert_string_equal(said(world, &signs[1], 432, DCVP_CAUSE_AUTH, &err),
		"cloud-a: the clock of this machine is 7 min 12 s ahead of that of "
		"dns.example:8443: x: refused");
	assert_non_null(strstr(err.help, "set the clock"));
	assert_int_equal(err.cause, DCVP_CAUSE_CLOCK);
	assert_non_null(strstr(said(world, &signs[2], -3600, DCVP_CAUSE_AUTH, &err),
		"is 1 h behind that of "));
	/* A provider that says that it is the clock; no signature is needed. */
	assert_non_null(strstr(said(world, NULL, 90, DCVP_CAUSE_CLOCK, &err),
		"is 1 min 30 s ahead of that of "));
}

/* A key that is wrong is not called a wrong clock. */
static void test_a_clock_that_is_not_why(void **state)
{
	static const struct {
		const struct dcvp_sign *sign;
		int64_t ahead_s;
		enum dcvp_cause cause;
	} rows[] = {{&signs[1], 200, DCVP_CAUSE_AUTH}, {&signs[2], 432, DCVP_CAUSE_AUTH},
		{&signs[0], 5000, DCVP_CAUSE_AUTH}, {NULL, 5000, DCVP_CAUSE_AUTH},
		{&signs[1], 5000, DCVP_CAUSE_FORBIDDEN},
		{&signs[1], 5000, DCVP_CAUSE_NONE}, {&signs[1], 20, DCVP_CAUSE_CLOCK}};
	struct world *world = *state;
	struct dcvp_error err;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(
			said(world, rows[i].sign, rows[i].ahead_s, rows[i].cause, &err),
			"x: refused");
		assert_string_equal(err.help, "help: keys");
	}
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
		{"{\"credential\":{\"access\":\"A\",\"secret\":\"S\",\"securitytoken\":\"T\"}}",
			"{\"credential\":{\"access\":\"[hidden]\",\"secret\":\"[hidden]\","
			"\"securitytoken\":\"[hidden]\"}}"},
		{"<Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey>",
			"<Credentials><AccessKeyId>[hidden]</AccessKeyId><SecretAccessKey>"
			"[hidden]</SecretAccessKey>"},
		{"<a:SessionToken x='y'>T</a:SessionToken><b/>",
			"<a:SessionToken x='y'>[hidden]</a:SessionToken><b/>"},
		{"<SessionToken x='y'><![CDATA[T]]></SessionToken><Token/>T",
			"<SessionToken x='y'>[hidden]</SessionToken><Token/>T"},
		{"<SessionToken>cut", "<SessionToken>[hidden]"},
		{"tokens and CANARY", "tokens and [hidden]"}};
	struct world *world = *state;
	const char *secret;

	assert_true(dcv_secrets_add(&world->secrets, "CANARY", &secret));
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		assert_string_equal(
			dcv_http_hide_body(&world->lent, shown[i][0], &world->arena),
			shown[i][1]);
}

static const char *shown(struct world *world, const char *method, int status,
	const char *body)
{
	const struct dcvp_http_request request = {.method = method};
	const struct dcv_http_exchange exchange = {.request = &request,
		.answered = true,
		.status = status,
		.body = body,
		.body_len = strlen(body)};

	return dcv_http_hide_answer(&world->lent, &exchange, &world->arena);
}

/* What a metadata service gives is a line of text. */
static void test_bare_tokens_hide(void **state)
{
	struct world *world = *state;

	assert_string_equal(shown(world, "PUT", 200, "AQAEAJx2"), "[hidden]");
	assert_string_equal(shown(world, "POST", 201, "AQAEAJx2\n"), "[hidden]");
	assert_string_equal(shown(world, "GET", 200, "role-of-the-machine"),
		"role-of-the-machine");
	assert_string_equal(shown(world, "PUT", 400, "Bad Request"), "Bad Request");
	assert_string_equal(shown(world, "PUT", 200, ""), "");
	assert_string_equal(shown(world, "POST", 200, "{\"id\":1}"), "{\"id\":1}");
	assert_string_equal(shown(world, "POST", 200, "<a>1</a>"), "<a>1</a>");
}

/* What an answer hands out, and what a request shows, is known as a secret from then on. */
static void test_secrets_are_learned(void **state)
{
	static const struct dcvp_header headers[] = {
		{"x-subject-token", "MIIHEADER0123456"},
		{"x-request-id", "id-of-a-request-1"}};
	static const char form[] = "Action=A&WebIdentityToken=ey%2BFORM0123456789&b=c",
			  keys[] = "{\"SecretAccessKey\":\"JSON0123456789ab\","
				   "\"access\":\"public\","
				   "\"content\":\"x-token=TEXT0123456789ab\"}";
	const struct dcvp_sign sign = {.key_id = "AKID0123456789ab"};
	const struct dcvp_http_request request = {.method = "POST",
		.body = form,
		.body_len = strlen(form),
		.sign = &sign};
	struct dcv_http_exchange exchange = {.request = &request,
		.answered = true,
		.status = 200,
		.n_headers = 2,
		.headers = (struct dcvp_header *)headers,
		.body = keys,
		.body_len = strlen(keys)};
	struct world *world = *state;

	assert_true(dcv_http_learn(&world->lent, &request));
	assert_true(dcv_http_learn_answer(&world->lent, &exchange));
	exchange.body = "BARE0123456789ab\r\n";
	exchange.body_len = strlen(exchange.body);
	assert_true(dcv_http_learn_answer(&world->lent, &exchange));
	world->host.log(world->host.ctx, DCVP_LOG_DEBUG,
		"MIIHEADER0123456 id-of-a-request-1 ey+FORM0123456789 "
		"ey%2BFORM0123456789 JSON0123456789ab public AKID0123456789ab "
		"BARE0123456789ab TEXT0123456789ab");
	assert_string_equal(world->logged,
		"[hidden] id-of-a-request-1 [hidden] [hidden] [hidden] public [hidden] "
		"[hidden] TEXT0123456789ab");
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

/* --- of several zones */

struct election {
	size_t chosen, n_servers;
	const char *why;
};

static enum dcv_err elect(void *ctx, const struct dcv_name *zone,
	const struct dcv_rival *rivals, size_t n, size_t *ret,
	char ret_why[DCV_RIVAL_WHY_MAX], struct dcv_error *err)
{
	struct election *election = ctx;
	char text[DCV_NAME_TEXT_MAX];

	assert_string_equal(dcv_name_text(zone, text), "example.com.");
	assert_int_equal(n, 2);
	assert_int_equal(*ret, n);
	for (size_t i = 0; i < n; i++)
		election->n_servers += rivals[i].n_servers;
	assert_string_equal(dcv_name_text(&rivals[1].servers[0], text), "ns-2.example.");
	if (election->chosen > n)
		return dcv_fail(err, DCV_E_INTERNAL, "no socket");
	*ret = election->chosen;
	(void)snprintf(ret_why, DCV_RIVAL_WHY_MAX, "%s", election->why);
	return DCV_OK;
}

static const char *const of_first[] = {"NS-1.example.", "ns-3.example."};
static const char *const of_second[] = {"ns-2.example."};
static const char *const of_none[] = {"ns..example."};
static const struct dcvp_rival rivals[] = {{"Z1", 2, of_first}, {"Z2", 1, of_second},
	{"Z3", 1, of_none}};

static void test_an_elected_zone(void **state)
{
	struct world *world = *state;
	struct election election = {.chosen = 1, .why = ""};
	const struct dcv_electorate electorate = {elect, &election};
	struct dcvp_error err = {0};
	size_t chosen = 7;

	dcv_services_elect_by(world->services, &electorate);
	assert_int_equal(world->host.elect(world->host.ctx, "example.com.", rivals, 2,
				 &chosen, &err),
		DCVP_OK);
	assert_int_equal(chosen, 1);
	assert_int_equal(election.n_servers, 3);
	assert_string_equal(world->logged,
		"warning: example.com.: account cloud-a has 2 zones of this name: Z2 is the one "
		"that the parent delegates to; nobody sees what stands in Z1");
}

static void test_no_zone_is_elected(void **state)
{
	struct world *world = *state;
	struct election election = {.chosen = 2, .why = "nobody knows"};
	const struct dcv_electorate electorate = {elect, &election};
	struct dcvp_error err = {0};
	size_t chosen;

	/* Where nobody can be asked, too. */
	assert_int_equal(world->host.elect(world->host.ctx, "example.com.", rivals, 2,
				 &chosen, &err),
		DCVP_INVALID);
	dcv_services_elect_by(world->services, &electorate);
	assert_int_equal(world->host.elect(world->host.ctx, "example.com.", rivals, 2,
				 &chosen, &err),
		DCVP_INVALID);
	assert_string_equal(err.text,
		"cloud-a: example.com.: several zones have this name, and its delegation does not "
		"say which one answers for it: nobody knows: Z1 (NS-1.example. …), Z2 "
		"(ns-2.example.)");
	election.chosen = 3;
	assert_int_equal(world->host.elect(world->host.ctx, "example.com.", rivals, 2,
				 &chosen, &err),
		DCVP_FAILED);
	assert_non_null(strstr(err.text, "no socket"));
	assert_int_equal(world->host.elect(world->host.ctx, "example.com.", rivals, 3,
				 &chosen, &err),
		DCVP_INVALID);
	assert_non_null(strstr(err.text, "ns..example."));
	assert_string_equal(world->logged, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rate, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_who_waits_stands_before_nobody,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_window_has_more, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_late, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rates, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pause, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_wrong_clock_is_told, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(test_a_clock_that_is_not_why, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(test_bare_tokens_hide, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_secrets_are_learned, set_up,
			tear_down),
		cmocka_unit_test(test_back_off),
		cmocka_unit_test(test_dates),
		cmocka_unit_test_setup_teardown(test_wait_is_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cache, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_log_hides, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_urls_hide, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bodies_hide, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_errors_of_answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_an_elected_zone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_zone_is_elected, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
