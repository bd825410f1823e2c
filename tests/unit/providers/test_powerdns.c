/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What is sent to a PowerDNS server and what its answers mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake_host.h"

#define URL "http://127.0.0.1:8081"
#define BASE URL "/api/v1/servers/localhost"
#define TXT 16
#define CNAME 5
#define FIND                                                                    \
	{                                                                       \
		"GET", BASE "/zones?zone=example.com.&dnssec=false", NULL, 200, \
			"[{\"name\":\"example.com.\",\"id\":\"example.com.\"}]" \
	}
#define LIST(sets)                                                                                   \
	{                                                                                            \
		"GET", BASE "/zones/example.com.", NULL, 200,                                        \
			"{\"kind\":\"Native\",\"dnssec\":false,\"edited_serial\":7,\"rrsets\":[" SOA \
				sets "]}"                                                            \
	}
#define SOA                                                                                     \
	"{\"name\":\"example.com.\",\"type\":\"SOA\",\"ttl\":3600,\"comments\":[],\"records\":" \
	"[{\"content\":\"ns1.example.com. h.example.com. 7 10800 3600 604800 900\","            \
	"\"disabled\":false}]}"
#define RECORD(text, disabled) "{\"content\":" text ",\"disabled\":" disabled "}"
#define SET(name, type, ttl, records)                                \
	",{\"name\":\"" name "\",\"type\":\"" type "\",\"ttl\":" ttl \
	",\"comments\":[],\"records\":[" records "]}"
#define TOKEN "\"\\\"token\\\"\""
#define SPF "\"\\\"v=spf1 -all\\\"\""
#define PATCH(sets, status, answer)                                                     \
	{                                                                               \
		"PATCH", BASE "/zones/example.com.", "{\"rrsets\":[" sets "]}", status, \
			answer                                                          \
	}
#define END                               \
	{                                 \
		NULL, NULL, NULL, 0, NULL \
	}

const struct dcvp_provider *dcvp_provider_1(void);

static struct fake fake;
static struct dcvp_host host;

static void *session(const struct exchange *exchanges, const char *url)
{
	const char *urls[] = {url, NULL}, *keys[] = {"key", NULL};
	const struct dcvp_setting settings[] = {{"url", 1, urls}, {"api_key", 1, keys}};
	struct dcvp_error err = {0};
	void *ret = NULL;

	memset(&fake, 0, sizeof fake);
	fake.exchanges = exchanges;
	host = fake_host(&fake);
	assert_int_equal(dcvp_provider_1()->open(&host, settings, 2, &ret, &err), DCVP_OK);
	return ret;
}

static int done(void **state)
{
	(void)state;
	dcv_arena_clear(&fake.arena);
	return fake.wrong;
}

static enum dcvp_class apply_for(const struct exchange *exchanges,
	const struct dcvp_edit *edits, size_t n, struct dcvp_result *results,
	struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	const struct dcvp_change change = {.zone = "example.com.",
		.id = "1",
		.n_edits = n,
		.edits = edits};
	enum dcvp_class class = dcvp_provider_1()->apply(session(exchanges, URL), &change,
		results, receipt, err);

	assert_false(fake.wrong);
	assert_null(exchanges[fake.asked].method);
	return class;
}

static enum dcvp_class apply(const struct exchange *exchanges,
	const struct dcvp_edit *edits, size_t n, struct dcvp_result *results,
	struct dcvp_error *err)
{
	struct dcvp_receipt receipt = {0};

	return apply_for(exchanges, edits, n, results, &receipt, err);
}

static void test_values_disabled_and_ttl_stay(void **state)
{
	static const struct exchange exchanges[] = {FIND,
		LIST(SET("example.com.", "TXT", "3600",
			RECORD(SPF, "false") "," RECORD("\"\\\"off\\\"\"", "true"))),
		PATCH("{\"name\":\"example.com.\",\"type\":\"TXT\",\"changetype\":\"REPLACE\","
		      "\"ttl\":3600,\"records\":[" RECORD(SPF, "false") "," RECORD(TOKEN,
			      "false") "," RECORD("\"\\\"off\\\"\"", "true") "]}",
			204, ""),
		END};
	const char *add[] = {"\"token\""};
	const struct dcvp_edit edit = {.owner = "example.com.",
		.type = TXT,
		.ttl_s = 3600,
		.n_add = 1,
		.add = add};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, &edit, 1, &result, &err), DCVP_OK);
	assert_int_equal(result.outcome, DCVP_EDIT_DONE);
}

static void test_deletions_come_first(void **state)
{
	static const struct exchange exchanges[] = {FIND,
		LIST(SET("_x.example.com.", "TXT", "300", RECORD(TOKEN, "false"))),
		PATCH("{\"name\":\"_x.example.com.\",\"type\":\"TXT\",\"changetype\":"
		      "\"DELETE\"},{\"name\":\"_x.example.com.\",\"type\":\"CNAME\","
		      "\"changetype\":\"REPLACE\",\"ttl\":300,\"records\":[" RECORD(
			      "\"a.example.net.\"", "false") "]}",
			204, ""),
		END};
	const char *txt[] = {"\"token\""}, *cname[] = {"a.example.net."};
	const struct dcvp_edit edits[] = {{.owner = "_x.example.com.",
						  .type = CNAME,
						  .ttl_s = 300,
						  .n_add = 1,
						  .add = cname},
		{.owner = "_x.example.com.",
			.type = TXT,
			.ttl_s = 300,
			.n_remove = 1,
			.remove = txt}};
	struct dcvp_result results[2] = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, edits, 2, results, &err), DCVP_OK);
}

static void test_nothing_to_do_sends_nothing(void **state)
{
	static const struct exchange exchanges[] = {FIND,
		LIST(SET("_x.example.com.", "TXT", "300", RECORD(TOKEN, "false"))), END};
	const char *add[] = {"token"}, *gone[] = {"\"gone\""};
	const struct dcvp_edit edits[] = {{.owner = "_x.example.com.",
						  .type = TXT,
						  .ttl_s = 300,
						  .n_add = 1,
						  .add = add},
		{.owner = "_y.example.com.",
			.type = TXT,
			.ttl_s = 300,
			.n_remove = 1,
			.remove = gone}};
	struct dcvp_result results[2] = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, edits, 2, results, &err), DCVP_OK);
	assert_int_equal(results[0].outcome, DCVP_EDIT_ALREADY);
	assert_int_equal(results[1].outcome, DCVP_EDIT_ALREADY);
}

static void test_moved_is_a_conflict(void **state)
{
	static const struct exchange exchanges[] = {FIND,
		LIST(SET("_x.example.com.", "TXT", "300", RECORD(SPF, "false"))), END};
	const char *add[] = {"\"token\""}, *was[] = {"\"v=spf1 ~all\""};
	const struct dcvp_rrset before = {.owner = "_x.example.com.",
		.type = TXT,
		.ttl_s = 300,
		.n = 1,
		.rdata = was};
	struct dcvp_edit edit = {.owner = "_x.example.com.",
		.type = TXT,
		.ttl_s = 300,
		.n_add = 1,
		.add = add,
		.has_before = 1};
	struct dcvp_result result = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(exchanges, &edit, 1, &result, &err), DCVP_CONFLICT);
	dcv_arena_clear(&fake.arena);
	edit.before = &before;
	memset(&err, 0, sizeof err);
	assert_int_equal(apply(exchanges, &edit, 1, &result, &err), DCVP_CONFLICT);
	assert_non_null(strstr(err.text, "_x.example.com. TXT"));
}

/* What a status and a text of the server come to. */
static void test_refusals(void **state)
{
	static const struct {
		int status;
		const char *answer;
		enum dcvp_class class;
		enum dcvp_cause cause;
		enum dcvp_outcome outcome;
	} rows[] = {{401, "Unauthorized", DCVP_FAILED, DCVP_CAUSE_AUTH, DCVP_EDIT_FAILED},
		{403, "", DCVP_FAILED, DCVP_CAUSE_FORBIDDEN, DCVP_EDIT_FAILED},
		{429, "", DCVP_FAILED, DCVP_CAUSE_THROTTLED, DCVP_EDIT_FAILED},
		{422, "{\"error\":\"RRset a. IN CNAME: Conflicts with pre-existing RRset\"}",
			DCVP_FAILED, DCVP_CAUSE_EXISTS_OTHER, DCVP_EDIT_FAILED},
		{422, "{\"error\":\"RRset a. IN TXT: Name is out of zone\"}", DCVP_FAILED,
			DCVP_CAUSE_VALUE, DCVP_EDIT_FAILED},
		{422, "{\"error\":\"Hosting backend does not support editing records.\"}",
			DCVP_FAILED, DCVP_CAUSE_FORBIDDEN, DCVP_EDIT_FAILED},
		{500, "Internal Server Error", DCVP_UNKNOWN, DCVP_CAUSE_UNAVAILABLE,
			DCVP_EDIT_UNKNOWN},
		{504, "<html>", DCVP_UNKNOWN, DCVP_CAUSE_UNAVAILABLE, DCVP_EDIT_UNKNOWN},
		{301, "", DCVP_UNKNOWN, DCVP_CAUSE_UNAVAILABLE, DCVP_EDIT_UNKNOWN},
		{0, NULL, DCVP_UNKNOWN, DCVP_CAUSE_UNAVAILABLE, DCVP_EDIT_UNKNOWN}};
	const char *add[] = {"\"token\""};
	const struct dcvp_edit edit = {.owner = "_x.example.com.",
		.type = TXT,
		.ttl_s = 300,
		.n_add = 1,
		.add = add};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct exchange exchanges[] = {FIND, LIST(""),
			PATCH("{\"name\":\"_x.example.com.\",\"type\":\"TXT\",\"changetype\":"
			      "\"REPLACE\",\"ttl\":300,\"records\":[" RECORD(TOKEN,
				      "false") "]}",
				rows[i].status, rows[i].answer),
			END};
		struct dcvp_result result = {0};
		struct dcvp_error err = {0};

		dcv_arena_clear(&fake.arena);
		assert_int_equal(apply(exchanges, &edit, 1, &result, &err), rows[i].class);
		assert_int_equal(err.cause, rows[i].cause);
		assert_int_equal(result.outcome, rows[i].outcome);
		assert_true(err.text[0] != '\0');
	}
}

/* A server that cannot be asked has not said that it does not hold the zone. */
static void test_find_zone(void **state)
{
	static const struct {
		int status;
		const char *answer;
		enum dcvp_class class;
	} rows[] = {{200, "[]", DCVP_NO_ZONE}, {404, "Not Found", DCVP_FAILED},
		{200, "{}", DCVP_FAILED}, {200, "[{", DCVP_FAILED},
		{401, "Unauthorized", DCVP_FAILED}, {500, "", DCVP_FAILED},
		{0, NULL, DCVP_FAILED},
		{200, "[{\"name\":\"sub.example.com.\",\"id\":\"sub.example.com.\"}]",
			DCVP_NO_ZONE},
		{200, "[{\"name\":\"Example.com.\",\"id\":\"example.com.\"}]", DCVP_OK}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct exchange exchanges[] = {
			{"GET",
				"https://proxy.example/dns/api/v1/servers/localhost/zones?zone="
				"example.com.&dnssec=false",
				NULL, rows[i].status, rows[i].answer},
			END};
		struct dcvp_error err = {0};

		dcv_arena_clear(&fake.arena);
		assert_int_equal(dcvp_provider_1()->find_zone(
					 session(exchanges, "https://proxy.example/dns/"),
					 "example.com.", &err),
			rows[i].class);
	}
}

/* The id of the answer is used, not the zone's name. */
static void test_read(void **state)
{
	static const struct exchange exchanges[] = {
		{"GET", BASE "/zones?zone=example.com.&dnssec=false", NULL, 200,
			"[{\"name\":\"example.com.\",\"id\":\"a=2Fb/c\"}]"},
		{"GET", BASE "/zones/a=2Fb%2Fc", NULL, 200,
			"{\"kind\":\"Master\",\"dnssec\":true,\"edited_serial\":9,\"rrsets\":[" SOA SET(
				"example.com.", "NS", "3600",
				RECORD("\"NS1.example.com.\"",
					"false") "," RECORD("\"ns.example.net.\"",
					"false")) SET("ns1.example.com.", "A", "60",
				RECORD("\"192.0.2.1\"", "false")) SET("*.example.com.",
				"A", "60",
				RECORD("\"192.0.2.2\"", "false")) SET("c.b.example.com.",
				"A", "60",
				RECORD("\"192.0.2.3\"", "false")) SET("sub.example.com.",
				"NS", "60",
				RECORD("\"ns.example.net.\"",
					"false")) SET("_x.example.com.", "TXT", "60",
				RECORD(TOKEN, "false") "," RECORD(SPF, "true"))
				SET("off.example.com.", "TXT", "60", RECORD(SPF, "true"))
					SET("odd.example.com.", "ADDR", "60",
						RECORD("\"\\\\# 1 00\"", "false")) "]}"},
		END};
	static const char *const owners[] = {"_x.example.com.", "_y.example.com.",
		"_x.b.example.com.", "b.example.com.", "a.sub.example.com.",
		"off.example.com.", "odd.example.com."};
	static const struct {
		const char *closest, *cut;
		int wildcard;
		size_t n_sets;
	} wanted[] = {{"_x.example.com.", NULL, 0, 1}, {"example.com.", NULL, 1, 0},
		{"b.example.com.", NULL, 0, 0}, {"b.example.com.", NULL, 0, 0},
		{"sub.example.com.", "sub.example.com.", 0, 0},
		{"example.com.", NULL, 1, 0}, {"odd.example.com.", NULL, 0, 1}};
	struct dcvp_error err = {0};
	struct dcvp_zone zone = {0};

	(void)state;
	assert_int_equal(dcvp_provider_1()->read(session(exchanges, URL), "example.com.",
				 owners, 7, &zone, &err),
		DCVP_OK);
	for (size_t i = 0; i < 7; i++) {
		const struct dcvp_node *node = &zone.nodes[i];

		assert_string_equal(node->owner, owners[i]);
		assert_string_equal(node->closest, wanted[i].closest);
		assert_int_equal(node->wildcard, wanted[i].wildcard);
		assert_int_equal(node->n_sets, wanted[i].n_sets);
		assert_int_equal(node->cut != NULL, wanted[i].cut != NULL);
	}
	assert_int_equal(zone.nodes[0].sets[0].n, 1);
	assert_non_null(zone.nodes[6].sets[0].fixed);
	assert_string_equal(zone.nodes[0].sets[0].rdata[0], "\"token\"");
	assert_int_equal(zone.serial, 9);
	assert_int_equal(zone.soa_ttl_s, 3600);
	assert_int_equal(zone.soa_minimum_s, 900);
	assert_true(zone.is_signed);
	assert_null(zone.fixed);
	assert_int_equal(zone.n_ns, 2);
	assert_string_equal(zone.ns[0].name, "ns1.example.com.");
	assert_string_equal(zone.ns[0].sets[0].rdata[0], "192.0.2.1");
	assert_int_equal(zone.ns[1].n_sets, 0);
}

/* The id is asked for once, and again where the server does not know it any more. */
static void test_an_id_is_kept(void **state)
{
	static const struct exchange exchanges[] = {FIND, LIST(""), LIST(""),
		{"GET", BASE "/zones/example.com.", NULL, 404, "Not Found"}, FIND,
		LIST(""), {"GET", BASE "/zones/example.com.", NULL, 404, "Not Found"},
		{"GET", BASE "/zones?zone=example.com.&dnssec=false", NULL, 200, "[]"},
		END};
	static const enum dcvp_class wanted[] = {DCVP_OK, DCVP_OK, DCVP_OK, DCVP_NO_ZONE};
	static const char *const owner[] = {"_x.example.com."};
	void *at = session(exchanges, URL);

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct dcvp_error err = {0};
		struct dcvp_zone zone = {0};

		assert_int_equal(dcvp_provider_1()->read(at, "example.com.", owner, 1,
					 &zone, &err),
			wanted[i]);
	}
	assert_false(fake.wrong);
	assert_null(exchanges[fake.asked].method);
}

/* A secondary's zone and a presigned one are shown, and not edited. */
static void test_what_cannot_be_edited(void **state)
{
	static const char *const answers[] = {"{\"kind\":\"Slave\",\"rrsets\":[" SOA "]}",
		"{\"kind\":\"Consumer\",\"rrsets\":[" SOA "]}",
		"{\"kind\":\"Master\",\"dnssec\":true,\"rrsets\":[" SOA SET("example.com.",
			"RRSIG", "60", RECORD("\"SOA 13\"", "false")) "]}"};
	static const char *const owner[] = {"_x.example.com."};

	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		const struct exchange exchanges[] = {FIND,
			{"GET", BASE "/zones/example.com.", NULL, 200, answers[i]}, END};
		const struct dcvp_edit edit = {.owner = owner[0],
			.type = TXT,
			.ttl_s = 300};
		struct dcvp_result result = {0};
		struct dcvp_error err = {0};
		struct dcvp_zone zone = {0};

		dcv_arena_clear(&fake.arena);
		assert_int_equal(dcvp_provider_1()->read(session(exchanges, URL),
					 "example.com.", owner, 1, &zone, &err),
			DCVP_OK);
		assert_non_null(zone.fixed);
		dcv_arena_clear(&fake.arena);
		assert_int_equal(apply(exchanges, &edit, 1, &result, &err), DCVP_REFUSED);
	}
}

/* The same zone in another order has the same etag; a value, a TTL or a set makes another. */
/* Secondaries are told of a change, after the denial of names holds; and nobody is told where the
 * serial does not grow, for nobody would come. What fails of it is said, and the change holds. */
static void test_secondaries(void **state)
{
#define OF_KIND(more)                                                         \
	{                                                                     \
		"GET", BASE "/zones/example.com.", NULL, 200,                 \
			"{\"edited_serial\":7," more ",\"rrsets\":[" SOA "]}" \
	}
#define ADDED                                                                      \
	PATCH("{\"name\":\"_x.example.com.\",\"type\":\"TXT\",\"changetype\":"     \
	      "\"REPLACE\",\"ttl\":300,\"records\":[" RECORD(TOKEN, "false") "]}", \
		204, "")
#define PUT(what, status)                                                                 \
	{                                                                                 \
		"PUT", BASE "/zones/example.com./" what, NULL, status, "{\"error\":\"\"}" \
	}
	static const struct {
		struct exchange exchanges[6];
		const char *note;
	} rows[] = {
		{{FIND, OF_KIND("\"kind\":\"Master\",\"soa_edit_api\":\"DEFAULT\""),
			 ADDED, PUT("notify", 200), END},
			NULL},
		{{FIND, OF_KIND("\"kind\":\"Producer\""), ADDED, PUT("notify", 403), END},
			"could not be notified (status 403)"},
		{{FIND, OF_KIND("\"kind\":\"primary\",\"dnssec\":true"), ADDED,
			 PUT("rectify", 500), PUT("notify", 403), END},
			"could not be rectified (status 500)"},
		{{FIND, OF_KIND("\"kind\":\"Master\",\"soa_edit_api\":\"\""), ADDED, END},
			"pdnsutil set-meta example.com. SOA-EDIT-API DEFAULT"},
		{{FIND, OF_KIND("\"kind\":\"Native\",\"soa_edit_api\":\"\""), ADDED, END},
			NULL},
	};
	const char *add[] = {"\"token\""};
	const struct dcvp_edit edit = {.owner = "_x.example.com.",
		.type = TXT,
		.ttl_s = 300,
		.n_add = 1,
		.add = add};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct dcvp_result result = {0};
		struct dcvp_receipt receipt = {0};
		struct dcvp_error err = {0};

		dcv_arena_clear(&fake.arena);
		assert_int_equal(
			apply_for(rows[i].exchanges, &edit, 1, &result, &receipt, &err),
			DCVP_OK);
		assert_int_equal(result.outcome, DCVP_EDIT_DONE);
		if (rows[i].note == NULL)
			assert_string_equal(receipt.note, "");
		else
			assert_non_null(strstr(receipt.note, rows[i].note));
	}
}

static void test_etag(void **state)
{
	static const char *const answers[] = {
		SOA SET("a.example.com.", "TXT", "60",
			RECORD(TOKEN, "false") "," RECORD(SPF, "false")),
		SOA SET("a.example.com.", "TXT", "60",
			RECORD(SPF, "false") "," RECORD(TOKEN, "false")),
		SOA SET("a.example.com.", "TXT", "61",
			RECORD(TOKEN, "false") "," RECORD(SPF, "false")),
		SOA SET("a.example.com.", "TXT", "60", RECORD(TOKEN, "false")),
		SOA SET("b.example.com.", "TXT", "60",
			RECORD(TOKEN, "false") "," RECORD(SPF, "false"))};
	char etags[5][32], body[2048];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		const struct exchange exchanges[] = {FIND,
			{"GET", BASE "/zones/example.com.", NULL, 200, body}, END};
		struct dcvp_error err = {0};
		struct dcvp_zone zone = {0};

		(void)snprintf(body, sizeof body, "{\"kind\":\"Native\",\"rrsets\":[%s]}",
			answers[i]);
		dcv_arena_clear(&fake.arena);
		assert_int_equal(dcvp_provider_1()->read(session(exchanges, URL),
					 "example.com.", NULL, 0, &zone, &err),
			DCVP_OK);
		(void)snprintf(etags[i], sizeof etags[i], "%s", zone.etag);
	}
	assert_string_equal(etags[0], etags[1]);
	for (size_t i = 2; i < 5; i++)
		assert_string_not_equal(etags[0], etags[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_values_disabled_and_ttl_stay, done),
		cmocka_unit_test_teardown(test_deletions_come_first, done),
		cmocka_unit_test_teardown(test_nothing_to_do_sends_nothing, done),
		cmocka_unit_test_teardown(test_moved_is_a_conflict, done),
		cmocka_unit_test_teardown(test_refusals, done),
		cmocka_unit_test_teardown(test_find_zone, done),
		cmocka_unit_test_teardown(test_read, done),
		cmocka_unit_test_teardown(test_an_id_is_kept, done),
		cmocka_unit_test_teardown(test_what_cannot_be_edited, done),
		cmocka_unit_test_teardown(test_secondaries, done),
		cmocka_unit_test_teardown(test_etag, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
