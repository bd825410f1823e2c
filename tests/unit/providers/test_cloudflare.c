/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What is sent to Cloudflare and what its answers mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake_host.h"

#define URL "http://127.0.0.1:8080/client/v4"
#define TXT 16
#define CNAME 5
#define CAA 257
#define ZONES(account) URL "/zones?name=example.com" account "&page=1&per_page=50"
#define ZONE(id, status, type, account)                                      \
	"{\"id\":\"" id "\",\"name\":\"example.com\",\"status\":\"" status   \
	"\",\"type\":\"" type "\",\"account\":{\"id\":\"" account            \
	"\",\"name\":\"of " account "\"},\"plan\":{\"legacy_id\":\"free\"}," \
	"\"name_servers\":[\"ada.ns.cloudflare.com\",\"bob.ns.cloudflare.com\"]}"
#define LISTING(items, total)                                \
	"{\"success\":true,\"errors\":[],\"result\":[" items \
	"],\"result_info\":{\"total_count\":" total "}}"
#define FIND                                                             \
	{                                                                \
		"GET", ZONES(""), NULL, 200,                             \
			LISTING(ZONE("a1", "active", "full", "cc"), "1") \
	}
#define RECORDS(page) URL "/zones/a1/dns_records?order=type&page=" page "&per_page=1000"
#define LIST(items, total)                                            \
	{                                                             \
		"GET", RECORDS("1"), NULL, 200, LISTING(items, total) \
	}
#define RECORD(id, type, name, content, more)                       \
	"{\"id\":\"" id "\",\"type\":\"" type "\",\"name\":\"" name \
	"\",\"content\":\"" content "\",\"ttl\":300" more "}"
#define OLD RECORD("b1", "TXT", "_x.example.com", "\\\"old\\\"", "")
#define GOOD "{\"success\":true,\"errors\":[],\"result\":{\"id\":\"b9\"}}"
#define ERROR(code, text)                                                       \
	"{\"success\":false,\"errors\":[{\"code\":" code ",\"message\":\"" text \
	"\"}],\"result\":null}"
#define POSTED                                                       \
	"{\"type\":\"TXT\",\"name\":\"_x.example.com\",\"ttl\":300," \
	"\"content\":\"\\\"token\\\"\"}"
#define END                               \
	{                                 \
		NULL, NULL, NULL, 0, NULL \
	}

const struct dcvp_provider *dcvp_provider_1(void);

static struct fake fake;
static struct dcvp_host host;

static enum dcvp_class open_with(const struct dcvp_setting *settings, size_t n,
	void **ret, struct dcvp_error *err)
{
	memset(&fake, 0, sizeof fake);
	host = fake_host(&fake);
	return dcvp_provider_1()->open(&host, settings, n, ret, err);
}

static void *session(const struct exchange *exchanges, const char *account,
	const char *batch)
{
	const char *url[] = {URL "/", NULL}, *token[] = {"t0ken", NULL},
		   *batches[] = {batch, NULL}, *accounts[] = {account, NULL};
	const struct dcvp_setting settings[] = {{"url", 1, url}, {"token", 1, token},
		{"batch", 1, batches}, {"account_id", 1, accounts}};
	struct dcvp_error err = {0};
	void *ret = NULL;

	assert_int_equal(open_with(settings, account != NULL ? 4 : 3, &ret, &err),
		DCVP_OK);
	fake.exchanges = exchanges;
	return ret;
}

static int done(void **state)
{
	(void)state;
	dcv_arena_clear(&fake.arena);
	return fake.wrong;
}

static enum dcvp_class apply(const struct exchange *exchanges, const char *batch,
	const struct dcvp_edit *edits, size_t n, struct dcvp_result *results,
	struct dcvp_error *err)
{
	const struct dcvp_change change = {.zone = "example.com.",
		.id = "1",
		.n_edits = n,
		.edits = edits};
	struct dcvp_receipt receipt = {0};
	enum dcvp_class class;

	dcv_arena_clear(&fake.arena);
	class = dcvp_provider_1()->apply(session(exchanges, NULL, batch), &change,
		results, &receipt, err);
	assert_false(fake.wrong);
	assert_null(exchanges[fake.asked].method);
	return class;
}

static const char *const token_value[] = {"token"}, *const old_value[] = {"\"old\""};
static const struct dcvp_edit add_token = {.owner = "_x.example.com.",
	.type = TXT,
	.ttl_s = 300,
	.n_add = 1,
	.add = token_value};
static const struct dcvp_edit replace = {.owner = "_x.example.com.",
	.type = TXT,
	.ttl_s = 300,
	.n_add = 1,
	.add = token_value,
	.n_remove = 1,
	.remove = old_value};

/* --- writing --- */

static void test_other_values_are_not_sent(void **state)
{
	static const struct exchange exchanges[] = {FIND,
		LIST(OLD "," RECORD("b2", "TXT", "_x.example.com", "foreign, bare", ""),
			"2"),
		{"POST", URL "/zones/a1/dns_records", POSTED, 200, GOOD},
		{"DELETE", URL "/zones/a1/dns_records/b1", NULL, 200, GOOD}, END};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, "no", &replace, 1, &result, &err), DCVP_OK);
	assert_int_equal(result.outcome, DCVP_EDIT_DONE);
}

static void test_a_batch_is_one_request(void **state)
{
	static const struct exchange exchanges[] = {FIND, LIST(OLD, "1"),
		{"POST", URL "/zones/a1/dns_records/batch",
			"{\"deletes\":[{\"id\":\"b1\"}],\"posts\":[" POSTED "]}", 200,
			GOOD},
		END};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, "yes", &replace, 1, &result, &err), DCVP_OK);
	assert_int_equal(result.outcome, DCVP_EDIT_DONE);
}

static void test_a_batch_that_was_overtaken_is_a_conflict(void **state)
{
	static const struct exchange exchanges[] = {FIND, LIST(OLD, "1"),
		{"POST", URL "/zones/a1/dns_records/batch",
			"{\"deletes\":[{\"id\":\"b1\"}],\"posts\":[" POSTED "]}", 400,
			ERROR("81058", "An identical record already exists.")},
		END};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, "yes", &replace, 1, &result, &err),
		DCVP_CONFLICT);
}

/* There is always a target, and Cloudflare's own answer is never in its place. */
static void test_a_target_is_changed_in_place(void **state)
{
	static const struct exchange exchanges[] = {FIND,
		LIST(RECORD("b1", "CNAME", "_x.example.com", "a.example.net",
			     ",\"proxied\":false"),
			"1"),
		{"PATCH", URL "/zones/a1/dns_records/b1",
			"{\"type\":\"CNAME\",\"name\":\"_x.example.com\",\"ttl\":300,"
			"\"content\":\"b.example.net\",\"proxied\":false,\"comment\":"
			"\"dcvctl: DigiCert/7\"}",
			200, GOOD},
		END};
	static const char *const from[] = {"a.example.net."},
				 *const to[] = {"b.example.net."},
				 *const notes[] = {"DigiCert/7"};
	const struct dcvp_edit edit = {.owner = "_x.example.com.",
		.type = CNAME,
		.ttl_s = 300,
		.n_add = 1,
		.add = to,
		.n_remove = 1,
		.remove = from,
		.notes = notes};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, "no", &edit, 1, &result, &err), DCVP_OK);
	assert_int_equal(result.outcome, DCVP_EDIT_DONE);
}

static void test_room_is_made_first(void **state)
{
	static const struct exchange exchanges[] = {FIND, LIST(OLD, "1"),
		{"DELETE", URL "/zones/a1/dns_records/b1", NULL, 200, GOOD},
		{"POST", URL "/zones/a1/dns_records",
			"{\"type\":\"CNAME\",\"name\":\"_x.example.com\",\"ttl\":300,"
			"\"content\":\"a.example.net\",\"proxied\":false}",
			200, GOOD},
		END};
	static const char *const cname[] = {"a.example.net."};
	const struct dcvp_edit edits[] = {{.owner = "_x.example.com.",
						  .type = CNAME,
						  .ttl_s = 300,
						  .n_add = 1,
						  .add = cname},
		{.owner = "_x.example.com.",
			.type = TXT,
			.ttl_s = 300,
			.n_remove = 1,
			.remove = old_value}};
	struct dcvp_result results[2] = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, "no", edits, 2, results, &err), DCVP_OK);
	assert_int_equal(results[1].outcome, DCVP_EDIT_DONE);
}

static void test_nothing_beside_a_cname(void **state)
{
	static const struct exchange cname_there[] = {FIND,
		LIST(RECORD("b1", "CNAME", "_x.example.com", "a.example.net", ""), "1"),
		END};
	static const struct exchange txt_there[] = {FIND, LIST(OLD, "1"), END};
	static const char *const cname[] = {"a.example.net."};
	const struct dcvp_edit edit = {.owner = "_x.example.com.",
		.type = CNAME,
		.ttl_s = 300,
		.n_add = 1,
		.add = cname};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(cname_there, "no", &add_token, 1, &result, &err),
		DCVP_FAILED);
	assert_int_equal(err.cause, DCVP_CAUSE_EXISTS_OTHER);
	memset(&err, 0, sizeof err);
	assert_int_equal(apply(txt_there, "no", &edit, 1, &result, &err), DCVP_FAILED);
	assert_int_equal(err.cause, DCVP_CAUSE_EXISTS_OTHER);
}

/* A proxied CNAME is answered with addresses, so a text stands beside it. */
static void test_beside_a_proxied_cname(void **state)
{
	static const struct exchange exchanges[] = {FIND,
		LIST(RECORD("b1", "CNAME", "_x.example.com", "a.example.net",
			     ",\"proxied\":true"),
			"1"),
		{"POST", URL "/zones/a1/dns_records", POSTED, 200, GOOD}, END};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, "no", &add_token, 1, &result, &err), DCVP_OK);
}

static void test_caa_goes_in_fields(void **state)
{
	static const struct exchange exchanges[] = {FIND, LIST("", "0"),
		{"POST", URL "/zones/a1/dns_records",
			"{\"type\":\"CAA\",\"name\":\"example.com\",\"ttl\":300,\"data\":{"
			"\"flags\":128,\"tag\":\"issue\",\"value\":\"ca.example; a=\\\"b\\\\\"}}",
			200, GOOD},
		END};
	static const char *const caa[] = {"128 ISSUE \"ca.example; a=\\\"b\\\\\""};
	const struct dcvp_edit edit = {.owner = "example.com.",
		.type = CAA,
		.ttl_s = 300,
		.n_add = 1,
		.add = caa};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, "no", &edit, 1, &result, &err), DCVP_OK);
}

/* Automatic is 300 seconds: nothing is to be done. Another TTL is set record by record. */
static void test_ttl(void **state)
{
	static const struct exchange automatic[] = {FIND,
		LIST("{\"id\":\"b1\",\"type\":\"TXT\",\"name\":\"_x.example.com\",\"content\":"
		     "\"token\",\"ttl\":1}",
			"1"),
		END};
	static const struct exchange other[] = {FIND, LIST(OLD, "1"),
		{"PATCH", URL "/zones/a1/dns_records/b1",
			"{\"type\":\"TXT\",\"name\":\"_x.example.com\",\"ttl\":600}", 200,
			GOOD},
		END};
	struct dcvp_edit edit = {.owner = "_x.example.com.", .type = TXT, .ttl_s = 600};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(automatic, "no", &add_token, 1, &result, &err), DCVP_OK);
	assert_int_equal(result.outcome, DCVP_EDIT_ALREADY);
	assert_int_equal(apply(other, "no", &edit, 1, &result, &err), DCVP_OK);
	assert_int_equal(result.outcome, DCVP_EDIT_DONE);
}

/* What somebody else did meanwhile is done. */
static void test_already_so(void **state)
{
	static const struct exchange exchanges[] = {FIND, LIST(OLD, "1"),
		{"POST", URL "/zones/a1/dns_records", POSTED, 400,
			ERROR("81058", "An identical record already exists.")},
		{"DELETE", URL "/zones/a1/dns_records/b1", NULL, 404,
			ERROR("81044", "Record does not exist.")},
		END};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, "no", &replace, 1, &result, &err), DCVP_OK);
	assert_int_equal(result.outcome, DCVP_EDIT_DONE);
}

static void test_moved_is_a_conflict(void **state)
{
	static const struct exchange exchanges[] = {FIND, LIST(OLD, "1"), END};
	struct dcvp_edit edit = add_token;
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	edit.has_before = 1;
	assert_int_equal(apply(exchanges, "no", &edit, 1, &result, &err), DCVP_CONFLICT);
	assert_non_null(strstr(err.text, "_x.example.com. TXT"));
}

/* After a failure nothing is removed; what was done before is told. */
static void test_half_way(void **state)
{
	static const struct exchange exchanges[] = {FIND, LIST(OLD, "1"),
		{"POST", URL "/zones/a1/dns_records",
			"{\"type\":\"TXT\",\"name\":\"_w.example.com\",\"ttl\":300,"
			"\"content\":\"\\\"token\\\"\"}",
			200, GOOD},
		{"POST", URL "/zones/a1/dns_records", POSTED, 429,
			ERROR("971", "Please wait")},
		END};
	struct dcvp_edit edits[3] = {add_token, replace, add_token};
	struct dcvp_result results[3] = {0};
	struct dcvp_error err = {0};

	(void)state;
	edits[0].owner = "_w.example.com.";
	edits[2].owner = "_y.example.com.";
	assert_int_equal(apply(exchanges, "no", edits, 3, results, &err), DCVP_UNKNOWN);
	assert_int_equal(err.cause, DCVP_CAUSE_THROTTLED);
	assert_int_equal(results[0].outcome, DCVP_EDIT_DONE);
	assert_int_equal(results[1].outcome, DCVP_EDIT_FAILED);
	assert_int_equal(results[2].outcome, DCVP_EDIT_FAILED);
}

static void test_refusals(void **state)
{
	static const struct {
		int status;
		const char *answer;
		enum dcvp_class class;
		enum dcvp_cause cause;
		const char *code;
	} rows[] = {
		{400,
			"{\"success\":false,\"errors\":[{\"code\":1004,\"message\":\"DNS "
			"Validation Error\",\"error_chain\":[{\"code\":9021,\"message\":"
			"\"Invalid TTL.\"}]}]}",
			DCVP_FAILED, DCVP_CAUSE_VALUE, "9021"},
		{400, ERROR("6003", "Invalid request headers"), DCVP_FAILED,
			DCVP_CAUSE_AUTH, "6003"},
		{401, ERROR("1000", "Invalid API Token"), DCVP_FAILED, DCVP_CAUSE_AUTH,
			"1000"},
		{403, ERROR("9109", "Invalid access token"), DCVP_FAILED, DCVP_CAUSE_AUTH,
			"9109"},
		{403, ERROR("9109", "Unauthorized to access requested resource"),
			DCVP_FAILED, DCVP_CAUSE_FORBIDDEN, "9109"},
		{403, ERROR("10000", "Authentication error"), DCVP_FAILED,
			DCVP_CAUSE_FORBIDDEN, "10000"},
		{400,
			ERROR("81053",
				"An A, AAAA, or CNAME record with that host already "
				"exists."),
			DCVP_FAILED, DCVP_CAUSE_EXISTS_OTHER, "81053"},
		{400, ERROR("81045", "The record quota has been exceeded."), DCVP_FAILED,
			DCVP_CAUSE_LIMIT, "81045"},
		{429, "slow", DCVP_FAILED, DCVP_CAUSE_THROTTLED, "429"},
		{200, "<html>", DCVP_UNKNOWN, DCVP_CAUSE_PROTOCOL, ""},
		{200, "{}", DCVP_UNKNOWN, DCVP_CAUSE_PROTOCOL, ""},
		{200, "{\"success\":false,\"errors\":[]}", DCVP_UNKNOWN,
			DCVP_CAUSE_UNAVAILABLE, "200"},
		{301, "", DCVP_UNKNOWN, DCVP_CAUSE_UNAVAILABLE, "301"},
		{408, "", DCVP_UNKNOWN, DCVP_CAUSE_UNAVAILABLE, "408"},
		{500, ERROR("1234", "oops"), DCVP_UNKNOWN, DCVP_CAUSE_UNAVAILABLE, "1234"},
		{0, NULL, DCVP_UNKNOWN, DCVP_CAUSE_UNAVAILABLE, ""}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct exchange exchanges[] = {FIND, LIST("", "0"),
			{"POST", URL "/zones/a1/dns_records", POSTED, rows[i].status,
				rows[i].answer},
			END};
		struct dcvp_result result = {0};
		struct dcvp_error err = {0};

		assert_int_equal(apply(exchanges, "no", &add_token, 1, &result, &err),
			rows[i].class);
		assert_int_equal(err.cause, rows[i].cause);
		assert_string_equal(err.code, rows[i].code);
		assert_int_equal(result.outcome,
			rows[i].class == DCVP_UNKNOWN ? DCVP_EDIT_UNKNOWN
						      : DCVP_EDIT_FAILED);
		assert_true(err.text[0] != '\0');
		assert_null(strstr(err.text, "t0ken"));
	}
}

/* --- reading --- */

/* Only a listing without the zone says that it is not there. */
static void test_find_zone(void **state)
{
	static const struct {
		int status;
		const char *account, *answer;
		enum dcvp_class class;
	} rows[] = {{200, NULL, LISTING("", "0"), DCVP_NO_ZONE},
		{200, NULL, LISTING(ZONE("a1", "active", "full", "cc"), "1"), DCVP_OK},
		{200, NULL, LISTING(ZONE("a1", "active", "partial", "cc"), "1"),
			DCVP_NO_ZONE},
		{200, NULL, LISTING(ZONE("a1", "active", "internal", "cc"), "1"),
			DCVP_NO_ZONE},
		{200, NULL,
			LISTING(ZONE("a1", "pending", "full", "cc") "," ZONE("a2",
					"active", "full", "dd"),
				"2"),
			DCVP_OK},
		{200, NULL,
			LISTING(ZONE("a1", "pending", "full", "cc") "," ZONE("a2",
					"pending", "full", "dd"),
				"2"),
			DCVP_INVALID},
		{200, "cc",
			LISTING(ZONE("a1", "pending", "full", "cc") "," ZONE("a2",
					"pending", "full", "dd"),
				"2"),
			DCVP_OK},
		{200, "ee", LISTING(ZONE("a1", "active", "full", "cc"), "1"), DCVP_NO_ZONE},
		{200, NULL, LISTING(ZONE("../x", "active", "full", "cc"), "1"),
			DCVP_FAILED},
		{200, NULL, "{\"success\":true,\"result\":{}}", DCVP_FAILED},
		{200, NULL, "[{", DCVP_FAILED},
		{403, NULL, ERROR("10000", "Authentication error"), DCVP_FAILED},
		{404, NULL, "", DCVP_FAILED}, {500, NULL, "", DCVP_FAILED},
		{0, NULL, NULL, DCVP_FAILED}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct exchange exchanges[] = {
			{"GET",
				rows[i].account == NULL ? ZONES("")
					: rows[i].account[0] == 'c'
					? ZONES("&account.id=cc")
					: ZONES("&account.id=ee"),
				NULL, rows[i].status, rows[i].answer},
			END};
		struct dcvp_error err = {0};

		dcv_arena_clear(&fake.arena);
		assert_int_equal(dcvp_provider_1()->find_zone(
					 session(exchanges, rows[i].account, "no"),
					 "example.com.", &err),
			rows[i].class);
		assert_int_equal(err.text[0] == '\0', rows[i].class == DCVP_OK);
	}
}

static const struct dcvp_rrset *set_of(const struct dcvp_node *node, uint16_t type)
{
	for (size_t i = 0; i < node->n_sets; i++) {
		if (node->sets[i].type == type)
			return &node->sets[i];
	}
	return NULL;
}

static void test_read(void **state)
{
	static const struct exchange exchanges[] = {FIND,
		LIST(RECORD("b1", "TXT", "_x.example.com", "say \\\"hi\\\"",
			     ",\"comment\":"
			     "\"dcvctl: DigiCert/7\"") "," RECORD("b2", "TXT",
			     "_x.example.com", "\\\"v=spf1 -all\\\"",
			     ",\"comment\":\"ours\"") "," RECORD("b3", "TXT",
			     "_X.Example.com", "v=spf1 -all", ""),
			"6"),
		{"GET", RECORDS("2"), NULL, 200,
			LISTING(RECORD("b4", "CNAME", "example.com", "a.example.net",
					",\"proxied\":false") "," RECORD("b5", "MX",
					"*.example.com", "mail.example.com",
					",\"priority\":10") "," RECORD("b6", "CAA",
					"example.com", "0 issue \\\"ca.example\\\"",
					",\"data\":{\"flags\":0,\"tag\":\"issue\","
					"\"value\":\"ca.example\"}"),
				"6")},
		END};
	static const char *const owners[] = {"_x.example.com.", "example.com.",
		"_y.example.com."};
	struct dcvp_error err = {0};
	struct dcvp_zone zone = {0};
	const struct dcvp_rrset *set;

	(void)state;
	assert_int_equal(dcvp_provider_1()->read(session(exchanges, NULL, "no"),
				 "example.com.", owners, 3, &zone, &err),
		DCVP_OK);
	set = set_of(&zone.nodes[0], TXT);
	assert_int_equal(set->n, 2);
	assert_string_equal(set->rdata[0], "\"say \\\"hi\\\"\"");
	assert_string_equal(set->marks[0], "DigiCert/7");
	assert_string_equal(set->rdata[1], "\"v=spf1 -all\"");
	assert_null(set->marks[1]);
	assert_null(set_of(&zone.nodes[1], CNAME));
	assert_string_equal(set_of(&zone.nodes[1], CAA)->rdata[0],
		"0 issue \"ca.example\"");
	assert_int_equal(zone.nodes[2].wildcard, 1);
	assert_int_equal(zone.n_ns, 2);
	assert_string_equal(zone.ns[0].name, "ada.ns.cloudflare.com.");
	assert_int_equal(zone.ttl_min_s, 60);
}

/* A record that was missed would be added again, or taken for gone. */
static void test_a_listing_that_is_short(void **state)
{
	static const struct exchange exchanges[] = {FIND, LIST(OLD, "2"),
		{"GET", RECORDS("2"), NULL, 200, LISTING("", "2")}, END};
	static const struct exchange unreadable[] = {FIND,
		LIST(RECORD("b1/../c", "TXT", "_x.example.com", "a", ""), "1"), END};
	static const char *const owners[] = {"_x.example.com."};
	struct dcvp_error err = {0};
	struct dcvp_zone zone = {0};

	(void)state;
	assert_int_equal(dcvp_provider_1()->read(session(exchanges, NULL, "no"),
				 "example.com.", owners, 1, &zone, &err),
		DCVP_FAILED);
	assert_int_equal(err.cause, DCVP_CAUSE_BUSY);
	dcv_arena_clear(&fake.arena);
	memset(&err, 0, sizeof err);
	assert_int_equal(dcvp_provider_1()->read(session(unreadable, NULL, "no"),
				 "example.com.", owners, 1, &zone, &err),
		DCVP_FAILED);
	assert_int_equal(err.cause, DCVP_CAUSE_PROTOCOL);
}

static void test_what_cannot_be_edited(void **state)
{
	static const struct {
		const char *answer, *why;
	} rows[] = {{LISTING(ZONE("a1", "active", "secondary", "cc"), "1"), "secondary"},
		{LISTING(ZONE("a1", "moved", "full", "cc"), "1"), "left"}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct exchange exchanges[] = {
			{"GET", ZONES(""), NULL, 200, rows[i].answer}, END};
		struct dcvp_result result = {0};
		struct dcvp_error err = {0};

		assert_int_equal(apply(exchanges, "no", &add_token, 1, &result, &err),
			DCVP_REFUSED);
		assert_non_null(strstr(err.text, rows[i].why));
	}
}

/* Zones by the one token, records by the other. */
static void test_zone_token(void **state)
{
	static const char *const url[] = {URL, NULL}, *const token[] = {"t0ken", NULL},
				 *const zones[] = {"z0nes", NULL},
				 *const owners[] = {"_x.example.com."};
	static const struct dcvp_setting settings[] = {{"url", 1, url},
		{"token", 1, token}, {"zone_token", 1, zones}};
	static const struct exchange exchanges[] = {FIND, FIND, LIST(OLD, "1"), END};
	struct dcvp_error err = {0};
	struct dcvp_zone zone = {0};
	void *with = NULL;

	(void)state;
	assert_int_equal(open_with(settings, 3, &with, &err), DCVP_OK);
	fake.exchanges = exchanges;
	assert_int_equal(dcvp_provider_1()->find_zone(with, "example.com.", &err),
		DCVP_OK);
	assert_non_null(strstr(fake.headers, "Authorization: Bearer z0nes\n"));
	assert_int_equal(
		dcvp_provider_1()->read(with, "example.com.", owners, 1, &zone, &err),
		DCVP_OK);
	assert_non_null(strstr(fake.headers, "Authorization: Bearer t0ken\n"));
	assert_null(strstr(fake.headers, "z0nes"));
}

static void test_settings(void **state)
{
	const char *word[] = {"x", NULL}, *id[] = {"../zones", NULL};
	const struct dcvp_setting token = {"token", 1, word}, key = {"key", 1, word},
				  zones = {"zone_token", 1, word},
				  email = {"email", 1, word},
				  account = {"account_id", 1, id};
	const struct {
		struct dcvp_setting settings[3];
		size_t n;
		enum dcvp_class class;
	} rows[] = {{{token}, 1, DCVP_OK}, {{email, key}, 2, DCVP_OK},
		{{email}, 1, DCVP_INVALID}, {{key}, 1, DCVP_INVALID},
		{{token, email, key}, 3, DCVP_INVALID},
		{{token, account}, 2, DCVP_INVALID}, {{token, zones}, 2, DCVP_OK},
		{{email, key, zones}, 3, DCVP_OK}, {{zones}, 1, DCVP_INVALID}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct dcvp_error err = {0};
		void *ret = NULL;

		dcv_arena_clear(&fake.arena);
		assert_int_equal(open_with(rows[i].settings, rows[i].n, &ret, &err),
			rows[i].class);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_other_values_are_not_sent, done),
		cmocka_unit_test_teardown(test_a_batch_is_one_request, done),
		cmocka_unit_test_teardown(test_a_batch_that_was_overtaken_is_a_conflict,
			done),
		cmocka_unit_test_teardown(test_a_target_is_changed_in_place, done),
		cmocka_unit_test_teardown(test_room_is_made_first, done),
		cmocka_unit_test_teardown(test_nothing_beside_a_cname, done),
		cmocka_unit_test_teardown(test_beside_a_proxied_cname, done),
		cmocka_unit_test_teardown(test_caa_goes_in_fields, done),
		cmocka_unit_test_teardown(test_ttl, done),
		cmocka_unit_test_teardown(test_already_so, done),
		cmocka_unit_test_teardown(test_moved_is_a_conflict, done),
		cmocka_unit_test_teardown(test_half_way, done),
		cmocka_unit_test_teardown(test_refusals, done),
		cmocka_unit_test_teardown(test_find_zone, done),
		cmocka_unit_test_teardown(test_read, done),
		cmocka_unit_test_teardown(test_a_listing_that_is_short, done),
		cmocka_unit_test_teardown(test_what_cannot_be_edited, done),
		cmocka_unit_test_teardown(test_zone_token, done),
		cmocka_unit_test_teardown(test_settings, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
