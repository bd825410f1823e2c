/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A program as a backend: what it is told, and what becomes of one that misbehaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <unistd.h>

#include "fake_host.h"

#define TXT 16
#define CNAME 5
#define OK(id, more) "echo '{\"id\":" id ",\"class\":\"ok\"" more "}'; "
#define HELLO "read a; " OK("1", ",\"abi\":1") "read a; " OK("2", "")

const struct dcvp_provider *dcvp_provider_1(void);

static struct fake fake;
static struct dcvp_host host;
static void *session;

/* A session with a shell script as its program. */
static enum dcvp_class start(const char *dialect, const char *script,
	const char *timeout_ms, struct dcvp_error *err)
{
	const char *words[] = {dialect, NULL}, *timeouts[] = {timeout_ms, NULL};
	const char *command[] = {"/bin/sh", "-c", script, "sh", NULL};
	const char *environment[] = {"PLAIN=x=y", NULL}, *names[] = {"TOKEN", NULL};
	const char *servers[] = {"127.0.0.1", NULL};
	const char *secrets[] = {"canary", NULL}, *settings[] = {"file=/a=b", NULL};
	const struct dcvp_setting all[] = {{"dialect", 1, words}, {"command", 4, command},
		{"environment", 1, environment}, {"secret_names", 1, names},
		{"secrets", 1, secrets}, {"settings", 1, settings},
		{"timeout", 1, timeouts}, {"server", 1, servers}};

	memset(&fake, 0, sizeof fake);
	host = fake_host(&fake);
	return dcvp_provider_1()->open(&host, all, 8, &session, err);
}

static int done(void **state)
{
	(void)state;
	dcvp_provider_1()->close(session);
	session = NULL;
	dcv_arena_clear(&fake.arena);
	return fake.wrong;
}

static enum dcvp_class find_zone(const char *script, const char *timeout_ms,
	struct dcvp_error *err)
{
	*err = (struct dcvp_error){0};
	assert_int_equal(start("json", script, timeout_ms, err), DCVP_OK);
	return dcvp_provider_1()->find_zone(session, "example.com.", err);
}

static const char *const token[] = {"\"token\""};
static const char *const old[] = {"\"old\""};
static const struct dcvp_edit edit = {.owner = "_x.example.com.",
	.type = TXT,
	.ttl_s = 300,
	.n_add = 1,
	.add = token,
	.n_remove = 1,
	.remove = old,
	.has_before = 1};

static enum dcvp_class apply(const char *dialect, const char *script,
	struct dcvp_result *result, struct dcvp_error *err)
{
	const struct dcvp_change change = {.zone = "example.com.",
		.id = "c1",
		.etag = "e",
		.n_edits = 1,
		.edits = &edit};
	struct dcvp_receipt receipt = {0};

	*err = (struct dcvp_error){0};
	*result = (struct dcvp_result){0};
	assert_int_equal(start(dialect, script, "20000", err), DCVP_OK);
	return dcvp_provider_1()->apply(session, &change, result, &receipt, err);
}

/* Every request, word for word: a program of somebody else's rests on them. */
static void test_requests(void **state)
{
	struct dcvp_result result;
	struct dcvp_error err;

	(void)state;
	assert_int_equal(
		apply("json",
			"read -r a; printf '%s\\n' \"$a\" >&2; echo '{\"id\":1,\"class\":\"ok\",\"abi\":1}'; "
			"read -r a; printf '%s\\n' \"$a\" >&2; echo '{\"id\":2,\"class\":\"ok\"}'; "
			"read -r a; printf '%s\\n' \"$a\" >&2; echo \"$PLAIN $TOKEN $HOME\" >&2; "
			"echo '{\"id\":3,\"class\":\"ok\",\"results\":[{\"outcome\":\"done\"}]}'; "
			"cat; echo end >&2",
			&result, &err),
		DCVP_OK);
	assert_int_equal(result.outcome, DCVP_EDIT_DONE);
	dcvp_provider_1()->close(session);
	session = NULL;
	assert_string_equal(fake.log,
		"/bin/sh: {\"id\":1,\"op\":\"hello\",\"abi\":1}\n"
		"/bin/sh: {\"id\":2,\"op\":\"open\",\"settings\":{\"file\":\"/a=b\"}}\n"
		"/bin/sh: {\"id\":3,\"op\":\"apply\",\"zone\":\"example.com.\",\"change\":\"c1\","
		"\"etag\":\"e\",\"edits\":[{\"owner\":\"_x.example.com.\",\"type\":\"TXT\","
		"\"ttl\":300,\"add\":[\"\\\"token\\\"\"],\"remove\":[\"\\\"old\\\"\"],"
		"\"before\":null}]}\n"
		"/bin/sh: x=y canary \n"
		"/bin/sh: end\n");
}

static void test_read(void **state)
{
	static const char *const owners[] = {"_x.b.example.com.", "_y.example.com."};
	struct dcvp_zone zone = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(
		start("json",
			HELLO "read -r a; printf '%s\\n' \"$a\" >&2; " OK("3",
				",\"etag\":\"7\",\"empty\":[\"B.example.com\"],\"sets\":["
				"{\"owner\":\"_y.example.com.\",\"type\":\"TXT\",\"ttl\":60,"
				"\"values\":[\"\\\"v\\\"\"],\"marks\":[null]}]"),
			"20000", &err),
		DCVP_OK);
	assert_int_equal(
		dcvp_provider_1()->read(session, "example.com.", owners, 2, &zone, &err),
		DCVP_OK);
	assert_non_null(strstr(fake.log,
		"\"names\":[\"*.b.example.com.\",\"*.example.com.\",\"_x.b.example.com.\","
		"\"_y.example.com.\",\"b.example.com.\",\"example.com.\"]"));
	assert_string_equal(zone.etag, "7");
	assert_string_equal(zone.nodes[0].closest, "b.example.com.");
	assert_int_equal(zone.nodes[1].n_sets, 1);
	assert_string_equal(zone.nodes[1].sets[0].rdata[0], "\"v\"");
}

/* Who misbehaves is ended, with all that it started. */
static void test_misbehaviour(void **state)
{
	static const struct {
		const char *script, *timeout_ms;
		enum dcvp_cause cause;
		const char *text;
	} rows[] = {{"exit 3", "20000", DCVP_CAUSE_UNAVAILABLE, "it ended"},
		{"read a; echo nonsense; cat", "20000", DCVP_CAUSE_PROTOCOL, "no JSON"},
		{"read a; " OK("7", ",\"abi\":1") "cat", "20000", DCVP_CAUSE_PROTOCOL,
			"id"},
		{"read a; " OK("1", ",\"abi\":2") "cat", "20000", DCVP_CAUSE_PROTOCOL,
			"abi 1"},
		{"read a; echo '{\"id\":1}'; cat", "20000", DCVP_CAUSE_PROTOCOL, "class"},
		{"read a; echo '{\"id\":1,\"class\":\"good\"}'; cat", "20000",
			DCVP_CAUSE_PROTOCOL, "class"},
		{"read a; " OK("1", ",\"abi\":1") "read -r a; printf '%s\n%s\n' '{\"id\":2,"
						  "\"class\":\"ok\"}' '{}'; cat",
			"20000", DCVP_CAUSE_PROTOCOL, "without being asked"},
		{"head -c 9000000 /dev/zero; cat", "20000", DCVP_CAUSE_PROTOCOL, "octets"},
		{"cat >/dev/null", "300", DCVP_CAUSE_UNAVAILABLE, "in time"}};
	struct dcvp_error err;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(find_zone(rows[i].script, rows[i].timeout_ms, &err),
			DCVP_FAILED);
		assert_int_equal(err.cause, rows[i].cause);
		assert_non_null(strstr(err.text, rows[i].text));
		assert_int_equal(done(NULL), 0);
	}
}

static void test_answers_of_a_program(void **state)
{
	struct dcvp_error err;

	(void)state;
	assert_int_equal(find_zone(HELLO "read a; echo '{\"id\":3,\"class\":\"no-zone\"}'",
				 "20000", &err),
		DCVP_NO_ZONE);
	assert_int_equal(done(NULL), 0);
	assert_int_equal(find_zone(HELLO
				 "read a; echo '{\"id\":3,\"class\":\"failed\",\"cause\":"
				 "\"auth\",\"text\":\"who\",\"help\":\"log in\",\"code\":"
				 "\"E7\",\"retry_after_ms\":9}'; cat",
				 "20000", &err),
		DCVP_FAILED);
	assert_int_equal(err.cause, DCVP_CAUSE_AUTH);
	assert_string_equal(err.text, "/bin/sh: who");
	assert_string_equal(err.help, "help: log in");
	assert_string_equal(err.code, "E7");
	assert_int_equal(err.retry_after_ms, 9);
}

/* Only an answer says that a change was not made. */
static void test_changes(void **state)
{
	static const struct {
		const char *script;
		enum dcvp_class class;
		enum dcvp_outcome outcome;
	} rows[] = {{HELLO "read a; exit 1", DCVP_UNKNOWN, DCVP_EDIT_UNKNOWN},
		{HELLO "read a; echo nonsense", DCVP_UNKNOWN, DCVP_EDIT_UNKNOWN},
		{HELLO "read a; " OK("3", ""), DCVP_UNKNOWN, DCVP_EDIT_UNKNOWN},
		{HELLO "read a; " OK("3", ",\"results\":[]"), DCVP_UNKNOWN,
			DCVP_EDIT_UNKNOWN},
		{HELLO "read a; " OK("3", ",\"results\":[{\"outcome\":\"failed\"}]"),
			DCVP_UNKNOWN, DCVP_EDIT_UNKNOWN},
		{HELLO "read a; " OK("3", ",\"results\":[{\"outcome\":\"already\"}]"),
			DCVP_OK, DCVP_EDIT_ALREADY},
		{HELLO "read a; echo '{\"id\":3,\"class\":\"failed\"}'; cat", DCVP_FAILED,
			DCVP_EDIT_FAILED},
		{HELLO "read a; echo '{\"id\":3,\"class\":\"conflict\"}'; cat",
			DCVP_CONFLICT, DCVP_EDIT_FAILED},
		{HELLO "read a; echo '{\"id\":3,\"class\":\"unknown\"}'; cat",
			DCVP_UNKNOWN, DCVP_EDIT_UNKNOWN},
		{"exit 1", DCVP_FAILED, DCVP_EDIT_FAILED}};
	struct dcvp_result result;
	struct dcvp_error err;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(apply("json", rows[i].script, &result, &err),
			rows[i].class);
		assert_int_equal(result.outcome, rows[i].outcome);
		assert_int_equal(done(NULL), 0);
	}
}

/* A program that died between two calls is started again. */
static void test_restart(void **state)
{
	struct dcvp_error err;

	(void)state;
	assert_int_equal(find_zone(HELLO "read a; " OK("3", "") "exit 0", "20000", &err),
		DCVP_OK);
	/* Its end is seen when it is waited for; the next call starts another, whose answers
	 * have ids of the former. */
	assert_int_equal(dcvp_provider_1()->find_zone(session, "example.com.", &err),
		DCVP_FAILED);
}

/* A zombie is gone too: who reaps it is none of ours. */
static int is_there(long pid)
{
	char path[64], line[256] = "";
	FILE *file;

	(void)snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	file = fopen(path, "r");
	if (file == NULL)
		return 0;
	if (fgets(line, sizeof line, file) == NULL)
		line[0] = '\0';
	(void)fclose(file);
	return line[0] != '\0' && strstr(line, ") Z ") == NULL;
}

static void test_children_are_killed(void **state)
{
	struct dcvp_error err;
	long pid;

	(void)state;
	assert_int_equal(find_zone("sleep 1000 & echo $! >&2; cat >/dev/null", "500", &err),
		DCVP_FAILED);
	pid = strtol(strstr(fake.log, ": ") + 2, NULL, 10);
	assert_true(pid > 1);
	/* It dies on its own time. */
	for (int i = 0; i < 1000 && is_there(pid); i++)
		(void)usleep(1000);
	assert_false(is_there(pid));
}

static void test_lego(void **state)
{
	struct dcvp_result result;
	struct dcvp_error err;

	(void)state;
	assert_int_equal(apply("lego-exec", "echo \"$@\"", &result, &err), DCVP_OK);
	assert_int_equal(result.outcome, DCVP_EDIT_DONE);
	assert_string_equal(fake.log,
		"/bin/sh: present _x.example.com. token\n/bin/sh: cleanup _x.example.com. old\n");
	assert_int_equal(done(NULL), 0);
	/* After an addition that failed nothing is removed. */
	assert_int_equal(apply("lego-exec", "echo $1; exit 9", &result, &err),
		DCVP_UNKNOWN);
	assert_int_equal(result.outcome, DCVP_EDIT_UNKNOWN);
	assert_string_equal(fake.log, "/bin/sh: present\n");
	assert_non_null(strstr(err.text, "exit status 9"));
}

static void test_program_that_is_not_there(void **state)
{
	const char *words[] = {"lego-exec", NULL}, *command[] = {"/nowhere/program", NULL};
	const char *servers[] = {"127.0.0.1", NULL};
	const struct dcvp_setting all[] = {{"dialect", 1, words}, {"command", 1, command},
		{"server", 1, servers}};
	const struct dcvp_change change = {.zone = "example.com.",
		.id = "c",
		.n_edits = 1,
		.edits = &edit};
	struct dcvp_receipt receipt = {0};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	memset(&fake, 0, sizeof fake);
	host = fake_host(&fake);
	assert_int_equal(dcvp_provider_1()->open(&host, all, 3, &session, &err), DCVP_OK);
	assert_int_equal(
		dcvp_provider_1()->apply(session, &change, &result, &receipt, &err),
		DCVP_FAILED);
	assert_int_equal(result.outcome, DCVP_EDIT_FAILED);
	assert_non_null(
		strstr(err.text, "/nowhere/program: cannot be started: No such file"));
}

static enum dcvp_class post(const struct exchange *exchanges, struct dcvp_result *result)
{
	const char *words[] = {"httpreq", NULL},
		   *endpoint[] = {"https://a.example/dns/", NULL};
	const char *user[] = {"user", NULL}, *password[] = {"pass", NULL};
	const struct dcvp_setting all[] = {{"dialect", 1, words},
		{"endpoint", 1, endpoint}, {"username", 1, user},
		{"password", 1, password}, {"server", 1, user}};
	const struct dcvp_change change = {.zone = "example.com.",
		.id = "c",
		.n_edits = 1,
		.edits = &edit};
	struct dcvp_receipt receipt = {0};
	struct dcvp_error err = {0};
	enum dcvp_class class;

	*result = (struct dcvp_result){0};
	memset(&fake, 0, sizeof fake);
	fake.exchanges = exchanges;
	host = fake_host(&fake);
	assert_int_equal(dcvp_provider_1()->open(&host, all, 5, &session, &err), DCVP_OK);
	class = dcvp_provider_1()->apply(session, &change, result, &receipt, &err);
	assert_null(exchanges[fake.asked].method);
	assert_int_equal(done(NULL), 0);
	return class;
}

#define POST(verb, value, status)                                                 \
	{                                                                         \
		"POST", "https://a.example/dns/" verb,                            \
			"{\"fqdn\":\"_x.example.com.\",\"value\":\"" value "\"}", \
			status, ""                                                \
	}

static void test_httpreq(void **state)
{
	static const struct exchange good[] = {POST("present", "token", 200),
		POST("cleanup", "old", 204), {.method = NULL}};
	static const struct exchange denied[] = {POST("present", "token", 401),
		{.method = NULL}};
	static const struct exchange lost[] = {POST("present", "token", 0),
		{.method = NULL}};
	static const struct exchange half[] = {POST("present", "token", 200),
		POST("cleanup", "old", 403), {.method = NULL}};
	struct dcvp_result result;

	(void)state;
	assert_int_equal(post(good, &result), DCVP_OK);
	assert_int_equal(result.outcome, DCVP_EDIT_DONE);
	assert_int_equal(post(denied, &result), DCVP_FAILED);
	assert_int_equal(result.outcome, DCVP_EDIT_FAILED);
	assert_int_equal(post(lost, &result), DCVP_UNKNOWN);
	assert_int_equal(result.outcome, DCVP_EDIT_UNKNOWN);
	assert_int_equal(post(half, &result), DCVP_UNKNOWN);
	assert_int_equal(result.outcome, DCVP_EDIT_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_requests, done),
		cmocka_unit_test_teardown(test_read, done),
		cmocka_unit_test_teardown(test_misbehaviour, done),
		cmocka_unit_test_teardown(test_answers_of_a_program, done),
		cmocka_unit_test_teardown(test_changes, done),
		cmocka_unit_test_teardown(test_restart, done),
		cmocka_unit_test_teardown(test_children_are_killed, done),
		cmocka_unit_test_teardown(test_lego, done),
		cmocka_unit_test_teardown(test_program_that_is_not_there, done),
		cmocka_unit_test(test_httpreq),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
