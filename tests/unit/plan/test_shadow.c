/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* A wildcard that a new owner takes hosts from: refused, accepted, or its records copied so that
 * every host answers as before (RFC 4592). */
#include "world.h"

#define WILD "*.example.com."
#define SHOP "shop.example.com."
#define UNDER_SHOP "*.shop.example.com."
#define OWNER "_dnsauth.shop.example.com."
#define DEEP "_dnsauth.a.shop.example.com."
#define HOST "192.0.2.1"

static const char *const one[] = {"1"}, *const two[] = {"2"};

/* The wildcard answers for the owner today; the names in between were asked for too. */
static void cover(struct world *w, const char *owner)
{
	node(w, owner)->wildcard = true;
	(void)node(w, WILD);
	(void)node(w, SHOP);
	(void)node(w, UNDER_SHOP);
}

static void copying(struct world *w)
{
	w->facts.shadow = DCV_PLAN_SHADOW_COPY;
	publish(w, WILD, 3600, DCV_TYPE_A, HOST);
}

static void assert_copy(struct world *w, const char *owner, uint16_t type,
	const char *text, enum dcv_value_kind kind)
{
	assert_kind(w, owner, type, text, kind);
	assert_int_equal(value(w, owner, type, text)->keep, DCV_KEEP_COPY);
	assert_true(value(w, owner, type, text)->ours);
}

static void test_refused_names_the_ways_out(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_txt(w, "1", OWNER, NEW);
	cover(w, OWNER);
	diag = refused(w, make_plan(w), DCV_E_REFUSED, "would take shop.example.com. out");
	assert_text(diag->help, "--shadow copy");
	assert_text(diag->help, "--shadow accept");
	assert_text(diag->help, "validate at the parent");
}

static void test_accepted(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", DEEP, NEW);
	cover(w, DEEP);
	w->facts.shadow = DCV_PLAN_SHADOW_ACCEPT;
	assert_int_equal(make_plan(w), DCV_OK);
	assert_int_equal(w->diags.n, 1);
	assert_int_equal(w->diags.items[0].severity, DCV_SEV_WARNING);
	assert_string_equal(w->diags.items[0].id, "P17");
	assert_text(w->diags.items[0].text, "a.shop.example.com.");
	assert_text(w->diags.items[0].text, "shop.example.com. and every name below it");
	assert_int_equal(w->plan.n_add, 1);
}

/* Both: the host itself, and what lies below it. */
static void test_copied(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", OWNER, NEW);
	cover(w, OWNER);
	copying(w);
	publish(w, WILD, 600, DCV_TYPE_TXT, SPF);
	assert_planned(w, make_plan(w));
	assert_copy(w, SHOP, DCV_TYPE_A, HOST, DCV_VALUE_ADD);
	assert_copy(w, UNDER_SHOP, DCV_TYPE_A, HOST, DCV_VALUE_ADD);
	assert_copy(w, SHOP, DCV_TYPE_TXT, SPF, DCV_VALUE_ADD);
	assert_copy(w, UNDER_SHOP, DCV_TYPE_TXT, SPF, DCV_VALUE_ADD);
	assert_int_equal(edit(w, SHOP, DCV_TYPE_A)->edit.ttl_s, 3600);
	assert_int_equal(edit(w, UNDER_SHOP, DCV_TYPE_TXT)->edit.ttl_s, 600);
	assert_string_equal(value(w, SHOP, DCV_TYPE_A, HOST)->id, "1");
	assert_int_equal(w->plan.n_add, 5);
	/* The wildcard itself is not touched. */
	assert_untouched(w, WILD, DCV_TYPE_A);
	assert_untouched(w, WILD, DCV_TYPE_TXT);
}

static void test_copied_at_every_name_between(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", DEEP, NEW);
	cover(w, DEEP);
	(void)node(w, "a.shop.example.com.");
	(void)node(w, "*.a.shop.example.com.");
	copying(w);
	assert_planned(w, make_plan(w));
	assert_copy(w, SHOP, DCV_TYPE_A, HOST, DCV_VALUE_ADD);
	assert_copy(w, UNDER_SHOP, DCV_TYPE_A, HOST, DCV_VALUE_ADD);
	assert_copy(w, "a.shop.example.com.", DCV_TYPE_A, HOST, DCV_VALUE_ADD);
	assert_copy(w, "*.a.shop.example.com.", DCV_TYPE_A, HOST, DCV_VALUE_ADD);
}

/* A wildcard that is an alias: CNAMEs above, the TXT below them. */
static void test_copied_alias(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", OWNER, NEW);
	cover(w, OWNER);
	w->facts.shadow = DCV_PLAN_SHADOW_COPY;
	publish(w, WILD, 3600, DCV_TYPE_CNAME, "web.example.net.");
	assert_planned(w, make_plan(w));
	assert_copy(w, SHOP, DCV_TYPE_CNAME, "web.example.net.", DCV_VALUE_ADD);
	assert_copy(w, UNDER_SHOP, DCV_TYPE_CNAME, "web.example.net.", DCV_VALUE_ADD);
	assert_kind(w, OWNER, DCV_TYPE_TXT, NEW, DCV_VALUE_ADD);
}

/* A TXT is wanted at the very host that would become an alias. */
static void test_copied_alias_beside_a_record(void **state)
{
	struct world *w = *state;
	struct dcv_order *of = order_txt(w, "1", OWNER, NEW);

	want(w, of, SHOP, DCV_TYPE_TXT, NEW);
	cover(w, OWNER);
	w->facts.shadow = DCV_PLAN_SHADOW_COPY;
	publish(w, WILD, 3600, DCV_TYPE_CNAME, "web.example.net.");
	(void)refused(w, make_plan(w), DCV_E_REFUSED, "cannot both come there");
}

/* Two orders under one host copy it once. */
static void test_copied_once(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", OWNER, NEW);
	order_txt(w, "2", "_acme-challenge.shop.example.com.", OTHER);
	cover(w, OWNER);
	cover(w, "_acme-challenge.shop.example.com.");
	copying(w);
	assert_planned(w, make_plan(w));
	assert_int_equal(edit(w, SHOP, DCV_TYPE_A)->n_values, 1);
	assert_int_equal(w->plan.n_add, 4);
}

static void test_not_copied_where_nothing_is_hidden(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	cover(w, AT);
	copying(w);
	assert_planned(w, make_plan(w));
	assert_int_equal(w->plan.n_edits, 1);
}

static void test_copied_mail(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", OWNER, NEW);
	cover(w, OWNER);
	copying(w);
	publish(w, WILD, 3600, DCV_TYPE_MX, "10 mail.example.com.");
	assert_planned(w, make_plan(w));
	assert_copy(w, SHOP, DCV_TYPE_MX, "10 mail.example.com.", DCV_VALUE_ADD);
	assert_copy(w, UNDER_SHOP, DCV_TYPE_MX, "10 mail.example.com.", DCV_VALUE_ADD);
}

/* One type that cannot be copied: none is, and the way out is not the copy. */
static void test_copy_of_an_unknown_type(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_txt(w, "1", OWNER, NEW);
	cover(w, OWNER);
	copying(w);
	publish(w, WILD, 3600, 65, "\\# 1 00");
	w->fixed[1][1] = "not written here";
	diag = refused(w, make_plan(w), DCV_E_REFUSED,
		"--shadow copy cannot help: its HTTPS records: not written here");
	assert_text(diag->help, "--shadow accept");
	assert_null(strstr(diag->help, "--shadow copy"));
	assert_untouched(w, SHOP, DCV_TYPE_A);
}

static void test_copy_that_cannot_be(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", OWNER, NEW);
	cover(w, OWNER);
	w->facts.shadow = DCV_PLAN_SHADOW_COPY;
	(void)refused(w, make_plan(w), DCV_E_REFUSED, "the wildcard was not read");
	dcv_diags_clear(&w->diags);
	copying(w);
	w->fixed[1][0] = "it lies in a file of its own";
	(void)refused(w, make_plan(w), DCV_E_REFUSED, "it lies in a file of its own");
	dcv_diags_clear(&w->diags);
	w->fixed[1][0] = NULL;
	w->sets[1][0].n = 0;
	(void)refused(w, make_plan(w), DCV_E_REFUSED, "cannot be read");
	dcv_diags_clear(&w->diags);
	w->sets[1][0].n = 1;
	w->sets[1][0].type = DCV_TYPE_NS;
	(void)refused(w, make_plan(w), DCV_E_REFUSED, "a delegation");
}

static void test_copy_of_names_that_were_not_read(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", OWNER, NEW);
	node(w, OWNER)->wildcard = true;
	copying(w);
	(void)refused(w, make_plan(w), DCV_E_REFUSED, "in between were not read");
}

/* --- afterwards --- */

static void copied_before(struct world *w, const char *id, int64_t revision)
{
	publish(w, WILD, 3600, DCV_TYPE_A, HOST);
	written(w, id, revision, SHOP, DCV_TYPE_A, HOST);
	w->rows[w->n_rows - 1].keep = DCV_KEEP_COPY;
	written(w, id, revision, UNDER_SHOP, DCV_TYPE_A, HOST);
	w->rows[w->n_rows - 1].keep = DCV_KEEP_COPY;
	node(w, SHOP)->sets[0].ttl_s = node(w, UNDER_SHOP)->sets[0].ttl_s = 3600;
}

static void test_second_run(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", OWNER, NEW);
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 1, OWNER, DCV_TYPE_TXT, NEW);
	copied_before(w, "1", 1);
	assert_planned(w, make_plan(w));
	assert_int_equal(w->subjects[0].judgement, DCV_JUDGED_SAME);
	assert_copy(w, SHOP, DCV_TYPE_A, HOST, DCV_VALUE_KEEP);
	assert_false(w->plan.changes);
}

/* A re-issue at the same owner keeps the host alive. */
static void test_copies_stay_with_a_revision(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", OWNER, NEW);
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 1, OWNER, DCV_TYPE_TXT, OTHER);
	copied_before(w, "1", 1);
	assert_planned(w, make_plan(w));
	assert_int_equal(w->subjects[0].judgement, DCV_JUDGED_REVISED);
	assert_copy(w, SHOP, DCV_TYPE_A, HOST, DCV_VALUE_KEEP);
	assert_copy(w, UNDER_SHOP, DCV_TYPE_A, HOST, DCV_VALUE_KEEP);
}

/* A re-issue elsewhere takes them away. */
static void test_copies_go_with_a_revision(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 1, OWNER, DCV_TYPE_TXT, OTHER);
	copied_before(w, "1", 1);
	assert_planned(w, make_plan(w));
	assert_kind(w, SHOP, DCV_TYPE_A, HOST, DCV_VALUE_REMOVE);
	assert_kind(w, UNDER_SHOP, DCV_TYPE_A, HOST, DCV_VALUE_REMOVE);
	assert_kind(w, OWNER, DCV_TYPE_TXT, OTHER, DCV_VALUE_REMOVE);
}

/* One that somebody took away has made room for data of its own. */
static void test_copy_is_not_put_back(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", OWNER, NEW);
	known(w, "1", 1, DCV_STATE_PUBLISHED, DCV_REASON_NONE);
	written(w, "1", 1, OWNER, DCV_TYPE_TXT, NEW);
	copied_before(w, "1", 1);
	node(w, SHOP)->sets[0].rdata[0] = rdata(w, DCV_TYPE_A, "192.0.2.99");
	assert_planned(w, make_plan(w));
	assert_kind(w, SHOP, DCV_TYPE_A, "192.0.2.99", DCV_VALUE_FOREIGN);
	assert_false(w->plan.changes);
}

static void test_cleanup_takes_copies(void **state)
{
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	written(w, "1", 1, OWNER, DCV_TYPE_TXT, NEW);
	copied_before(w, "1", 1);
	assert_planned(w, make_cleanup(w, 1, one));
	assert_kind(w, SHOP, DCV_TYPE_A, HOST, DCV_VALUE_REMOVE);
	assert_kind(w, UNDER_SHOP, DCV_TYPE_A, HOST, DCV_VALUE_REMOVE);
	assert_int_equal(w->plan.n_remove, 3);
}

/* Another order's record stays below the host: without the copies it would go dark. */
static void test_cleanup_leaves_copies_that_are_needed(void **state)
{
	struct world *w = *state;

	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	known(w, "2", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, OWNER, DCV_TYPE_TXT, NEW);
	written(w, "2", 1, OWNER, DCV_TYPE_TXT, OTHER);
	copied_before(w, "1", 1);
	assert_planned(w, make_cleanup(w, 1, one));
	assert_kind(w, OWNER, DCV_TYPE_TXT, NEW, DCV_VALUE_REMOVE);
	assert_kind(w, SHOP, DCV_TYPE_A, HOST, DCV_VALUE_OTHER);
	assert_kind(w, UNDER_SHOP, DCV_TYPE_A, HOST, DCV_VALUE_OTHER);
}

/* A later order below the host has a part in the copies of the first, even of a closed one. */
static void test_copies_are_shared(void **state)
{
	struct world *w = *state;

	order_txt(w, "2", OWNER, NEW);
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	written(w, "1", 1, OWNER, DCV_TYPE_TXT, OTHER);
	copied_before(w, "1", 1);
	assert_planned(w, make_plan(w));
	assert_kind(w, OWNER, DCV_TYPE_TXT, OTHER, DCV_VALUE_REMOVE);
	assert_copy(w, SHOP, DCV_TYPE_A, HOST, DCV_VALUE_KEEP);
	assert_string_equal(value(w, SHOP, DCV_TYPE_A, HOST)->id, "2");
	/* As apply notes it: the first order's clean-up leaves them. */
	w->n_orders = 0;
	known(w, "2", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	claimed(w, "2", 1, SHOP, DCV_TYPE_A, HOST)->keep = DCV_KEEP_COPY;
	claimed(w, "2", 1, UNDER_SHOP, DCV_TYPE_A, HOST)->keep = DCV_KEEP_COPY;
	assert_planned(w, make_cleanup(w, 1, one));
	assert_kind(w, SHOP, DCV_TYPE_A, HOST, DCV_VALUE_OTHER);
	w->known[1].state = DCV_STATE_CLOSED;
	assert_planned(w, make_cleanup(w, 1, two));
	assert_kind(w, SHOP, DCV_TYPE_A, HOST, DCV_VALUE_REMOVE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_refused_names_the_ways_out),
		TEST(test_accepted),
		TEST(test_copied),
		TEST(test_copied_at_every_name_between),
		TEST(test_copied_alias),
		TEST(test_copied_alias_beside_a_record),
		TEST(test_copied_once),
		TEST(test_copied_mail),
		TEST(test_copy_of_an_unknown_type),
		TEST(test_not_copied_where_nothing_is_hidden),
		TEST(test_copy_that_cannot_be),
		TEST(test_copy_of_names_that_were_not_read),
		TEST(test_second_run),
		TEST(test_copies_stay_with_a_revision),
		TEST(test_copies_go_with_a_revision),
		TEST(test_copy_is_not_put_back),
		TEST(test_cleanup_takes_copies),
		TEST(test_cleanup_leaves_copies_that_are_needed),
		TEST(test_copies_are_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
