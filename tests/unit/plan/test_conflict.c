/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* What excludes each other at one owner: CNAME and other data, leftovers where the service wants
 * to see one value only. */
#include <stdio.h>

#include "world.h"

static struct dcv_order *order_cname(struct world *w, const char *id, const char *owner)
{
	struct dcv_order *of = order(w, id);

	want(w, of, owner, DCV_TYPE_CNAME, TARGET);
	return of;
}

static void lonely(struct dcv_order *of)
{
	of->service = dcv_service_find("huaweicloud-scm");
	assert_non_null(of->service);
	assert_false(of->service->coexist);
}

/* --- leftovers of a service that wants one value --- */

static void test_service_refuses_leftover(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	lonely(order_txt(w, "1", AT, NEW));
	publish(w, AT, 86400, DCV_TYPE_TXT, OLD);
	diag = refused(w, make_plan(w), DCV_E_REFUSED,
		"Huawei Cloud SCM accepts no value beside");
	assert_string_equal(diag->help, "again: --previous " OLD);
	assert_string_equal(diag->id, "P03");
	assert_int_equal(diag->line, 3);
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_LEFTOVER);
}

/* One word as a shell reads it, in place. */
static void unquote(char *word)
{
	bool inside = false;
	char *to = word;

	for (const char *from = word; *from != '\0'; from++) {
		if (*from == '\'')
			inside = !inside;
		else if (!inside && *from == '\\')
			*to++ = *++from;
		else if (!inside && strchr(" $;`\"", *from) != NULL)
			fail_msg("not one word: %s", word);
		else
			*to++ = *from;
	}
	assert_false(inside);
	*to = '\0';
}

/* The plan with the remedy goes through, and removes it. */
static void obey(struct world *w)
{
	const char *const prefix = "again: --previous ";
	struct dcv_diags warnings = {0};
	char text[512];

	for (size_t i = 0; i < w->diags.n; i++) {
		const char *help = w->diags.items[i].help;

		assert_int_equal(strncmp(help, prefix, strlen(prefix)), 0);
		(void)snprintf(text, sizeof(text), "%s", help + strlen(prefix));
		unquote(text);
		assert_true(w->n_named < 4);
		assert_true(dcv_named_parse(text, strlen(text), NULL, &w->arena,
			&w->named[w->n_named++], &warnings));
	}
	dcv_diags_clear(&warnings);
	dcv_diags_clear(&w->diags);
	assert_planned(w, make_plan(w));
}

/* Values that a shell, a terminal or --previous itself would read as something else. */
static void test_remedy_names_the_value(void **state)
{
	static const char *const values[] = {"by hand, with blanks", "it's", "-n",
		"a TXT b", "v=spf1 mx -all", "$HOME;`id`", "\"two\" \"strings\"",
		"\"bell\\007\"", "\"nul\\000\"", "\"\\195\\164\"", "back\\slash",
		"\"quo\\\"te\"", "ends in blank ", "name.example.net", "\"\\\\'\""};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		void *fresh = NULL;
		struct world *w;

		assert_int_equal(setup(&fresh), 0);
		assert_non_null(fresh);
		w = fresh;
		lonely(order_txt(w, "1", AT, NEW));
		publish(w, AT, 300, DCV_TYPE_TXT, values[i]);
		(void)refused(w, make_plan(w), DCV_E_REFUSED, "accepts no value");
		obey(w);
		assert_kind(w, AT, DCV_TYPE_TXT, values[i], DCV_VALUE_REMOVE);
		assert_int_equal(teardown(&fresh), 0);
	}
}

/* Cut off, a remedy would name another value; and some values no argument can name. */
static void test_remedy_that_cannot_be_typed(void **state)
{
	struct world *w = *state;
	char text[600];
	const struct dcv_diag *diag;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	lonely(order_txt(w, "1", AT, NEW));
	publish(w, AT, 300, DCV_TYPE_TXT, text);
	diag = refused(w, make_plan(w), DCV_E_REFUSED, "accepts no value");
	assert_text(diag->help, "`previous:`");
	assert_true(strncmp(diag->help, "again:", 6) != 0);
	w->values[0][0][0] = rdata(w, DCV_TYPE_TXT, "\"\"");
	dcv_diags_clear(&w->diags);
	diag = refused(w, make_plan(w), DCV_E_REFUSED, "accepts no value");
	assert_text(diag->help, "by hand");
}

static void test_service_refuses_each_leftover(void **state)
{
	struct world *w = *state;

	lonely(order_txt(w, "1", AT, NEW));
	publish(w, AT, 86400, DCV_TYPE_TXT, OLD);
	publish(w, AT, 86400, DCV_TYPE_TXT, "by hand");
	assert_int_equal(make_plan(w), DCV_E_REFUSED);
	assert_int_equal(w->diags.n_errors, 2);
	obey(w);
	assert_int_equal(w->plan.n_remove, 2);
}

/* What is previous goes anyway, what is foreign is none of the service's business. */
static void test_service_beside_previous_and_foreign(void **state)
{
	struct world *w = *state;
	struct dcv_order *of = order_txt(w, "2", AT, NEW);

	lonely(of);
	want(w, of, "example.com.", DCV_TYPE_TXT, NEW);
	known(w, "1", 1, DCV_STATE_CLOSED, DCV_REASON_ISSUED);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	publish(w, "example.com.", 86400, DCV_TYPE_TXT, SPF);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_REMOVE);
	assert_kind(w, "example.com.", DCV_TYPE_TXT, SPF, DCV_VALUE_FOREIGN);
}

/* Two values of the order itself (d and *.d) stand beside each other. */
static void test_service_of_two_values(void **state)
{
	struct world *w = *state;
	struct dcv_order *of = order_txt(w, "1", AT, NEW);

	lonely(of);
	want(w, of, AT, DCV_TYPE_TXT, OTHER);
	assert_planned(w, make_plan(w));
}

/* A service that takes several values is none of these. */
static void test_service_that_coexists(void **state)
{
	static const struct dcv_service service = {.key = "open",
		.title = "Open",
		.coexist = true};
	struct world *w = *state;

	order_txt(w, "2", AT, NEW)->service = &service;
	order_txt(w, "3", AT, "k7q2x9m4t1v8b5n3c6z0")->service = &service;
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_TXT, OTHER);
	publish(w, AT, 300, DCV_TYPE_TXT, OLD);
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_TXT, OTHER, DCV_VALUE_OTHER);
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_LEFTOVER);
}

static void test_no_service_and_leftover(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish(w, AT, 86400, DCV_TYPE_TXT, OLD);
	assert_planned(w, make_plan(w));
	assert_int_equal(w->plan.n_leftover, 1);
}

/* --- CNAME and other data, RFC 1034 3.6.2 --- */

static void test_cname_beside_leftover_txt(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_cname(w, "1", AT);
	publish(w, AT, 86400, DCV_TYPE_TXT, OLD);
	diag = refused(w, make_plan(w), DCV_E_REFUSED, "a CNAME stands alone");
	assert_string_equal(diag->help, "again: --previous " OLD);
	assert_int_equal(diag->line, 3);
	obey(w);
	assert_kind(w, AT, DCV_TYPE_TXT, OLD, DCV_VALUE_REMOVE);
	assert_kind(w, AT, DCV_TYPE_CNAME, TARGET, DCV_VALUE_ADD);
}

static void test_cname_beside_leftover_cname(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_cname(w, "1", AT);
	publish(w, AT, 86400, DCV_TYPE_CNAME, "old.dcv.example.net.");
	diag = refused(w, make_plan(w), DCV_E_REFUSED, "a CNAME stands alone");
	assert_string_equal(diag->help, "again: --previous old.dcv.example.net.");
	obey(w);
	assert_kind(w, AT, DCV_TYPE_CNAME, "old.dcv.example.net.", DCV_VALUE_REMOVE);
}

static void test_txt_beside_leftover_cname(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", AT, NEW);
	publish(w, AT, 86400, DCV_TYPE_CNAME, "old.dcv.example.net.");
	(void)refused(w, make_plan(w), DCV_E_REFUSED, "a CNAME stands alone");
	obey(w);
	assert_kind(w, AT, DCV_TYPE_CNAME, "old.dcv.example.net.", DCV_VALUE_REMOVE);
	assert_kind(w, AT, DCV_TYPE_TXT, NEW, DCV_VALUE_ADD);
}

/* Told once, though the service and the CNAME both forbid it. */
static void test_service_beside_leftover_cname(void **state)
{
	struct world *w = *state;

	lonely(order_txt(w, "1", AT, NEW));
	publish(w, AT, 86400, DCV_TYPE_CNAME, "old.dcv.example.net.");
	(void)refused(w, make_plan(w), DCV_E_REFUSED, "accepts no value");
}

static void test_cname_beside_foreign_txt(void **state)
{
	static const char *const allow[] = {"www"};
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_cname(w, "1", "www.example.com.");
	publish(w, "www.example.com.", 86400, DCV_TYPE_TXT, SPF);
	w->facts.has_allow = true;
	w->facts.allow = allow;
	w->facts.n_allow = 1;
	diag = refused(w, make_plan(w), DCV_E_REFUSED, "a CNAME cannot stand there");
	assert_string_equal(diag->id, "P08");
	assert_int_equal(diag->line, 3);
	assert_kind(w, "www.example.com.", DCV_TYPE_TXT, SPF, DCV_VALUE_FOREIGN);
}

static void test_txt_beside_foreign_cname(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_txt(w, "1", "www.example.com.", NEW);
	publish(w, "www.example.com.", 86400, DCV_TYPE_CNAME, "web.example.net.");
	diag = refused(w, make_plan(w), DCV_E_REFUSED, "is an alias");
	assert_string_equal(diag->id, "P11");
	assert_int_equal(diag->line, 3);
}

static void test_cname_beside_other_types(void **state)
{
	struct world *w = *state;
	const struct dcv_diag *diag;

	order_cname(w, "1", AT);
	publish(w, AT, 86400, DCV_TYPE_A, "192.0.2.1");
	diag = refused(w, make_plan(w), DCV_E_REFUSED, "the owner has A records");
	assert_string_equal(diag->id, "P08");
	assert_int_equal(diag->line, 3);
}

static void test_txt_beside_other_types(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", "www.example.com.", NEW);
	publish(w, "www.example.com.", 86400, DCV_TYPE_A, "192.0.2.1");
	publish(w, "www.example.com.", 86400, DCV_TYPE_CAA, "0 issue \"digicert.com\"");
	assert_planned(w, make_plan(w));
	assert_int_equal(w->plan.n_edits, 1);
}

/* An owner where the order wants nothing any more: what excludes what there is not its own. */
static void test_former_owner_with_both(void **state)
{
	struct world *w = *state;

	order_txt(w, "1", "_dnsauth.www.example.com.", NEW);
	known(w, "1", 1, DCV_STATE_EFFECTIVE, DCV_REASON_NONE);
	written(w, "1", 1, AT, DCV_TYPE_CNAME, TARGET);
	publish(w, AT, 300, DCV_TYPE_TXT, "by hand");
	assert_planned(w, make_plan(w));
	assert_kind(w, AT, DCV_TYPE_CNAME, TARGET, DCV_VALUE_REMOVE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_service_refuses_leftover),
		cmocka_unit_test(test_remedy_names_the_value),
		TEST(test_remedy_that_cannot_be_typed),
		TEST(test_service_refuses_each_leftover),
		TEST(test_service_beside_previous_and_foreign),
		TEST(test_service_of_two_values),
		TEST(test_service_that_coexists),
		TEST(test_no_service_and_leftover),
		TEST(test_cname_beside_leftover_txt),
		TEST(test_cname_beside_leftover_cname),
		TEST(test_txt_beside_leftover_cname),
		TEST(test_service_beside_leftover_cname),
		TEST(test_cname_beside_foreign_txt),
		TEST(test_txt_beside_foreign_cname),
		TEST(test_cname_beside_other_types),
		TEST(test_txt_beside_other_types),
		TEST(test_former_owner_with_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
