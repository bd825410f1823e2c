/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* How a large change is cut into batches of Route 53, and how these are waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "route53_world.h"

#define POSTS_MAX 8u
#define LONG "ABCDEFGHIJKLMNOPQRSTUVWXYZ12345"

/* What was sent, and what becomes of it. */
static struct {
	unsigned posts, asked; /* batches; questions after changes */
	size_t values[POSTS_MAX];
	char owners[POSTS_MAX][64]; /* the first letter of each set that is created */
	char ids[16][48]; /* that were asked after */
	unsigned refused; /* from which batch on; 0: none */
	const char *prefix; /* of the changes' ids */
	const char *listed; /* the zone; NULL: it is empty */
	char body[256];
} sent;

static enum dcvp_class give(struct dcvp_http_answer *ret, int status, const char *text)
{
	*ret = (struct dcvp_http_answer){.status = status,
		.sent = 1,
		.body = text,
		.body_len = strlen(text)};
	return DCVP_OK;
}

static size_t count(const char *in, const char *what)
{
	size_t n = 0;

	for (; (in = strstr(in, what)) != NULL; in++)
		n++;
	return n;
}

static enum dcvp_class take_batch(const char *body, struct dcvp_http_answer *ret)
{
	unsigned nth = sent.posts++;
	size_t n = 0;

	assert_true(nth < POSTS_MAX);
	sent.values[nth] = count(body, "<Value>");
	for (const char *at = body; (at = strstr(at, "CREATE")) != NULL; at++)
		sent.owners[nth][n++] = strstr(at, "<Name>")[6];
	sent.owners[nth][n] = '\0';
	if (sent.refused != 0 && nth + 1 >= sent.refused)
		return give(ret, 400,
			"<E><Error><Code>InvalidChangeBatch</Code><Message>it was not "
			"found</Message></Error></E>");
	(void)snprintf(sent.body, sizeof sent.body,
		"<R><ChangeInfo><Id>/change/%s%u</Id><Status>PENDING</Status></ChangeInfo>"
		"</R>",
		sent.prefix, nth + 1);
	return give(ret, 200, sent.body);
}

static enum dcvp_class service(void *ctx, const struct dcvp_http_request *request,
	struct dcvp_http_answer *ret, struct dcvp_error *err)
{
	const char *change = strstr(request->url, "/change/");

	(void)ctx;
	(void)err;
	if (request->body != NULL)
		return take_batch(request->body, ret);
	if (change != NULL) {
		(void)snprintf(sent.ids[sent.asked++], sizeof sent.ids[0], "%s",
			change + 8);
		return give(ret, 200,
			"<R><ChangeInfo><Status>INSYNC</Status></ChangeInfo></R>");
	}
	if (strstr(request->url, "rrset") == NULL)
		return give(ret, 200, ((const struct exchange)FIND).answer);
	return give(ret, 200,
		sent.listed != NULL ? sent.listed
				    : "<L><ResourceRecordSets></ResourceRecordSets></L>");
}

static void *start(const char *prefix)
{
	void *ret = keyed(NULL);

	memset(&sent, 0, sizeof sent);
	sent.prefix = prefix;
	host.http = service;
	return ret;
}

/* An edit that adds n values of so many characters, the quotes among them. */
static struct dcvp_edit adds(const char *owner, uint16_t type, size_t n, int chars)
{
	const char **values = dcv_arena_array(&fake.arena, n, sizeof values[0]);

	for (size_t i = 0; i < n; i++)
		values[i] = dcv_arena_printf(&fake.arena,
			type == DCV_KIT_CAA ? "0 issue \"%0*zu\"" : "\"%0*zu\"",
			chars - 2, i);
	return (struct dcvp_edit){.owner = owner,
		.type = type,
		.ttl_s = 300,
		.n_add = n,
		.add = values};
}

static enum dcvp_class apply(void *session, const struct dcvp_edit *edits, size_t n,
	struct dcvp_result *results, struct dcvp_receipt *receipt, struct dcvp_error *err)
{
	const struct dcvp_change change = {.zone = "example.com.",
		.id = "1",
		.n_edits = n,
		.edits = edits};

	return dcvp_provider_1()->apply(session, &change, results, receipt, err);
}

static void sync_all(void *session, struct dcvp_receipt *receipt)
{
	const struct dcvp_change change = {.zone = "example.com."};
	struct dcvp_error err = {0};

	assert_int_equal(dcvp_provider_1()->sync(session, &change, receipt, &err),
		DCVP_OK);
	assert_string_equal(receipt->change_id, "");
}

/* A zone with n values at an owner, as the edit that adds them has them. */
static const char *listing(const struct dcvp_edit *edit)
{
	const char *values = "";

	for (size_t i = 0; i < edit->n_add; i++)
		values = dcv_arena_printf(&fake.arena,
			"%s<ResourceRecord><Value>%s</Value></ResourceRecord>", values,
			edit->add[i]);
	return dcv_arena_printf(&fake.arena,
		"<L><ResourceRecordSets><ResourceRecordSet><Name>%s</Name><Type>TXT</Type>"
		"<TTL>300</TTL><ResourceRecords>%s</ResourceRecords></ResourceRecordSet>"
		"</ResourceRecordSets></L>",
		edit->owner, values);
}

/* Where what comes is refused, nothing has gone. */
static void test_what_goes_goes_last(void **state)
{
	void *session = start("C");
	struct dcvp_edit edits[] = {adds("a.example.com.", DCV_KIT_TXT, 500, 9),
		adds("b.example.com.", DCV_KIT_TXT, 600, 9)};
	struct dcvp_result results[2] = {0};
	struct dcvp_receipt receipt = {0};
	struct dcvp_error err = {0};

	(void)state;
	sent.listed = listing(&edits[0]);
	edits[0].n_remove = edits[0].n_add - 1;
	edits[0].remove = edits[0].add;
	edits[0].n_add = 0;
	sent.refused = 1;
	assert_int_not_equal(apply(session, edits, 2, results, &receipt, &err), DCVP_OK);
	assert_int_equal(sent.posts, 1);
	assert_string_equal(sent.owners[0], "b");
}

static void test_a_large_change_is_cut(void **state)
{
	void *session = start("C");
	const struct dcvp_edit edits[] = {adds("a.example.com.", DCV_KIT_TXT, 400, 9),
		adds("b.example.com.", DCV_KIT_TXT, 400, 9),
		adds("c.example.com.", DCV_KIT_TXT, 201, 9),
		adds("d.example.com.", DCV_KIT_TXT, 1, 9)};
	struct dcvp_result results[4] = {0};
	struct dcvp_receipt receipt = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(session, edits, 4, results, &receipt, &err), DCVP_OK);
	assert_int_equal(sent.posts, 2);
	assert_int_equal(sent.values[0], 800);
	assert_int_equal(sent.values[1], 202);
	assert_int_equal(results[3].outcome, DCVP_EDIT_DONE);
	assert_string_equal(receipt.change_id, "C1 C2");
	sync_all(session, &receipt);
	assert_string_equal(sent.ids[0], "C1");
	assert_string_equal(sent.ids[1], "C2");
}

/* 1,000 values fit, and 32,000 characters. */
static void test_what_fits_is_not_cut(void **state)
{
	static const struct {
		size_t n;
		int chars;
		unsigned posts;
	} rows[] = {{250, 9, 1}, {251, 9, 2}, {40, 200, 1}, {40, 201, 2}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		void *session = start("C");
		const struct dcvp_edit edits[] = {
			adds("a.example.com.", DCV_KIT_TXT, rows[i].n, rows[i].chars),
			adds("b.example.com.", DCV_KIT_TXT, rows[i].n, rows[i].chars),
			adds("c.example.com.", DCV_KIT_TXT, rows[i].n, rows[i].chars),
			adds("d.example.com.", DCV_KIT_TXT, rows[i].n, rows[i].chars)};
		struct dcvp_result results[4] = {0};
		struct dcvp_receipt receipt = {0};
		struct dcvp_error err = {0};

		assert_int_equal(apply(session, edits, 4, results, &receipt, &err),
			DCVP_OK);
		assert_int_equal(sent.posts, rows[i].posts);
	}
}

/* One of its types may exclude another: what stands between them in the change waits. */
static void test_an_owner_is_never_cut(void **state)
{
	void *session = start("C");
	const struct dcvp_edit edits[] = {adds("a.example.com.", DCV_KIT_TXT, 400, 9),
		adds("b.example.com.", DCV_KIT_TXT, 400, 9),
		adds("a.example.com.", DCV_KIT_CAA, 300, 9),
		adds("c.example.com.", DCV_KIT_TXT, 1, 9)};
	struct dcvp_result results[4] = {0};
	struct dcvp_receipt receipt = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(session, edits, 4, results, &receipt, &err), DCVP_OK);
	assert_int_equal(sent.posts, 2);
	assert_string_equal(sent.owners[0], "aa");
	assert_string_equal(sent.owners[1], "bc");
}

static void test_an_owner_that_is_too_large_is_told(void **state)
{
	void *session = start("C");
	const struct dcvp_edit edits[] = {adds("a.example.com.", DCV_KIT_TXT, 1, 9),
		adds("b.example.com.", DCV_KIT_TXT, 128, 251)};
	struct dcvp_result results[2] = {0};
	struct dcvp_receipt receipt = {0};
	struct dcvp_error err = {0};

	(void)state;
	assert_int_equal(apply(session, edits, 2, results, &receipt, &err), DCVP_FAILED);
	assert_int_equal(sent.posts, 0);
	assert_int_equal(err.cause, DCVP_CAUSE_LIMIT);
	assert_non_null(strstr(err.text, "b.example.com."));
	assert_non_null(strstr(err.text, "32128 characters"));
}

/* What the first batch did stands, and is said. */
static void test_a_later_batch_is_refused(void **state)
{
	void *session = start("C");
	const struct dcvp_edit edits[] = {adds("a.example.com.", DCV_KIT_TXT, 400, 9),
		adds("b.example.com.", DCV_KIT_TXT, 400, 9),
		adds("c.example.com.", DCV_KIT_TXT, 400, 9),
		adds("d.example.com.", DCV_KIT_TXT, 400, 9),
		adds("e.example.com.", DCV_KIT_TXT, 400, 9)};
	struct dcvp_result results[5] = {0};
	struct dcvp_receipt receipt = {0};
	struct dcvp_error err = {0};

	(void)state;
	sent.refused = 2;
	assert_int_equal(apply(session, edits, 5, results, &receipt, &err), DCVP_UNKNOWN);
	assert_int_equal(sent.posts, 2);
	assert_int_equal(results[1].outcome, DCVP_EDIT_DONE);
	assert_int_equal(results[2].outcome, DCVP_EDIT_FAILED);
	assert_int_equal(results[4].outcome, DCVP_EDIT_FAILED);
	assert_string_equal(receipt.change_id, "C1");
}

/* The receipt has room for three: the first ones are waited for on the way, none is lost. */
static void test_many_batches_are_all_waited_for(void **state)
{
	void *session = start(LONG);
	struct dcvp_edit edits[5];
	struct dcvp_result results[5] = {0};
	struct dcvp_receipt receipt = {0};
	struct dcvp_error err = {0};
	char owner[5][32];

	(void)state;
	for (int i = 0; i < 5; i++) {
		(void)snprintf(owner[i], sizeof owner[i], "%d.example.com.", i);
		edits[i] = adds(owner[i], DCV_KIT_TXT, 100, 250);
	}
	assert_int_equal(apply(session, edits, 5, results, &receipt, &err), DCVP_OK);
	assert_int_equal(sent.posts, 5);
	assert_int_equal(sent.asked, 2);
	sync_all(session, &receipt);
	assert_int_equal(sent.asked, 5);
	for (unsigned i = 0; i < 5; i++) {
		char id[48];

		(void)snprintf(id, sizeof id, LONG "%u", i + 1);
		assert_string_equal(sent.ids[i], id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_what_goes_goes_last, done),
		cmocka_unit_test_teardown(test_a_large_change_is_cut, done),
		cmocka_unit_test_teardown(test_what_fits_is_not_cut, done),
		cmocka_unit_test_teardown(test_an_owner_is_never_cut, done),
		cmocka_unit_test_teardown(test_an_owner_that_is_too_large_is_told, done),
		cmocka_unit_test_teardown(test_a_later_batch_is_refused, done),
		cmocka_unit_test_teardown(test_many_batches_are_all_waited_for, done)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
