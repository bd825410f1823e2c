/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What is written to Huawei Cloud DNS, and what its answers to that mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "huaweicloud_world.h"

static enum dcvp_class apply(const struct exchange *exchanges,
	const struct dcvp_edit *edits, size_t n, struct dcvp_result *results,
	struct dcvp_error *err)
{
	const struct dcvp_change change = {.zone = "example.com.",
		.id = "1",
		.n_edits = n,
		.edits = edits};
	struct dcvp_receipt receipt = {0};
	enum dcvp_class class = dcvp_provider_1()->apply(session(exchanges), &change,
		results, &receipt, err);

	assert_false(fake.wrong);
	assert_null(exchanges[fake.asked].method);
	return class;
}

static const char *const token[] = {"\"token\""};
static const char *const notes[] = {"digicert/1"};
static const struct dcvp_edit at_apex = {.owner = "example.com.",
	.type = TXT,
	.ttl_s = 3600,
	.n_add = 1,
	.add = token,
	.notes = notes};
static const struct dcvp_edit is_new = {.owner = "_x.example.com.",
	.type = TXT,
	.ttl_s = 300,
	.n_add = 1,
	.add = token,
	.notes = notes};
static const struct dcvp_edit is_old = {.owner = "_x.example.com.",
	.type = TXT,
	.ttl_s = 300,
	.n_remove = 1,
	.remove = token};

static void test_foreign_values_and_descriptions_stay(void **state)
{
	static const struct exchange exchanges[] = {FIND,
		LIST("," SET("a1", "example.com.", "TXT", "3600", SPF)),
		{"GET", SETS "/a1", NULL, 200,
			SET("a1", "example.com.", "TXT", "3600", SPF)},
		{"PUT", SETS "/a1",
			"{\"name\":\"example.com.\",\"type\":\"TXT\",\"ttl\":3600,\"records\":"
			"[" SPF "," TOKEN "]}",
			202, "{\"id\":\"a1\",\"status\":\"PENDING_UPDATE\"}"},
		END};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, &at_apex, 1, &result, &err), DCVP_OK);
	assert_int_equal(result.outcome, DCVP_EDIT_DONE);
}

#define CREATE(status, answer)                                                                    \
	{                                                                                         \
		"POST", SETS,                                                                     \
			"{\"name\":\"_x.example.com.\",\"type\":\"TXT\",\"ttl\":300,\"records\":" \
			"[" TOKEN "],\"description\":\"dcvctl: digicert/1\"}",                    \
			status, answer                                                            \
	}
#define ERROR(code) "{\"code\":\"" code "\",\"message\":\"m\"}"
#define BY_NAME(sets)                                                    \
	{                                                                \
		"GET", SETS "?name=_x.example.com&limit=500", NULL, 200, \
			"{\"recordsets\":[" sets "]}"                    \
	}

static void test_new_set_and_its_owner(void **state)
{
	static const struct exchange exchanges[] = {FIND, LIST(),
		CREATE(202, "{\"id\":\"n\"}"), END};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, &is_new, 1, &result, &err), DCVP_OK);
	assert_int_equal(result.outcome, DCVP_EDIT_DONE);
	assert_non_null(strstr(fake.headers, "Content-Type: application/json\n"));
}

static void test_nothing_to_do_writes_nothing(void **state)
{
	static const struct exchange exchanges[] = {FIND,
		LIST("," SET("a1", "_x.example.com.", "TXT", "300", TOKEN)), END};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, &is_new, 1, &result, &err), DCVP_OK);
	assert_int_equal(result.outcome, DCVP_EDIT_ALREADY);
}

/* What somebody wrote after it was listed is seen at the second look. */
static void test_moved_is_a_conflict(void **state)
{
	static const struct exchange exchanges[] = {FIND,
		LIST("," SET("a1", "_x.example.com.", "TXT", "300", TOKEN)),
		{"GET", SETS "/a1", NULL, 200,
			SET("a1", "_x.example.com.", "TXT", "300", TOKEN "," SPF)},
		END};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, &is_old, 1, &result, &err), DCVP_CONFLICT);
}

static void test_gone_is_deleted(void **state)
{
	static const struct exchange exchanges[] = {FIND,
		LIST("," SET("a1", "_x.example.com.", "TXT", "300", TOKEN)),
		{"GET", SETS "/a1", NULL, 200,
			SET("a1", "_x.example.com.", "TXT", "300", TOKEN)},
		{"DELETE", SETS "/a1", NULL, 404, ERROR("DNS.0313")}, END};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, &is_old, 1, &result, &err), DCVP_OK);
	assert_int_equal(result.outcome, DCVP_EDIT_DONE);
	assert_string_equal(err.text, "");
}

/* A CNAME comes when the TXT set is gone for good. */
static void test_cname_in_place_of_txt(void **state)
{
	static const char *const target[] = {"a.example."};
	static const struct dcvp_edit edits[] = {{.owner = "_x.example.com.",
							 .type = CNAME,
							 .ttl_s = 300,
							 .n_add = 1,
							 .add = target},
		{.owner = "_x.example.com.",
			.type = TXT,
			.ttl_s = 300,
			.n_remove = 1,
			.remove = token}};
	static const struct exchange exchanges[] = {FIND,
		LIST("," SET("a1", "_x.example.com.", "TXT", "300", TOKEN)),
		{"GET", SETS "/a1", NULL, 200,
			SET("a1", "_x.example.com.", "TXT", "300", TOKEN)},
		{"DELETE", SETS "/a1", NULL, 202, "{}"},
		{"GET", SETS "/a1", NULL, 200,
			SET_IN("a1", "_x.example.com.", "TXT", "300", TOKEN,
				"PENDING_DELETE", "")},
		{"GET", SETS "/a1", NULL, 404, ERROR("DNS.0313")},
		{"POST", SETS,
			"{\"name\":\"_x.example.com.\",\"type\":\"CNAME\",\"ttl\":300,"
			"\"records\":[\"a.example.\"],\"description\":\"dcvctl:\"}",
			202, "{}"},
		END};
	struct dcvp_result results[2] = {{0}};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, edits, 2, results, &err), DCVP_OK);
	assert_true(fake.waited_ms > 0);
}

/* Codes of the service and of its gateway. */
static void test_refusals(void **state)
{
	static const struct {
		int status;
		const char *answer;
		enum dcvp_class class;
		enum dcvp_cause cause;
		enum dcvp_outcome outcome;
	} rows[] = {
		{400, ERROR("DNS.0308"), DCVP_FAILED, DCVP_CAUSE_VALUE, DCVP_EDIT_FAILED},
		{400, ERROR("DNS.0303"), DCVP_FAILED, DCVP_CAUSE_VALUE, DCVP_EDIT_FAILED},
		{404, ERROR("DNS.0302"), DCVP_FAILED, DCVP_CAUSE_NOT_READY,
			DCVP_EDIT_FAILED},
		{403, ERROR("DNS.0030"), DCVP_FAILED, DCVP_CAUSE_FORBIDDEN,
			DCVP_EDIT_FAILED},
		{403, "{\"code\":\"DNS.9\",\"message\":\"quota exceeded\"}", DCVP_FAILED,
			DCVP_CAUSE_LIMIT, DCVP_EDIT_FAILED},
		{401,
			"{\"error_code\":\"APIGW.0301\",\"error_msg\":\"m\",\"request_id\":"
			"\"r\"}",
			DCVP_FAILED, DCVP_CAUSE_AUTH, DCVP_EDIT_FAILED},
		{401, "{\"error\":{\"code\":401,\"title\":\"Unauthorized\"}}",
			DCVP_FAILED, DCVP_CAUSE_AUTH, DCVP_EDIT_FAILED},
		{500, ERROR("DNS.0001"), DCVP_UNKNOWN, DCVP_CAUSE_UNAVAILABLE,
			DCVP_EDIT_UNKNOWN},
		{408, "", DCVP_UNKNOWN, DCVP_CAUSE_UNAVAILABLE, DCVP_EDIT_UNKNOWN},
		{202, "<html>", DCVP_UNKNOWN, DCVP_CAUSE_PROTOCOL, DCVP_EDIT_UNKNOWN},
		{0, NULL, DCVP_UNKNOWN, DCVP_CAUSE_UNAVAILABLE, DCVP_EDIT_UNKNOWN}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct exchange exchanges[] = {FIND, LIST(),
			CREATE(rows[i].status, rows[i].answer), END};
		struct dcvp_result result = {0};
		struct dcvp_error err = {0};

		assert_int_equal(apply(exchanges, &is_new, 1, &result, &err),
			rows[i].class);
		assert_int_equal(err.cause, rows[i].cause);
		assert_int_equal(result.outcome, rows[i].outcome);
		assert_true(err.text[0] != '\0');
	}
}

/* The service did nothing, and says so. */
static void test_busy_is_asked_again(void **state)
{
	static const struct {
		int status;
		const char *answer;
		int64_t pause_ms;
	} rows[] = {{409, ERROR("DNS.0021"), 250}, {403, ERROR("DNS.0014"), 250},
		{400, ERROR("DNS.0314"), 250}, {429, "", 250},
		{429,
			"{\"error_code\":\"APIGW.0308\",\"error_msg\":\"policy user over "
			"ratelimit,limit:10,time:1 second\"}",
			1000}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct exchange exchanges[] = {FIND, LIST(),
			CREATE(rows[i].status, rows[i].answer), CREATE(202, "{}"), END};
		struct dcvp_result result = {0};
		struct dcvp_error err = {0};

		assert_int_equal(apply(exchanges, &is_new, 1, &result, &err), DCVP_OK);
		assert_int_equal(fake.waited_ms, rows[i].pause_ms);
	}
}

/* A window of a minute ends after the deadline: no use to wait, and it is said how long. */
static void test_throttled_past_the_deadline(void **state)
{
	static const struct exchange exchanges[] = {FIND, LIST(),
		CREATE(429,
			"{\"error_code\":\"APIGW.0308\",\"error_msg\":\"policy user over "
			"ratelimit,limit:100,time:1 minute\"}"),
		END};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, &is_new, 1, &result, &err), DCVP_FAILED);
	assert_int_equal(err.cause, DCVP_CAUSE_THROTTLED);
	assert_int_equal(err.retry_after_ms, 60000);
	assert_int_equal(fake.waited_ms, 0);
}

/* What stands in the way: another set, one that came meanwhile, one that is going. */
static void test_rivals(void **state)
{
	static const struct exchange cname[] = {FIND, LIST(),
		CREATE(400, ERROR("DNS.0312")),
		BY_NAME(SET("c", "_x.example.com.", "CNAME", "60", "\"a.example.\"")),
		END};
	static const struct exchange same[] = {FIND, LIST(),
		CREATE(400, ERROR("DNS.0312")),
		BY_NAME(SET("c", "_x.example.com.", "TXT", "60", SPF)), END};
	static const struct exchange going[] = {FIND, LIST(),
		CREATE(400, ERROR("DNS.0312")),
		BY_NAME(SET_IN("c", "_x.example.com.", "TXT", "60", SPF, "PENDING_DELETE",
			"")),
		CREATE(202, "{}"), END};
	static const struct exchange disabled[] = {FIND, LIST(),
		CREATE(400, ERROR("DNS.0312")),
		BY_NAME(SET_IN("c", "_x.example.com.", "TXT", "60", SPF, "DISABLE", "")),
		END};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(cname, &is_new, 1, &result, &err), DCVP_FAILED);
	assert_int_equal(err.cause, DCVP_CAUSE_EXISTS_OTHER);
	err = (struct dcvp_error){0};
	assert_int_equal(apply(same, &is_new, 1, &result, &err), DCVP_CONFLICT);
	err = (struct dcvp_error){0};
	assert_int_equal(apply(going, &is_new, 1, &result, &err), DCVP_OK);
	err = (struct dcvp_error){0};
	assert_int_equal(apply(disabled, &is_new, 1, &result, &err), DCVP_FAILED);
	assert_non_null(strstr(err.help, "disabled"));
}

/* One value that is not taken does not keep the others away. */
static void test_one_of_two(void **state)
{
	static const struct exchange exchanges[] = {FIND,
		LIST("," SET("a1", "example.com.", "TXT", "3600", SPF)),
		CREATE(400, ERROR("DNS.0308")),
		{"GET", SETS "/a1", NULL, 200,
			SET("a1", "example.com.", "TXT", "3600", SPF)},
		{"PUT", SETS "/a1",
			"{\"name\":\"example.com.\",\"type\":\"TXT\",\"ttl\":3600,\"records\":"
			"[" SPF "," TOKEN "]}",
			202, "{}"},
		END};
	const struct dcvp_edit edits[] = {is_new, at_apex};
	struct dcvp_result results[2] = {{0}};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, edits, 2, results, &err), DCVP_UNKNOWN);
	assert_int_equal(results[0].outcome, DCVP_EDIT_FAILED);
	assert_int_equal(results[0].cause, DCVP_CAUSE_VALUE);
	assert_non_null(strstr(results[0].text, "DNS.0308"));
	assert_int_equal(results[1].outcome, DCVP_EDIT_DONE);
}

static enum dcvp_class sync_new(const struct exchange *exchanges, struct dcvp_error *err)
{
	const struct dcvp_change change = {.zone = "example.com.",
		.id = "1",
		.n_edits = 1,
		.edits = &is_new};
	struct dcvp_receipt receipt = {0};

	*err = (struct dcvp_error){0};
	return dcvp_provider_1()->sync(session(exchanges), &change, &receipt, err);
}

#define STATUS(status) \
	BY_NAME(SET_IN("a", "_x.example.com.", "TXT", "300", TOKEN, status, ""))

static void test_sync_waits_until_it_is_active(void **state)
{
	static const struct exchange good[] = {FIND, STATUS("PENDING_CREATE"),
		STATUS("PENDING_UPDATE"), STATUS("ACTIVE"), END};
	static const struct exchange gone[] = {FIND, STATUS("PENDING_DELETE"),
		BY_NAME(""), END};
	static const struct exchange bad[] = {FIND, STATUS("PENDING_CREATE"),
		STATUS("ERROR"), END};
	static const struct exchange lost[] = {FIND,
		{"GET", SETS "?name=_x.example.com&limit=500", NULL, 503, ""}, END};
	struct dcvp_error err;

	(void)state;
	assert_int_equal(sync_new(good, &err), DCVP_OK);
	assert_int_equal(fake.asked, 4);
	assert_int_equal(fake.waited_ms, 250 + 500);
	assert_int_equal(sync_new(gone, &err), DCVP_OK);
	assert_int_equal(sync_new(bad, &err), DCVP_UNKNOWN);
	assert_non_null(strstr(err.text, "ERROR"));
	assert_int_equal(sync_new(lost, &err), DCVP_UNKNOWN);
}

static void test_zone_that_cannot_be_edited(void **state)
{
	static const struct exchange exchanges[] = {
		{"GET", ZONES("example.com"), NULL, 200,
			"{\"zones\":[{\"id\":\"z1\",\"name\":\"example.com.\",\"status\":"
			"\"FREEZE\"}]}"},
		LIST(), END};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, &is_new, 1, &result, &err), DCVP_REFUSED);
	assert_non_null(strstr(err.text, "FREEZE"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_zone_that_cannot_be_edited, done),
		cmocka_unit_test_teardown(test_foreign_values_and_descriptions_stay, done),
		cmocka_unit_test_teardown(test_new_set_and_its_owner, done),
		cmocka_unit_test_teardown(test_nothing_to_do_writes_nothing, done),
		cmocka_unit_test_teardown(test_moved_is_a_conflict, done),
		cmocka_unit_test_teardown(test_gone_is_deleted, done),
		cmocka_unit_test_teardown(test_cname_in_place_of_txt, done),
		cmocka_unit_test_teardown(test_refusals, done),
		cmocka_unit_test_teardown(test_busy_is_asked_again, done),
		cmocka_unit_test_teardown(test_throttled_past_the_deadline, done),
		cmocka_unit_test_teardown(test_rivals, done),
		cmocka_unit_test_teardown(test_one_of_two, done),
		cmocka_unit_test_teardown(test_sync_waits_until_it_is_active, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
